/**
 * Threads of the host as the recording names them: TID → name and process.
 * Names are untrusted text.
 */
export interface ThreadEntry {
  readonly thread: number;
  readonly name: string | undefined;
  readonly process: number | undefined;
}

export class ThreadTable {
  readonly #names = new Map<number, string>();
  readonly #processes = new Map<number, number>();

  /** The last name wins: a thread is called what it was called at the end. */
  setName(thread: number, name: string): void {
    this.#names.set(thread, name);
  }

  /** `process` is the thread group identifier (TGID). */
  setProcess(thread: number, process: number): void {
    this.#processes.set(thread, process);
  }

  name(thread: number): string | undefined {
    return thread === 0 ? 'idle' : this.#names.get(thread);
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
      if (name !== undefined && !this.#names.has(thread)) this.#names.set(thread, name);
      if (process !== undefined && !this.#processes.has(thread)) this.#processes.set(thread, process);
    }
  }

  get hasProcesses(): boolean {
    return this.#processes.size > 0;
  }
}
