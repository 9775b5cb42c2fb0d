/** How often each interrupt of the host came, and how often a handler found that it was not its device's. */
import type { InterruptCount } from '../translator.js';

/** Interrupts with higher indices (of devices beyond number 1,900 or so) are not counted. */
const CAPACITY = 2048;

export class InterruptCounts {
  /** Handlers that began, by interrupt; then those that ended with nothing done, likewise. */
  readonly #counts = new Float64Array(2 * CAPACITY);

  began(index: number): void {
    if (index < CAPACITY) this.#counts[index]++;
  }

  foundNothing(index: number): void {
    if (index < CAPACITY) this.#counts[CAPACITY + index]++;
  }

  /**
   * Those that came, most often first.
   * @param nameOf for people, by interrupt
   */
  list(nameOf: (index: number) => string): InterruptCount[] {
    const came: InterruptCount[] = [];
    for (let index = 0; index < CAPACITY; index++) {
      const count = this.#counts[index];
      const unhandled = this.#counts[CAPACITY + index];
      if (count > 0) came.push({ name: nameOf(index), count, unhandled });
    }
    return came.sort((a, b) => b.count - a.count);
  }

  learnt(): Float64Array {
    return this.#counts;
  }

  takeOver(learnt: Float64Array): void {
    this.#counts.set(learnt);
  }
}
