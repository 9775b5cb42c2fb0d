/** A growing array of bytes with numbers of a chosen byte order. */
export class ByteWriter {
  readonly littleEndian: boolean;
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  constructor(littleEndian = true) {
    this.littleEndian = littleEndian;
  }

  u8(value: number): this {
    this.#view.setUint8(this.#advance(1), value);
    return this;
  }

  u16(value: number): this {
    const at = this.#advance(2);
    this.#view.setUint16(at, value, this.littleEndian);
    return this;
  }

  u32(value: number): this {
    const at = this.#advance(4);
    this.#view.setUint32(at, value, this.littleEndian);
    return this;
  }

  u64(value: number | bigint): this {
    const at = this.#advance(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), this.littleEndian);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  text(text: string): this {
    return this.bytes(new TextEncoder().encode(text));
  }

  /** With its NUL. */
  string(text: string): this {
    return this.text(text).u8(0);
  }

  zeros(count: number): this {
    this.#advance(count);
    return this;
  }

  padTo(multiple: number): this {
    return this.zeros((multiple - (this.length % multiple)) % multiple);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #advance(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
