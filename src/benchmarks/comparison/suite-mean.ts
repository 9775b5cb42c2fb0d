/** One number for a whole suite. */
import { halfWidthOfMean } from '../statistics/bootstrap.js';
import { ascending, mean } from '../statistics/quantile.js';
import { Random } from '../statistics/random.js';
import type { ComparisonOptions, GeometricMean } from './comparison.js';

/** The fewest pairs whose spread says something. */
const LEAST_PAIRS = 3;

/**
 * The geometric mean of slowdowns, each benchmark counting the same, and its interval if the benchmarks are seen as a sample
 * of all that could have been run. The bootstrap draws benchmarks and keeps their runs: the noise of runs is part of the
 * spread of the slowdowns already, and drawing runs as well would count it twice.
 * @param logSlowdowns of the pairs that have one; what is missing is no zero
 * @returns null where there are none
 */
export function geometricMeanOf(logSlowdowns: readonly number[], options: ComparisonOptions): GeometricMean | null {
  const pairs = logSlowdowns.length;
  if (pairs === 0) return null;
  const sorted = ascending(logSlowdowns);
  const center = mean(sorted);
  const slowdown = Math.exp(center);
  if (pairs < LEAST_PAIRS) return { slowdown, ciLow: null, ciHigh: null, pairs };
  const { confidence, resamples, seed } = options;
  const half = halfWidthOfMean(sorted, confidence, resamples, Random.fromSeed(seed));
  return { slowdown, ciLow: Math.exp(center - half), ciHigh: Math.exp(center + half), pairs };
}
