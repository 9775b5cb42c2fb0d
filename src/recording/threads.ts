/**
 * Threads of the host as the recording names them: TID → name and process.
 * Names are untrusted text.
 */
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

  /** Takes over what `other` knows and this table does not. */
  addAll(other: ThreadTable): void {
    for (const [thread, name] of other.#names) if (!this.#names.has(thread)) this.#names.set(thread, name);
    for (const [thread, process] of other.#processes) {
      if (!this.#processes.has(thread)) this.#processes.set(thread, process);
    }
  }

  get hasProcesses(): boolean {
    return this.#processes.size > 0;
  }
}
