/** Standard input as a ByteSource that is read forwards; its head stays available for detection. */
import { readSync } from 'node:fs';
import { type ByteSource, STREAM_HEAD } from '../base/byte-source.js';

/** What is kept behind the reading position, so that a reader may step back a little. */
const KEPT_BEHIND = 1024 * 1024;
const READ_SIZE = 256 * 1024;
/** How long to wait for a pipe that has nothing yet, milliseconds. */
const WAIT_MS = 5;

export class PipeSource implements ByteSource {
  readonly name = 'standard input';
  readonly #descriptor: number;
  #size = Infinity;
  #head: Uint8Array = new Uint8Array(0);
  /** Bytes from #windowStart on. */
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  constructor(descriptor = 0) {
    this.#descriptor = descriptor;
  }

  get size(): number {
    return this.#size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#windowStart) {
      if (offset + length <= this.#head.length) return this.#head.subarray(offset, offset + length);
      throw new RangeError(`a pipe cannot be read again at ${offset}`);
    }
    while (this.#windowStart + this.#window.length < offset + length && this.#size === Infinity) {
      await this.#fill(offset);
    }
    const start = offset - this.#windowStart;
    return this.#window.subarray(Math.min(start, this.#window.length), Math.min(start + length, this.#window.length));
  }

  async #fill(offset: number): Promise<void> {
    const piece = new Uint8Array(READ_SIZE);
    const count = await this.#readSome(piece);
    const end = this.#windowStart + this.#window.length;
    if (count === 0) {
      this.#size = end;
      return;
    }
    if (this.#head.length < STREAM_HEAD) {
      this.#head = join(this.#head, piece.subarray(0, Math.min(count, STREAM_HEAD - this.#head.length)));
    }
    const droppable = Math.max(0, Math.min(offset - KEPT_BEHIND - this.#windowStart, this.#window.length));
    this.#window = join(this.#window.subarray(droppable), piece.subarray(0, count));
    this.#windowStart += droppable;
  }

  async #readSome(piece: Uint8Array): Promise<number> {
    for (;;) {
      try {
        return readSync(this.#descriptor, piece);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'EOF') return 0;
        if (code !== 'EAGAIN') throw error;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      }
    }
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
