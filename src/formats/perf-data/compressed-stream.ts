/**
 * `perf record -z`: one zstd stream, cut into records. What comes out are records again, and one of them may begin in
 * one compressed record and end in the next.
 */
import type { Codecs } from '../codecs.js';

/** The largest piece of records that perf compresses at once, where the file does not say: far above its default. */
const DEFAULT_LIMIT = 16 * 1024 * 1024;
/** No statement of a file makes us take more than this for one compressed record of at most 64 KiB. */
const LARGEST_LIMIT = 64 * 1024 * 1024;
/** The first bytes of a zstd frame. */
const FRAME_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

export class CompressedStream {
  readonly #codecs: Codecs;
  #stream: ReturnType<Codecs['zstdStream']> | undefined;
  #failed = false;
  /** The beginning of a record that the last piece did not finish. */
  #rest = new Uint8Array(0);

  constructor(codecs: Codecs) {
    this.#codecs = codecs;
  }

  /** Whether a record is unfinished. */
  get hasRest(): boolean {
    return this.#rest.length > 0;
  }

  /**
   * Feeds the next compressed record, of which at most `limit` bytes come out: returns the unfinished record of last
   * time and what followed. Undefined where that is impossible: after damage, up to the next beginning of a stream.
   */
  push(data: Uint8Array, limit = DEFAULT_LIMIT): Uint8Array | undefined {
    if (this.#failed && !FRAME_MAGIC.every((byte, index) => data[index] === byte)) return undefined;
    if (this.#failed) this.#stream = undefined;
    this.#stream ??= this.#codecs.zstdStream();
    let more: Uint8Array;
    try {
      // The stream may keep what it is fed, the chunk of the file that it lies in must not be kept with it.
      more = this.#stream.push(data.slice(), Math.min(Math.max(limit, 1), LARGEST_LIMIT));
      this.#failed = false;
    } catch {
      this.#failed = true;
      this.#rest = new Uint8Array(0);
      return undefined;
    }
    const rest = this.#rest;
    if (rest.length === 0) return more;
    const joined = new Uint8Array(rest.length + more.length);
    joined.set(rest);
    joined.set(more, rest.length);
    this.#rest = new Uint8Array(0);
    return joined;
  }

  /** Keeps an unfinished record for the next piece. */
  keep(rest: Uint8Array): void {
    this.#rest = rest.slice();
  }
}
