/** Who ran on the pCPU while a vCPU waited for it. */
import { Account } from './accounts.js';

/** Distinct culprits per vCPU; further ones are summed up under OTHER_THREADS. */
const MAX_CULPRITS = 2048;

/** Thread numbers that stand for something else. */
export const OTHER_THREADS = -2;
export const UNKNOWN_THREAD = -1;
/** Linux' idle threads: nobody ran, the pCPU itself had to wake up. */
export const IDLE_THREAD = 0;

/** Interrupt handlers are culprits too: they get numbers below all thread numbers. */
const FIRST_INTERRUPT = -1000;
export const interruptAsThread = (interrupt: number): number => FIRST_INTERRUPT - interrupt;
export const threadAsInterrupt = (thread: number): number | undefined =>
  thread <= FIRST_INTERRUPT ? FIRST_INTERRUPT - thread : undefined;

export interface Culprit {
  readonly account: typeof Account.wakeup | typeof Account.preempted;
  /** A TID, or one of the stand-ins above. */
  readonly thread: number;
  ns: number;
  /** In how many pieces. */
  count: number;
}

export class Culprits {
  readonly list: Culprit[] = [];
  readonly #index = new Map<number, Culprit>();

  /** Of the wait that goes on: whether it was one shows when it is over. */
  readonly #suspects: Omit<Culprit, 'count'>[] = [];

  suspect(account: Culprit['account'], thread: number, ns: number): void {
    this.#suspects.push({ account, thread, ns });
    // A wait without end must not take memory without end.
    if (this.#suspects.length > MAX_CULPRITS) this.settle();
  }

  /** The wait is over, and it was one. */
  settle(): void {
    if (this.#suspects.length === 0) return;
    for (const { account, thread, ns } of this.#suspects) this.#add(account, thread, ns);
    this.#suspects.length = 0;
  }

  /** Nobody knows what really was while it seemed to wait. */
  forget(): void {
    if (this.#suspects.length === 0) return;
    this.#suspects.length = 0;
  }

  #add(account: Culprit['account'], thread: number, ns: number): void {
    const key = thread * 2 + (account === Account.preempted ? 1 : 0);
    let culprit = this.#index.get(key);
    if (culprit === undefined) {
      if (this.list.length >= MAX_CULPRITS && thread !== OTHER_THREADS) {
        this.#add(account, OTHER_THREADS, ns);
        return;
      }
      culprit = { account, thread, ns: 0, count: 0 };
      this.#index.set(key, culprit);
      this.list.push(culprit);
    }
    culprit.ns += ns;
    culprit.count++;
  }
}
