/** Who ran on the pCPU while a vCPU waited for it. */
import { Account } from './accounts.js';

/** Distinct culprits per vCPU; further ones are summed up under OTHER_THREADS. */
const MAX_CULPRITS = 2048;

/** Pieces of one wait that are kept until it is over. */
const MAX_SUSPECTS = 16;

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

  /** Of the wait that goes on, in columns: whether it was one shows when it is over. */
  #suspects = 0;
  readonly #suspectAccount = new Uint8Array(MAX_SUSPECTS);
  readonly #suspectThread = new Float64Array(MAX_SUSPECTS);
  readonly #suspectNs = new Float64Array(MAX_SUSPECTS);

  suspect(account: Culprit['account'], thread: number, ns: number): void {
    // A wait without end must not take memory without end.
    if (this.#suspects === MAX_SUSPECTS) this.settle();
    this.#suspectAccount[this.#suspects] = account;
    this.#suspectThread[this.#suspects] = thread;
    this.#suspectNs[this.#suspects] = ns;
    this.#suspects++;
  }

  /** The wait is over, and it was one. */
  settle(): void {
    for (let index = 0; index < this.#suspects; index++) {
      const account = this.#suspectAccount[index] as Culprit['account'];
      this.#add(account, this.#suspectThread[index], this.#suspectNs[index]);
    }
    this.#suspects = 0;
  }

  /** Nobody knows what really was while it seemed to wait. */
  forget(): void {
    this.#suspects = 0;
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
