/** The threads that want a pCPU, most important first; among equals the one whose turn is next. */
import type { Thread } from './thread.js';

export class ReadyQueue {
  readonly #threads: Thread[] = [];
  #first = 0;
  #last = 0;

  /** @param atHead before others of its priority: a thread that was pushed off keeps its turn */
  add(thread: Thread, atHead: boolean): void {
    thread.turn = atHead ? --this.#first : ++this.#last;
    this.#threads.push(thread);
  }

  remove(thread: Thread): void {
    this.#threads.splice(this.#threads.indexOf(thread), 1);
  }

  /** All that may run on a pCPU. */
  allFor(cpu: number): Thread[] {
    return this.#threads.filter((thread) => thread.mayRunOn(cpu));
  }

  /** Who would run next on a pCPU. */
  bestFor(cpu: number): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.allFor(cpu)) if (best === undefined || isBefore(thread, best)) best = thread;
    return best;
  }
}

function isBefore(a: Thread, b: Thread): boolean {
  const [first, second] = [a.options.priority, b.options.priority];
  return first > second || (first === second && a.turn < b.turn);
}
