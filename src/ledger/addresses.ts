/**
 * Where in the guest the exits of one vCPU come from: for each cell of its matrix and each instruction address how many, and
 * what they cost. Only kept where somebody asks for it.
 */
import { grown } from './grown.js';

/** Distinct rows of all vCPUs together; what comes after is summed up by cell, without an address. */
const MAX_ROWS = 131_072;
const FIRST_ROWS = 16;
const SLOTS_PER_ROW = 4;

/** Room that several vCPUs share. */
export class AddressRoom {
  left = MAX_ROWS;
  /** Whether an address was left out. */
  wasShort = false;
}

export class Addresses {
  count = 0;
  /** Index into the vCPU's Cells. */
  cell = new Int32Array(FIRST_ROWS);
  /** High and low 32 bits; NaN where the recording, or the table, does not have them. */
  high = new Float64Array(FIRST_ROWS);
  low = new Float64Array(FIRST_ROWS);
  exits = new Float64Array(FIRST_ROWS);
  /** Time that the guest wanted to run and did not, ns. */
  delayNs = new Float64Array(FIRST_ROWS);
  readonly #room: AddressRoom;
  #slots = new Int32Array(FIRST_ROWS * SLOTS_PER_ROW).fill(-1);

  constructor(room: AddressRoom) {
    this.#room = room;
  }

  add(cell: number, high: number, low: number, exits: number, delayNs: number): void {
    const row = this.#find(cell, high, low);
    this.exits[row] += exits;
    this.delayNs[row] += delayNs;
  }

  #find(cell: number, high: number, low: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(cell, high, low) & mask;
    for (;;) {
      const row = this.#slots[slot];
      if (row < 0) return this.#insert(cell, high, low);
      // Object.is: an address that the recording lacks is NaN.
      if (this.cell[row] === cell && Object.is(this.low[row], low) && Object.is(this.high[row], high)) return row;
      slot = (slot + 1) & mask;
    }
  }

  #insert(cell: number, high: number, low: number): number {
    if (this.#room.left <= 0 && !Number.isNaN(low)) {
      this.#room.wasShort = true;
      return this.#find(cell, Number.NaN, Number.NaN);
    }
    if (this.count === this.cell.length) this.#grow();
    const row = this.count++;
    this.#room.left--;
    this.cell[row] = cell;
    this.high[row] = high;
    this.low[row] = low;
    this.#place(row);
    return row;
  }

  #place(row: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.cell[row], this.high[row], this.low[row]) & mask;
    while (this.#slots[slot] >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = row;
  }

  #grow(): void {
    const size = this.cell.length * 2;
    this.cell = grown(this.cell, new Int32Array(size));
    this.high = grown(this.high, new Float64Array(size));
    this.low = grown(this.low, new Float64Array(size));
    this.exits = grown(this.exits, new Float64Array(size));
    this.delayNs = grown(this.delayNs, new Float64Array(size));
    this.#slots = new Int32Array(size * SLOTS_PER_ROW).fill(-1);
    for (let row = 0; row < this.count; row++) this.#place(row);
  }
}

function hash(cell: number, high: number, low: number): number {
  let h = Math.imul(cell + 1, 0x9e3779b1) ^ Math.imul(low | 0, 0x85ebca6b) ^ Math.imul(high | 0, 0xc2b2ae35);
  h ^= h >>> 15;
  return Math.imul(h, 0x27d4eb2f) >>> 1;
}
