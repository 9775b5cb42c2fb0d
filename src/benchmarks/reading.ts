/** Files of benchmark results → what one side of a comparison says. */
import { failure, type Issue, type Result } from '../base/issue.js';
import type { BenchmarkImporter, InputFile } from './importers/importer.js';
import { IMPORTERS } from './importers/registry.js';
import { type BenchmarkFile, FACT_NAMES, type FactName, type Run, type Series, type SystemFacts } from './model.js';

/** Importers decide by so many characters. */
export const HEAD_CHARACTERS = 64 * 1024;

/** undefined where no importer recognises the text. */
export function importerOf(head: string): BenchmarkImporter | undefined {
  return IMPORTERS.find((importer) => importer.sniff(head.slice(0, HEAD_CHARACTERS)));
}

export function readBenchmarks(file: InputFile): Result<BenchmarkFile> {
  const importer = importerOf(file.text);
  if (importer !== undefined) return importer.read(file);
  return failure({
    code: 'unknown-benchmark-format',
    severity: 'error',
    message: `${file.source} is no benchmark result that vmtoll knows`,
    source: file.source,
    hint: 'vmtoll formats lists what it reads; anything else can be given as CSV or JSON lines (docs/benchmarks.md).',
  });
}

export interface Side {
  readonly sources: readonly string[];
  /** Values are per operation wherever the files tell how many operations they are the total of. */
  readonly series: readonly Series[];
  readonly facts: SystemFacts;
  readonly issues: readonly Issue[];
}

/** All files of one side together: runs of one series follow each other in the order of the files. */
export function sideOf(files: readonly BenchmarkFile[]): Side {
  const issues: Issue[] = files.flatMap((file) => file.issues);
  const merged = new Map<string, Series & { runs: Run[] }>();
  for (const { source, series } of files) {
    for (const one of series.map(perOperation)) {
      const key = keyOf(one);
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { ...one, runs: [...one.runs] });
      else if (known.better === one.better && known.operationsPerValue === one.operationsPerValue) {
        known.runs.push(...one.runs);
      } else issues.push(unlike(one, source));
    }
  }
  return {
    sources: files.map(({ source }) => source),
    series: [...merged.values()],
    facts: commonFacts(files, issues),
    issues,
  };
}

/** What the two sides are paired by. */
export const keyOf = ({ benchmark, metric, unit }: Series): string => JSON.stringify([benchmark, metric, unit]);

/** Files may have been measured with different numbers of operations: only the cost of one of them compares. */
function perOperation(series: Series): Series {
  const { operationsPerValue: operations, better } = series;
  if (operations === undefined || operations === 1 || better === 'higher') return series;
  const runs = series.runs.map((run) => ({ ...run, values: run.values.map((value) => value / operations) }));
  return { ...series, runs, operationsPerValue: 1 };
}

const unlike = ({ benchmark, metric }: Series, source: string): Issue => ({
  code: 'not-the-same-kind',
  severity: 'warning',
  message: `"${benchmark}", ${metric} has another direction, or does not tell its operations, as in the files before: left out`,
  source,
});

/** The first file that states a fact counts; where another one disagrees it is said. */
function commonFacts(files: readonly BenchmarkFile[], issues: Issue[]): SystemFacts {
  const facts: { [name in FactName]?: string | number } = {};
  for (const { source, facts: stated } of files) {
    for (const name of FACT_NAMES) {
      const value = stated[name];
      if (value === undefined) continue;
      if (facts[name] === undefined) facts[name] = value;
      else if (facts[name] !== value && !MAY_DIFFER.includes(name)) {
        issues.push({
          code: 'facts-disagree',
          severity: 'warning',
          message: `The files of one side disagree on ${name}: ${facts[name]} and ${value}`,
          source,
          hint: 'Were they measured on the same system?',
        });
      }
    }
  }
  return facts;
}

/** These are of the benchmark's tool, not of the system: several tools on one side are the usual case. */
const MAY_DIFFER: readonly FactName[] = ['tool', 'compiler', 'build', 'cpuMhz'];
