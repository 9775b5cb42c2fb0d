/** Files of benchmark results → what one side of a comparison says. */
import { failure, type Issue, IssueLog, type Result } from '../base/issue.js';
import { gatherFacts, type StatedFacts } from './facts.js';
import type { BenchmarkImporter, InputFile } from './importers/importer.js';
import { IMPORTERS } from './importers/registry.js';
import type { BenchmarkFile, Run, Series } from './model.js';

/** Importers decide by so many characters. */
export const HEAD_CHARACTERS = 64 * 1024;

/** undefined where no importer recognises the text. */
export function importerOf(head: string): BenchmarkImporter | undefined {
  return IMPORTERS.find((importer) => importer.sniff(head.slice(0, HEAD_CHARACTERS)));
}

export function readBenchmarks(file: InputFile): Result<BenchmarkFile> {
  const importer = importerOf(file.text);
  if (importer !== undefined) return importer.read(file);
  const isEmpty = file.text.trim() === '';
  return failure({
    code: isEmpty ? 'empty-input' : 'unknown-benchmark-format',
    severity: 'error',
    message: isEmpty ? `${file.source} is empty` : `${file.source} is no benchmark result that vmtoll knows`,
    source: file.source,
    hint: '"vmtoll formats" lists what it reads; anything else can be given as CSV or JSON lines (docs/benchmarks.md).',
  });
}

export interface Side {
  readonly sources: readonly string[];
  /** Values are per operation wherever the files tell how many operations they are the total of. */
  readonly series: readonly Series[];
  readonly facts: StatedFacts;
  readonly issues: readonly Issue[];
}

/**
 * All files of one side together: runs of one series follow each other by the times at which they started, where all know
 * them, else in the order of the files.
 */
export function sideOf(files: readonly BenchmarkFile[]): Side {
  const issues = new IssueLog();
  const merged = new Map<string, Series & { runs: Run[] }>();
  for (const { source, series } of files) {
    for (const one of series.map(perOperation)) {
      const key = keyOf(one);
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { ...one, runs: [...one.runs] });
      else if (isSameKind(known, one)) for (const run of one.runs) known.runs.push(run);
      else issues.add(unlike(one, source));
    }
  }
  const facts = gatherFacts(files);
  return {
    sources: [...new Set(files.map(({ source }) => source))],
    series: [...merged.values()].map((series) => ({ ...series, runs: inOrder(series.runs) })),
    facts: facts.stated,
    issues: [...files.flatMap((file) => file.issues), ...facts.issues, ...issues.list()],
  };
}

/** What the two sides are paired by. */
export const keyOf = ({ benchmark, metric, unit }: Omit<Series, 'runs'>): string =>
  JSON.stringify([benchmark, metric, unit]);

export const isSameKind = (a: Series, b: Series): boolean =>
  a.better === b.better && a.operationsPerValue === b.operationsPerValue;

/** Files may have been measured with different numbers of operations: only the cost of one of them compares. */
function perOperation(series: Series): Series {
  const { operationsPerValue: operations, better } = series;
  if (operations === undefined || operations === 1 || better === 'higher') return series;
  const runs = series.runs.map((run) => ({ ...run, values: run.values.map((value) => value / operations) }));
  return { ...series, runs, operationsPerValue: 1 };
}

function inOrder(runs: readonly Run[]): readonly Run[] {
  const areTimed = runs.every(({ startedMs }) => startedMs !== undefined);
  return areTimed ? runs.toSorted((a, b) => a.startedMs! - b.startedMs!) : runs;
}

const unlike = ({ benchmark, metric }: Series, source: string): Issue => ({
  code: 'not-the-same-kind',
  severity: 'warning',
  message: `"${benchmark}", ${metric} has another direction, or does not tell its operations, as in the files before: left out`,
  source,
});
