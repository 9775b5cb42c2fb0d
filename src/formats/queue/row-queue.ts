/**
 * Puts rows into the order of time.
 *
 * The reader of a format says what is final: either after each part of the input (`finishUpTo`), or by marks as in
 * perf.data (`finishRound`). perf writes the buffers of the CPUs one after the other, round by round, and marks the end of each round. Whatever
 * is written after a mark should have happened after the newest event that was known at the mark before it: so at each
 * mark perf takes all rows up to that time for final (ordered-events.c). In practice some come later, where a clock stood
 * still or a writer was held up between taking the time and showing the record; so the newest KEPT_ROWS wait on.
 *
 * The memory is fixed: where a round has more rows than there is room for, the older half is delivered early, and rows
 * that come too late for their place are moved up in time and counted.
 */
import { FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { TracepointCatalog } from '../../recording/tracepoint.js';
import { firstAfter, mergeRuns, type Pairs } from './run-merge.js';

/** At most so many rows wait at a time: with the arenas below that makes 88 MB. */
const MOST_ROWS = 1 << 20;
/** Numbers per arena: 32 MiB, enough for 600,000 rows of typical size. */
const MOST_NUMBERS = 1 << 22;
/** Room for so many rows, and numbers, at first: a small recording costs little. It doubles where it is not enough. */
const FIRST_ROWS = 1 << 12;
const FIRST_NUMBERS = 1 << 15;
/** Of all room this part is kept until `openReserve`: to work with when the rest is taken. */
const RESERVE = 1 / 8;
/** So many rows wait for late ones at any time but the end: milliseconds of a busy recording. */
const KEPT_ROWS = 4096;
/** Sorting and tidying up pays from so many rows on. */
const WORTHWHILE_ROWS = 4 * KEPT_ROWS;
/** In an arena a row is its pCPU and kind in one number, its thread, and as many fields as its kind has. */
const HEAD_NUMBERS = 2;
const KINDS = 256;

export class RowQueue {
  /** The earliest and the newest time of any event, wanted or not. */
  oldest = Infinity;
  newest = -Infinity;
  /** When the first event was: subtracted from every time on delivery, and nothing is delivered with an earlier one. */
  origin = 0;
  /** Rows that came too late and were moved up. */
  movedUp = 0;

  readonly #mostRows: number;
  /** By kind: how many fields its rows have. */
  readonly #fieldsOfKind = new Uint8Array(KINDS).fill(FIELD_SLOTS);
  /** Rows in order of arrival, one after the other; where it is full, those that wait move over to #spare, made then. */
  #arena: Float64Array;
  #spare: Float64Array | undefined;
  #used = 0;
  /** Time and place in the arena of each row: sorted up to the second run, then in order of arrival. */
  #pending: Pairs;
  #scratch: Pairs;
  #count = 0;
  /** Where the ascending runs of #pending begin. */
  #runs: number[] = [0];
  /** The first #ready of #pending are final, of these #taken are delivered. */
  #ready = 0;
  #taken = 0;
  /** Times up to here are final at the next mark. */
  #limit = -Infinity;
  #lastDelivered = 0;
  #rowLimit = 0;
  #numberLimit = 0;
  #reserveOpen = false;

  /** `mostRows`: how many rows may wait at a time. */
  constructor(catalog: TracepointCatalog, mostRows = MOST_ROWS) {
    for (const { kind, fields } of catalog) {
      this.#fieldsOfKind[kind] = fields.reduce((sum, { type }) => sum + (type === 'u64' ? 2 : 1), 0);
    }
    this.#mostRows = mostRows;
    this.#arena = new Float64Array(FIRST_NUMBERS);
    const rows = Math.min(FIRST_ROWS, mostRows);
    this.#pending = newPairs(rows);
    this.#scratch = newPairs(rows);
    this.#setLimits();
  }

  /** Makes room for a record and the loss before it, two rows; false where some must be delivered first. */
  reserve(): boolean {
    if (this.#count + 2 > this.#rowLimit && !this.#growPairs()) return false;
    if (this.#hasNumbers()) return true;
    this.#tidyArena();
    // Tidying up again and again costs more than a larger arena.
    return this.#used <= this.#numberLimit / 2 || this.#growArenas() || this.#hasNumbers();
  }

  #hasNumbers(): boolean {
    return this.#used + 2 * (HEAD_NUMBERS + FIELD_SLOTS) <= this.#numberLimit;
  }

  /** From now on round marks say nothing: the caller says what is final, and may use all room. */
  openReserve(): void {
    this.#reserveOpen = true;
    this.#setLimits();
  }

  #setLimits(): void {
    const part = this.#reserveOpen ? 1 : 1 - RESERVE;
    this.#rowLimit = Math.floor(this.#pending.time.length * part);
    this.#numberLimit = Math.floor(this.#arena.length * part);
  }

  /** How many rows are final and wait for delivery. */
  get ready(): number {
    return this.#ready - this.#taken;
  }

  /** Where `add` puts the fields of its row. */
  get fields(): Float64Array {
    return this.#arena;
  }

  /**
   * Adds a row and returns the place of its first field in `fields`: the caller writes them all.
   * Field 0 of a loss is a time, NaN where it is unknown. Not while rows are ready, and only after `reserve`.
   */
  add(time: number, kind: number, pcpu: number, thread: number): number {
    const place = this.#used;
    const arena = this.#arena;
    arena[place] = pcpu * KINDS + kind;
    arena[place + 1] = thread;
    this.#used = place + HEAD_NUMBERS + this.#fieldsOfKind[kind];
    const { time: times, place: places } = this.#pending;
    const index = this.#count++;
    if (index > 0 && time < times[index - 1]) this.#runs.push(index);
    times[index] = time;
    places[index] = place;
    return place + HEAD_NUMBERS;
  }

  /** Marks a row that waits, by the place of its first field, with another thread. */
  setThread(first: number, thread: number): void {
    this.#arena[first - 1] = thread;
  }

  finishRound(): void {
    const limit = this.#limit;
    this.#limit = this.newest;
    // Rounds can be as small as a few rows: work is done only where it is worth it.
    if (this.#count < WORTHWHILE_ROWS || this.#reserveOpen) return;
    this.#finish(limit, KEPT_ROWS);
  }

  /** Rows up to `limit` are final; nothing is done while less than half of the reserve is in use. */
  finishUpTo(limit: number): void {
    const rows = this.#pending.time.length;
    const numbers = this.#arena.length;
    const half = RESERVE / 2;
    if (rows - this.#count > rows * half && numbers - this.#used > numbers * half) return;
    this.#finish(limit, 0);
  }

  #finish(limit: number, kept: number): void {
    this.#sort();
    this.#ready = firstAfter(this.#pending.time, 0, Math.max(0, this.#count - kept), limit);
  }

  /** Makes room where there is none. */
  finishOlderHalf(): void {
    this.#sort();
    this.#ready = Math.ceil(this.#count / 2);
  }

  finishAll(): void {
    this.#sort();
    this.#ready = this.#count;
  }

  /** Forgets the rows that are ready. */
  dropReady(): void {
    if (this.ready > 0) this.#dropDelivered();
  }

  /** Moves rows that are ready into the batch until one of the two has no more. */
  deliver(batch: RecordBatch): void {
    const rows = Math.min(this.ready, batch.time.length - batch.count);
    const { time: times, place: places } = this.#pending;
    const { time: outTime, kind: outKind, pcpu: outPcpu, thread: outThread, fields: outFields } = batch;
    const arena = this.#arena;
    const { origin, newest } = this;
    let last = this.#lastDelivered;
    let row = batch.count;
    for (let index = this.#taken; index < this.#taken + rows; index++) {
      // The clock of a loss is read apart from those of events: it must not lie outside their time.
      const time = Math.min(times[index], newest) - origin;
      const place = places[index];
      const head = arena[place];
      if (time >= last) last = time;
      else if ((head & (KINDS - 1)) !== LOSS_RECORD) this.movedUp++;
      outTime[row] = last;
      outKind[row] = head & (KINDS - 1);
      outPcpu[row] = head >> 8;
      outThread[row] = arena[place + 1];
      copyFields(arena, place + HEAD_NUMBERS, outFields, row * FIELD_SLOTS);
      if ((head & (KINDS - 1)) === LOSS_RECORD) this.#deliverLossTime(outFields, row * FIELD_SLOTS);
      row++;
    }
    batch.count = row;
    this.#lastDelivered = last;
    this.#taken += rows;
    if (this.#taken === this.#ready) this.#dropDelivered();
  }

  #deliverLossTime(fields: Float64Array, first: number): void {
    const before = fields[first] - this.origin;
    fields[first] = Number.isNaN(before) ? 0 : Math.max(before, 0);
  }

  #dropDelivered(): void {
    const { time, place } = this.#pending;
    time.copyWithin(0, this.#ready, this.#count);
    place.copyWithin(0, this.#ready, this.#count);
    this.#count -= this.#ready;
    this.#ready = 0;
    this.#taken = 0;
    if (this.#count === 0) this.#used = 0;
  }

  /** Moves the rows that wait to the beginning of the other arena, in their order. */
  #tidyArena(): void {
    const { place: places } = this.#pending;
    const from = this.#arena;
    const to = this.#spare ?? new Float64Array(from.length);
    let used = 0;
    for (let index = 0; index < this.#count; index++) {
      const place = places[index];
      const head = from[place];
      places[index] = used;
      to[used] = head;
      to[used + 1] = from[place + 1];
      copyFields(from, place + HEAD_NUMBERS, to, used + HEAD_NUMBERS);
      used += HEAD_NUMBERS + this.#fieldsOfKind[head & (KINDS - 1)];
    }
    this.#arena = to;
    this.#spare = from;
    this.#used = used;
  }

  #growPairs(): boolean {
    const rows = Math.min(2 * this.#pending.time.length, this.#mostRows);
    if (rows === this.#pending.time.length) return false;
    const larger = newPairs(rows);
    larger.time.set(this.#pending.time);
    larger.place.set(this.#pending.place);
    this.#pending = larger;
    this.#scratch = newPairs(rows);
    this.#setLimits();
    return true;
  }

  #growArenas(): boolean {
    const numbers = 2 * this.#arena.length;
    if (numbers > MOST_NUMBERS) return false;
    const larger = new Float64Array(numbers);
    larger.set(this.#arena);
    this.#arena = larger;
    this.#spare = undefined;
    this.#setLimits();
    return true;
  }

  #sort(): void {
    mergeRuns(this.#pending, this.#scratch, this.#count, this.#runs);
    this.#runs.length = 1;
  }
}

const newPairs = (rows: number): Pairs => ({ time: new Float64Array(rows), place: new Int32Array(rows) });

/**
 * Copies FIELD_SLOTS numbers, also where the row has fewer: what follows it in the arena is overwritten or ignored.
 * Without a loop, because one of varying length costs more than it saves.
 */
function copyFields(from: Float64Array, first: number, to: Float64Array, target: number): void {
  to[target] = from[first];
  to[target + 1] = from[first + 1];
  to[target + 2] = from[first + 2];
  to[target + 3] = from[first + 3];
  to[target + 4] = from[first + 4];
  to[target + 5] = from[first + 5];
  to[target + 6] = from[first + 6];
  to[target + 7] = from[first + 7];
}
