/** Single segments in a temporary file, which goes when the program ends, however it ends. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockStore } from '../episodes/block-store.js';

export class FileBlockStore implements BlockStore {
  readonly limit: string;
  readonly #most: number;
  readonly #descriptor: number;
  #length = 0;
  #isFull = false;
  #isClosed = false;

  /**
   * @param most bytes that it may take
   * @throws {Error} where no temporary file can be made
   */
  constructor(most: number) {
    this.#most = most;
    this.limit = `single episodes would take more than ${Math.floor(most / 2 ** 30)} GB of temporary files, or the disk is full`;
    const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
    this.#descriptor = openSync(join(folder, 'episodes'), 'wx+', 0o600);
    // Open, but no longer in any folder: its room is free again as soon as the program ends.
    rmSync(folder, { recursive: true, force: true });
  }

  append(bytes: Uint8Array): number {
    if (this.#isFull || this.#length + bytes.length > this.#most) return this.#giveUp();
    const offset = this.#length;
    try {
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(this.#descriptor, bytes, written, bytes.length - written, offset + written);
      }
    } catch {
      return this.#giveUp();
    }
    this.#length += bytes.length;
    return offset;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(this.#descriptor, bytes, filled, length - filled, offset + filled);
      if (read === 0) throw new Error('a temporary file is shorter than what was written to it');
      filled += read;
    }
    return bytes;
  }

  close(): void {
    if (!this.#isClosed) closeSync(this.#descriptor);
    this.#isClosed = true;
  }

  #giveUp(): -1 {
    this.#isFull = true;
    this.close();
    return -1;
  }
}
