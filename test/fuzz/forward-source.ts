/** Bytes in memory that behave like a pipe: read forwards only, in small pieces, with an end that is not known. */
import { type ByteSource, STREAM_HEAD } from '../../src/base/byte-source.js';

/** A reader may step back so far, as with a real pipe. */
const KEPT_BEHIND = 1024 * 1024;

export class ForwardSource implements ByteSource {
  readonly name = 'fuzzed pipe';
  readonly #bytes: Uint8Array;
  #furthest = 0;
  #size = Infinity;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = offset + length;
    if (offset < this.#furthest - KEPT_BEHIND && end > STREAM_HEAD) {
      throw new RangeError(`a pipe cannot be read again at ${offset}`);
    }
    this.#furthest = Math.max(this.#furthest, offset);
    if (end > this.#bytes.length) this.#size = this.#bytes.length;
    return this.#bytes.subarray(offset, Math.min(end, this.#bytes.length));
  }
}
