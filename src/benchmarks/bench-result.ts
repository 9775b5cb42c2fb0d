/** The two sides of a result of `vmtoll bench run`, as if each had come from a file of its own. */
import { groupedBy } from '../base/grouped-by.js';
import { failure, type Issue, IssueLog, type Result, success } from '../base/issue.js';
import { type BenchmarkFile, FACT_NAMES, PROGRAM_FACTS, type Run, type Series, type SystemFacts } from './model.js';
import { type Plan, SIDE_NAMES, type SideName } from './running/plan.js';
import { readPlan } from './running/plan-file.js';
import type { BenchResult, RunRecord } from './running/result.js';
import { isResultText, parseResult } from './running/result-file.js';
import { type SideWarning, warningsOf } from './running/warnings.js';

export { isResultText };

/** Of each side the first file says what the system is, and each of the others what one benchmark of the plan measured. */
export interface ResultSides extends Readonly<Record<SideName, readonly BenchmarkFile[]>> {
  /** What the plan says a benchmark exercises: for a series whose benchmark is the key, or begins with it and a slash. */
  readonly mechanisms: ReadonlyMap<string, string>;
}

export const RESULT_IMPORTER = 'vmtoll-bench';

/**
 * Reads a result file. Every good run of the plan that is not a warm-up is one run of its series, whatever it repeated
 * inside. Issues about both sides are the native one's.
 */
export function sidesOfResult(text: string, source: string): Result<ResultSides> {
  const parsed = parseResult(text, source);
  if (!parsed.ok) return parsed;
  const result = parsed.value;
  const reading = readPlan(result.plan.text, `${source}: plan`);
  if (!reading.ok) return failure(reading.issues[0]);
  const { plan } = reading;
  const warnings: SideWarning[] = [...result.issues.map((issue) => ({ issue })), ...warningsOf(result, plan)];
  const [native, vm] = SIDE_NAMES.map((side) => filesOf(result, side, warnings, source));
  return success({ native, vm, mechanisms: mechanismsOf(plan) });
}

const mechanismsOf = ({ benchmarks }: Plan): Map<string, string> =>
  new Map(benchmarks.flatMap(({ name, mechanism }) => (mechanism === undefined ? [] : [[name, mechanism] as const])));

function filesOf(
  result: BenchResult,
  side: SideName,
  warnings: readonly SideWarning[],
  source: string,
): BenchmarkFile[] {
  const runs = result.runs.filter((run) => run.side === side && !run.isWarmup && run.failure === undefined);
  const issues = new IssueLog();
  for (const { side: about = 'native', issue } of warnings) if (about === side) issues.add(aboutFile(issue, source));
  for (const issue of runs.flatMap((run) => run.issues ?? [])) issues.add(aboutFile(issue, source));
  const environments = result.sittings.map((sitting) => sitting.environments[side].facts);
  return [
    // That a later one differs is a warning already.
    { source, format: RESULT_IMPORTER, series: [], facts: environments.at(0) ?? {}, issues: issues.list() },
    ...[...groupedBy(runs, ({ benchmark }) => benchmark)].map(([benchmark, ofBenchmark]) => ({
      source,
      format: `${RESULT_IMPORTER} ${benchmark}`,
      series: seriesOf(ofBenchmark, result, side),
      facts: programFacts(ofBenchmark, environments),
      issues: [],
    })),
  ];
}

/** What the output of a benchmark says: all of its program, but of the system only what was not asked for itself. */
function programFacts(runs: readonly RunRecord[], environments: readonly SystemFacts[]): SystemFacts {
  const names = FACT_NAMES.filter(
    (name) => PROGRAM_FACTS.includes(name) || environments.every((facts) => facts[name] === undefined),
  );
  const stated = names.map(
    (name) => [name, runs.find(({ facts }) => facts?.[name] !== undefined)?.facts?.[name]] as const,
  );
  return Object.fromEntries(stated.filter(([, fact]) => fact !== undefined));
}

const aboutFile = (issue: Issue, source: string): Issue => ({ ...issue, source });

/** Each series of each run for itself: what belongs together is put together with that of other files. */
function seriesOf(runs: readonly RunRecord[], { sittings }: BenchResult, side: SideName): Series[] {
  const boots = new Set(sittings.map(({ environments }) => environments[side].boot));
  return runs.flatMap(({ benchmark, series, startedMs, sitting }) => {
    // One boot is the usual case and says nothing; several are a level of their own.
    const boot = boots.size > 1 ? sittings.at(sitting)?.environments[side].boot : undefined;
    return series.map((one) => {
      const run: Run = {
        values: one.runs.flatMap(({ values }) => values),
        startedMs,
        ...(boot !== undefined && { boot }),
      };
      return { ...one, ...ofProgram(one, benchmark), runs: [run] };
    });
  });
}

/** A program that measures several things gives them names, which follow the plan's. */
const ofProgram = ({ benchmark }: Series, planned: string): Pick<Series, 'nameOfProgram'> =>
  benchmark.startsWith(`${planned}/`) ? { nameOfProgram: benchmark.slice(planned.length + 1) } : {};
