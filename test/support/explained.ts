/** Real recordings, explained in this process: bytes → records → events → ledger → Explanation. */
import { explain } from '../../src/explain/explain.js';
import type { ExitCounts, ExitRow, Explanation, Vcpu } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import { openInputs } from '../../src/node/inputs.js';
import { pathIn } from './read-records.js';
import { bundledScenariosWith, type Scenario, scenariosWith } from './recordings.js';

/** Every kind of file that is a recording. */
export const RECORDINGS = [
  'trace.dat',
  'perf.data',
  'perf-kvm.data',
  'perf-script.txt',
  'trace-cmd-report.txt',
  'ftrace-trace.txt',
] as const;

/** 8.8 million events: only what says so reads it. */
const LARGE = /\/big$/;

export interface RealRecording {
  readonly scenario: Scenario;
  readonly file: string;
  /** For test names. */
  readonly name: string;
}

/** The recordings of these kinds in all folders but the one with a large recording. */
export const realRecordings = (files: readonly string[] = RECORDINGS): RealRecording[] =>
  files.flatMap((file) => scenariosWith(file).map((scenario) => recordingOf(scenario, file))).filter(isNotLarge);

/** Those that are bundled. */
export const bundledRecordings = (files: readonly string[] = RECORDINGS): RealRecording[] =>
  files.flatMap((file) => bundledScenariosWith(file).map((scenario) => recordingOf(scenario, file)));

const recordingOf = (scenario: Scenario, file: string) => ({ scenario, file, name: `${scenario.name}/${file}` });
const isNotLarge = ({ scenario }: RealRecording): boolean => !LARGE.test(scenario.folder);

const explained = new Map<string, Promise<Explanation>>();

/** Explains a recording of a scenario; the same one only once. */
export function explanationOf(scenario: Scenario, file: string, options: ExplainOptions = {}): Promise<Explanation> {
  const path = pathIn(scenario, file);
  const key = JSON.stringify([path, options]);
  let explanation = explained.get(key);
  if (explanation === undefined) {
    explanation = explainPaths([path], options);
    explained.set(key, explanation);
  }
  return explanation;
}

export async function explainPaths(paths: readonly string[], options: ExplainOptions = {}): Promise<Explanation> {
  const input = await openInputs(paths, { catalog: kvm.catalog });
  if (!input.ok) throw new Error(input.issue.message);
  const result = await explain(input.value.recording, kvm, { ...input.value.common, ...options });
  input.value.close();
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

export const vcpusOf = ({ machines }: Explanation): Vcpu[] => machines.flatMap((machine) => machine.vcpus);

/** Nanoseconds of these rows in the accounts that an exit costs by itself. */
export const workIn = (rows: readonly ExitRow[]): number =>
  rows.reduce((sum, { ledgerNs: { hypervisor, vmm, blocked } }) => sum + hypervisor + vmm + blocked, 0);

/** A number of rows, summed up by a key. */
export function sumBy<Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
  value: (row: Row) => number,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) sums[key(row)] = (sums[key(row)] ?? 0) + value(row);
  return sums;
}

/** Guest exits by the hypervisor's name of the reason, those that occur. */
export function exitsByReason({ exits }: Explanation, value: (row: ExitCounts) => number = (row) => row.count) {
  const sums = sumBy(exits, (row) => row.reason, value);
  return Object.fromEntries(Object.entries(sums).filter(([, count]) => count > 0));
}
