/**
 * The episode that a vCPU is in: from one guest exit to the next entry. What is learnt of it on the way decides into
 * which cell of the matrix it is booked when it is over.
 */
import { causeIndex } from '../recording/causes.js';
import { AccountTimes } from './account-times.js';
import { ACCOUNT_COUNT, Account, KEPT_OUT_ACCOUNTS } from './accounts.js';
import type { Books } from './books.js';
import { Owner, type Segments } from './segments.js';
import type { EpisodeFacts, VcpuSink } from './sink.js';
import type { VcpuSlices } from './slices.js';
import type { Lane } from './timeline.js';
import type { Window } from './window.js';

/** Instead of an index into the ReasonTable: the exit was not recorded. */
export const NO_REASON = -1;
/** Instead of an index into the ReasonTable: the VMM keeps the vCPU out of the guest, which asked for nothing. */
export const KEPT_OUT = -2;

export const HALT = causeIndex('halt');
export const OTHER = causeIndex('other');
const VM_CONTROL = causeIndex('vm-control');

/** What a sink is told, filled anew for each episode. */
const facts: EpisodeFacts = {
  cell: -1,
  keptOutCell: -1,
  exitTime: Number.NaN,
  isExit: false,
  isTimed: false,
  reachedVmm: false,
  addressHigh: Number.NaN,
  addressLow: Number.NaN,
};

export class EpisodeInProgress {
  cause = OTHER;
  /** When the guest was left; NaN where that was not recorded. */
  exitTime = Number.NaN;
  reachedVmm = false;
  /** Nobody knows whether its exit is a halt. */
  mayBeHalt = false;
  /** A HaltEnd event has told how long it was halted. */
  haltMeasured = false;

  #reason = NO_REASON;
  #detailClass = 0;
  #detailValue = 0;
  #detailRank = -1;
  #addressHigh = Number.NaN;
  #addressLow = Number.NaN;
  readonly #own = new AccountTimes();
  readonly #keptOut = new AccountTimes();

  readonly #books: Books;
  readonly #window: Window;
  readonly #lane: Lane | undefined;
  readonly #slices: VcpuSlices | undefined;
  readonly #sink: VcpuSink | undefined;
  readonly #isUnobserved: boolean;
  /** Start of the first segment that was booked since the last episode; NaN where there is none yet. */
  #since = Number.NaN;

  /**
   * @param lane where its time is to be booked over time as well, if anywhere
   * @param slices likewise
   * @param sink who sees every segment and every episode, if anybody
   */
  constructor(books: Books, window: Window, lane?: Lane, slices?: VcpuSlices, sink?: VcpuSink) {
    this.#books = books;
    this.#window = window;
    this.#lane = lane;
    this.#slices = slices;
    this.#sink = sink;
    this.#isUnobserved = lane === undefined && slices === undefined && sink === undefined;
  }

  get hasReason(): boolean {
    return this.#reason !== NO_REASON;
  }

  begin(time: number, reason: number, cause: number, addressHigh: number, addressLow: number): void {
    this.exitTime = time;
    this.#reason = reason;
    this.cause = cause;
    this.mayBeHalt = false;
    this.#addressHigh = addressHigh;
    this.#addressLow = addressLow;
    // What was said before belongs to an exit that was not recorded.
    this.#detailClass = 0;
    this.#detailValue = 0;
    this.#detailRank = -1;
  }

  /** The first detail of the highest rank wins. */
  addDetail(detailClass: number, value: number, cause: number, rank: number): void {
    if (rank <= this.#detailRank) return;
    this.#detailRank = rank;
    this.#detailClass = detailClass;
    this.#detailValue = value;
    if (cause >= 0) this.cause = cause;
  }

  /** Books the chain up to `until`, or its end: guest and unknown time is in no episode, the rest is in this one. */
  fold(segments: Segments, until = Infinity): void {
    const { totals } = this.#books;
    let start = segments.start;
    if (Number.isNaN(this.#since)) this.#since = start;
    for (let i = 0; i < segments.count && start < until; i++) {
      const end = Math.min(segments.end[i], until);
      const account = segments.account[i];
      const time = this.#window.overlap(start, end);
      totals[account] += time;
      if (this.#lane !== undefined && segments.owner[i] === Owner.exit) this.#lane.book(account, start, end);
      if (this.#slices !== undefined) {
        const isKeptOut = segments.owner[i] !== Owner.exit && KEPT_OUT_ACCOUNTS.includes(account as Account);
        this.#slices.book(account, isKeptOut, start, end);
      }
      if (this.#sink !== undefined) this.#sink.segment(account, segments.owner[i] !== Owner.exit, start, end);
      if (account !== Account.guest && account !== Account.unknown && time > 0) {
        (segments.owner[i] === Owner.exit ? this.#own : this.#keptOut).add(account, time);
      }
      start = end;
    }
    if (start === segments.last) segments.reset(start);
    else segments.dropUntil(start);
  }

  /** As fold, for the usual chain of one segment of the guest. */
  foldGuest(from: number, to: number): void {
    this.#books.totals[Account.guest] += this.#window.overlap(from, to);
  }

  /** Whether there is nobody who wants to know more of an episode than its sums. */
  get isUnobserved(): boolean {
    return this.#isUnobserved;
  }

  /**
   * The vCPU enters the guest after an episode that is one segment of the hypervisor, from its exit until `segments` start, as
   * most are: fold and complete in one, without what such an episode cannot have.
   * @returns false where this one is not like that: nothing is done then
   */
  completePlain(segments: Segments): boolean {
    const { exitTime } = this;
    const books = this.#books;
    const ns = segments.start - exitTime;
    const isPlain =
      this.#isUnobserved &&
      books.addresses === undefined &&
      !this.reachedVmm &&
      this.#own.used === 0 &&
      this.#keptOut.used === 0 &&
      ns <= books.worst.threshold &&
      this.#window.contains(exitTime) &&
      segments.start <= this.#window.to;
    if (!isPlain) return false;
    books.totals[Account.hypervisor] += ns;
    const { cells } = books;
    const cell = this.#count(true);
    cells.sums[cell * ACCOUNT_COUNT + Account.hypervisor] += ns;
    cells.durations[cell].add(ns);
    this.#forget();
    return true;
  }

  /** The vCPU enters the guest: the episode is over. */
  complete(entryTime: number, pcpu: number): void {
    const cell = this.#book();
    const isTimed = cell >= 0 && entryTime <= this.#window.to && this.#window.contains(this.exitTime);
    if (isTimed) {
      this.#books.cells.durations[cell].add(entryTime - this.exitTime - this.#keptOut.total());
      const delay = this.#own.delay();
      if (delay > this.#books.worst.threshold) this.#keepAsWorst(entryTime, delay, pcpu);
    }
    this.#close(cell, isTimed);
  }

  /** The vCPU entered the guest, nobody knows when: the episode is counted and has no length. */
  completeUntimed(): void {
    this.#close(this.#book(), false);
  }

  /** The episode ends without an entry: it is counted and its known time booked, but its length is not known. */
  abandon(): void {
    if (this.#window.contains(this.exitTime)) this.#books.unpairedExits++;
    this.#close(this.#book(), false);
  }

  /** Counts it. @returns its cell, -1 where there was no episode at all */
  #book(): number {
    const isExit = this.#window.contains(this.exitTime);
    if (!isExit && this.#own.used === 0) return -1;
    const cell = this.#count(isExit);
    if (this.reachedVmm) this.#books.cells.reachedVmm[cell]++;
    return cell;
  }

  /** @param isExit whether its exit counts as one. @returns its cell */
  #count(isExit: boolean): number {
    const { cells } = this.#books;
    const cell = cells.find(this.#reason, this.cause, this.#detailClass, this.#detailValue);
    cells.episodes[cell]++;
    if (isExit) {
      if (cells.exits[cell]++ === 0) cells.firstExit[cell] = this.exitTime;
      cells.lastExit[cell] = this.exitTime;
      this.#books.exits++;
    }
    return cell;
  }

  #keepAsWorst(entryTime: number, delay: number, pcpu: number): void {
    this.#books.worst.add(
      {
        exitNs: this.exitTime,
        entryNs: entryTime,
        delayNs: delay,
        reason: this.#reason,
        cause: this.cause,
        detailClass: this.#detailClass,
        detailValue: this.#detailValue,
        pcpu,
        addressHigh: this.#addressHigh,
        addressLow: this.#addressLow,
      },
      this.#own.sums,
    );
  }

  #slice(cell: number, slices: VcpuSlices): void {
    const isExit = this.#window.contains(this.exitTime);
    slices.count(cell, isExit ? this.exitTime : this.#since, isExit ? 1 : 0, this.#own.handling());
  }

  #noteAddress(cell: number, isExit: boolean): void {
    const [high, low] = this.hasReason ? [this.#addressHigh, this.#addressLow] : [Number.NaN, Number.NaN];
    this.#books.addresses?.add(cell, high, low, isExit ? 1 : 0, this.#own.delay());
  }

  #tell(sink: VcpuSink, cell: number, keptOutCell: number, isTimed: boolean): void {
    facts.cell = cell;
    facts.keptOutCell = keptOutCell;
    facts.exitTime = this.exitTime;
    facts.isExit = this.#window.contains(this.exitTime);
    facts.isTimed = isTimed;
    facts.reachedVmm = this.reachedVmm;
    facts.addressHigh = this.hasReason ? this.#addressHigh : Number.NaN;
    facts.addressLow = this.hasReason ? this.#addressLow : Number.NaN;
    sink.episode(facts);
  }

  /** Moves its times into the books and forgets it. */
  #close(cell: number, isTimed: boolean): void {
    const { cells } = this.#books;
    let keptOut = -1;
    if (cell >= 0) {
      if (this.#slices !== undefined) this.#slice(cell, this.#slices);
      if (this.#books.addresses !== undefined) this.#noteAddress(cell, this.#window.contains(this.exitTime));
      this.#own.moveTo(cells.sums, cell * ACCOUNT_COUNT);
    }
    if (this.#keptOut.used !== 0) {
      keptOut = cells.find(KEPT_OUT, VM_CONTROL, 0, 0);
      cells.episodes[keptOut]++;
      this.#slices?.count(keptOut, this.#since, 0, this.#keptOut.handling());
      this.#keptOut.moveTo(cells.sums, keptOut * ACCOUNT_COUNT);
    }
    if (this.#sink !== undefined) this.#tell(this.#sink, cell, keptOut, isTimed);
    this.#forget();
  }

  #forget(): void {
    this.#since = Number.NaN;
    this.#reason = NO_REASON;
    this.cause = OTHER;
    this.mayBeHalt = false;
    this.exitTime = Number.NaN;
    this.reachedVmm = false;
    this.haltMeasured = false;
    this.#detailClass = 0;
    this.#detailValue = 0;
    this.#detailRank = -1;
  }
}
