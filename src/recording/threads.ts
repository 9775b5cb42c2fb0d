/**
 * Threads of the host as the recording names them: TID → name and process.
 * Names are untrusted text.
 */
import { boundedName } from './bounded-name.js';

export interface ThreadEntry {
  readonly thread: number;
  readonly name: string | undefined;
  readonly process: number | undefined;
  /** See ThreadTable.priority. */
  readonly priority?: number | undefined;
}

/** Threads that are kept: a host has a few thousand, the most that Linux can have is 4,194,304. */
const MAX_THREADS = 262_144;

/** Higher thread numbers have no priority: 2^22 is the most that Linux gives. */
const MOST_NUMBERS = 2 ** 22;
const FIRST_NUMBERS = 1024;
const NO_PRIORITY = -32_768;
/** What the host told of it in a way that says only that it is below 0. */
const BELOW_ZERO = -1;

/** What is told of further threads is not kept: they have no name and no process then. */
export class ThreadTable {
  readonly #names = new Map<number, string>();
  readonly #processes = new Map<number, number>();
  readonly #processNames = new Map<number, string>();
  #priorities = new Int16Array(0);

  /** The last name wins: a thread is called what it was called at the end. */
  setName(thread: number, name: string): void {
    if (this.#names.size >= MAX_THREADS && !this.#names.has(thread)) return;
    this.#names.set(thread, boundedName(name));
  }

  /** `process` is the thread group identifier (TGID). */
  setProcess(thread: number, process: number): void {
    if (this.#processes.size >= MAX_THREADS && !this.#processes.has(thread)) return;
    this.#processes.set(thread, process);
  }

  /** What the host's scheduler counted last for it, in its own numbers; NaN, where nothing was told, changes nothing. */
  setPriority(thread: number, priority: number): void {
    if (!(thread > 0 && thread < MOST_NUMBERS) || Number.isNaN(priority)) return;
    if (thread >= this.#priorities.length) {
      const larger = new Int16Array(Math.max(FIRST_NUMBERS, 2 ** Math.ceil(Math.log2(thread + 1)))).fill(NO_PRIORITY);
      larger.set(this.#priorities);
      this.#priorities = larger;
    }
    this.#priorities[thread] = priority < 0 ? BELOW_ZERO : priority;
  }

  /**
   * On Linux: below 0 deadline, from 0 to 99 real-time (0 the most urgent), 100 to 139 ordinary ones of nice -20 to 19. On
   * QNX from 0 to 255, larger is more urgent. undefined where no event told it.
   */
  priority(thread: number): number | undefined {
    const priority = this.#priorities[thread] ?? NO_PRIORITY;
    return priority === NO_PRIORITY ? undefined : priority;
  }

  name(thread: number): string | undefined {
    return thread === 0 ? 'idle' : this.#names.get(thread);
  }

  /** For hosts whose processes have numbers of their own, apart from those of threads. */
  setProcessName(process: number, name: string): void {
    if (this.#processNames.size >= MAX_THREADS && !this.#processNames.has(process)) return;
    this.#processNames.set(process, boundedName(name));
  }

  /** On Linux, where processes have no names of their own, a process has the number, and the name, of its first thread. */
  processName(process: number): string | undefined {
    return this.#processNames.size > 0 ? this.#processNames.get(process) : this.#names.get(process);
  }

  /** The names of processes that have some of their own. */
  processNames(): [process: number, name: string][] {
    return [...this.#processNames];
  }

  process(thread: number): number | undefined {
    return this.#processes.get(thread);
  }

  /** All that the table knows, as plain data. */
  entries(): ThreadEntry[] {
    const threads = new Set([...this.#names.keys(), ...this.#processes.keys()]);
    return [...threads].map((thread) => ({
      thread,
      name: this.#names.get(thread),
      process: this.#processes.get(thread),
      priority: this.priority(thread),
    }));
  }

  /** Takes over what this table does not know yet. */
  addEntries(entries: readonly ThreadEntry[]): void {
    for (const { thread, name, process, priority } of entries) {
      if (name !== undefined && !this.#names.has(thread)) this.setName(thread, name);
      if (process !== undefined && !this.#processes.has(thread)) this.setProcess(thread, process);
      if (priority !== undefined && this.priority(thread) === undefined) this.setPriority(thread, priority);
    }
  }

  get hasProcesses(): boolean {
    return this.#processes.size > 0;
  }
}
