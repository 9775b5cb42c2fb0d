/**
 * Where bytes come from: a file, a pipe, a Blob in the browser, an array in a test.
 */
export interface ByteSource {
  /** Name for messages: the path as the user gave it, or "standard input". */
  readonly name: string;
  /** Size in bytes; Infinity while the end of a pipe is not known yet. */
  readonly size: number;
  /**
   * Reads up to `length` bytes at `offset`; fewer only at the end of the input, none beyond it.
   * A pipe can be read forwards only, in any steps, plus its first `STREAM_HEAD` bytes again and again.
   * The bytes stay valid and unchanged until the caller lets go of them, or gives them back as `reusable`: memory of
   * at least `length` bytes that the result may (but need not) use, so that large inputs need no new memory.
   */
  read(offset: number, length: number, reusable?: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The head of every source can be read repeatedly: detection needs it before the format does. */
export const STREAM_HEAD = 64 * 1024;

export class MemorySource implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, name = 'memory') {
    this.#bytes = bytes;
    this.name = name;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(offset, Math.min(offset + length, this.#bytes.length));
  }
}
