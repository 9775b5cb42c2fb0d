/**
 * The recent past of one vCPU as a gapless chain of segments, each with its account and its owner.
 *
 * Some events tell only afterwards what has been going on (an interrupt handler that ends, a halt that says how long
 * it polled), so segments wait here, where they can be recut, until their episode is over.
 */
import { Account } from './accounts.js';
import { grown } from './grown.js';

/** To whom a segment belongs: the episode's own exit, or the VMM that keeps the vCPU out of the guest. */
export const Owner = { exit: 0, vmControl: 1 } as const;
export type Owner = (typeof Owner)[keyof typeof Owner];

/** More segments than this in one episode are folded into sums, so that a long wait takes no memory. */
export const MAX_SEGMENTS = 512;
/** Room for them at first: most episodes have fewer, and a recording may name thousands of vCPUs. */
const FIRST_SEGMENTS = 8;

export class Segments {
  count = 0;
  /** Where the first segment starts; every other one starts where its predecessor ends. */
  start = 0;
  end = new Float64Array(FIRST_SEGMENTS);
  account = new Uint8Array(FIRST_SEGMENTS);
  owner = new Uint8Array(FIRST_SEGMENTS);

  reset(start: number): void {
    this.count = 0;
    this.start = start;
  }

  /** Where the chain ends. */
  get last(): number {
    return this.count === 0 ? this.start : this.end[this.count - 1];
  }

  get full(): boolean {
    return this.count >= MAX_SEGMENTS;
  }

  startOf(index: number): number {
    return index === 0 ? this.start : this.end[index - 1];
  }

  /** Appends a segment from the end of the chain to `end`; one of the same kind just makes the last one longer. */
  push(end: number, account: number, owner: number): void {
    const last = this.count - 1;
    if (end <= this.last) return;
    if (last >= 0 && this.account[last] === account && this.owner[last] === owner) {
      this.end[last] = end;
      return;
    }
    if (this.count === this.end.length) this.#grow();
    this.end[this.count] = end;
    this.account[this.count] = account;
    this.owner[this.count] = owner;
    this.count++;
  }

  /** Forgets what was before `time`: the chain starts there now, or where it ended if that was earlier. */
  dropUntil(time: number): void {
    const { count } = this;
    let first = 0;
    while (first < count && this.end[first] <= time) first++;
    const { last } = this;
    const until = time < last ? time : last;
    if (until > this.start) this.start = until;
    if (first === 0) return;
    // Segment by segment: there are few, and copyWithin costs more than they do.
    for (let i = first; i < count; i++) {
      this.end[i - first] = this.end[i]!;
      this.account[i - first] = this.account[i]!;
      this.owner[i - first] = this.owner[i]!;
    }
    this.count = count - first;
  }

  /** Nanoseconds of an account between `from` and `to`. */
  timeIn(account: number, from: number, to: number): number {
    let total = 0;
    let start = this.start;
    for (let i = 0; i < this.count; i++) {
      const end = this.end[i];
      if (this.account[i] === account) {
        const until = end < to ? end : to;
        const since = start > from ? start : from;
        if (until > since) total += until - since;
      }
      start = end;
    }
    return total;
  }

  /** When the vCPU first slept after `from`; the end of the chain if it did not. */
  firstSleepAfter(from: number): number {
    for (let i = 0; i < this.count; i++) {
      const account = this.account[i];
      const isSleep = account === Account.blocked || account === Account.idle;
      if (isSleep && this.end[i] > from) return this.startOf(i);
    }
    return this.last;
  }

  /** An interrupt handler ran on top from `from` to `to`: all time on the CPU in between was the handler's. */
  cutInterrupt(from: number, to: number): void {
    this.#recut(from, to, INTERRUPTED, -1);
  }

  /** From `from` to `to` it was in the guest, as far as the host did not do something else on that pCPU. */
  cutVisit(from: number, to: number): void {
    this.#recut(from, to, VISITED, -1);
  }

  /** From `from` to `to` the vCPU was halted and the host spun for its wake-up. */
  cutPoll(from: number, to: number): void {
    this.#recut(from, to, POLLED, Owner.exit);
  }

  /** From `from` to `to` the vCPU was halted: what was sleep is idleness, and all of it is the halt's. */
  cutHalt(from: number, to: number): void {
    this.#recut(from, to, HALTED, Owner.exit);
  }

  /** As cutHalt where no scheduler events were recorded: the time outside the guest was (mostly) sleep. */
  cutHaltUnseen(from: number, to: number): void {
    this.#recut(from, to, HALTED_UNSEEN, Owner.exit);
  }

  /** Events elsewhere were lost from `from` to `to`: what was taken for sleep or waiting may have been anything. */
  cutWaits(from: number, to: number): void {
    this.#recut(from, to, DOUBTED, -1);
  }

  /** Events were lost: from `from` to `to` nobody can say. */
  cutUnknown(from: number, to: number): void {
    this.#recut(from, to, FORGOTTEN, -1);
  }

  #grow(): void {
    const size = this.end.length * 2;
    this.end = grown(this.end, new Float64Array(size));
    this.account = grown(this.account, new Uint8Array(size));
    this.owner = grown(this.owner, new Uint8Array(size));
  }

  /**
   * Replaces the account (by the table) and the owner (-1: keeps it) of everything between `from` and `to`; of nothing if
   * one of them is NaN.
   */
  #recut(from: number, to: number, accounts: Uint8Array, owner: number): void {
    if (!(from < to && from < this.last) || this.count === 0) return;
    let first = this.count - 1;
    while (first > 0 && this.end[first - 1] > from) first--;
    const tail = this.count - first;
    for (let i = 0; i < tail; i++) {
      scratchEnd[i] = this.end[first + i]!;
      scratchAccount[i] = this.account[first + i]!;
      scratchOwner[i] = this.owner[first + i]!;
    }
    this.count = first;
    for (let i = 0; i < tail; i++) {
      const end = scratchEnd[i];
      const oldAccount = scratchAccount[i];
      const oldOwner = scratchOwner[i];
      if (this.last < from) this.push(Math.min(end, from), oldAccount, oldOwner);
      if (end > from) this.push(Math.min(end, to), accounts[oldAccount], owner < 0 ? oldOwner : owner);
      if (end > to) this.push(end, oldAccount, oldOwner);
    }
  }
}

const scratchEnd = new Float64Array(MAX_SEGMENTS + 8);
const scratchAccount = new Uint8Array(MAX_SEGMENTS + 8);
const scratchOwner = new Uint8Array(MAX_SEGMENTS + 8);

/** A table account → account, the identity but for the given pairs. */
function replacing(...pairs: readonly (readonly [number, number])[]): Uint8Array {
  const table = Uint8Array.from(Object.values(Account));
  for (const [from, to] of pairs) table[from] = to;
  return table;
}

const INTERRUPTED = replacing(
  [Account.guest, Account.interrupt],
  [Account.hypervisor, Account.interrupt],
  [Account.vmm, Account.interrupt],
  [Account.poll, Account.interrupt],
);
const VISITED = replacing([Account.hypervisor, Account.guest], [Account.unknown, Account.guest]);
const POLLED = replacing([Account.hypervisor, Account.poll]);
const HALTED = replacing([Account.blocked, Account.idle]);
const HALTED_UNSEEN = replacing([Account.blocked, Account.idle], [Account.hypervisor, Account.idle]);
const DOUBTED = replacing(
  [Account.idle, Account.unknown],
  [Account.blocked, Account.unknown],
  [Account.wakeup, Account.unknown],
  [Account.preempted, Account.unknown],
);
const FORGOTTEN = new Uint8Array(Object.values(Account).length).fill(Account.unknown);
