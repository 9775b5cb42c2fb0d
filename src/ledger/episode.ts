/**
 * The episode that a vCPU is in: from one guest exit to the next entry. What is learnt of it on the way decides into
 * which cell of the matrix it is booked when it is over.
 */
import { causeIndex } from '../recording/causes.js';
import { ACCOUNT_COUNT, Account } from './accounts.js';
import type { Books } from './books.js';
import { Owner, type Segments } from './segments.js';
import type { Window } from './window.js';

/** Instead of an index into the ReasonTable: the exit was not recorded. */
export const NO_REASON = -1;
/** Instead of an index into the ReasonTable: the VMM keeps the vCPU out of the guest, which asked for nothing. */
export const KEPT_OUT = -2;

export const HALT = causeIndex('halt');
const OTHER = causeIndex('other');
const VM_CONTROL = causeIndex('vm-control');

export class EpisodeInProgress {
  cause = OTHER;
  /** When the guest was left; NaN where that was not recorded. */
  exitTime = Number.NaN;
  reachedVmm = false;
  /** A HaltEnd event has told how long it was halted. */
  haltMeasured = false;

  #reason = NO_REASON;
  #detailClass = 0;
  #detailValue = 0;
  #detailRank = -1;
  #addressHigh = Number.NaN;
  #addressLow = Number.NaN;
  /** ns by owner, then by account; [ownSum, keptOutSum] tell whether there is anything. */
  readonly #sums = new Float64Array(ACCOUNT_COUNT);
  readonly #keptOutSums = new Float64Array(ACCOUNT_COUNT);
  #ownTime = 0;
  #keptOutTime = 0;

  readonly #books: Books;
  readonly #window: Window;

  constructor(books: Books, window: Window) {
    this.#books = books;
    this.#window = window;
  }

  get hasReason(): boolean {
    return this.#reason !== NO_REASON;
  }

  begin(time: number, reason: number, cause: number, addressHigh: number, addressLow: number): void {
    this.exitTime = time;
    this.#reason = reason;
    this.cause = cause;
    this.#addressHigh = addressHigh;
    this.#addressLow = addressLow;
  }

  /** The first detail of the highest rank wins. */
  addDetail(detailClass: number, value: number, cause: number, rank: number): void {
    if (rank <= this.#detailRank) return;
    this.#detailRank = rank;
    this.#detailClass = detailClass;
    this.#detailValue = value;
    if (cause >= 0) this.cause = cause;
  }

  /** Books the chain up to its end: guest and unknown time is in no episode, the rest is in this one. */
  fold(segments: Segments): void {
    const { totals } = this.#books;
    let start = segments.start;
    for (let i = 0; i < segments.count; i++) {
      const end = segments.end[i]!;
      const account = segments.account[i]!;
      const time = this.#window.overlap(start, end);
      totals[account]! += time;
      if (account !== Account.guest && account !== Account.unknown) this.#collect(segments.owner[i]!, account, time);
      start = end;
    }
    segments.reset(start);
  }

  #collect(owner: number, account: number, time: number): void {
    if (owner === Owner.exit) {
      this.#sums[account]! += time;
      this.#ownTime += time;
    } else {
      this.#keptOutSums[account]! += time;
      this.#keptOutTime += time;
    }
  }

  /** The vCPU enters the guest: the episode is over. */
  complete(entryTime: number, pcpu: number): void {
    const cell = this.#book();
    const wasTimed = this.#window.contains(this.exitTime) && entryTime <= this.#window.to;
    if (cell >= 0 && wasTimed) {
      this.#books.cells.durations[cell]!.add(entryTime - this.exitTime);
      this.#keepIfWorst(entryTime, pcpu);
    }
    this.#reset();
  }

  /** The episode ends without an entry: it is counted and its known time booked, but its length is not known. */
  abandon(): void {
    if (!Number.isNaN(this.exitTime) && this.#window.contains(this.exitTime)) this.#books.unpairedExits++;
    this.#book();
    this.#reset();
  }

  /** @returns the cell it was booked into, -1 for none */
  #book(): number {
    if (this.#keptOutTime > 0) this.#bookKeptOut();
    const isExit = this.#window.contains(this.exitTime);
    if (!isExit && this.#ownTime === 0) return -1;
    const { cells } = this.#books;
    const cell = cells.find(this.#reason, this.cause, this.#detailClass, this.#detailValue);
    cells.episodes[cell]!++;
    if (isExit) {
      cells.exits[cell]!++;
      this.#books.exits++;
    }
    if (this.reachedVmm) cells.reachedVmm[cell]!++;
    addTo(cells.sums, cell * ACCOUNT_COUNT, this.#sums);
    return cell;
  }

  #bookKeptOut(): void {
    const { cells } = this.#books;
    const cell = cells.find(KEPT_OUT, VM_CONTROL, 0, 0);
    cells.episodes[cell]!++;
    addTo(cells.sums, cell * ACCOUNT_COUNT, this.#keptOutSums);
  }

  #keepIfWorst(entryTime: number, pcpu: number): void {
    const sums = this.#sums;
    const delay = this.#ownTime - sums[Account.poll]! - sums[Account.idle]!;
    if (delay <= this.#books.worst.threshold) return;
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
      sums,
    );
  }

  #reset(): void {
    if (this.#ownTime > 0) this.#sums.fill(0);
    if (this.#keptOutTime > 0) this.#keptOutSums.fill(0);
    this.#ownTime = 0;
    this.#keptOutTime = 0;
    this.#reason = NO_REASON;
    this.cause = OTHER;
    this.exitTime = Number.NaN;
    this.reachedVmm = false;
    this.haltMeasured = false;
    this.#detailClass = 0;
    this.#detailValue = 0;
    this.#detailRank = -1;
  }
}

function addTo(column: Float64Array, offset: number, sums: Float64Array): void {
  for (let account = 0; account < ACCOUNT_COUNT; account++) column[offset + account]! += sums[account]!;
}
