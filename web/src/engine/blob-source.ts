/** A dropped file as a ByteSource. Formats ask for little at a time, and in several places, so windows of it are kept. */
import type { ByteSource } from '../../../src/base/byte-source.js';

const WINDOW_BYTES = 1024 * 1024;
/** As many as pCPUs of a large host, whose parts of a file are read side by side. */
const MOST_WINDOWS = 64;

/** Reads a part of a file at once: in a worker with FileReaderSync. */
export type ReadNow = (blob: Blob) => Uint8Array;

export class BlobSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  /** Bytes that have been read for the first time. */
  bytesRead = 0;
  readonly #file: Blob;
  readonly #readNow: ReadNow;
  readonly #windows = new Map<number, Uint8Array>();
  readonly #seen = new Set<number>();

  constructor(name: string, file: Blob, readNow: ReadNow) {
    this.name = name;
    this.size = file.size;
    this.#file = file;
    this.#readNow = readNow;
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    if (end <= offset) return new Uint8Array(0);
    const first = Math.floor(offset / WINDOW_BYTES);
    const start = first * WINDOW_BYTES;
    if (end <= start + WINDOW_BYTES) return this.#window(first).subarray(offset - start, end - start);
    return this.#joined(offset, end);
  }

  #joined(offset: number, end: number): Uint8Array {
    const bytes = new Uint8Array(end - offset);
    let at = offset;
    while (at < end) {
      const index = Math.floor(at / WINDOW_BYTES);
      const until = Math.min(end, (index + 1) * WINDOW_BYTES);
      const start = index * WINDOW_BYTES;
      bytes.set(this.#window(index).subarray(at - start, until - start), at - offset);
      at = until;
    }
    return bytes;
  }

  #window(index: number): Uint8Array {
    const known = this.#windows.get(index);
    if (known !== undefined) return known;
    const start = index * WINDOW_BYTES;
    const bytes = this.#readNow(this.#file.slice(start, Math.min(start + WINDOW_BYTES, this.size)));
    if (!this.#seen.has(index)) this.bytesRead += bytes.length;
    this.#seen.add(index);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size >= MOST_WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
    this.#windows.set(index, bytes);
    return bytes;
  }
}
