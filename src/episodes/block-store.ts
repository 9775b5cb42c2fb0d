/** Where blocks of single segments wait until somebody zooms in: memory here, a temporary file on a server. */
export interface BlockStore {
  /** Keeps a copy. @returns where it is; -1: there is no room any more, and all that was kept is gone */
  append(bytes: Uint8Array): number;
  /** @throws {Error} where it cannot be read */
  read(offset: number, length: number): Uint8Array;
  /** For people: why there may be no room. */
  readonly limit: string;
  close(): void;
}

const PIECE_BYTES = 4 * 1024 * 1024;

export class MemoryBlockStore implements BlockStore {
  readonly limit: string;
  readonly #most: number;
  /** Pieces of equal length: what does not fit into the rest of one begins in the next. */
  #pieces: Uint8Array[] = [];
  #used = 0;
  #isFull = false;

  /** @param most bytes */
  constructor(most: number) {
    this.#most = most;
    this.limit = `single episodes would take more than the ${Math.floor(most / 2 ** 20)} MB of memory that are set aside for them`;
  }

  append(bytes: Uint8Array): number {
    if (this.#isFull) return -1;
    const room = PIECE_BYTES - (this.#used % PIECE_BYTES);
    if (bytes.length > PIECE_BYTES) return this.#giveUp();
    if (room < bytes.length) this.#used += room;
    if (this.#used + bytes.length > this.#most) return this.#giveUp();
    const piece = Math.floor(this.#used / PIECE_BYTES);
    while (this.#pieces.length <= piece) this.#pieces.push(new Uint8Array(PIECE_BYTES));
    this.#pieces[piece].set(bytes, this.#used % PIECE_BYTES);
    this.#used += bytes.length;
    return this.#used - bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    const at = offset % PIECE_BYTES;
    return this.#pieces[Math.floor(offset / PIECE_BYTES)].subarray(at, at + length);
  }

  close(): void {
    this.#pieces = [];
  }

  #giveUp(): -1 {
    this.#isFull = true;
    this.#pieces = [];
    return -1;
  }
}
