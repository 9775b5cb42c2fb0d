/** Reads a table of a perf.data file field by field; whoever reads beyond its end gets an OutOfBytes. */

/** The table is shorter than it says. Caught where the table is read, and turned into an issue there. */
export class OutOfBytes extends Error {}

const TWO_32 = 2 ** 32;
const decoder = new TextDecoder();

export class ByteCursor {
  readonly littleEndian: boolean;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.littleEndian = littleEndian;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#step(4), this.littleEndian);
  }

  /** Rounded to a double above 2^53. */
  u64(): number {
    const first = this.u32();
    const second = this.u32();
    return this.littleEndian ? second * TWO_32 + first : first * TWO_32 + second;
  }

  /** The bytes themselves, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#step(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#step(length);
  }

  /** Text up to a NUL, which is passed over. */
  terminated(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new OutOfBytes(`a name at byte ${this.#at} has no end`);
    const text = decoder.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  /** Text of perf's own tables: its length in 32 bits, then so many bytes, filled up with NUL. */
  counted(): string {
    return textUpToNul(this.bytes(this.u32()));
  }

  #step(length: number): number {
    const start = this.#at;
    if (length > this.remaining)
      throw new OutOfBytes(`${length} bytes at byte ${start}, where ${this.remaining} are left`);
    this.#at += length;
    return start;
  }
}

export function textUpToNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
