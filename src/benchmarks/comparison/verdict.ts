/** What the data of a pair supports, and how many more runs would decide where it supports nothing. */
import { isEquivalent } from '../statistics/equivalence.js';
import { smallestP } from '../statistics/mann-whitney.js';
import { normalQuantile } from '../statistics/normal.js';
import { runsForP, runsForWidth } from '../statistics/run-counts.js';
import type { ComparisonOptions, Verdict } from './comparison.js';
import type { LogSlowdown, MeasuredPair } from './pair.js';

/** So many runs more are no advice. */
const MOST_MORE_RUNS = 1000;

const marginOf = ({ equivalence }: ComparisonOptions): number => Math.log1p(equivalence);

/** @param q null where the pair was not tested */
export function verdictOf({ slowdown, n }: MeasuredPair, q: number | null, options: ComparisonOptions): Verdict {
  if (slowdown === null || Math.min(...n) < 2) return 'not-testable';
  const { interval, narrowInterval } = slowdown;
  if (narrowInterval !== null && isEquivalent(narrowInterval, marginOf(options))) return 'equivalent';
  if (interval === null || q === null || q > options.falseDiscoveryRate) return 'inconclusive';
  if (interval.low > 0) return 'slower';
  return interval.high < 0 ? 'faster' : 'inconclusive';
}

/**
 * For an inconclusive pair: how many more runs (or boots) per side would make it slower or faster, or equivalent, whichever
 * is nearer, if the estimate stays where it is, intervals shrink with √n and the deviate of the test grows with it. At least
 * as many as it takes for a p as small as `needed`.
 * @param p of the pair
 * @param needed the p at which the pair would be called slower or faster
 * @returns null where more than 1,000 were needed
 */
export function moreRunsFor(
  slowdown: LogSlowdown,
  n: readonly [number, number],
  p: number,
  needed: number,
  options: ComparisonOptions,
): number | null {
  const nearer = Math.min(runsToDiffer(slowdown, n, p, needed, options), runsToEquate(slowdown, n, options));
  return nearer <= MOST_MORE_RUNS ? Math.max(1, nearer) : null;
}

function runsToDiffer(
  { estimate, interval }: LogSlowdown,
  [native, vm]: readonly [number, number],
  p: number,
  needed: number,
  { confidence }: ComparisonOptions,
): number {
  const forTest = Math.max(runsForP(native, vm, needed), runsForTest([native, vm], p, needed));
  if (interval === null) return forTest;
  const towardsOne = estimate > 0 ? estimate - interval.low : interval.high - estimate;
  // Among many metrics p must be smaller than an interval of one asks for.
  const upTo = (1 + confidence) / 2;
  const stricter = Math.max(1, normalQuantile(1 - needed / 2) / normalQuantile(upTo));
  const factor = (towardsOne * stricter) / Math.abs(estimate);
  return Math.max(forTest, runsForWidth(native, vm, factor, MOST_MORE_RUNS));
}

/** The interval of nested data is not that of the test, and may have left 1 behind while p has not. */
function runsForTest([native, vm]: readonly [number, number], p: number, needed: number): number {
  // No value of one side lies among the other's: p then falls faster, and as far as so many runs let it.
  if (p <= needed || p <= smallestP(native, vm)) return 0;
  return runsForWidth(native, vm, normalQuantile(1 - needed / 2) / normalQuantile(1 - p / 2), MOST_MORE_RUNS);
}

function runsToEquate(
  { estimate, narrowInterval }: LogSlowdown,
  [native, vm]: readonly [number, number],
  options: ComparisonOptions,
): number {
  const margin = marginOf(options);
  if (narrowInterval === null || Math.abs(estimate) >= margin) return Infinity;
  const above = (narrowInterval.high - estimate) / (margin - estimate);
  const below = (estimate - narrowInterval.low) / (margin + estimate);
  return runsForWidth(native, vm, Math.max(above, below), MOST_MORE_RUNS);
}
