/**
 * Sums of cycles as xenalyze keeps and prints them, with its percentiles: these come out of partial sorts that leave numbers
 * in an order of their own, so they are done in the same steps.
 *
 * Source: tools/xentrace/xenalyze.c of Xen 4.17 (update_cycles, percentile, self_weighted_percentile, print_cycle_summary).
 */

/** xenalyze keeps 32 million numbers a row; so many are kept here, and further ones replace some of them as there. */
const MOST_SAMPLES = 1 << 18;
const FIRST_SAMPLES = 64;

export class CycleSummary {
  /** All that was counted, and those of them that took time. */
  events = 0;
  count = 0;
  cycles = 0;
  #samples = new Float64Array(FIRST_SAMPLES);

  add(cycles: number): void {
    this.events++;
    if (cycles === 0) return;
    if (this.count === this.#samples.length && this.count < MOST_SAMPLES) this.#grow();
    if (this.count < this.#samples.length) {
      this.#samples[this.count] = cycles;
    } else {
      const lap = Math.floor(this.count / MOST_SAMPLES) + 1;
      const index = this.count % MOST_SAMPLES;
      if ((index - Math.floor(lap / 3)) % lap === 0) this.#samples[index] = cycles;
    }
    this.count++;
    this.cycles += cycles;
  }

  get average(): number {
    return this.count === 0 ? 0 : Math.floor(this.cycles / this.count);
  }

  /** The 5th, 50th and 95th percentile: in that order, computed in xenalyze's. */
  percentiles(of: (samples: Float64Array, percent: number) => number): [p5: number, p50: number, p95: number] {
    const samples = this.#samples.subarray(0, Math.min(this.count, this.#samples.length));
    const p50 = of(samples, 50);
    const p5 = of(samples, 5);
    return [p5, p50, of(samples, 95)];
  }

  #grow(): void {
    const larger = new Float64Array(this.#samples.length * 2);
    larger.set(this.#samples);
    this.#samples = larger;
  }
}

/** The element with that share of elements below it. Sorts in part. */
export function percentile(samples: Float64Array, percent: number): number {
  if (samples.length === 0) return 0;
  const wanted = Math.floor((samples.length * percent) / 100);
  let left = 0;
  let right = samples.length - 1;
  while (left < right) {
    const pivot = samples[wanted];
    let i = left;
    let j = right;
    do {
      while (samples[i] < pivot) i++;
      while (pivot < samples[j]) j--;
      if (i <= j) swap(samples, i++, j--);
    } while (i <= j);
    if (j < wanted) left = i;
    if (wanted < i) right = j;
  }
  return samples[wanted];
}

/** Likewise, where each element counts as often as it is long. */
export function selfWeightedPercentile(samples: Float64Array, percent: number): number {
  if (samples.length === 0) return 0;
  const total = samples.reduce((sum, value) => sum + value, 0);
  const wanted = Math.floor((total * percent) / 100);
  let left = 0;
  let right = samples.length - 1;
  let leftWeight = 0;
  let rightWeight = total - samples[right];
  while (left < right) {
    const pivot = samples[(left + right) >> 1];
    let i = left;
    let j = right;
    let weightOfI = leftWeight;
    let weightOfJ = rightWeight;
    do {
      while (samples[i] < pivot) weightOfI += samples[i++];
      while (pivot < samples[j]) weightOfJ -= samples[j--];
      if (i <= j) {
        swap(samples, i, j);
        weightOfI += samples[i++];
        weightOfJ -= samples[j--];
      }
    } while (i <= j);
    if (weightOfJ < wanted) {
      left = i;
      leftWeight = weightOfI;
    }
    if (wanted < weightOfI) {
      right = j;
      rightWeight = weightOfJ;
    }
  }
  return samples[left];
}

function swap(samples: Float64Array, a: number, b: number): void {
  const value = samples[a];
  samples[a] = samples[b];
  samples[b] = value;
}
