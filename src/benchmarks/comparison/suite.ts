/** All metrics of a benchmark suite together: the test of many, the verdicts, the order, the mean. */
import { type Issue, IssueLog } from '../../base/issue.js';
import { adjustedForMany, neededP } from '../statistics/benjamini-hochberg.js';
import { smallestP } from '../statistics/mann-whitney.js';
import { runsForP } from '../statistics/run-counts.js';
import type { ComparisonOptions, GeometricMean, Pair } from './comparison.js';
import { type MeasuredPair, measurePair, type SeriesPair } from './pair.js';
import { geometricMeanOf } from './suite-mean.js';
import { moreRunsFor, verdictOf } from './verdict.js';

export const DEFAULT_OPTIONS: ComparisonOptions = {
  confidence: 0.95,
  falseDiscoveryRate: 0.05,
  equivalence: 0.02,
  skippedRepetitions: 0,
  resamples: 4000,
  seed: 1,
};

export interface ComparedPairs {
  /** By rank; those without one last, by their slowdown. */
  readonly pairs: readonly Pair[];
  /** null where no primary pair has a slowdown. */
  readonly geomean: GeometricMean | null;
  readonly issues: readonly Issue[];
}

/**
 * Compares the two sides of every metric. The q of each takes all others into account, also secondary ones.
 *
 * Issues: `no-values` (a side measured nothing; the pair is left out), `no-ratio` (values that are not positive, or too far
 * apart: the pair stays, not testable), `too-few-runs` (pairs that cannot become significant whatever is measured).
 */
export function comparePairs(pairs: readonly SeriesPair[], options: ComparisonOptions): ComparedPairs {
  const issues = new IssueLog();
  const measured: MeasuredPair[] = [];
  for (const pair of pairs) {
    const result = measurePair(pair, options);
    if (result === null) issues.add(noValues(pair));
    else measured.push(result);
    if (result?.slowdown === null) issues.add(noRatio(pair));
  }
  const judged = judge(measured, options, issues);
  const primary = measured.flatMap(({ series, slowdown }) =>
    series.native.role === 'primary' && slowdown !== null ? [slowdown.estimate] : [],
  );
  return { pairs: ranked(judged), geomean: geometricMeanOf(primary, options), issues: issues.list() };
}

function judge(measured: readonly MeasuredPair[], options: ComparisonOptions, issues: IssueLog): Pair[] {
  const pValues = measured.flatMap(({ p }) => (p === null ? [] : [p]));
  const adjusted = adjustedForMany(pValues);
  const needed = neededP(pValues, options.falseDiscoveryRate);
  const hopeless: MeasuredPair[] = [];
  let tested = 0;
  const judged = measured.map((pair) => {
    const { p, n, slowdown } = pair;
    const q = p === null ? null : adjusted[tested++];
    const verdict = verdictOf(pair, q, options);
    if (verdict !== 'inconclusive' || slowdown === null || p === null)
      return pairOf(pair, { q, verdict, moreRuns: null });
    if (smallestP(...n) > needed(p)) hopeless.push(pair);
    return pairOf(pair, { q, verdict, moreRuns: moreRunsFor(slowdown, n, p, needed(p), options) });
  });
  if (hopeless.length > 0) issues.add(tooFewRuns(hopeless, pValues.length, options));
  return judged;
}

function pairOf(measured: MeasuredPair, judgement: Pick<Pair, 'q' | 'verdict' | 'moreRuns'>): Pair {
  const { series, slowdown, native, vm, n, method, p, lostNs } = measured;
  const { benchmark, metric, unit, better, role } = series.native;
  const interval = slowdown?.interval ?? null;
  return {
    benchmark,
    metric,
    unit,
    better,
    role,
    slowdown: slowdown === null ? null : Math.exp(slowdown.estimate),
    ciLow: interval === null ? null : Math.exp(interval.low),
    ciHigh: interval === null ? null : Math.exp(interval.high),
    p,
    ...judgement,
    n,
    rank: null,
    mechanism: series.mechanism,
    method,
    lostNs,
    native,
    vm,
  };
}

/** Worst first: by what the slowdown is at least, not by its estimate, which would put the noisiest first. */
function ranked(pairs: readonly Pair[]): Pair[] {
  const byLoss = (a: Pair, b: Pair): number => (b.lostNs ?? -Infinity) - (a.lostNs ?? -Infinity) || 0;
  const worstFirst = pairs
    .filter((pair) => pair.ciLow !== null)
    .sort((a, b) => (b.ciLow ?? 0) - (a.ciLow ?? 0) || byLoss(a, b))
    .map((pair, index) => ({ ...pair, rank: index + 1 }));
  const unranked = pairs.filter((pair) => pair.ciLow === null).sort((a, b) => (b.slowdown ?? 0) - (a.slowdown ?? 0));
  return [...worstFirst, ...unranked];
}

const nameOf = ({ native }: SeriesPair): string => `"${native.benchmark}", ${native.metric}`;

const noValues = (pair: SeriesPair): Issue => ({
  code: 'no-values',
  severity: 'warning',
  message: `${nameOf(pair)} has no finite value on one side and is left out`,
});

const noRatio = (pair: SeriesPair): Issue => ({
  code: 'no-ratio',
  severity: 'warning',
  message: `${nameOf(pair)} has values that are zero or negative, or too far apart: there is no ratio to compare`,
});

function tooFewRuns(
  hopeless: readonly MeasuredPair[],
  tests: number,
  { falseDiscoveryRate }: ComparisonOptions,
): Issue {
  const largest = hopeless.reduce((most, pair) => (smallestP(...pair.n) < smallestP(...most.n) ? pair : most));
  const [native, vm] = largest.n;
  const smallest = smallestP(native, vm).toPrecision(2);
  const wanted = falseDiscoveryRate / tests;
  return {
    code: 'too-few-runs',
    severity: 'warning',
    message:
      tests === 1
        ? `The metric cannot reach significance with its number of runs: ${native} against ${vm} give p = ${smallest} at best. This does not mean that nothing differs.`
        : `${hopeless.length} of ${tests} metrics can reach significance only if more of them differ as well: ${native} against ${vm} runs give p = ${smallest} at best, and a lone one among ${tests} needs p ≤ ${wanted.toPrecision(2)}. This does not mean that nothing differs.`,
    hint: `p ≤ ${wanted.toPrecision(2)} takes ${1 + runsForP(1, 1, wanted)} runs a side.`,
  };
}
