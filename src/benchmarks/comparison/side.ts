/** One side of a pair: what its runs were, and which of their values count as replicates. */
import { groupedBy } from '../../base/grouped-by.js';
import type { Better, Run, Series } from '../model.js';
import { changePointOf, isRatherSteady } from '../statistics/change-point.js';
import { outliersOf } from '../statistics/outliers.js';
import { ascending, mean, median } from '../statistics/quantile.js';
import type { Random } from '../statistics/random.js';
import { signTestP } from '../statistics/sign-test.js';
import { trendOf } from '../statistics/trend.js';
import type { SideSummary } from './comparison.js';

/** A run that measured something: one finite value at least, and no others. */
export interface MeasuredRun extends Run {
  /** Among all runs of the series, 1 the first. */
  readonly position: number;
}

/** @param skipped so many repetitions at the start of every run that has more are left out */
export const measuredRuns = (series: Series, skipped: number): readonly MeasuredRun[] =>
  series.runs
    .map((run, index) => ({
      ...run,
      values: withoutFirst(run.values.filter(Number.isFinite), skipped),
      position: index + 1,
    }))
    .filter((run) => run.values.length > 0);

const withoutFirst = (values: number[], skipped: number): number[] =>
  values.length > skipped ? values.slice(skipped) : values;

/** Whether all values have logarithms. */
export const hasRatios = (series: Series): boolean =>
  series.runs.every((run) => run.values.every((value) => value > 0 && value < Infinity));

/**
 * The groups that are independent of one another: boots where all runs know theirs and there are two at least, else
 * processes likewise, else runs.
 */
export const outermostGroups = <R extends Run>(runs: readonly R[]): readonly (readonly R[])[] =>
  groupsOf(runs, ({ boot }) => boot) ?? groupsOf(runs, ({ process }) => process) ?? runs.map((run) => [run]);

/** undefined where a run does not tell its group, or there is one only. */
function groupsOf<R extends Run>(
  runs: readonly R[],
  groupOf: (run: R) => string | undefined,
): readonly (readonly R[])[] | undefined {
  if (runs.some((run) => groupOf(run) === undefined)) return undefined;
  const groups = groupedBy(runs, (run) => groupOf(run) ?? '');
  return groups.size < 2 ? undefined : [...groups.values()];
}

/** Whether a group holds more than one value: several runs in a boot, or several repetitions in a run. */
export const isNested = (groups: readonly (readonly Run[])[]): boolean =>
  groups.some((group) => group.length > 1 || group[0].values.length > 1);

/**
 * The mean logarithm of every group, ascending. A run counts with the mean of its repetitions, a boot with that of its runs.
 * @param groups of positive values only
 * @param operations that a value is the total of: the logarithms are those of one
 */
export function replicatesOf(groups: readonly (readonly Run[])[], operations: number): Float64Array {
  const logOfRun = ({ values }: Run): number => mean(values.map((value) => Math.log(value / operations)));
  return ascending(groups.map((group) => mean(group.map(logOfRun))));
}

/** The geometric mean, relative to the first value so that equal values give just that one; without logarithms the mean. */
function valueOfRun({ values }: Run): number {
  if (values.length === 1) return values[0];
  if (!values.every((value) => value > 0)) return mean(values);
  const first = Math.log(values[0]);
  return values[0] * Math.exp(mean(values.map((value) => Math.log(value) - first)));
}

/**
 * Outliers are looked for in six runs or more; a drift needs six runs to be found, a change of level ten. Both are looked for
 * from boot to boot (or process to process) where runs are nested in them: runs of one boot resemble each other, and boots
 * that differ would pass for changes with time.
 * @param runs one at least
 */
export function summarize(runs: readonly MeasuredRun[], better: Better, random: Random): SideSummary {
  const values = runs.map(valueOfRun);
  // Ratios are what matters: logarithms, if there are any.
  const scaled = values.every((value) => value > 0) ? values.map(Math.log) : values;
  const groups = outermostGroups(runs.map((run, index) => ({ ...run, level: scaled[index] })));
  const levels = groups.map((group) => mean(group.map(({ level }) => level)));
  const drift = driftOf(levels, better);
  const change = changePointOf(levels, random);
  const isChange = change !== null && !(drift !== 'none' && isRatherSteady(levels, change));
  return {
    runs: runs.length,
    values,
    median: median(values),
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
    outliers: outliersOf(scaled).map((index) => runs[index].position),
    changeAt: isChange ? groups[change][0].position : null,
    drift,
    firstRepetition: firstRepetitionOf(runs, better),
  };
}

function driftOf(values: readonly number[], better: Better): SideSummary['drift'] {
  const trend = trendOf(values);
  if (trend === 0) return 'none';
  return trend > 0 === (better === 'lower') ? 'slower' : 'faster';
}

/** Six runs are enough, if the first repetition is the slowest of each. */
const WARM_UP_LEVEL = 0.02;
/** Less than this matters little beside the noise. */
const LEAST_WARM_UP = Math.log(1.1);

/** How many times slower the first repetition inside a run is than the others; null where it is not, or there are none. */
function firstRepetitionOf(runs: readonly Run[], better: Better): number | null {
  const ratios = runs
    .filter(({ values }) => values.length > 1 && values.every((value) => value > 0))
    .map(({ values }) => Math.log(values[0]) - mean(values.slice(1).map(Math.log)))
    .map((ratio) => (better === 'lower' ? ratio : -ratio))
    .filter((ratio) => ratio !== 0);
  if (ratios.length === 0) return null;
  const slower = ratios.filter((ratio) => ratio > 0).length;
  const typical = median(ratios);
  const isWarmUp = typical >= LEAST_WARM_UP && signTestP(slower, ratios.length) <= WARM_UP_LEVEL;
  return isWarmUp ? Math.exp(typical) : null;
}
