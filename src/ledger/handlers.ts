/** Which interrupt handlers of the host had the time that ran on top of a vCPU: parts of its account `interrupt`. */
import { grown } from './grown.js';

/** Distinct interrupts per vCPU; the time of further ones is in the account alone. */
const MAX_INTERRUPTS = 256;
const FIRST_INTERRUPTS = 4;
/** Distinct interrupts within one episode, likewise. */
const MAX_NOTED = 32;

export interface HandlerTime {
  /** Index of an InterruptBegin. */
  readonly interrupt: number;
  /** Without the handlers that ran on top of it in turn. */
  readonly ns: number;
  readonly count: number;
}

/** Sums by interrupt, in the order of first appearance. */
class Sums {
  size = 0;
  interrupt = new Float64Array(FIRST_INTERRUPTS);
  ns = new Float64Array(FIRST_INTERRUPTS);
  count = new Float64Array(FIRST_INTERRUPTS);
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(interrupt: number, ns: number, count: number): void {
    let index = 0;
    while (index < this.size && this.interrupt[index] !== interrupt) index++;
    if (index === this.size) {
      if (index === this.#most) return;
      if (index === this.interrupt.length) this.#grow();
      this.interrupt[index] = interrupt;
      this.ns[index] = 0;
      this.count[index] = 0;
      this.size++;
    }
    this.ns[index] += ns;
    this.count[index] += count;
  }

  #grow(): void {
    const size = this.size * 2;
    this.interrupt = grown(this.interrupt, new Float64Array(size));
    this.ns = grown(this.ns, new Float64Array(size));
    this.count = grown(this.count, new Float64Array(size));
  }
}

export class Handlers {
  readonly #booked = new Sums(MAX_INTERRUPTS);
  /** Of the episode that goes on: whether that time was spent as it seems shows when it is over. */
  readonly #noted = new Sums(MAX_NOTED);

  note(interrupt: number, ns: number): void {
    this.#noted.add(interrupt, ns, 1);
  }

  /** Whether anything waits to be settled. */
  get hasOpen(): boolean {
    return this.#noted.size > 0;
  }

  /** It was. */
  settle(): void {
    const { size, interrupt, ns, count } = this.#noted;
    for (let index = 0; index < size; index++) this.#booked.add(interrupt[index], ns[index], count[index]);
    this.#noted.size = 0;
  }

  /** Nobody knows. */
  forget(): void {
    this.#noted.size = 0;
  }

  /**
   * Empty where all of them together had more than that account has: events contradict each other.
   * @param accountNs of the account `interrupt`
   */
  list(accountNs: number): HandlerTime[] {
    const { size, interrupt, ns, count } = this.#booked;
    let total = 0;
    for (let index = 0; index < size; index++) total += ns[index];
    if (total > accountNs) return [];
    return Array.from({ length: size }, (_, index) => ({
      interrupt: interrupt[index],
      ns: ns[index],
      count: count[index],
    }));
  }
}
