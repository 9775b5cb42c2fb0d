/** vmtoll bench: runs benchmarks on both sides. */
import { constants } from 'node:os';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { counted } from '../base/quantities.js';
import { parseTimeSpan, QUOTES, type Quote, SIDE_NAMES } from '../benchmarks/running/plan.js';
import { readPlan } from '../benchmarks/running/plan-file.js';
import { defaultQuote } from '../benchmarks/running/quoting.js';
import type { BenchResult } from '../benchmarks/running/result.js';
import { DAMAGED_RUN, resultText } from '../benchmarks/running/result-file.js';
import { environmentOf } from '../node/bench/environment.js';
import { openResult, type PlanSource, readText } from '../node/bench/result-store.js';
import { runPlan } from '../node/bench/runner.js';
import { openSide } from '../node/bench/side.js';
import { saveAtomically } from '../node/bench/store.js';
import { outputIssue } from '../node/output-files.js';
import { scheduleText } from './bench-dry-run.js';
import { startBenchProgress } from './bench-progress.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue } from './output.js';

const RUN_HELP = `
Examples:
  vmtoll bench run plans/general-rule.yaml --dry-run         what would be run, in which order
  vmtoll bench run plans/general-rule.yaml --out host7.json  the same command goes on after an interruption
  vmtoll compare host7.json

A plan:
  version: 1
  sides:
    native: { where: host }                # or prefix: [taskset, -c, "0"]
    vm: { prefix: [ssh, guest] }           # or [docker, exec, name], or console: { command: [socat, …] }
  repeats: 10                              # runs per benchmark and side; 10
  warmup: 1                                # before those, kept but not counted; 1
  timeLimit: 30m
  benchmarks:
    - name: cpuid
      command: [probe, cpuid]              # or shell: "a line for sh -c"
      result: auto                         # by the content of the output, else the time; wall-time; an importer's id
      output: result.json                  # where the command writes a file; {file} in the command stands for it
      mechanism: privileged-register       # what it exercises, for the report
      timeout: 60s

A side may have "quote: shell" (the command follows the prefix as one word, quoted for a shell: the default after ssh)
or "quote: none" (word by word), and "values: { disk: /dev/vdb }", which {disk} in commands then stands for.
All keys: docs/benchmark-plans.md`;

const FACTS_HELP = `
Examples:
  vmtoll bench facts > host.json
  vmtoll bench facts --side ssh guest > guest.json
  vmtoll bench facts --side "ssh -p 2222 guest"

A few facts of a side, to see whether a comparison is fair. All about a host, for vmtoll explain --host: vmtoll facts.`;

interface RunFlags {
  readonly out?: string;
  readonly resume?: boolean;
  readonly seed?: number;
  readonly timeLimit?: number;
  readonly dryRun?: boolean;
}

export function addBench(program: Command): void {
  const bench = program
    .command('bench')
    .description('run benchmarks natively and in the VM, so that they can be compared');
  bench
    .command('run')
    .description('run a plan on both sides, in randomised interleaved blocks')
    .argument('<plan>', 'a YAML file: what to run, where, how often')
    .option('--out <file>', 'where to write the result (default: the name of the plan with .result.json)')
    .option('--resume', 'it is an error if there is nothing to go on with (going on is automatic)')
    .option('--seed <n>', 'for the order of runs (default: random, or that of the result that goes on)', seedOf)
    .option('--time-limit <time>', 'start no run after this, for example 30m (default: that of the plan)', timeSpanOf)
    .option('--dry-run', 'only print what would be run, in order')
    .addHelpText('after', RUN_HELP)
    .action(async (plan: string, flags: RunFlags) => {
      process.exitCode = await benchRun(plan, flags, `vmtoll ${program.version()}`);
    });
  bench
    .command('facts')
    .description('print what this host (or another side) is, as JSON for compare')
    .option('--side <prefix...>', 'a command prefix, as in a plan')
    .addOption(new Option('--quote <how>', 'how a command follows the prefix').choices(QUOTES))
    .addHelpText('after', FACTS_HELP)
    .action(async ({ side, quote }: { side?: string[]; quote?: Quote }) => {
      process.exitCode = await benchFacts(side, quote);
    });
}

async function benchRun(path: string, flags: RunFlags, tool: string): Promise<number> {
  const source = readPlanFile(path);
  if (source === undefined) return ExitCode.wrongUsage;
  const { plan } = source;
  const out = flags.out ?? `${basename(path).replace(/\.(?:ya?ml|json)$/, '')}.result.json`;
  const overwriting = outputIssue([{ option: '--out', path: out }], [path]);
  if (overwriting !== undefined) {
    printIssue(overwriting);
    return ExitCode.wrongUsage;
  }
  const opened = openResult(source, { path: out, seed: flags.seed, mustExist: flags.resume === true, tool });
  if (!opened.ok) {
    printIssue(opened.issue);
    return ExitCode.wrongUsage;
  }
  for (const issue of opened.value.issues) if (issue.code === DAMAGED_RUN) printIssue(issue);
  if (flags.dryRun === true) {
    const isDrawn = flags.seed === undefined && opened.value.sittings.length === 0;
    print(scheduleText(plan, opened.value, out, isDrawn));
    return ExitCode.fine;
  }
  const stop = stopOnSignals();
  const progress = startBenchProgress(plan);
  const result = await runPlan({
    plan,
    result: opened.value,
    timeLimitMs: flags.timeLimit ?? plan.timeLimitMs,
    stop: stop.signal,
    save: (current) => saveAtomically(out, resultText(current)),
    onNext: (remaining) => progress.next(remaining),
    onFailure: (run) => progress.failed(run),
  });
  progress.done();
  if (result.ok) printEnd(result.value, out);
  else if (!stop.signal.aborted) printIssue(result.issue);
  if (stop.signal.aborted) return 128 + constants.signals[stop.signal.reason as NodeJS.Signals];
  return result.ok && hasPairs(result.value) ? ExitCode.fine : ExitCode.unreadable;
}

function readPlanFile(path: string): PlanSource | undefined {
  const text = readText(path);
  if (!text.ok) {
    printIssue(text.issue);
    return undefined;
  }
  const reading = readPlan(text.value, path);
  if (reading.ok) return { plan: reading.plan, text: text.value, path };
  for (const issue of reading.issues) printIssue(issue);
  return undefined;
}

/** The first signal ends the run under way and saves; a second one does what it always does. */
function stopOnSignals(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort(signal));
  return controller;
}

/** Whether there is anything to compare: a benchmark that worked on both sides. */
function hasPairs({ runs }: BenchResult): boolean {
  const good = runs.filter((run) => !run.isWarmup && run.failure === undefined);
  const [native, vm] = SIDE_NAMES.map(
    (side) => new Set(good.filter((run) => run.side === side).map((run) => run.benchmark)),
  );
  return [...native].some((benchmark) => vm.has(benchmark));
}

function printEnd({ runs, state, issues }: BenchResult, out: string): void {
  for (const issue of issues) printIssue(issue);
  const failed = runs.filter((run) => run.failure !== undefined).length;
  print(`${out}: ${counted(runs.length, 'run')}, ${failed} failed, ${state}\n`);
  if (state === 'complete') print(`Next: vmtoll compare ${out}\n`);
}

async function benchFacts(words: readonly string[] = [], quote?: Quote): Promise<ExitCode> {
  // An option of the prefix, such as -p, would be taken for ours: then all of it is one word.
  const prefix = words.length === 1 ? words[0].trim().split(/\s+/) : words;
  const side = openSide({ kind: 'prefix', prefix, quote: quote ?? defaultQuote(prefix), values: {} });
  const environment = await environmentOf(
    side,
    prefix.length === 0 ? 'this host' : 'that side',
    stopOnSignals().signal,
  );
  if (!environment.ok) {
    printIssue(environment.issue);
    return ExitCode.unreadable;
  }
  print(jsonText(environment.value.facts));
  return ExitCode.fine;
}

function seedOf(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) >= 2 ** 32)
    throw new InvalidArgumentError('it must be 0 to 4294967295.');
  return Number(text);
}

function timeSpanOf(text: string): number {
  const span = parseTimeSpan(text);
  if (span === undefined) throw new InvalidArgumentError('write it as 90s, 30m or 2h.');
  return span;
}
