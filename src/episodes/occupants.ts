/** Who has pCPUs and who wakes threads: numbers for threads and what stands for them, in the order in which they were met. */
import { IDLE_THREAD, OTHER_THREADS, threadAsInterrupt } from '../ledger/culprits.js';
import { SCHEDULER_THREAD } from '../recording/event-batch.js';
import { NO_LABEL, OccupantKind } from './lanes.js';

/** Further ones are one together. */
const MOST_OCCUPANTS = 65_536;

export class OccupantTable {
  /** TIDs, or stand-ins as in culprits. */
  readonly threads: number[] = [];
  /** By number: OccupantKind, as far as that is known. */
  readonly #kinds: number[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #isVcpu: (thread: number) => boolean;

  constructor(isVcpu: (thread: number) => boolean) {
    this.#isVcpu = isVcpu;
  }

  /** NO_LABEL for a stand-in that says that nobody knows. */
  number(thread: number): number {
    const known = this.#numbers.get(thread);
    if (known !== undefined) return known;
    if (
      thread < 0 &&
      thread !== SCHEDULER_THREAD &&
      thread !== OTHER_THREADS &&
      threadAsInterrupt(thread) === undefined
    ) {
      return NO_LABEL;
    }
    if (this.threads.length >= MOST_OCCUPANTS && thread !== OTHER_THREADS) return this.number(OTHER_THREADS);
    const number = this.threads.push(thread) - 1;
    this.#numbers.set(thread, number);
    this.#kinds.push(this.#firstKind(thread));
    return number;
  }

  kindOf(number: number): number {
    return number === NO_LABEL ? OccupantKind.unknown : this.#kinds[number];
  }

  /** What is known of a thread only now. */
  setKind(number: number, kind: number): void {
    this.#kinds[number] = kind;
  }

  /** A thread turns out to be a vCPU's, or not to be one. */
  tellVcpu(thread: number, isVcpu: boolean): void {
    const number = this.#numbers.get(thread);
    if (number !== undefined) this.#kinds[number] = isVcpu ? OccupantKind.vcpu : OccupantKind.other;
  }

  #firstKind(thread: number): number {
    if (thread === IDLE_THREAD) return OccupantKind.idle;
    if (threadAsInterrupt(thread) !== undefined) return OccupantKind.interrupt;
    return this.#isVcpu(thread) ? OccupantKind.vcpu : OccupantKind.other;
  }
}
