/** The two sides of a result of `vmtoll bench run`, as if each had come from a file of its own. */
import { failure, type Issue, IssueLog, type Result, success } from '../base/issue.js';
import type { BenchmarkFile, Run, Series, SystemFacts } from './model.js';
import { type Plan, SIDE_NAMES, type SideName } from './running/plan.js';
import { readPlan } from './running/plan-file.js';
import type { BenchResult, RunRecord } from './running/result.js';
import { isResultText, parseResult } from './running/result-file.js';
import { type SideWarning, warningsOf } from './running/warnings.js';

export { isResultText };

export interface ResultSides extends Readonly<Record<SideName, BenchmarkFile>> {
  /** What the plan says a benchmark exercises: for a series whose benchmark is the key, or begins with it and a slash. */
  readonly mechanisms: ReadonlyMap<string, string>;
}

export const RESULT_IMPORTER = 'vmtoll-bench';

/**
 * Reads a result file. Every good run of the plan that is not a warm-up is one run of its series, whatever it repeated
 * inside. Values that are totals of operations are divided, since runs may have chosen different numbers of them.
 * Issues about both sides are the native one's.
 */
export function sidesOfResult(text: string, source: string): Result<ResultSides> {
  const parsed = parseResult(text, source);
  if (!parsed.ok) return parsed;
  const result = parsed.value;
  const reading = readPlan(result.plan.text, `${source}: plan`);
  if (!reading.ok) return failure(reading.issues[0]);
  const { plan } = reading;
  const warnings: SideWarning[] = [...result.issues.map((issue) => ({ issue })), ...warningsOf(result, plan)];
  const [native, vm] = SIDE_NAMES.map((side) => fileOf(result, side, warnings, source));
  return success({ native, vm, mechanisms: mechanismsOf(plan) });
}

const mechanismsOf = ({ benchmarks }: Plan): Map<string, string> =>
  new Map(benchmarks.flatMap(({ name, mechanism }) => (mechanism === undefined ? [] : [[name, mechanism] as const])));

function fileOf(result: BenchResult, side: SideName, warnings: readonly SideWarning[], source: string): BenchmarkFile {
  const runs = result.runs.filter((run) => run.side === side && !run.isWarmup && run.failure === undefined);
  const environments = result.sessions.map((session) => session.environments[side]);
  const facts: SystemFacts = Object.assign(
    {},
    ...runs.map((run) => run.facts),
    ...environments.map(({ facts }) => facts),
  );
  const issues = new IssueLog();
  for (const { side: about = 'native', issue } of warnings) if (about === side) issues.add(aboutFile(issue, source));
  for (const issue of runs.flatMap((run) => run.issues ?? [])) issues.add(aboutFile(issue, source));
  return { source, format: RESULT_IMPORTER, series: seriesOf(runs, result, side), facts, issues: issues.list() };
}

const aboutFile = (issue: Issue, source: string): Issue => ({ ...issue, source });

function seriesOf(runs: readonly RunRecord[], result: BenchResult, side: SideName): Series[] {
  const boots = new Set(result.sessions.map(({ environments }) => environments[side].boot));
  const merged = new Map<string, { series: Series; runs: Run[] }>();
  for (const { series, startedMs, session } of runs) {
    // One boot is the usual case and says nothing; several are a level of their own.
    const boot = boots.size > 1 ? result.sessions[session].environments[side].boot : undefined;
    for (const one of series) {
      const key = JSON.stringify([one.benchmark, one.metric, one.unit]);
      const target = merged.get(key) ?? { series: one, runs: [] };
      merged.set(key, target);
      const values = one.runs.flatMap((run) => run.values).map((value) => value / (one.operationsPerValue ?? 1));
      target.runs.push({ values, startedMs, ...(boot !== undefined && { boot }) });
    }
  }
  return [...merged.values()].map(({ series, runs }) => ({
    ...series,
    runs,
    ...(series.operationsPerValue !== undefined && { operationsPerValue: 1 }),
  }));
}
