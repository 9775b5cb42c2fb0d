import { binomial } from './rank-sums.js';

/** More pairs are not asked about: their binomials leave the range of doubles. */
const MOST_PAIRS = 1000;

/**
 * The sign test, one-sided: the probability that of so many pairs at least `greater` have a greater first value, if either
 * order is equally likely (as R's `binom.test(greater, pairs, alternative = 'greater')`).
 * @param pairs without those whose values are equal; of more than 1,000 the share counts
 */
export function signTestP(greater: number, pairs: number): number {
  if (pairs > MOST_PAIRS) return signTestP(Math.floor((greater * MOST_PAIRS) / pairs), MOST_PAIRS);
  let p = 0;
  for (let count = greater; count <= pairs; count++) p += binomial(pairs, count) / 2 ** pairs;
  return Math.min(1, p);
}
