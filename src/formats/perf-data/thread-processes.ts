/** Keeps the thread table with the processes that records name; a small cache finds out what is no news. */
import type { ThreadTable } from '../../recording/threads.js';

/** A power of two. Threads that share a line only cost each other a comparison that fails. */
const CACHE_LINES = 4096;

export class ThreadProcesses {
  readonly #threads: ThreadTable;
  /** Thread and process, line by line. */
  readonly #cache = new Int32Array(2 * CACHE_LINES);

  constructor(threads: ThreadTable) {
    this.#threads = threads;
  }

  note(thread: number, process: number): void {
    const line = 2 * (thread & (CACHE_LINES - 1));
    const cache = this.#cache;
    if (cache[line] === thread && cache[line + 1] === process) return;
    cache[line] = thread;
    cache[line + 1] = process;
    if (thread > 0 && process >= 0) this.#threads.setProcess(thread, process);
  }
}
