/**
 * The exact distribution of Mann and Whitney's U: of all ways to deal the N ranks out to two samples of m and n, all
 * equally likely where the samples come from one distribution. With ties it is the conditional (permutation) distribution
 * given which ranks are tied. Ways are counted by adding only, in doubles, so small probabilities are as exact as large ones.
 */

/** Ranks of two samples together; tied values share the mean of their ranks. */
export interface Ranking {
  /** Sizes of the groups of equal values, ascending by value; all 1 where there are no ties. */
  readonly groups: readonly number[];
  /** 2·U of the first sample: pairs in which its value is greater count 2, tied pairs 1. Always whole. */
  readonly doubledU: number;
}

/** @param x ascending @param y ascending */
export function rankTogether(x: ArrayLike<number>, y: ArrayLike<number>): Ranking {
  const groups: number[] = [];
  let doubledU = 0;
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    const value = j >= y.length || x[i] <= y[j] ? x[i] : y[j];
    const [ofX, ofY] = [i, j];
    while (i < x.length && x[i] === value) i++;
    while (j < y.length && y[j] === value) j++;
    groups.push(i - ofX + j - ofY);
    doubledU += (i - ofX) * (ofY + j);
  }
  return { groups, doubledU };
}

/** n over k; Infinity beyond the range of doubles. */
export function binomial(n: number, k: number): number {
  let ways = 1;
  const few = Math.min(k, n - k);
  for (let index = 1; index <= few; index++) ways = (ways * (n - few + index)) / index;
  return Math.round(ways);
}

/**
 * P(2U = 0), …, P(2U = last·unit) in steps of `unit`, for a sample of `size` out of all ranks.
 *
 * The groups are dealt out one by one. `ways` holds a row for every number of ranks that the sample has got so far; t of the
 * g ranks of a group that has `before` ranks below it raise the 2U of a sample that has c by t·(2·(before − c) + g − t).
 * That is never negative, so what exceeds the limit can be forgotten.
 * @param unit 2 where there are no ties (2U is even then), else 1
 */
export function lowerProbabilities(groups: readonly number[], size: number, last: number, unit: 1 | 2): Float64Array {
  const width = last + 1;
  const ways = new Float64Array((size + 1) * width);
  ways[0] = 1;
  const total = groups.reduce((sum, group) => sum + group, 0);
  let before = 0;
  for (const group of groups) {
    // What the rest can no longer bring up to `size` is not followed.
    const least = Math.max(1, size - (total - before - group));
    for (let now = Math.min(size, before + group); now >= least; now--) {
      for (let taken = Math.max(1, now - before); taken <= Math.min(group, now); taken++) {
        const had = now - taken;
        const shift = (taken * (2 * (before - had) + group - taken)) / unit;
        const end = Math.min(width, shift + (2 * had * (before - had)) / unit + 1);
        const factor = binomial(group, taken);
        const from = had * width - shift;
        for (let index = shift; index < end; index++) ways[now * width + index] += factor * ways[from + index];
      }
    }
    before += group;
  }
  const all = binomial(total, size);
  return ways.subarray(size * width).map((count) => count / all);
}

const untied = new Map<string, Float64Array>();

/** P(U ≤ 0), P(U ≤ 1), … up to the middle of the distribution, without ties. Kept: it depends on the sizes only. */
export function cumulativeUntied(m: number, n: number): Float64Array {
  const [few, many] = m < n ? [m, n] : [n, m];
  const key = `${few} ${many}`;
  const known = untied.get(key);
  if (known !== undefined) return known;
  const groups = Array.from({ length: few + many }, () => 1);
  const cumulative = lowerProbabilities(groups, few, Math.floor((few * many) / 2), 2);
  for (let index = 1; index < cumulative.length; index++) cumulative[index] += cumulative[index - 1];
  untied.set(key, cumulative);
  return cumulative;
}
