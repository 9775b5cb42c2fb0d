/**
 * The matrix account × cause of one vCPU: one cell per (reason, cause, detail), with the sums over all its episodes.
 *
 * Columns and an open-addressing table instead of a Map of objects: one look-up per episode, no allocation.
 */
import { Histogram } from '../base/histogram.js';
import { ACCOUNT_COUNT } from './accounts.js';
import { grown } from './grown.js';

/** Distinct cells per vCPU; what comes after is booked without its detail, so that memory does not grow with events. */
export const MAX_CELLS = 16_384;
/** Distinct cells of all vCPUs together; what comes after is booked without its detail, and at last without its reason. */
export const MAX_CELLS_IN_ALL = 65_536;

/** Of these so many are for exits without a detail: what a reason costs is worth more than what a detail does. */
const KEPT_FOR_REASONS = 16_384;

/** Stands for the details that came after the table was full. */
export const DETAIL_OVERFLOW = -1;
/** Instead of an index into the ReasonTable: all reasons that came after no vCPU had room left. */
export const REASON_OVERFLOW = -3;

/** Room that the tables of several vCPUs share. */
export class CellRoom {
  left = MAX_CELLS_IN_ALL;
  /** Whether anything has been booked without its detail or its reason. */
  wasShort = false;
}

/** One cell, hash table of four slots: room at first, since a recording may name thousands of vCPUs. */
const FIRST_CELLS = 1;
const SLOTS_PER_CELL = 4;

export class Cells {
  count = 0;
  reason = new Int32Array(FIRST_CELLS);
  cause = new Int32Array(FIRST_CELLS);
  detailClass = new Int32Array(FIRST_CELLS);
  detailValue = new Float64Array(FIRST_CELLS);
  /** Guest exits; episodes that were not started by an exit of their own count only in `episodes`. */
  exits = new Float64Array(FIRST_CELLS);
  episodes = new Float64Array(FIRST_CELLS);
  /** When the first and the last of these exits came; nothing where there is none. */
  firstExit = new Float64Array(FIRST_CELLS);
  lastExit = new Float64Array(FIRST_CELLS);
  /** Episodes in which the vCPU thread returned to its VMM. */
  reachedVmm = new Float64Array(FIRST_CELLS);
  /** ACCOUNT_COUNT nanosecond sums per cell. */
  sums = new Float64Array(FIRST_CELLS * ACCOUNT_COUNT);
  /** Shared with the other vCPUs of the recording, if there are any. */
  room = new CellRoom();
  /** Exit to next entry without time kept out by the VMM, of every episode that has both. */
  readonly durations: Histogram[] = [];

  #slots = new Int32Array(FIRST_CELLS * SLOTS_PER_CELL).fill(-1);

  find(reason: number, cause: number, detailClass: number, detailValue: number): number {
    const found = this.#probe(reason, cause, detailClass, detailValue);
    if (found >= 0) return found;
    const isDetail = detailClass > 0;
    // Where there is neither a reason nor a detail, a vCPU has only as many cells as there are causes.
    const hasRoom = isDetail
      ? this.room.left > KEPT_FOR_REASONS && this.count < MAX_CELLS
      : this.room.left > 0 || reason < 0;
    if (hasRoom) return this.#insert(reason, cause, detailClass, detailValue);
    this.room.wasShort = true;
    return this.find(isDetail ? reason : REASON_OVERFLOW, cause, DETAIL_OVERFLOW, 0);
  }

  #probe(reason: number, cause: number, detailClass: number, detailValue: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(reason, cause, detailClass, detailValue) & mask;
    for (;;) {
      const cell = this.#slots[slot];
      if (cell < 0) return -1;
      if (
        // Object.is: a value that the recording lacks is NaN.
        Object.is(this.detailValue[cell], detailValue) &&
        this.reason[cell] === reason &&
        this.detailClass[cell] === detailClass &&
        this.cause[cell] === cause
      ) {
        return cell;
      }
      slot = (slot + 1) & mask;
    }
  }

  #insert(reason: number, cause: number, detailClass: number, detailValue: number): number {
    if (this.count === this.reason.length) this.#grow();
    const cell = this.count++;
    this.room.left--;
    this.reason[cell] = reason;
    this.cause[cell] = cause;
    this.detailClass[cell] = detailClass;
    this.detailValue[cell] = detailValue;
    this.durations.push(new Histogram());
    this.#place(cell);
    return cell;
  }

  #place(cell: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.reason[cell], this.cause[cell], this.detailClass[cell], this.detailValue[cell]) & mask;
    while (this.#slots[slot] >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = cell;
  }

  #grow(): void {
    const size = this.reason.length * 2;
    this.reason = grown(this.reason, new Int32Array(size));
    this.cause = grown(this.cause, new Int32Array(size));
    this.detailClass = grown(this.detailClass, new Int32Array(size));
    this.detailValue = grown(this.detailValue, new Float64Array(size));
    this.exits = grown(this.exits, new Float64Array(size));
    this.firstExit = grown(this.firstExit, new Float64Array(size));
    this.lastExit = grown(this.lastExit, new Float64Array(size));
    this.episodes = grown(this.episodes, new Float64Array(size));
    this.reachedVmm = grown(this.reachedVmm, new Float64Array(size));
    this.sums = grown(this.sums, new Float64Array(size * ACCOUNT_COUNT));
    this.#slots = new Int32Array(size * SLOTS_PER_CELL).fill(-1);
    for (let cell = 0; cell < this.count; cell++) this.#place(cell);
  }
}

function hash(reason: number, cause: number, detailClass: number, detailValue: number): number {
  let h = Math.imul(reason + 1, 0x9e3779b1) ^ Math.imul(detailClass + 1, 0x85ebca6b) ^ Math.imul(cause + 1, 0xc2b2ae35);
  h ^= Math.imul(detailValue | 0, 0x27d4eb2f) ^ Math.imul((detailValue / 0x1_0000_0000) | 0, 0x165667b1);
  return h ^ (h >>> 15);
}
