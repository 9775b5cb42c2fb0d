/** Who ran on the pCPU while a vCPU waited for it. */
import { Account } from './accounts.js';
import { grown } from './grown.js';

/** Distinct culprits per vCPU; further ones are summed up under OTHER_THREADS. */
const MAX_CULPRITS = 2048;
/** Likewise of all vCPUs together. */
const MAX_CULPRITS_IN_ALL = 131_072;

/** Distinct threads in one wait, likewise. */
const MAX_SUSPECTS = 32;
const FIRST_SUSPECTS = 2;

/** Thread numbers that stand for something else. */
export const OTHER_THREADS = -2;
export const UNKNOWN_THREAD = -1;
/** Linux' idle threads: nobody ran, the pCPU itself had to wake up. */
export const IDLE_THREAD = 0;

/** Interrupt handlers are culprits too: they get numbers below all thread numbers. */
const FIRST_INTERRUPT = -1000;
export const interruptAsThread = (interrupt: number): number => FIRST_INTERRUPT - interrupt;
export const threadAsInterrupt = (thread: number): number | undefined =>
  thread <= FIRST_INTERRUPT && thread > FIRST_PARTITION ? FIRST_INTERRUPT - thread : undefined;

/** So are the budgets of the scheduler's partitions, below those of interrupts. */
const FIRST_PARTITION = -1_000_000_000;
export const partitionAsThread = (partition: number): number => FIRST_PARTITION - partition;
export const threadAsPartition = (thread: number): number | undefined =>
  thread <= FIRST_PARTITION ? FIRST_PARTITION - thread : undefined;

export interface Culprit {
  readonly account: typeof Account.wakeup | typeof Account.preempted;
  /** A TID, or one of the stand-ins above. */
  readonly thread: number;
  ns: number;
  /** In how many pieces. */
  count: number;
}

/** Room that several vCPUs share. */
export class CulpritRoom {
  left = MAX_CULPRITS_IN_ALL;
}

export class Culprits {
  readonly list: Culprit[] = [];
  readonly #index = new Map<number, Culprit>();
  /** A vCPU often waits for the same thread again. */
  #mostRecent: Culprit | undefined;

  /** Shared with the other vCPUs of the recording, if there are any. */
  room = new CulpritRoom();

  /** Of the wait that goes on, in columns: whether it was one shows when it is over. */
  #suspects = 0;
  /** As many of these columns as were settled last: until the next wait they can be looked at. */
  #settled = 0;
  #suspectAccount = new Uint8Array(FIRST_SUSPECTS);
  #suspectThread = new Float64Array(FIRST_SUSPECTS);
  #suspectNs = new Float64Array(FIRST_SUSPECTS);
  #suspectPieces = new Float64Array(FIRST_SUSPECTS);

  suspect(account: Culprit['account'], thread: number, ns: number): void {
    let index = this.#findSuspect(account, thread);
    if (index === this.#suspects) {
      if (index >= MAX_SUSPECTS && thread !== OTHER_THREADS) {
        this.suspect(account, OTHER_THREADS, ns);
        return;
      }
      index = this.#newSuspect(account, thread);
    }
    this.#suspectNs[index] += ns;
    this.#suspectPieces[index]++;
  }

  /** Whether anything waits to be settled. */
  get hasOpen(): boolean {
    return this.#suspects > 0;
  }

  /** The wait is over, and it was one. */
  settle(): void {
    for (let index = 0; index < this.#suspects; index++) {
      const account = this.#suspectAccount[index] as Culprit['account'];
      this.#add(account, this.#suspectThread[index], this.#suspectNs[index], this.#suspectPieces[index]);
    }
    this.#settled = this.#suspects;
    this.#suspects = 0;
  }

  /** Those of the waits that were settled last, in the order of first appearance. */
  latest(): Culprit[] {
    return Array.from({ length: this.#settled }, (_, index) => ({
      account: this.#suspectAccount[index] as Culprit['account'],
      thread: this.#suspectThread[index],
      ns: this.#suspectNs[index],
      count: this.#suspectPieces[index],
    }));
  }

  /** Nobody knows what really was while it seemed to wait. */
  forget(): void {
    this.#suspects = 0;
  }

  #findSuspect(account: Culprit['account'], thread: number): number {
    let index = 0;
    while (
      index < this.#suspects &&
      !(this.#suspectThread[index] === thread && this.#suspectAccount[index] === account)
    ) {
      index++;
    }
    return index;
  }

  #newSuspect(account: Culprit['account'], thread: number): number {
    const index = this.#suspects++;
    if (index === this.#suspectNs.length) {
      this.#suspectAccount = grown(this.#suspectAccount, new Uint8Array(index * 2));
      this.#suspectThread = grown(this.#suspectThread, new Float64Array(index * 2));
      this.#suspectNs = grown(this.#suspectNs, new Float64Array(index * 2));
      this.#suspectPieces = grown(this.#suspectPieces, new Float64Array(index * 2));
    }
    this.#suspectAccount[index] = account;
    this.#suspectThread[index] = thread;
    this.#suspectNs[index] = 0;
    this.#suspectPieces[index] = 0;
    return index;
  }

  #add(account: Culprit['account'], thread: number, ns: number, pieces: number): void {
    let culprit = this.#mostRecent;
    if (culprit === undefined || culprit.thread !== thread || culprit.account !== account) {
      culprit = this.#index.get(keyOf(account, thread));
    }
    if (culprit === undefined) {
      if ((this.list.length >= MAX_CULPRITS || this.room.left <= 0) && thread !== OTHER_THREADS) {
        this.#add(account, OTHER_THREADS, ns, pieces);
        return;
      }
      this.room.left--;
      culprit = { account, thread, ns: 0, count: 0 };
      this.#index.set(keyOf(account, thread), culprit);
      this.list.push(culprit);
    }
    culprit.ns += ns;
    culprit.count += pieces;
    this.#mostRecent = culprit;
  }
}

const keyOf = (account: Culprit['account'], thread: number): number =>
  thread * 2 + (account === Account.preempted ? 1 : 0);
