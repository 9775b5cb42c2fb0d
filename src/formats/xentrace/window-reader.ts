/**
 * The windows of a xentrace file one after the other: each is a piece of the buffer of one pCPU, after a record that says
 * which and how long it is. The input is read forwards once.
 */
import type { ByteSource } from '../../base/byte-source.js';
import {
  CPU_CHANGE_HEADER,
  CPU_CHANGE_WORDS,
  EVENT_MASK,
  indexOfEvent,
  MOST_PCPUS,
  WORD_BYTES,
  wordsOfRecord,
} from './record-words.js';

/** Bytes that are asked for at a time. */
const BLOCK_BYTES = 1 << 20;

/** Whole records of one pCPU: a window, or a part of one. */
export interface Piece {
  readonly pcpu: number;
  readonly words: Uint32Array;
  readonly start: number;
  readonly end: number;
  /** Where in the input its first word is, bytes. */
  readonly offset: number;
  /** Whether it is the beginning of a window. */
  readonly startsWindow: boolean;
}

/** Bytes of the input that are no windows, although they should be. */
export interface Garbage {
  readonly offset: number;
  readonly bytes: number;
}

export class WindowReader {
  /** Bytes read so far. */
  position = 0;
  ended = false;
  /** Pieces that were found and have not been fetched yet, in the order of the input. */
  readonly pieces: Piece[] = [];
  /** What was passed over since it was last emptied. */
  readonly garbage: Garbage[] = [];
  /** The input ends in the middle of a record, or of a window: at most this many bytes of it are missing. */
  missingBytes = 0;

  readonly #source: ByteSource;
  /** Words that were read and are not in a piece yet. */
  #rest: Uint32Array = new Uint32Array(0);
  #restOffset = 0;
  /** Of the present window: whose it is, and how many words of it are still to come. */
  #pcpu = -1;
  #left = 0;
  #startsWindow = false;
  #lostFrom = -1;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Reads on. Sets `ended` where there is no more. */
  async read(): Promise<void> {
    const rest = this.#rest;
    const wanted = Math.max(0, Math.min(BLOCK_BYTES, this.#source.size - this.position));
    const memory = new Uint32Array(rest.length + Math.ceil(wanted / WORD_BYTES));
    memory.set(rest);
    // Where the source can it reads right behind the rest, and nothing needs to be moved.
    const room = new Uint8Array(memory.buffer, rest.length * WORD_BYTES);
    const bytes = await this.#source.read(this.position, wanted, room);
    if (bytes.buffer !== memory.buffer) room.set(bytes);
    this.position += bytes.length;
    const count = Math.floor(bytes.length / WORD_BYTES);
    // Only at the end of the input can there be less than a word.
    if (bytes.length < BLOCK_BYTES) this.ended = true;
    const words = memory.subarray(0, rest.length + count);
    if (!IS_LITTLE_ENDIAN) swapBytes(words, rest.length);
    const used = this.#split(words);
    this.#rest = words.subarray(used);
    this.#restOffset += used * WORD_BYTES;
    if (this.ended) this.#finish(bytes.length - count * WORD_BYTES);
  }

  /** @returns how many of the words are in pieces, or of no use */
  #split(words: Uint32Array): number {
    let at = 0;
    for (;;) {
      if (this.#left > 0) {
        const end = this.#endOfPiece(words, at);
        if (end === at) return at;
        this.#push(words, at, end);
        this.#left -= end - at;
        at = end;
        continue;
      }
      if (at + CPU_CHANGE_WORDS > words.length) return at;
      if (!isCpuChange(words, at)) {
        if (this.#lostFrom < 0) this.#lostFrom = this.#restOffset + at * WORD_BYTES;
        at++;
        continue;
      }
      this.#noteGarbage(this.#restOffset + at * WORD_BYTES);
      this.#pcpu = words[at + 1];
      this.#left = words[at + 2] / WORD_BYTES;
      this.#startsWindow = true;
      at += CPU_CHANGE_WORDS;
    }
  }

  /** As far as the window goes, or whole records of it. */
  #endOfPiece(words: Uint32Array, start: number): number {
    if (start + this.#left <= words.length) return start + this.#left;
    let end = start;
    while (end < words.length) {
      const next = end + wordsOfRecord(words[end]);
      if (next > words.length) break;
      end = next;
    }
    return end;
  }

  #push(words: Uint32Array, start: number, end: number): void {
    const offset = this.#restOffset + start * WORD_BYTES;
    this.pieces.push({ pcpu: this.#pcpu, words, start, end, offset, startsWindow: this.#startsWindow });
    this.#startsWindow = false;
  }

  #noteGarbage(until: number): void {
    if (this.#lostFrom < 0) return;
    this.garbage.push({ offset: this.#lostFrom, bytes: until - this.#lostFrom });
    this.#lostFrom = -1;
  }

  /** @param oddBytes less than a word at the end of the input */
  #finish(oddBytes: number): void {
    if (this.#left > 0) this.missingBytes = this.#left * WORD_BYTES - oddBytes;
    else if (this.#rest.length > 0 || oddBytes > 0) this.missingBytes = CPU_CHANGE_WORDS * WORD_BYTES;
    this.#noteGarbage(this.position);
  }
}

/** Whether a record that begins a window is here, as far as can be seen. */
function isCpuChange(words: Uint32Array, at: number): boolean {
  if (words[at] !== CPU_CHANGE_HEADER || words[at + 1] >= MOST_PCPUS || words[at + 2] % WORD_BYTES !== 0) return false;
  const next = at + CPU_CHANGE_WORDS;
  return next >= words.length || indexOfEvent(words[next] & EVENT_MASK) >= 0;
}

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Words as they are in the file → words of this computer. @param from the first that is to be changed */
function swapBytes(words: Uint32Array, from: number): void {
  const view = new DataView(words.buffer, words.byteOffset);
  for (let word = from; word < words.length; word++) words[word] = view.getUint32(word * WORD_BYTES, true);
}
