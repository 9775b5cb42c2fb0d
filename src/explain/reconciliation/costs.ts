/** What an operation of a benchmark costs on each side, from the files of their results. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import { RESULT_IMPORTER } from '../../benchmarks/bench-result.js';
import { outermostGroups } from '../../benchmarks/comparison/side.js';
import type { BenchmarkFile, Run, Series } from '../../benchmarks/model.js';
import { isSameKind, keyOf, type Side } from '../../benchmarks/reading.js';
import { mean } from '../../benchmarks/statistics/quantile.js';

/** Costs of one operation on one side, ns. */
export interface Costs {
  /** One a replicate: runs (or boots), or where there is only one run its repetitions. */
  readonly samples: readonly number[];
  readonly replicates: 'runs' | 'repetitions';
  readonly runs: number;
}

export interface PairedCosts {
  readonly benchmark: string;
  readonly metric: string;
  readonly native: Costs;
  readonly vm: Costs;
  readonly vmSeries: Series;
}

/** All metrics that both sides measured as a time or a rate, and that are not tails. */
export function pairedCosts(native: Side, vm: Side): PairedCosts[] {
  const ofNative = new Map(native.series.map((series) => [keyOf(series), series]));
  return vm.series.flatMap((vmSeries) => {
    const nativeSeries = ofNative.get(keyOf(vmSeries));
    if (nativeSeries === undefined || !isSameKind(nativeSeries, vmSeries) || vmSeries.role !== 'primary') return [];
    const [nativeCosts, vmCosts] = [costsOf(nativeSeries), costsOf(vmSeries)];
    if (nativeCosts === undefined || vmCosts === undefined) return [];
    const { benchmark, metric } = vmSeries;
    return [{ benchmark, metric, native: nativeCosts, vm: vmCosts, vmSeries }];
  });
}

/** undefined where the unit is neither a time nor a rate. */
export function costsOf({ unit, better, runs }: Series): Costs | undefined {
  const cost = costIn(unit, better);
  if (cost === undefined) return undefined;
  const costsOfRun = ({ values }: Run): number[] => values.map(cost).filter((value) => value >= 0 && value < Infinity);
  const measured = runs.filter((run) => costsOfRun(run).length > 0);
  if (measured.length === 0) return undefined;
  if (measured.length === 1) return { samples: costsOfRun(measured[0]), replicates: 'repetitions', runs: 1 };
  const meanOfRun = (run: Run) => mean(costsOfRun(run));
  const samples = outermostGroups(measured).map((group) => mean(group.map(meanOfRun)));
  return { samples, replicates: 'runs', runs: measured.length };
}

/** ns per operation from a value: `ns`, `ns/op` as they are, `op/s` inverted. */
function costIn(unit: string, better: Series['better']): ((value: number) => number) | undefined {
  if (better === 'lower' && (unit === 'ns' || unit.startsWith('ns/'))) return (value) => value;
  if (better === 'higher' && unit.endsWith('/s')) return (value) => 1e9 / value;
  return undefined;
}

/** The pair that is asked for, or the only one. `wanted` is the name of a benchmark, or "benchmark, metric". */
export function choosePair(pairs: readonly PairedCosts[], wanted: string | undefined): Result<PairedCosts> {
  const named = pairs.filter(
    ({ benchmark, metric }) => wanted === undefined || wanted === benchmark || wanted === `${benchmark}, ${metric}`,
  );
  if (named.length === 1) return success(named[0]);
  return failure(named.length === 0 ? noPair(pairs, wanted) : severalPairs(named));
}

const NAMED = 12;

function namesOf(pairs: readonly PairedCosts[]): string {
  const counts = new Map<string, number>();
  for (const { benchmark } of pairs) counts.set(benchmark, (counts.get(benchmark) ?? 0) + 1);
  const names = pairs
    .slice(0, NAMED)
    .map(({ benchmark, metric }) => (counts.get(benchmark) === 1 ? benchmark : `${benchmark}, ${metric}`));
  return names.join('; ') + (pairs.length > NAMED ? '; …' : '');
}

const severalPairs = (pairs: readonly PairedCosts[]): Issue => ({
  code: 'several-benchmarks',
  severity: 'error',
  message: `Both sides measured ${pairs.length} metrics, and one recording is explained by one of them.`,
  hint: `Choose with --benchmark: ${namesOf(pairs)}.`,
});

function noPair(pairs: readonly PairedCosts[], wanted: string | undefined): Issue {
  if (pairs.length === 0) {
    return {
      code: 'no-common-benchmark',
      severity: 'error',
      message: 'The native side and the VM have no time or rate of one and the same benchmark in common.',
      hint: 'Names, metrics and units must be equal; "vmtoll compare NATIVE VM" lists what is on one side only.',
    };
  }
  return {
    code: 'no-such-benchmark',
    severity: 'error',
    message: `No benchmark "${wanted}" was measured on both sides.`,
    hint: `There are: ${namesOf(pairs)}.`,
  };
}

/** When the repetitions of a benchmark ran and how long they took, as far as the VM's files tell. */
export interface Repetitions {
  /** All of the benchmark's together, ns; null where the files do not tell. */
  readonly totalNs: number | null;
  /** In how many runs: between two of them other things may go on. */
  readonly runs: number;
  /** Those of all benchmarks in the files together, as far as they tell. */
  readonly ofAllNs: number;
  /** Runs that say when they began, with their length. */
  readonly timed: readonly { readonly run: Run; readonly startedMs: number; readonly lengthNs: number }[];
}

export function repetitionsOf(files: readonly BenchmarkFile[], series: Series): Repetitions {
  let totalNs = 0;
  let ofAllNs = 0;
  let isTold = false;
  const timed: Repetitions['timed'][number][] = [];
  for (const file of files) {
    for (const one of file.series) {
      if (!tellsDurations(file, one)) continue;
      const lengths = one.runs.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
      const length = lengths.reduce((sum, value) => sum + value, 0);
      ofAllNs += length;
      if (keyOf(one) !== keyOf(series)) continue;
      isTold = true;
      totalNs += length;
      timed.push(
        ...one.runs.flatMap((run, index) =>
          run.startedMs === undefined ? [] : [{ run, startedMs: run.startedMs, lengthNs: lengths[index] }],
        ),
      );
    }
  }
  return { totalNs: isTold ? totalNs : null, runs: series.runs.length, ofAllNs, timed };
}

/**
 * Whether a value is how long something took from start to end, not a mean: the total of stated operations, or the run of a
 * command. Results of plans have been divided already.
 */
const tellsDurations = ({ format }: BenchmarkFile, { unit, role, operationsPerValue }: Series): boolean =>
  unit === 'ns' &&
  role === 'primary' &&
  format !== RESULT_IMPORTER &&
  (operationsPerValue !== undefined || format === 'hyperfine');
