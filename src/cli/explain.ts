/** vmtoll explain */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Result, success } from '../base/issue.js';
import { type Explanation, GROUP_BY, type GroupBy } from '../explain/explanation.js';
import type { ExplainOptions } from '../explain/options.js';
import { Observation } from '../explain/reconciliation/observation.js';
import type { Benchmarks } from '../explain/reconciliation/reconciled.js';
import { RULES } from '../findings/registry.js';
import { PERF_EVENTS, type PerfEvent } from '../hypervisors/kvm/perf-kvm-stat.js';
import { textReport } from '../report/text/index.js';
import { addBenchmarkOptions, type BenchmarkFlags, hasBenchmarkFlags, WRONG_CHOICE } from './benchmark-flags.js';
import { ExitCode } from './exit-code.js';
import type { Interval } from './interval.js';
import { likePerf } from './like-perf.js';
import { likeXenalyze } from './like-xenalyze.js';
import { jsonText, print, printIssue, terminalWidth, wantsColour } from './output.js';
import { startProgress } from './progress.js';
import {
  type Asked,
  addRecordingOptions,
  explainPart,
  type RecordingFlags,
  readRecordingFlags,
  refuse,
} from './recording-flags.js';

const DEFAULT_TOP = 12;

export interface ExplainFlags extends BenchmarkFlags, RecordingFlags {
  readonly vcpu?: number;
  readonly by?: GroupBy;
  readonly top?: number;
  readonly ignore?: readonly string[];
  /** In percent. */
  readonly leastGain?: number;
  readonly like?: string;
  readonly event?: PerfEvent;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  vmtoll explain trace.dat                     the answer, then the tables
  vmtoll explain trace.dat --last 2s           only the last two seconds
  vmtoll explain trace.dat --machine vm2 --vcpu 0 --by detail --top 40
  vmtoll explain perf.data --json | jq .sources
  vmtoll explain trace.kev --from-marker start --to-marker end   between two texts that a program wrote into the trace
  vmtoll explain trace.kev --config guest.qvmconf --by device   with the names of the guest's devices
  vmtoll explain pc.txt --exit-codes vmx       the text of a QNX trace of a PC, which does not say what its CPU is
  vmtoll explain trace.dat --native native.jsonl --vm vm.jsonl   how much of a benchmark's loss it explains
  vmtoll explain trace.dat --symbols kallsyms.txt --host host.txt   with functions of the guest, and where threads may run
  vmtoll explain perf.data --like perf --event ioport
  vmtoll explain trace.xen --clock-hz 2596.1e6     a xentrace file, with the frequency that xl dmesg shows
  vmtoll explain trace.xen --like xenalyze
  perf script -i perf.data --guest-code --show-lost-events | vmtoll explain -

Durations are written as 2s, 150ms, 10us; a bare number means seconds.`;

export function addExplain(program: Command): void {
  const described = program
    .command('explain')
    .description('say what virtualization cost in a recording, and where it went')
    .argument(
      '<recording...>',
      'trace.dat, perf.data, trace.kev, trace.xen or their text; "-" reads a pipe; several files must be parts of one recording',
    );
  const command = addRecordingOptions(described)
    .option('--vcpu <number>', 'only the vCPU with this number', wholeNumber)
    .addOption(new Option('--by <what>', 'sum exits up by').choices(GROUP_BY).default('reason'))
    .option('--ignore <rule>', 'leave out the findings of this rule (repeatable; vmtoll rules lists them)', ruleId)
    .option('--least-gain <percent>', 'leave out findings that are likely to bring less of the time wanted', percentage)
    .option('--top <n>', 'rows per table', rowCount, DEFAULT_TOP)
    .addOption(
      new Option('--like <tool>', 'print what this tool prints for the same file')
        .choices(['perf', 'xenalyze'])
        .conflicts(['from', 'to', 'last', 'fromMarker', 'toMarker', 'machine', 'by', 'top', 'json'])
        .conflicts(['native', 'vm', 'vmUnrecorded', 'benchmark', 'config', 'exitCodes', 'host', 'symbols']),
    )
    .addOption(new Option('--event <event>', 'which table of perf kvm stat (default: vmexit)').choices(PERF_EVENTS));
  addBenchmarkOptions(command)
    .option('--json', 'print the whole Explanation as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (recordings: string[], flags: ExplainFlags) => {
      process.exitCode = await runExplain(recordings, flags);
    });
}

export async function runExplain(paths: readonly string[], flags: ExplainFlags): Promise<ExitCode> {
  if (flags.like === 'xenalyze') return likeXenalyze(paths, flags);
  if (flags.like !== undefined) return likePerf(paths, flags);
  if (flags.event !== undefined) {
    const hint = 'Give --like perf with it.';
    printIssue({ code: 'event-without-like', severity: 'error', message: '--event chooses a table of --like', hint });
    return ExitCode.wrongUsage;
  }
  const benchmarks = await benchmarksOf(flags);
  if (!benchmarks.ok) return refuse(benchmarks.issue, WRONG_CHOICE);
  const asked = await readRecordingFlags(paths, flags);
  if (!asked.ok) return refuse(asked.issue, WRONG_CHOICE);
  const result = await explained(asked.value, flags, benchmarks.value);
  if (!result.ok) return refuse(result.issue, WRONG_CHOICE);
  print(render(result.value, flags));
  return ExitCode.fine;
}

export async function benchmarksOf(flags: ExplainFlags): Promise<Result<Benchmarks | undefined>> {
  if (!hasBenchmarkFlags(flags)) return success(undefined);
  const { readBenchmarkFlags } = await import('./reconciling.js');
  return readBenchmarkFlags(flags);
}

/** @param watching what sees the whole of what is asked for, beside it */
export async function explained(
  asked: Asked,
  flags: ExplainFlags,
  benchmarks: Benchmarks | undefined,
  watching: ExplainOptions = {},
): Promise<Result<Explanation>> {
  const { interval, paths } = asked;
  const progress = startProgress();
  const options = { ...chosenBy(flags), onProgress: (records: number) => progress.update(records) };
  const explain = (part: Interval, observation?: Observation, more: ExplainOptions = {}) =>
    explainPart(asked, part, { ...options, ...(observation !== undefined && { observation }), ...more });
  try {
    if (benchmarks === undefined) return await explain(interval, undefined, watching);
    const observation = new Observation();
    const whole = await explain(interval, observation, watching);
    if (!whole.ok) return whole;
    const isAsked = Object.keys(interval).length > 0;
    const again = paths.includes('-') ? undefined : (part: Interval, closer: Observation) => explain(part, closer);
    const { reconciled } = await import('../explain/reconciliation/reconciled.js');
    return await reconciled(whole.value, observation, benchmarks, isAsked, again);
  } finally {
    progress.done();
  }
}

const chosenBy = ({ vcpu, ignore, leastGain }: ExplainFlags): ExplainOptions => ({
  ...(vcpu !== undefined && { vcpu }),
  findings: {
    ...(ignore !== undefined && { ignore }),
    ...(leastGain !== undefined && { leastGain: leastGain / 100 }),
  },
});

function render(explanation: Explanation, { json, by, top }: ExplainFlags): string {
  if (json === true) return jsonText(explanation);
  const width = terminalWidth();
  return textReport(explanation, {
    colour: wantsColour(),
    ...(width !== undefined && { width }),
    ...(by && { by }),
    ...(top !== undefined && { top }),
  });
}

function ruleId(text: string, before: readonly string[] = []): readonly string[] {
  if (!RULES.some(({ id }) => id === text)) throw new InvalidArgumentError('vmtoll rules lists the rules there are.');
  return [...before, text];
}

function percentage(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (!(value >= 0 && value <= 100)) throw new InvalidArgumentError('it must be a percentage, for example 0.5.');
  return value;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('it must be a whole number.');
  return Number(text);
}

function rowCount(text: string): number {
  const rows = wholeNumber(text);
  if (rows === 0) throw new InvalidArgumentError('it must be at least 1.');
  return rows;
}
