/** Lines of a text source, block by block, read forwards once and in bounded memory. */
import type { ByteSource } from '../../base/byte-source.js';

const CHUNK = 256 * 1024;
/** The longest line that is kept; what exceeds it is dropped. Real lines have some hundred bytes. */
export const MAX_LINE = 64 * 1024;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

export class LineReader {
  /** Lines cut because they were longer than MAX_LINE. */
  cutLines = 0;
  /** The current line is `text` from `start` to `end`, at byte `offset` of the source. */
  text = '';
  start = 0;
  end = 0;
  offset = 0;

  readonly #source: ByteSource;
  readonly #decoder = new TextDecoder();
  /** The unfinished last line of the block before, then what was read after it. */
  readonly #bytes = new Uint8Array(MAX_LINE + CHUNK);
  #filled = 0;
  #blockEnd = 0;
  #blockOffset = 0;
  #next = 0;
  /** The whole block as text where every byte is one character, so that positions in both are the same. */
  #blockText: string | undefined;
  #readOffset = 0;
  #ended = false;
  #cutBefore = 0;
  /** Inside a line whose kept part was already handed out. */
  #skipping = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Makes the next block of whole lines current; false at the end of the input. */
  async nextBlock(): Promise<boolean> {
    for (;;) {
      this.#dropBlock();
      if (this.#ended && this.#filled === 0) return false;
      if (!this.#ended) await this.#read();
      if (this.#skipping) this.#skipToNewline();
      if (this.#findBlockEnd()) break;
    }
    this.#cutBefore = this.cutLines;
    const block = this.#bytes.subarray(0, this.#blockEnd);
    const text = this.#decoder.decode(block);
    this.#blockText = text.length === block.length ? text : undefined;
    return true;
  }

  /** Goes to the next line of the block; false where it has no more. */
  nextLine(): boolean {
    const from = this.#next;
    if (from >= this.#blockEnd) return false;
    let to = this.#bytes.indexOf(NEWLINE, from);
    if (to < 0 || to > this.#blockEnd) to = this.#blockEnd;
    this.#next = to + 1;
    this.offset = this.#blockOffset + from;
    if (to - from > MAX_LINE) {
      this.cutLines++;
      to = from + MAX_LINE;
    }
    if (to > from && this.#bytes[to - 1] === CARRIAGE_RETURN) to--;
    this.#setLine(from, to);
    return true;
  }

  /** The lines of this block shall be seen once more. */
  rewindBlock(): void {
    this.#next = 0;
    this.cutLines = this.#cutBefore;
  }

  /** The current line as a string of its own. */
  line(): string {
    return this.text.slice(this.start, this.end);
  }

  #setLine(from: number, to: number): void {
    if (this.#blockText !== undefined) {
      this.text = this.#blockText;
      this.start = from;
      this.end = to;
      return;
    }
    this.text = this.#decoder.decode(this.#bytes.subarray(from, to));
    this.start = 0;
    this.end = this.text.length;
  }

  #dropBlock(): void {
    this.#bytes.copyWithin(0, this.#blockEnd, this.#filled);
    this.#filled -= this.#blockEnd;
    this.#blockOffset += this.#blockEnd;
    this.#blockEnd = 0;
    this.#next = 0;
  }

  async #read(): Promise<void> {
    const wanted = Math.min(CHUNK, this.#bytes.length - this.#filled);
    const bytes = await this.#source.read(this.#readOffset, wanted);
    this.#bytes.set(bytes.subarray(0, wanted), this.#filled);
    this.#filled += Math.min(bytes.length, wanted);
    this.#readOffset += bytes.length;
    if (bytes.length < wanted) this.#ended = true;
  }

  /** Drops the rest of an over-long line. */
  #skipToNewline(): void {
    const newline = this.#bytes.subarray(0, this.#filled).indexOf(NEWLINE);
    const dropped = newline < 0 ? this.#filled : newline + 1;
    if (newline >= 0) this.#skipping = false;
    this.#blockEnd = dropped;
    this.#dropBlock();
  }

  /** A block ends after its last newline, at the end of the input, or inside a line that is too long to be kept. */
  #findBlockEnd(): boolean {
    const newline = this.#bytes.subarray(0, this.#filled).lastIndexOf(NEWLINE);
    if (this.#ended) {
      this.#blockEnd = this.#filled;
    } else if (this.#filled - newline - 1 >= MAX_LINE) {
      this.#blockEnd = this.#filled;
      this.#skipping = true;
      // nextLine() counts the line only where this block holds more of it than is kept.
      if (this.#filled - newline - 1 === MAX_LINE) this.cutLines++;
    } else {
      this.#blockEnd = newline + 1;
    }
    return this.#blockEnd > 0;
  }
}
