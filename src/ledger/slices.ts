/**
 * The books over time: what each vCPU's accounts and cells hold in equal slices of T, so that it can be told how much they
 * vary. The slices start short and double whenever there are too many of them: memory stays bounded whatever the length of T.
 */
import { ACCOUNT_COUNT } from './accounts.js';
import type { Window } from './window.js';

const FIRST_SLICE_NS = 10_000;
/** At the end of a long T there are more than half as many. */
export const MOST_SLICES = 1024;
/** Cells of all vCPUs together that are followed (32 MB); what is booked to others is in the accounts only. */
const MOST_CELLS = 2048;

/** The slices of one cell: exits, and nanoseconds of handling them. */
export interface CellSlices {
  readonly exits: Float64Array;
  readonly handlingNs: Float64Array;
}

/** The slices of one vCPU. */
export class VcpuSlices {
  /** By account and slice, nanoseconds. */
  readonly accounts: readonly Float64Array[] = Array.from(
    { length: ACCOUNT_COUNT },
    () => new Float64Array(MOST_SLICES),
  );
  /** Nanoseconds in which the VMM kept it out of the guest (KEPT_OUT_ACCOUNTS): in none of `accounts`. */
  readonly keptOut = new Float64Array(MOST_SLICES);
  /** By cell; undefined where there was no room left. */
  readonly cells: (CellSlices | undefined)[] = [];
  readonly #slices: Slices;

  constructor(slices: Slices) {
    this.#slices = slices;
  }

  /** Books time of an account, or time in which it was kept out; ns since the origin of the recording. */
  book(account: number, isKeptOut: boolean, from: number, to: number): void {
    const { window } = this.#slices;
    let start = Math.max(from, window.from) - window.from;
    const end = Math.min(to, window.to) - window.from;
    if (end <= start) return;
    // Room first: making it makes all slices longer.
    this.#slices.makeRoom(end);
    const { sliceNs } = this.#slices;
    const times = isKeptOut ? this.keptOut : this.accounts[account];
    while (start < end) {
      const slice = Math.floor(start / sliceNs);
      const until = Math.min(end, (slice + 1) * sliceNs);
      times[slice] += until - start;
      start = until;
    }
  }

  /** Books an episode to the slice in which it began. @param exits 1, or 0 where its exit is not in T */
  count(cell: number, time: number, exits: number, handlingNs: number): void {
    const slices = this.#cell(cell);
    if (slices === undefined) return;
    const since = Math.max(0, time - this.#slices.window.from);
    this.#slices.makeRoom(since);
    const slice = Math.floor(since / this.#slices.sliceNs);
    slices.exits[slice] += exits;
    slices.handlingNs[slice] += handlingNs;
  }

  /** Two neighbours become one. */
  merge(): void {
    for (const times of [...this.accounts, this.keptOut]) mergeNeighbours(times);
    for (const cell of this.cells) {
      if (cell === undefined) continue;
      mergeNeighbours(cell.exits);
      mergeNeighbours(cell.handlingNs);
    }
  }

  #cell(cell: number): CellSlices | undefined {
    while (this.cells.length <= cell) this.cells.push(this.#slices.newCell());
    return this.cells[cell];
  }
}

function mergeNeighbours(values: Float64Array): void {
  const half = values.length / 2;
  for (let slice = 0; slice < half; slice++) values[slice] = values[2 * slice] + values[2 * slice + 1];
  values.fill(0, half);
}

/** The slices of all vCPUs of a recording. */
export class Slices {
  readonly window: Window;
  /** Present length of a slice. */
  sliceNs = FIRST_SLICE_NS;
  readonly #vcpus = new Map<number, VcpuSlices>();
  #cells = 0;

  constructor(window: Window) {
    this.window = window;
  }

  /** Those of the vCPU that a thread runs, where it has any. */
  vcpu(thread: number): VcpuSlices | undefined {
    return this.#vcpus.get(thread);
  }

  addVcpu(thread: number): VcpuSlices {
    const vcpu = new VcpuSlices(this);
    this.#vcpus.set(thread, vcpu);
    return vcpu;
  }

  /** Makes all slices longer until there is one for this time since the start of T. */
  makeRoom(since: number): void {
    while (since >= this.sliceNs * MOST_SLICES) this.#double();
  }

  newCell(): CellSlices | undefined {
    if (this.#cells === MOST_CELLS) return undefined;
    this.#cells++;
    return { exits: new Float64Array(MOST_SLICES), handlingNs: new Float64Array(MOST_SLICES) };
  }

  #double(): void {
    for (const vcpu of this.#vcpus.values()) vcpu.merge();
    this.sliceNs *= 2;
  }
}
