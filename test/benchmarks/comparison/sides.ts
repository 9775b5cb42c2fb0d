/** Sides of a comparison from plain numbers. */
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import type { Comparison, ComparisonOptions, Pair } from '../../../src/benchmarks/comparison/comparison.js';
import type { Run, Series, SystemFacts } from '../../../src/benchmarks/model.js';
import { type Side, sideOf } from '../../../src/benchmarks/reading.js';

/** @param runs of each its value, or its repetitions */
export function series(
  benchmark: string,
  runs: readonly (number | readonly number[])[],
  more: Partial<Series> = {},
): Series {
  const ofRuns = runs.map((values): Run => ({ values: typeof values === 'number' ? [values] : values }));
  return { benchmark, metric: 'time', unit: 'ns', better: 'lower', role: 'primary', runs: ofRuns, ...more };
}

/** @param facts by the format of the file that states them */
export function side(of: readonly Series[], facts: Readonly<Record<string, SystemFacts>> = {}): Side {
  const stating = Object.entries(facts).map(([format, stated]) => ({ format, facts: stated, series: [] }));
  const files = [{ format: 'test', facts: {}, series: of }, ...stating];
  return sideOf(files.map((file) => ({ source: 'test', issues: [], ...file })));
}

export const compared = (
  native: readonly Series[],
  vm: readonly Series[],
  options: Partial<ComparisonOptions> = {},
): Comparison => compare({ native: side(native), vm: side(vm), options });

/** The pair of this benchmark (and metric), which must be there once. */
export function pairOf({ pairs }: Comparison, benchmark: string, metric?: string): Pair {
  const found = pairs.filter(
    (pair) => pair.benchmark === benchmark && (metric === undefined || pair.metric === metric),
  );
  if (found.length !== 1) throw new Error(`${found.length} pairs of ${benchmark}`);
  return found[0];
}

export const codesOf = ({ issues }: Pick<Comparison, 'issues'>): string[] => issues.map(({ code }) => code);
