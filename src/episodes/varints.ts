/**
 * Whole numbers of variable length: seven bits a byte, the lowest first, the eighth bit says that more follow. Numbers up to
 * 2^53 - 1 are exact.
 */

/** Bytes of the longest one. */
export const MOST_BYTES = 8;

const TWO_28 = 2 ** 28;

export class VarintWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(room = 1024) {
    this.bytes = new Uint8Array(room);
  }

  /** What was written so far; valid until more is written. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    if (this.length + 1 > this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = value;
  }

  /** @param value a whole number from 0 to 2^53 - 1 */
  unsigned(value: number): void {
    if (this.length + MOST_BYTES > this.bytes.length) this.#grow(MOST_BYTES);
    let rest = value;
    // Bit operations are for 32 bits only, and most numbers have no more.
    while (rest >= TWO_28) {
      const higher = Math.floor(rest / 128);
      this.bytes[this.length++] = (rest - higher * 128) | 128;
      rest = higher;
    }
    while (rest >= 128) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** @param value a whole number from -2^52 to 2^52 */
  signed(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.bytes.length) this.#grow(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #grow(more: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.written);
    this.bytes = larger;
  }
}

export class VarintReader {
  position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.position;
  }

  /** @throws {RangeError} at the end, as all of these */
  byte(): number {
    if (this.position >= this.#bytes.length) throw new RangeError('it ends in the middle');
    return this.#bytes[this.position++];
  }

  unsigned(): number {
    const bytes = this.#bytes;
    const { length } = bytes;
    // Most numbers have one byte.
    if (this.position < length && bytes[this.position] < 128) return bytes[this.position++];
    let value = 0;
    let factor = 1;
    for (let count = 0; count < MOST_BYTES; count++) {
      if (this.position >= length) throw new RangeError('it ends in the middle of a number');
      const byte = bytes[this.position++];
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      factor *= 128;
    }
    throw new RangeError('a number is too long');
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A count of things that take at least `least` bytes each: never more than there is room for. */
  count(least = 1): number {
    const count = this.unsigned();
    if (count * least > this.left) throw new RangeError(`it states ${count} rows and has room for fewer`);
    return count;
  }

  skip(bytes: number): Uint8Array {
    if (bytes > this.left) throw new RangeError('it ends in the middle');
    this.position += bytes;
    return this.#bytes.subarray(this.position - bytes, this.position);
  }
}
