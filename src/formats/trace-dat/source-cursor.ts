/**
 * Reads numbers and texts of a ByteSource one after the other.
 *
 * Nothing is thrown and nothing is allocated that is not there: past the end (or at a length that the input cannot
 * hold) `ended` becomes true, and from then on every read gives zero or nothing. Callers check `ended` where it matters.
 */
import type { ByteSource } from '../../base/byte-source.js';

const BLOCK_BYTES = 64 * 1024;
const TWO_32 = 2 ** 32;
const EMPTY = new Uint8Array(0);
/** Names and texts are ASCII in practice; Latin-1 keeps any other byte harmless. */
const decoder = new TextDecoder('latin1');

export class SourceCursor {
  position: number;
  ended = false;
  readonly #source: ByteSource;
  readonly #end: number;
  readonly #littleEndian: boolean;
  #block: Uint8Array = EMPTY;
  #blockStart = 0;

  constructor(source: ByteSource, position: number, littleEndian: boolean, end = source.size) {
    this.#source = source;
    this.position = position;
    this.#littleEndian = littleEndian;
    this.#end = Math.min(end, source.size);
  }

  get remaining(): number {
    return Math.max(0, this.#end - this.position);
  }

  /** The next `length` bytes, or none at all. */
  async bytes(length: number): Promise<Uint8Array> {
    if (this.ended || !(length <= this.remaining)) {
      this.ended = true;
      return EMPTY;
    }
    const start = this.position - this.#blockStart;
    this.position += length;
    if (start >= 0 && start + length <= this.#block.length) return this.#block.subarray(start, start + length);
    this.#blockStart = this.position - length;
    this.#block = await this.#source.read(
      this.#blockStart,
      Math.min(Math.max(length, BLOCK_BYTES), this.#end - this.#blockStart),
    );
    if (this.#block.length < length) {
      this.ended = true;
      return EMPTY;
    }
    return this.#block.subarray(0, length);
  }

  skip(length: number): void {
    if (this.ended || !(length <= this.remaining)) this.ended = true;
    else this.position += length;
  }

  async u8(): Promise<number> {
    return (await this.#view(1)).getUint8(0);
  }

  async u16(): Promise<number> {
    return (await this.#view(2)).getUint16(0, this.#littleEndian);
  }

  async u32(): Promise<number> {
    return (await this.#view(4)).getUint32(0, this.#littleEndian);
  }

  /** Sizes and places: numbers above 2^53 lose their low bits, but no input is that large. */
  async u64(): Promise<number> {
    const view = await this.#view(8);
    const first = view.getUint32(0, this.#littleEndian);
    const second = view.getUint32(4, this.#littleEndian);
    return this.#littleEndian ? second * TWO_32 + first : first * TWO_32 + second;
  }

  async bigU64(): Promise<bigint> {
    return (await this.#view(8)).getBigUint64(0, this.#littleEndian);
  }

  async text(length: number): Promise<string> {
    return decoder.decode(await this.bytes(length));
  }

  /** A text up to its NUL, which is consumed; `limit` bytes without one end the input. */
  async string(limit = 4096): Promise<string> {
    const start = this.position;
    const head = await this.bytes(Math.min(limit, this.remaining));
    const length = head.indexOf(0);
    if (length < 0) {
      this.ended = true;
      return '';
    }
    this.position = start + length + 1;
    return decoder.decode(head.subarray(0, length));
  }

  async #view(length: number): Promise<DataView> {
    const bytes = await this.bytes(length);
    return bytes.length === length
      ? new DataView(bytes.buffer, bytes.byteOffset, length)
      : new DataView(new ArrayBuffer(length));
  }
}
