/** Records one vCPU: its segments wait until their episode is over, because only then it is known what it was about. */
import { ACCOUNT_COUNT, Account } from '../ledger/accounts.js';
import { grown } from '../ledger/grown.js';
import type { EpisodeFacts, VcpuSink } from '../ledger/sink.js';
import type { Window } from '../ledger/window.js';
import { LaneBooks, type Shared } from './lane-books.js';
import { NO_LABEL } from './lanes.js';
import { LATENCY_ROWS, latencyRow } from './latency-grid.js';
import { Flag, Rows } from './rows.js';

/** From so many segments on they are put away when an episode ends, … */
const BLOCK_ROWS = 4096;
/** … and from so many on also before: those of an episode that is longer have no label. */
const MOST_ROWS = 4 * BLOCK_ROWS;
/** Moves and wake-ups that wait for the segments they belong to. */
const MOST_MARKS = 4096;
const NO_WAKER = -1;

export class VcpuLane implements VcpuSink {
  readonly thread: number;
  readonly books: LaneBooks;
  /** Exits, and times in which it was kept out. */
  episodes = 0;
  readonly #window: Window;
  readonly #shared: Shared;
  readonly #occupantOf: (thread: number) => number;
  readonly #rows = new Rows();
  readonly #marks = new Marks();
  /** The first row of the episode that goes on. */
  #episodeRow = 0;
  #pcpu = -1;

  /** @param occupantOf number of a thread or stand-in, for wakers */
  constructor(thread: number, window: Window, shared: Shared, occupantOf: (thread: number) => number) {
    this.thread = thread;
    this.#window = window;
    this.#shared = shared;
    this.#occupantOf = occupantOf;
    this.books = new LaneBooks(ACCOUNT_COUNT, Account.unknown, shared);
  }

  segment(account: number, isKeptOut: boolean, from: number, to: number): void {
    const window = this.#window;
    const since = (from > window.from ? from : window.from) - window.from;
    const until = (to < window.to ? to : window.to) - window.from;
    if (until <= since) return;
    if (since > this.#rows.last) this.#push(since, Account.unknown, 0);
    this.#push(until, account, isKeptOut ? Flag.keptOut : 0);
  }

  episode(facts: EpisodeFacts): void {
    const rows = this.#rows;
    const { count } = rows;
    if (facts.cell >= 0 || facts.keptOutCell >= 0) this.#label(facts);
    this.#episodeRow = count;
    if (count >= BLOCK_ROWS) this.#putAway();
  }

  moved(time: number, pcpu: number): void {
    this.#marks.push(time - this.#window.from, pcpu, NO_WAKER);
  }

  woken(time: number, waker: number, wakerPcpu: number): void {
    this.#marks.push(time - this.#window.from, wakerPcpu, this.#occupantOf(waker));
  }

  /** @param lengthNs of T */
  finish(lengthNs: number): void {
    if (this.#rows.last < lengthNs) this.#push(lengthNs, Account.unknown, 0);
    this.#putAway();
  }

  #push(end: number, account: number, flags: number): void {
    const rows = this.#rows;
    if (rows.count >= MOST_ROWS) {
      this.#putAway();
      this.#episodeRow = 0;
    }
    const start = rows.last;
    const row = rows.push(end, account, flags, NO_LABEL, this.#pcpu);
    this.#applyMarks(row, start);
  }

  /** What was told up to the start of a row belongs to it. */
  #applyMarks(row: number, start: number): void {
    const marks = this.#marks;
    const rows = this.#rows;
    while (marks.count > 0 && marks.firstTime <= start) {
      if (marks.firstWaker === NO_WAKER) {
        this.#pcpu = marks.firstPcpu;
        rows.pcpu[row] = this.#pcpu;
      } else {
        rows.flags[row] |= Flag.woken;
        rows.waker[row] = marks.firstWaker;
        rows.wakerPcpu[row] = marks.firstPcpu;
      }
      marks.shift();
    }
  }

  #label({ cell, keptOutCell, exitTime, isExit, isTimed, ...facts }: EpisodeFacts): void {
    const rows = this.#rows;
    const exitAt = exitTime - this.#window.from;
    let [first, exit, lengthNs] = [-1, -1, 0];
    for (let row = this.#episodeRow; row < rows.count; row++) {
      const start = rows.startOf(row);
      const isKeptOut = (rows.flags[row] & Flag.keptOut) !== 0 && rows.kind[row] !== Account.unknown;
      const isBegun = Number.isNaN(exitAt) || start >= exitAt;
      if (isBegun && !isKeptOut) lengthNs += rows.end[row] - start;
      if (rows.kind[row] === Account.guest || rows.kind[row] === Account.unknown) continue;
      rows.label[row] = isKeptOut ? keptOutCell : cell;
      if (first < 0) first = row;
      if (exit < 0 && isBegun) exit = row;
    }
    this.episodes++;
    if (isExit) {
      this.#shared.scale.makeRoom(exitAt + 1);
      this.books.bins.addExit(exitAt, this.#shared.scale.binNs);
    }
    if (isTimed) {
      const slice = this.#shared.scale.slice(exitAt, LATENCY_ROWS);
      this.books.latency.add(slice, latencyRow(lengthNs));
    }
    if (first < 0) return;
    rows.lead[first] = exit < 0 ? 0 : exit - first;
    rows.flags[first] |=
      Flag.episode | (isExit ? Flag.exit : 0) | (isTimed ? Flag.timed : 0) | (facts.reachedVmm ? Flag.reachedVmm : 0);
    rows.addressHigh[first] = facts.addressHigh;
    rows.addressLow[first] = facts.addressLow;
  }

  #putAway(): void {
    const rows = this.#rows;
    const { last } = rows;
    this.books.keep(rows);
    rows.clear(last);
    this.#episodeRow = 0;
  }
}

/** What was told of times whose segments are still to come, in the order of time: the oldest go where there are too many. */
class Marks {
  count = 0;
  #first = 0;
  #time = new Float64Array(16);
  #pcpu = new Int32Array(16);
  #waker = new Int32Array(16);

  get firstTime(): number {
    return this.#time[this.#first];
  }

  get firstPcpu(): number {
    return this.#pcpu[this.#first];
  }

  /** NO_WAKER: it is a move. */
  get firstWaker(): number {
    return this.#waker[this.#first];
  }

  push(time: number, pcpu: number, waker: number): void {
    if (this.#first + this.count === this.#time.length) this.#makeRoom();
    const at = this.#first + this.count++;
    this.#time[at] = time;
    this.#pcpu[at] = pcpu;
    this.#waker[at] = waker;
  }

  shift(): void {
    this.#first++;
    this.count--;
    if (this.count === 0) this.#first = 0;
  }

  #makeRoom(): void {
    if (this.count >= MOST_MARKS) this.shift();
    if (this.#first > 0) {
      for (const column of [this.#time, this.#pcpu, this.#waker]) {
        column.copyWithin(0, this.#first, this.#first + this.count);
      }
      this.#first = 0;
    }
    if (this.count < this.#time.length / 2) return;
    this.#time = grown(this.#time, new Float64Array(this.#time.length * 2));
    this.#pcpu = grown(this.#pcpu, new Int32Array(this.#pcpu.length * 2));
    this.#waker = grown(this.#waker, new Int32Array(this.#waker.length * 2));
  }
}
