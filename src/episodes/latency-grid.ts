/**
 * How long the episodes of one vCPU were over time: counts by slice of T and by length. Rows are half octaves: 64 to 90.5 ns,
 * 90.5 to 128 ns, and so on; the first also has all that is shorter, the last all that is longer.
 */
import { grown } from '../ledger/grown.js';

const ROWS_PER_OCTAVE = 2;
/** 2^6 = 64 ns; what is shorter no recorder tells apart. */
const FIRST_OCTAVE = 6;
/** 2^42 ns are 73 minutes. */
const LAST_OCTAVE = 42;
export const LATENCY_ROWS = (LAST_OCTAVE - FIRST_OCTAVE) * ROWS_PER_OCTAVE;

/** Lower border of each row, and the upper border of the last, ns. */
export const LATENCY_BORDERS: readonly number[] = Array.from(
  { length: LATENCY_ROWS + 1 },
  (_, row) => 2 ** (FIRST_OCTAVE + row / ROWS_PER_OCTAVE),
);

/** The row of a length. Found by the exponent, then settled by the borders: logarithms round. */
export function latencyRow(ns: number): number {
  const guess = Math.floor((Math.log2(ns) - FIRST_OCTAVE) * ROWS_PER_OCTAVE);
  if (!(guess >= 0)) return 0;
  if (guess >= LATENCY_ROWS - 1) return LATENCY_ROWS - 1;
  if (ns < LATENCY_BORDERS[guess]) return guess - 1 < 0 ? 0 : guess - 1;
  return ns >= LATENCY_BORDERS[guess + 1] ? guess + 1 : guess;
}

const FIRST_SLICES = 8;

export class LatencyGrid {
  /** Slices that have been touched. */
  count = 0;
  /** LATENCY_ROWS counts a slice. */
  counts = new Uint32Array(FIRST_SLICES * LATENCY_ROWS);

  add(slice: number, row: number): void {
    if (slice >= this.count) this.#touch(slice + 1);
    this.counts[slice * LATENCY_ROWS + row]++;
  }

  /** Two neighbours become one. */
  halve(): void {
    const { counts, count } = this;
    const pairs = Math.ceil(count / 2);
    for (let slice = 0; slice < pairs; slice++) {
      for (let row = 0; row < LATENCY_ROWS; row++) {
        const [first, second] = [2 * slice * LATENCY_ROWS + row, (2 * slice + 1) * LATENCY_ROWS + row];
        counts[slice * LATENCY_ROWS + row] = counts[first] + (2 * slice + 1 < count ? counts[second] : 0);
      }
    }
    counts.fill(0, pairs * LATENCY_ROWS);
    this.count = pairs;
  }

  #touch(count: number): void {
    let slices = this.counts.length / LATENCY_ROWS;
    while (slices < count) slices *= 2;
    if (slices * LATENCY_ROWS > this.counts.length) {
      this.counts = grown(this.counts, new Uint32Array(slices * LATENCY_ROWS));
    }
    this.count = count;
  }
}
