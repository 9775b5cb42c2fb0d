/** Reads the records of a source forwards, in large pieces, and shows them through a DataView, whole ones only. */
import type { ByteSource } from '../../base/byte-source.js';
import { LARGEST_RECORD } from './constants.js';

/** Large enough to hide the cost of a read, small enough for the second-level cache. */
const CHUNK_BYTES = 1 << 19;

export class RecordWindow {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** In `view`: of the next record. */
  position = 0;
  readonly #source: ByteSource;
  /** Where the records end in the source; Infinity where only the end of the source tells. */
  readonly #end: number;
  /** In the source: of the next bytes that were not read. */
  #next: number;
  /** In the source: of the first byte of `view`. */
  #viewOffset = 0;
  /** While `view` shows the seam of two pieces: the second one, and where it begins in `view`. */
  #second: Uint8Array | undefined;
  #secondAt = 0;

  readonly #chunkBytes: number;
  /** Memory for seams. */
  #seam = new Uint8Array(0);
  /** Memory of the last two pieces: the older one is used again. */
  #newer: Uint8Array | undefined;
  #older: Uint8Array | undefined;

  constructor(source: ByteSource, start: number, end: number, chunkBytes = CHUNK_BYTES) {
    this.#chunkBytes = chunkBytes;
    this.#source = source;
    this.#next = start;
    this.#viewOffset = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.view.byteLength - this.position;
  }

  /** Offset in the source of the next record. */
  get offset(): number {
    return this.#viewOffset + this.position;
  }

  /** Shows more bytes after the unfinished record at `position`; false where there are none. */
  async refill(): Promise<boolean> {
    if (this.#second !== undefined && this.position >= this.#secondAt) {
      this.#show(this.#second, this.position - this.#secondAt, this.#viewOffset + this.#secondAt);
      this.#second = undefined;
      return true;
    }
    if (this.#second !== undefined) return false; // a whole record fits into a seam: the input ends here
    const rest = this.remaining;
    const start = this.#next;
    const wanted = Math.max(0, Math.min(this.#chunkBytes, this.#end - start));
    const bytes = await this.#source.read(start, wanted, this.#older);
    if (bytes.length === 0) return false;
    this.#next += bytes.length;
    // The newer piece may still be shown; only the last piece is smaller than the others.
    this.#older = this.#newer;
    this.#newer = bytes.length === this.#chunkBytes ? bytes : undefined;
    if (rest === 0) this.#show(bytes, 0, start);
    else this.#showSeam(rest, bytes);
    return true;
  }

  /** The next `length` bytes, fewer at the end of the records. */
  async take(length: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let missing = length;
    while (missing > 0 && (this.remaining > 0 || (await this.refill()))) {
      const piece = Math.min(missing, this.remaining);
      pieces.push(new Uint8Array(this.view.buffer, this.view.byteOffset + this.position, piece).slice());
      this.position += piece;
      missing -= piece;
    }
    const bytes = new Uint8Array(length - missing);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** Passes over `length` bytes; false where there are fewer. */
  async skip(length: number): Promise<boolean> {
    let missing = length;
    while (missing > 0 && (this.remaining > 0 || (await this.refill()))) {
      const piece = Math.min(missing, this.remaining);
      this.position += piece;
      missing -= piece;
    }
    return missing === 0;
  }

  #show(bytes: Uint8Array, position: number, offset: number): void {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.position = position;
    this.#viewOffset = offset;
  }

  /** The rest of the old piece and enough of the new one to finish any record. */
  #showSeam(rest: number, bytes: Uint8Array): void {
    const length = rest + Math.min(bytes.length, LARGEST_RECORD);
    if (this.#seam.length < length) this.#seam = new Uint8Array(2 * length);
    const seam = this.#seam.subarray(0, length);
    seam.set(new Uint8Array(this.view.buffer, this.view.byteOffset + this.position, rest));
    seam.set(bytes.subarray(0, seam.length - rest), rest);
    this.#show(seam, 0, this.offset);
    this.#second = bytes;
    this.#secondAt = rest;
  }
}
