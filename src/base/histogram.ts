/**
 * Log-linear histogram of non-negative integers (nanoseconds): 64 equal buckets per power of two, exact below 64.
 *
 * A value read back lies in the middle of its bucket, so it is off by at most 1/128 = 0.8 %. Two histograms merge by
 * adding their buckets. Blocks of 64 buckets are made when first needed: a histogram of similar values takes 256 bytes.
 * Layout after Gil Tene's HdrHistogram.
 */
const SUB_BITS = 6;
const SUB_BUCKETS = 1 << SUB_BITS;
const TWO_32 = 0x1_0000_0000;

/** Power of two of the highest set bit; 0 for 0. */
function exponentOf(value: number): number {
  return value < TWO_32 ? 31 - Math.clz32(value | 1) : 63 - Math.clz32(Math.floor(value / TWO_32));
}

export class Histogram {
  count = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;
  /** blocks[0] holds 0..63 exactly; blocks[b] the values from 2^(b+5) up to twice that. */
  readonly #blocks: (Uint32Array | undefined)[] = [];

  /** @param value a whole number from 0 to 2^53 */
  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    let block = 0;
    let bucket = value;
    if (value >= SUB_BUCKETS) {
      const exponent = exponentOf(value);
      block = exponent - SUB_BITS + 1;
      bucket = value < TWO_32 ? (value >>> (exponent - SUB_BITS)) - SUB_BUCKETS : bucketOfLarge(value, exponent);
    }
    let counts = this.#blocks[block];
    if (counts === undefined) {
      while (this.#blocks.length < block) this.#blocks.push(undefined);
      counts = new Uint32Array(SUB_BUCKETS);
      this.#blocks[block] = counts;
    }
    counts[bucket]++;
  }

  merge(other: Histogram): void {
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    for (let block = 0; block < other.#blocks.length; block++) {
      const counts = other.#blocks[block];
      if (counts === undefined) continue;
      while (this.#blocks.length < block) this.#blocks.push(undefined);
      const mine = this.#blocks[block];
      if (mine === undefined) this.#blocks[block] = counts.slice();
      else for (let i = 0; i < SUB_BUCKETS; i++) mine[i] += counts[i];
    }
  }

  /**
   * For each share the smallest recorded value that at least that share of all values does not exceed, within 0.8 %.
   * @param shares from 0 to 1, ascending
   * @returns NaN when empty
   */
  percentiles(shares: readonly number[]): number[] {
    const values: number[] = [];
    let seen = 0;
    for (let block = 0; block < this.#blocks.length; block++) {
      const counts = this.#blocks[block];
      if (counts === undefined) continue;
      for (let bucket = 0; bucket < SUB_BUCKETS; bucket++) {
        if (counts[bucket] === 0) continue;
        seen += counts[bucket];
        while (values.length < shares.length && seen >= Math.max(1, Math.ceil(shares[values.length] * this.count))) {
          values.push(Math.min(this.max, Math.max(this.min, middleOf(block, bucket))));
        }
      }
    }
    while (values.length < shares.length) values.push(Number.NaN);
    return values;
  }
}

function bucketOfLarge(value: number, exponent: number): number {
  return Math.floor(value / 2 ** (exponent - SUB_BITS)) - SUB_BUCKETS;
}

function middleOf(block: number, bucket: number): number {
  if (block === 0) return bucket;
  const width = 2 ** (block - 1);
  return (SUB_BUCKETS + bucket) * width + Math.floor((width - 1) / 2);
}
