/** Fixtures of benchmark results, and what an importer made of a text. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Issue } from '../../../src/base/issue.js';
import type { BenchmarkImporter } from '../../../src/benchmarks/importers/importer.js';
import type { BenchmarkFile, Series } from '../../../src/benchmarks/model.js';
import type { SideName } from '../../../src/benchmarks/running/plan.js';

const FOLDER = resolve(import.meta.dirname, '../../../fixtures/benchmarks');

export const sample = (name: string): string => readFileSync(join(FOLDER, 'samples', name), 'utf8');
export const nativeAndVm = (side: 'native' | 'vm' | 'rec', name: string): string =>
  readFileSync(join(FOLDER, 'native-vs-vm', side, name), 'utf8');

const read = (importer: BenchmarkImporter, text: string, side?: SideName) =>
  importer.read({ source: 'results', text, sibling: () => undefined, side });

/** The file, which must be readable. */
export function imported(importer: BenchmarkImporter, text: string, side?: SideName): BenchmarkFile {
  const result = read(importer, text, side);
  if (!result.ok) throw new Error(`${importer.id}: ${result.issue.code}: ${result.issue.message}`);
  return result.value;
}

/** The issue for which the text cannot be read. */
export function refusal(importer: BenchmarkImporter, text: string, side?: SideName): Issue {
  const result = read(importer, text, side);
  if (result.ok) throw new Error(`${importer.id} reads what it should refuse`);
  return result.issue;
}

/** The only series of this metric; of this benchmark, where the file has several. */
export function seriesOf(file: BenchmarkFile, metric: string, benchmark?: string): Series {
  const found = file.series.filter(
    (series) => series.metric === metric && (benchmark === undefined || series.benchmark === benchmark),
  );
  if (found.length !== 1)
    throw new Error(`${found.length} series of ${metric}: ${JSON.stringify(file.series, null, 1)}`);
  return found[0];
}

/** All values of all runs; with `metric`, see seriesOf. */
export const valuesOf = (file: BenchmarkFile, metric: string, benchmark?: string): number[] =>
  seriesOf(file, metric, benchmark).runs.flatMap(({ values }) => values);

export const codesOf = (file: BenchmarkFile): string[] => [...new Set(file.issues.map(({ code }) => code))];
