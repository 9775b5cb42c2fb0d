/** From what a command printed to what it measured. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import { IMPORTERS } from '../importers/registry.js';
import type { Series, SystemFacts } from '../model.js';
import { importerOf } from '../reading.js';
import { AUTO, type PlannedBenchmark, WALL_TIME } from './plan.js';

export interface Measured {
  /** `wall-time` or the id of an importer. */
  readonly readAs: string;
  readonly series: readonly Series[];
  readonly facts: SystemFacts;
  readonly issues: readonly Issue[];
}

/**
 * Reads the output of a benchmark as its plan says.
 *
 * @param text standard output, or the file that the command wrote
 * @param elapsedNs of the whole command, which is the result where nothing else is
 * @param startedMs ms since 1970
 * @returns series whose benchmark is the plan's name, or begins with it; a failure where the output holds no result
 */
export function measuredBy(
  { name, result }: Pick<PlannedBenchmark, 'name' | 'result'>,
  text: string,
  elapsedNs: number,
  startedMs: number,
): Result<Measured> {
  const importer = result === AUTO ? importerOf(text) : IMPORTERS.find(({ id }) => id === result);
  if (result === WALL_TIME || (importer === undefined && result === AUTO)) {
    return success({ readAs: WALL_TIME, series: [wallTime(name, elapsedNs, startedMs)], facts: {}, issues: [] });
  }
  if (importer === undefined) return failure(noResult(`there is no importer "${result}"`));
  const file = importer.read({ source: name, text, sibling: () => undefined });
  if (!file.ok) return file;
  const { series, facts, issues } = file.value;
  if (series.length === 0) return failure(noResult(`its output, read as ${importer.name}, holds no result`));
  const ofPlan = series.map((one) => ({ ...one, benchmark: named(name, one.benchmark) }));
  return success({ readAs: importer.id, series: ofPlan, facts, issues });
}

const noResult = (message: string): Issue => ({ code: 'no-result', severity: 'error', message });

/** Several benchmarks of a plan may run the same tool: the name in the plan keeps them apart. */
const named = (planned: string, found: string): string =>
  found === planned || found === '' ? planned : `${planned}/${found}`;

const wallTime = (benchmark: string, elapsedNs: number, startedMs: number): Series => ({
  benchmark,
  metric: 'time',
  unit: 'ns',
  better: 'lower',
  role: 'primary',
  runs: [{ values: [elapsedNs], startedMs }],
});
