/** How many different clocks guests have: a lower bound for the number of guests. */

/** More are not told apart. */
const MOST_OFFSETS = 64;

export class DistinctOffsets {
  readonly #high = new Float64Array(MOST_OFFSETS);
  readonly #low = new Float64Array(MOST_OFFSETS);
  count = 0;

  /** @param high and @param low halves of an offset from the host's clock; NaN where the trace lacks it */
  note(high: number, low: number): void {
    if (Number.isNaN(high) || this.count === MOST_OFFSETS) return;
    for (let known = 0; known < this.count; known++) {
      if (this.#low[known] === low && this.#high[known] === high) return;
    }
    this.#high[this.count] = high;
    this.#low[this.count] = low;
    this.count++;
  }
}
