/** One side of a pair: what its runs were, and which of their values count as replicates. */
import type { Better, Run, Series } from '../model.js';
import { changePointOf } from '../statistics/change-point.js';
import { outliersOf } from '../statistics/outliers.js';
import { ascending, mean, median } from '../statistics/quantile.js';
import type { Random } from '../statistics/random.js';
import { trendOf } from '../statistics/trend.js';
import type { SideSummary } from './comparison.js';

/** A run that measured something: one finite value at least, and no others. */
export interface MeasuredRun extends Run {
  /** Among all runs of the series, 1 the first. */
  readonly position: number;
}

export const measuredRuns = (series: Series): readonly MeasuredRun[] =>
  series.runs
    .map((run, index) => ({ ...run, values: run.values.filter(Number.isFinite), position: index + 1 }))
    .filter((run) => run.values.length > 0);

/** Whether all values have logarithms. */
export const hasRatios = (series: Series): boolean =>
  series.runs.every((run) => run.values.every((value) => value > 0 && value < Infinity));

/** The groups that are independent of one another: boots where all runs know theirs and there are two at least, else runs. */
export function outermostGroups(runs: readonly Run[]): readonly (readonly Run[])[] {
  const boots = new Map<string, Run[]>();
  for (const run of runs) {
    if (run.boot === undefined) return runs.map((run) => [run]);
    const sameBoot = boots.get(run.boot);
    if (sameBoot === undefined) boots.set(run.boot, [run]);
    else sameBoot.push(run);
  }
  return boots.size < 2 ? runs.map((run) => [run]) : [...boots.values()];
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
 * Outliers are looked for in six runs or more; a drift needs six runs to be found, a change of level ten.
 * @param runs one at least
 */
export function summarize(runs: readonly MeasuredRun[], better: Better, random: Random): SideSummary {
  const values = runs.map(valueOfRun);
  // Ratios are what matters: logarithms, if there are any.
  const scaled = values.every((value) => value > 0) ? values.map(Math.log) : values;
  const change = changePointOf(scaled, random);
  return {
    runs: runs.length,
    median: median(values),
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
    outliers: outliersOf(scaled).map((index) => runs[index].position),
    changeAt: change === null ? null : runs[change].position,
    drift: driftOf(scaled, better),
  };
}

function driftOf(values: readonly number[], better: Better): SideSummary['drift'] {
  const trend = trendOf(values);
  if (trend === 0) return 'none';
  return trend > 0 === (better === 'lower') ? 'slower' : 'faster';
}
