/**
 * Threads of a QNX host: (process identifier, thread identifier) → numbers of our own, since thread identifiers count
 * from 1 in every process and are used again. The idle threads, which are those of procnto from 1 on, have the number 0.
 */
import type { ThreadTable } from '../../recording/threads.js';
import { baseName } from './text-store.js';

const PROCNTO = 1;
/** As many as a ThreadTable keeps; no host has so many. */
const MOST_THREADS = 262_144;
const FIRST_CAPACITY = 1 << 10;

export class HostThreads {
  /** How many idle threads there are: one for each CPU. */
  cpus = 0;
  /** Events of threads beyond the most that are kept. */
  dropped = 0;
  readonly #table: ThreadTable;
  /** A hash table with linear probing; number 0 is a free place. */
  #pids = new Int32Array(FIRST_CAPACITY);
  #tids = new Int32Array(FIRST_CAPACITY);
  #numbers = new Int32Array(FIRST_CAPACITY);
  #used = 0;
  /** By number: its process and thread identifier; whether it has a name of its own, and whether it has ended. */
  readonly #pidOf: number[] = [0];
  readonly #tidOf: number[] = [0];
  readonly #isNamed: boolean[] = [true];
  readonly #hasEnded: boolean[] = [false];

  constructor(table: ThreadTable) {
    this.#table = table;
  }

  /**
   * The number of a thread, -1 where it has none. A thread that comes after one that ended is a new one.
   * Identifiers of more than 31 bits are damage, and count as negative ones.
   */
  numberOf(statedPid: number, statedTid: number): number {
    const pid = statedPid | 0;
    const tid = statedTid | 0;
    if (pid === PROCNTO && tid >= 1 && tid <= this.cpus) return 0;
    const mask = this.#numbers.length - 1;
    let place = hash(pid, tid) & mask;
    for (;;) {
      const number = this.#numbers[place];
      if (number === 0) break;
      if (this.#pids[place] === pid && this.#tids[place] === tid) {
        return this.#hasEnded[number] ? this.#addAgain(place, pid, tid) : number;
      }
      place = (place + 1) & mask;
    }
    const number = this.#newNumber(pid, tid);
    if (number > 0) this.#put(place, pid, tid, number);
    return number;
  }

  /** A thread begins: the number of a new one, also where the end of its predecessor was not seen. */
  begin(pid: number, tid: number): number {
    const known = this.#pidOf.length;
    const number = this.numberOf(pid, tid);
    if (number <= 0 || number >= known) return number;
    this.#hasEnded[number] = true;
    return this.numberOf(pid, tid);
  }

  /** The thread has ended; returns its number. */
  end(pid: number, tid: number): number {
    const number = this.numberOf(pid, tid);
    if (number > 0) this.#hasEnded[number] = true;
    return number;
  }

  nameThread(pid: number, tid: number, name: string): void {
    const number = this.numberOf(pid, tid);
    if (number <= 0 || name === '') return;
    this.#isNamed[number] = true;
    this.#table.setName(number, name);
  }

  nameProcess(pid: number, path: string): void {
    const name = baseName(path);
    if (name !== '') this.#table.setProcessName(pid | 0, name);
  }

  /** Gives threads without a name of their own one that their user knows. */
  finish(): void {
    for (let number = 1; number < this.#pidOf.length; number++) {
      if (this.#isNamed[number]) continue;
      const pid = this.#pidOf[number];
      const process = this.#table.processName(pid);
      const ids = `pid ${pid} tid ${this.#tidOf[number]}`;
      this.#table.setName(number, process === undefined ? ids : `${process} ${ids}`);
    }
  }

  #newNumber(pid: number, tid: number): number {
    if (this.#pidOf.length > MOST_THREADS) {
      this.dropped++;
      return -1;
    }
    const number = this.#pidOf.push(pid) - 1;
    this.#tidOf.push(tid);
    this.#isNamed.push(false);
    this.#hasEnded.push(false);
    this.#table.setProcess(number, pid);
    return number;
  }

  #addAgain(place: number, pid: number, tid: number): number {
    const number = this.#newNumber(pid, tid);
    if (number > 0) this.#numbers[place] = number;
    return number;
  }

  #put(place: number, pid: number, tid: number, number: number): void {
    this.#pids[place] = pid;
    this.#tids[place] = tid;
    this.#numbers[place] = number;
    if (++this.#used > this.#numbers.length / 2) this.#grow();
  }

  #grow(): void {
    const [pids, tids, numbers] = [this.#pids, this.#tids, this.#numbers];
    const capacity = 2 * numbers.length;
    this.#pids = new Int32Array(capacity);
    this.#tids = new Int32Array(capacity);
    this.#numbers = new Int32Array(capacity);
    for (let from = 0; from < numbers.length; from++) {
      if (numbers[from] === 0) continue;
      let place = hash(pids[from], tids[from]) & (capacity - 1);
      while (this.#numbers[place] !== 0) place = (place + 1) & (capacity - 1);
      this.#pids[place] = pids[from];
      this.#tids[place] = tids[from];
      this.#numbers[place] = numbers[from];
    }
  }
}

/** Process identifiers differ in their middle bits, thread identifiers in the low ones. */
function hash(pid: number, tid: number): number {
  const mixed = Math.imul(pid, 0x9e37_79b1) ^ Math.imul(tid, 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}
