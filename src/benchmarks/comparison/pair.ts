/** What the runs of both sides say about one metric, before it is judged together with all the others. */
import type { Series } from '../model.js';
import { halfWidthsOfDifference } from '../statistics/bootstrap.js';
import { type Interval, shiftInterval, shiftOf } from '../statistics/hodges-lehmann.js';
import { mannWhitneyP } from '../statistics/mann-whitney.js';
import { mean } from '../statistics/quantile.js';
import { Random } from '../statistics/random.js';
import type { ComparisonOptions, Method, SideSummary } from './comparison.js';
import { hasRatios, isNested, measuredRuns, outermostGroups, replicatesOf, summarize } from './side.js';

export interface SeriesPair {
  readonly native: Series;
  readonly vm: Series;
  /** Id of mechanisms.ts; null where unknown. */
  readonly mechanism: string | null;
}

/** The logarithm of the slowdown, above 0 where the VM is worse. */
export interface LogSlowdown {
  readonly estimate: number;
  /** At the confidence of the options; null where the runs are too few. */
  readonly interval: Interval | null;
  /** For equivalence: two one-sided tests, each at that confidence, are one interval with twice the share outside. */
  readonly narrowInterval: Interval | null;
}

export interface MeasuredPair {
  readonly series: SeriesPair;
  readonly native: SideSummary;
  readonly vm: SideSummary;
  readonly n: readonly [native: number, vm: number];
  readonly method: Method;
  /** null where there is no ratio: a value is zero or negative, or they are too far apart for one. */
  readonly slowdown: LogSlowdown | null;
  /** null where a side has one replicate only, or there is no ratio. */
  readonly p: number | null;
  readonly lostNs: number | null;
}

/**
 * Flat data (every group is one value) gives the Hodges-Lehmann ratio with the interval of the Mann-Whitney test. Nested
 * data gives the ratio of geometric means with the interval of the hierarchical bootstrap, and the test of the groups' means.
 *
 * The random numbers start anew for every pair, so that its result does not depend on what else is compared.
 * @returns null where a side measured nothing
 */
export function measurePair(series: SeriesPair, options: ComparisonOptions): MeasuredPair | null {
  const runs = [series.native, series.vm].map((side) => measuredRuns(side, options.skippedRepetitions));
  if (runs.some((side) => side.length === 0)) return null;
  const random = Random.fromSeed(options.seed);
  const { better } = series.native;
  const [native, vm] = runs.map((side) => summarize(side, better, random));
  const groups = runs.map(outermostGroups);
  const method = groups.some(isNested) ? 'hierarchical-bootstrap' : 'hodges-lehmann';
  const n = [groups[0].length, groups[1].length] as const;
  const measured = { series, native, vm, n, method, lostNs: lostNsOf(series, native, vm) } as const;
  if (!hasRatios(series.native) || !hasRatios(series.vm)) return { ...measured, slowdown: null, p: null };
  const [nativeLogs, vmLogs] = operationsOf(series).map((operations, side) => replicatesOf(groups[side], operations));
  const [from, to] = better === 'lower' ? [nativeLogs, vmLogs] : [vmLogs, nativeLogs];
  const slowdown = method === 'hodges-lehmann' ? shifted(from, to, options) : resampled(from, to, options, random);
  if (!isRepresentable(slowdown)) return { ...measured, slowdown: null, p: null };
  return { ...measured, slowdown, p: Math.min(...n) < 2 ? null : mannWhitneyP(from, to) };
}

/** Whether no factor is beyond the range of doubles. */
const isRepresentable = ({ estimate, interval }: LogSlowdown): boolean =>
  [estimate, interval?.low ?? 0, interval?.high ?? 0].every((log) => Math.abs(log) <= LARGEST_LOG);

const LARGEST_LOG = Math.log(Number.MAX_VALUE);

const narrowConfidence = ({ confidence }: ComparisonOptions): number => 2 * confidence - 1;

function shifted(from: Float64Array, to: Float64Array, options: ComparisonOptions): LogSlowdown {
  return {
    estimate: shiftOf(from, to),
    interval: shiftInterval(from, to, options.confidence),
    narrowInterval: shiftInterval(from, to, narrowConfidence(options)),
  };
}

function resampled(from: Float64Array, to: Float64Array, options: ComparisonOptions, random: Random): LogSlowdown {
  const estimate = mean(to) - mean(from);
  if (from.length < 2 || to.length < 2) return { estimate, interval: null, narrowInterval: null };
  const confidences = [options.confidence, narrowConfidence(options)];
  const [half, narrowHalf] = halfWidthsOfDifference(from, to, confidences, options.resamples, random);
  const around = (width: number): Interval => ({ low: estimate - width, high: estimate + width });
  return { estimate, interval: around(half), narrowInterval: around(narrowHalf) };
}

/** How many operations a value of each side is the total of; one where not both tell, or where more is better. */
function operationsOf({ native, vm }: SeriesPair): readonly [native: number, vm: number] {
  const [ofNative, ofVm] = [native.operationsPerValue ?? 0, vm.operationsPerValue ?? 0];
  const areTold = native.better === 'lower' && ofNative > 0 && ofVm > 0 && ofNative + ofVm < Infinity;
  return areTold ? [ofNative, ofVm] : [1, 1];
}

/** V − N of the medians, for times. */
function lostNsOf(series: SeriesPair, native: SideSummary, vm: SideSummary): number | null {
  const { unit } = series.native;
  if (unit !== 'ns' && !unit.startsWith('ns/')) return null;
  const [ofNative, ofVm] = operationsOf(series);
  return vm.median / ofVm - native.median / ofNative;
}
