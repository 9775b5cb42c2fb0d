/** What the thread of a vCPU slept for, and who woke it, where the host tells. */
import { Account } from './accounts.js';
import { OTHER_THREADS } from './culprits.js';

/** Distinct rows per vCPU; further ones are summed up under OTHER_THREADS. */
const MAX_SLEEPS = 512;
/** Likewise of all vCPUs together. */
const MAX_SLEEPS_IN_ALL = 65_536;
/** Distinct sleeps in one episode whose reasons are kept. */
const MAX_NOTED = 32;
/** More states than any host has. */
const MAX_STATES = 256;

const NOTE_COLUMNS = 4;

export interface Sleep {
  readonly account: typeof Account.idle | typeof Account.blocked;
  /** Of Wake events: what it waited for. */
  readonly state: number;
  /** The thread that woke it, or a stand-in as in culprits. */
  readonly waker: number;
  ns: number;
  count: number;
}

/** Room that several vCPUs share. */
export class SleepRoom {
  left = MAX_SLEEPS_IN_ALL;
}

export class Sleeps {
  readonly list: Sleep[] = [];
  /** Shared with the other vCPUs of the recording, if there are any. */
  room = new SleepRoom();
  readonly #index = new Map<number, Sleep>();

  /** Of the episode that goes on, in columns, made when first needed: whether it was sleep shows when it is over. */
  #noted = 0;
  #notes = new Float64Array(0);

  note(account: Sleep['account'], state: number, waker: number, ns: number): void {
    if (!(state > 0 && state < MAX_STATES) || this.#noted === MAX_NOTED) return;
    if (this.#notes.length === 0) this.#notes = new Float64Array(MAX_NOTED * NOTE_COLUMNS);
    const at = this.#noted * NOTE_COLUMNS;
    this.#notes[at] = account;
    this.#notes[at + 1] = state;
    this.#notes[at + 2] = waker;
    this.#notes[at + 3] = ns;
    this.#noted++;
  }

  /** Whether anything waits to be settled. */
  get hasOpen(): boolean {
    return this.#noted > 0;
  }

  /** It was. */
  settle(): void {
    for (let note = 0; note < this.#noted; note++) {
      const at = note * NOTE_COLUMNS;
      const account = this.#notes[at] as Sleep['account'];
      this.#add(account, this.#notes[at + 1], this.#notes[at + 2], this.#notes[at + 3]);
    }
    this.#noted = 0;
  }

  /** Nobody knows. */
  forget(): void {
    this.#noted = 0;
  }

  #add(account: Sleep['account'], state: number, waker: number, ns: number): void {
    const key = (waker * MAX_STATES + state) * 2 + (account === Account.idle ? 1 : 0);
    let sleep = this.#index.get(key);
    if (sleep === undefined) {
      const isFull = this.list.length >= MAX_SLEEPS || this.room.left <= 0;
      if (isFull && waker !== OTHER_THREADS) {
        this.#add(account, state, OTHER_THREADS, ns);
        return;
      }
      this.room.left--;
      sleep = { account, state, waker, ns: 0, count: 0 };
      this.#index.set(key, sleep);
      this.list.push(sleep);
    }
    sleep.ns += ns;
    sleep.count++;
  }
}
