/**
 * The test of Mann, Whitney (1947) and Wilcoxon (1945): does one of two samples tend to larger values? Of m values x and n
 * values y, U counts the pairs with x > y, and those with x = y by half; if both come from one distribution, every way to
 * deal the N = m + n values out is equally likely, and U is m·n / 2 on average.
 *
 * p is about "one distribution", not about equal medians: with equal medians, but one spread ten times the other, p ≤ 0.05
 * occurs in 9 % of samples of 10 against 10, and more often where the wider sample is the smaller one.
 */
import { normalCdf } from './normal.js';
import { binomial, cumulativeUntied, lowerProbabilities, type Ranking, rankTogether } from './rank-sums.js';

/** Exact up to 50 values against 50, or as much work with other sizes: some 10 ms. */
const MOST_EXACT_WORK = 100 * 50 * 50 * 50;

/** Whether the exact distribution is used for samples of m and n. */
export const isExact = (m: number, n: number): boolean => (m + n) * Math.min(m, n) * m * n <= MOST_EXACT_WORK;

/**
 * The two-sided p: twice the smaller of P(U ≤ u) and P(U ≥ u), at most 1. Up to 50 values against 50 it is exact, with ties
 * too (given which values are tied; R's `wilcox.test` approximates then). For more it is the normal approximation with
 * corrections for continuity and for ties (t values each), as R's `wilcox.test(exact = FALSE)`:
 * z = (|U − m·n/2| − 1/2) / √(m·n/12 · (N + 1 − Σ (t³ − t) / (N·(N − 1)))).
 * @param x ascending, not empty @param y likewise
 */
export function mannWhitneyP(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const ranking = rankTogether(x, y);
  if (ranking.groups.length === 1) return 1;
  if (!isExact(x.length, y.length)) return approximateP(ranking, x.length, y.length);
  return ranking.groups.length === x.length + y.length
    ? untiedP(ranking, x.length, y.length)
    : tiedP(ranking, x.length, y.length);
}

const twoSided = (tail: number): number => Math.min(1, 2 * tail);

function untiedP({ doubledU }: Ranking, m: number, n: number): number {
  const u = doubledU / 2;
  const cumulative = cumulativeUntied(m, n);
  return twoSided(cumulative[Math.min(u, m * n - u, cumulative.length - 1)]);
}

/** With ties the distribution need not be symmetric: turned so that U lies low, its own tail is the one that is summed up. */
function tiedP({ groups, doubledU }: Ranking, m: number, n: number): number {
  const isLow = doubledU <= m * n;
  const low = isLow ? doubledU : 2 * m * n - doubledU;
  // U of the larger sample is low where that of the smaller is high: looking at the ranks from above exchanges them.
  const fromBelow = isLow === m <= n;
  const probabilities = lowerProbabilities(fromBelow ? groups : groups.toReversed(), Math.min(m, n), low, 1);
  let lower = 0;
  for (const probability of probabilities) lower += probability;
  const upper = 1 - lower + probabilities[low];
  return twoSided(Math.min(lower, upper));
}

function approximateP({ groups, doubledU }: Ranking, m: number, n: number): number {
  const total = m + n;
  let ties = 0;
  for (const group of groups) ties += group ** 3 - group;
  const deviation = Math.sqrt(((m * n) / 12) * (total + 1 - ties / (total * (total - 1))));
  const distance = Math.max(0, Math.abs(doubledU / 2 - (m * n) / 2) - 0.5);
  return twoSided(normalCdf(-distance / deviation));
}

/** The smallest two-sided p that m values against n can give: no overlap and no ties. */
export const smallestP = (m: number, n: number): number => Math.min(1, 2 / binomial(m + n, m));
