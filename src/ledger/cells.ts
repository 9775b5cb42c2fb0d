/**
 * The matrix account × cause of one vCPU: one cell per (reason, cause, detail), with the sums over all its episodes.
 *
 * Columns and an open-addressing table instead of a Map of objects: one look-up per episode, no allocation.
 */
import { Histogram } from '../base/histogram.js';
import { ACCOUNT_COUNT } from './accounts.js';

/** Distinct cells per vCPU; what comes after is booked without its detail, so that memory does not grow with events. */
export const MAX_CELLS = 16_384;

/** Stands for the details that came after the table was full. */
export const DETAIL_OVERFLOW = -1;

export class Cells {
  count = 0;
  reason = new Int32Array(16);
  cause = new Int32Array(16);
  detailClass = new Int32Array(16);
  detailValue = new Float64Array(16);
  /** Guest exits; episodes that were not started by an exit of their own count only in `episodes`. */
  exits = new Float64Array(16);
  episodes = new Float64Array(16);
  /** Episodes in which the vCPU thread returned to its VMM. */
  reachedVmm = new Float64Array(16);
  /** ACCOUNT_COUNT nanosecond sums per cell. */
  sums = new Float64Array(16 * ACCOUNT_COUNT);
  /** Exit to next entry without time kept out by the VMM, of every episode that has both. */
  readonly durations: Histogram[] = [];

  #slots = new Int32Array(64).fill(-1);

  find(reason: number, cause: number, detailClass: number, detailValue: number): number {
    const found = this.#probe(reason, cause, detailClass, detailValue);
    if (found >= 0) return found;
    if (this.count < MAX_CELLS || detailClass <= 0) return this.#insert(reason, cause, detailClass, detailValue);
    return this.find(reason, cause, DETAIL_OVERFLOW, 0);
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
    this.episodes = grown(this.episodes, new Float64Array(size));
    this.reachedVmm = grown(this.reachedVmm, new Float64Array(size));
    this.sums = grown(this.sums, new Float64Array(size * ACCOUNT_COUNT));
    this.#slots = new Int32Array(size * 4).fill(-1);
    for (let cell = 0; cell < this.count; cell++) this.#place(cell);
  }
}

function grown<A extends Int32Array | Float64Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

function hash(reason: number, cause: number, detailClass: number, detailValue: number): number {
  let h = Math.imul(reason + 1, 0x9e3779b1) ^ Math.imul(detailClass + 1, 0x85ebca6b) ^ Math.imul(cause + 1, 0xc2b2ae35);
  h ^= Math.imul(detailValue | 0, 0x27d4eb2f) ^ Math.imul((detailValue / 0x1_0000_0000) | 0, 0x165667b1);
  return h ^ (h >>> 15);
}
