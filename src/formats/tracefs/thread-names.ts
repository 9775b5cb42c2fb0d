/**
 * Keeps the thread table with the names that records carry (`prev_comm`, `comm`, …).
 *
 * Most records repeat a name that is known already. A small cache of raw names, one line per few threads, finds that
 * out by comparing four 32-bit words, so that a string is made only where something changed.
 */
import type { ThreadTable } from '../../recording/threads.js';
import { type NameKeeper, readName } from './name-field.js';

/** The kernel's TASK_COMM_LEN: no thread name is longer, its final NUL included. */
export const NAME_BYTES = 16;

/** A power of two. Threads that share a line only cost each other a comparison that fails. */
const CACHE_LINES = 4096;
/** Thread, then the four words of the name. */
const LINE_WORDS = 5;

/** The thread table of one recording, with its cache. */
export class ThreadNames implements NameKeeper {
  readonly #threads: ThreadTable;
  readonly #cache = new Int32Array(CACHE_LINES * LINE_WORDS);

  constructor(threads: ThreadTable) {
    this.#threads = threads;
  }

  /** Of the name at most NAME_BYTES bytes. */
  note(thread: number, view: DataView, at: number, length: number): void {
    // Thread 0 is the idle thread of whatever CPU; negative numbers are no threads.
    if (thread <= 0) return;
    if (length === NAME_BYTES && !this.#isNews(thread, view, at)) return;
    this.#threads.setName(thread, readName(view, at, Math.min(length, NAME_BYTES)));
  }

  #isNews(thread: number, view: DataView, at: number): boolean {
    const cache = this.#cache;
    const line = (thread & (CACHE_LINES - 1)) * LINE_WORDS;
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    if (
      cache[line] === thread &&
      cache[line + 1] === a &&
      cache[line + 2] === b &&
      cache[line + 3] === c &&
      cache[line + 4] === d
    ) {
      return false;
    }
    cache[line] = thread;
    cache[line + 1] = a;
    cache[line + 2] = b;
    cache[line + 3] = c;
    cache[line + 4] = d;
    return true;
  }
}
