/**
 * The shift between two samples of Hodges and Lehmann (1963): the median of all m·n differences y − x, with the interval
 * that belongs to the Mann-Whitney test (Moses; Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 4.3).
 * The differences are never written down: m·n may be large.
 */
import { isExact } from './mann-whitney.js';
import { normalQuantile } from './normal.js';
import { cumulativeUntied } from './rank-sums.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Rounding of 1 − confidence must not cost an attainable level. */
const ROUNDING = 1e-9;

/** The median of y − x. @param x ascending, not empty @param y likewise */
export function shiftOf(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const count = x.length * y.length;
  const upper = differenceOfRank(x, y, Math.floor(count / 2) + 1);
  return count % 2 === 1 ? upper : (differenceOfRank(x, y, count / 2) + upper) / 2;
}

/**
 * The interval of the shift: the k-th smallest to the k-th largest difference, with the largest k for which the confidence
 * is reached: 2·P(U ≤ k − 1) ≤ 1 − confidence. Exact as long as the test is, with R's `qwilcox` (`wilcox.test(conf.int =
 * TRUE, exact = TRUE)`); for more values k is the whole part of m·n/2 + 1/2 + z·√(m·n·(N + 1)/12), z the (negative) normal
 * quantile. Ties change nothing: the interval with its ends is then wider than need be, never too narrow (Noether 1967).
 * @param x ascending @param y ascending
 * @returns null where even all differences do not reach the confidence, as with 3 against 3 and 95 %
 */
export function shiftInterval(x: ArrayLike<number>, y: ArrayLike<number>, confidence: number): Interval | null {
  const rank = intervalRank(x.length, y.length, confidence);
  if (rank < 1) return null;
  return { low: differenceOfRank(x, y, rank), high: differenceOfRank(x, y, x.length * y.length + 1 - rank) };
}

/** The largest k with 2·P(U ≤ k − 1) ≤ 1 − confidence; 0 where there is none. */
function intervalRank(m: number, n: number, confidence: number): number {
  const tail = (1 - confidence) / 2;
  if (!isExact(m, n)) {
    const deviation = Math.sqrt((m * n * (m + n + 1)) / 12);
    return Math.max(0, Math.floor((m * n) / 2 + 0.5 + normalQuantile(tail) * deviation));
  }
  const cumulative = cumulativeUntied(m, n);
  let rank = 0;
  while (rank < cumulative.length && cumulative[rank] <= tail * (1 + ROUNDING)) rank++;
  return rank;
}

/**
 * The difference y − x of a rank, 1 the smallest: halves the range of values until one is left. Counting the differences
 * up to a value walks along both samples once and finds those next to it, which become the new bounds.
 */
function differenceOfRank(x: ArrayLike<number>, y: ArrayLike<number>, rank: number): number {
  let low = y[0] - x[x.length - 1];
  let high = y[y.length - 1] - x[0];
  while (low < high) {
    const middle = low + (high - low) / 2;
    // Between two neighbouring numbers the middle may be rounded up.
    const pivot = middle < high ? middle : low;
    let count = 0;
    let largestUpTo = -Infinity;
    let smallestAbove = Infinity;
    let next = 0;
    for (let index = 0; index < x.length; index++) {
      while (next < y.length && y[next] - x[index] <= pivot) next++;
      count += next;
      if (next > 0) largestUpTo = Math.max(largestUpTo, y[next - 1] - x[index]);
      if (next < y.length) smallestAbove = Math.min(smallestAbove, y[next] - x[index]);
    }
    if (count >= rank) high = largestUpTo;
    else low = smallestAbove;
  }
  return low;
}
