/** A steady rise or fall in a sequence. */
import { normalCdf } from './normal.js';
import { doubledMidranks } from './ranks.js';

/** Sequences are many, and a trend is only a hint. */
const LEVEL = 0.01;
const MOST_EXACT = 50;

export interface TrendTest {
  /** Pairs that rise with time minus pairs that fall. */
  readonly score: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * The test of Mann (1945) and Kendall: S counts the pairs that rise with time minus those that fall. Up to 50 values
 * without ties p is exact (as R's `cor.test(method = 'kendall')`), else the normal approximation with corrections for ties
 * and continuity.
 * @param values in order of time
 */
export function mannKendall(values: ArrayLike<number>): TrendTest {
  const n = values.length;
  const ranks = doubledMidranks(values);
  const ties = tieSizes(ranks);
  const pairs = (n * (n - 1)) / 2;
  const tied = ties.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const falling = countFalling(ranks);
  const score = pairs - tied - 2 * falling;
  if (score === 0) return { score, p: 1 };
  if (tied === 0 && n <= MOST_EXACT) {
    return { score, p: Math.min(1, 2 * atMostFalling(n, Math.min(falling, pairs - falling))) };
  }
  const spread = (size: number): number => size * (size - 1) * (2 * size + 5);
  const variance = (spread(n) - ties.reduce((sum, size) => sum + spread(size), 0)) / 18;
  return { score, p: Math.min(1, 2 * normalCdf((1 - Math.abs(score)) / Math.sqrt(variance))) };
}

/** 1 where later values are larger, −1 where they are smaller; 0 where p > 0.01, as always for fewer than six values. */
export function trendOf(values: ArrayLike<number>): -1 | 0 | 1 {
  const { score, p } = mannKendall(values);
  if (p > LEVEL) return 0;
  return score > 0 ? 1 : -1;
}

function tieSizes(ranks: Int32Array): number[] {
  const sizes = new Map<number, number>();
  for (const rank of ranks) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  return [...sizes.values()];
}

/** Pairs of which the later is smaller, counted while merging (Knight 1966): n log n steps. Leaves `ranks` as they are. */
function countFalling(ranks: Int32Array): number {
  let from = ranks.slice();
  let to = new Int32Array(ranks.length);
  let falling = 0;
  for (let width = 1; width < ranks.length; width *= 2) {
    for (let start = 0; start < ranks.length; start += 2 * width) {
      const middle = Math.min(start + width, ranks.length);
      const end = Math.min(start + 2 * width, ranks.length);
      let [left, right] = [start, middle];
      for (let index = start; index < end; index++) {
        if (left < middle && (right >= end || from[left] <= from[right])) to[index] = from[left++];
        else {
          falling += middle - left;
          to[index] = from[right++];
        }
      }
    }
    [from, to] = [to, from];
  }
  return falling;
}

/**
 * P(at most `most` falling pairs) in a random order of n different values: the k-th value makes 0 to k − 1 falling pairs
 * with those before it, all equally likely, so each step is a moving mean.
 */
function atMostFalling(n: number, most: number): number {
  let probabilities = new Float64Array(most + 1);
  let next = new Float64Array(most + 1);
  probabilities[0] = 1;
  for (let k = 2; k <= n; k++) {
    let sum = 0;
    for (let falling = 0; falling <= most; falling++) {
      sum += probabilities[falling] - (falling < k ? 0 : probabilities[falling - k]);
      next[falling] = sum / k;
    }
    [probabilities, next] = [next, probabilities];
  }
  return probabilities.reduce((sum, probability) => sum + probability, 0);
}
