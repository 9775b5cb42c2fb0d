/**
 * Threads of the host as the recording names them: TID → name and process.
 * Names are untrusted text.
 */
export interface ThreadEntry {
  readonly thread: number;
  readonly name: string | undefined;
  readonly process: number | undefined;
}

/** Threads that are kept: a host has a few thousand, the most that Linux can have is 4,194,304. */
const MAX_THREADS = 262_144;
/** Characters. Linux' names have at most 15 bytes (TASK_COMM_LEN), but text could hold anything. */
const MAX_NAME = 64;

/** What is told of further threads is not kept: they have no name and no process then. */
export class ThreadTable {
  readonly #names = new Map<number, string>();
  readonly #processes = new Map<number, number>();
  readonly #processNames = new Map<number, string>();

  /** The last name wins: a thread is called what it was called at the end. */
  setName(thread: number, name: string): void {
    if (this.#names.size >= MAX_THREADS && !this.#names.has(thread)) return;
    this.#names.set(thread, name.length > MAX_NAME ? shortened(name) : name);
  }

  /** `process` is the thread group identifier (TGID). */
  setProcess(thread: number, process: number): void {
    if (this.#processes.size >= MAX_THREADS && !this.#processes.has(thread)) return;
    this.#processes.set(thread, process);
  }

  name(thread: number): string | undefined {
    return thread === 0 ? 'idle' : this.#names.get(thread);
  }

  /** For hosts whose processes have numbers of their own, apart from those of threads. */
  setProcessName(process: number, name: string): void {
    if (this.#processNames.size >= MAX_THREADS && !this.#processNames.has(process)) return;
    this.#processNames.set(process, name.length > MAX_NAME ? shortened(name) : name);
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
    }));
  }

  /** Takes over what this table does not know yet. */
  addEntries(entries: readonly ThreadEntry[]): void {
    for (const { thread, name, process } of entries) {
      if (name !== undefined && !this.#names.has(thread)) this.setName(thread, name);
      if (process !== undefined && !this.#processes.has(thread)) this.setProcess(thread, process);
    }
  }

  get hasProcesses(): boolean {
    return this.#processes.size > 0;
  }
}

/** Its beginning. An engine would make that by pointing into the whole, and so keep all of it. */
function shortened(name: string): string {
  return Array.from({ length: MAX_NAME }, (_, index) => name[index]).join('');
}
