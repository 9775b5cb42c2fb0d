/** vmtoll explain */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Issue, type Result, success } from '../base/issue.js';
import { explain } from '../explain/explain.js';
import { type Explanation, GROUP_BY, type GroupBy } from '../explain/explanation.js';
import type { GivenSymbols } from '../explain/functions.js';
import { Observation } from '../explain/reconciliation/observation.js';
import { RULES } from '../findings/registry.js';
import { PERF_EVENTS, type PerfEvent } from '../hypervisors/kvm/perf-kvm-stat.js';
import { hypervisorOf } from '../hypervisors/registry.js';
import { EXIT_CODES, type ExitCodes } from '../hypervisors/translator.js';
import { openInputs } from '../node/inputs.js';
import type { GivenConfiguration } from '../platform/configurations/assignment.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import { textReport } from '../report/text/index.js';
import { addBenchmarkOptions, type BenchmarkFlags, hasBenchmarkFlags, WRONG_CHOICE } from './benchmark-flags.js';
import { addConfigurationOption, type ConfigurationFlags, readConfigurationFlags } from './configuring.js';
import { parseDuration } from './durations.js';
import { ExitCode } from './exit-code.js';
import { addHostOption, type HostFlags, readHostFlags } from './hosting.js';
import { type Interval, type IntervalFlags, intersection, intervalOf, WRONG_INTERVAL } from './interval.js';
import { likePerf } from './like-perf.js';
import { jsonText, print, printIssue, wantsColour } from './output.js';
import { startProgress } from './progress.js';
import type { Benchmarks } from './reconciling.js';
import { addSymbolOptions, readSymbolFlags, type SymbolFlags } from './symbols.js';

const DEFAULT_TOP = 12;

/** Issues that are about what was asked for, not about the recording. */
const WRONG_USAGE = [
  'not-in-recording',
  'empty-interval',
  'exit-codes-known',
  'offset-without-symbols',
  ...WRONG_INTERVAL,
  ...WRONG_CHOICE,
];

export interface ExplainFlags extends BenchmarkFlags, ConfigurationFlags, HostFlags, IntervalFlags, SymbolFlags {
  readonly machine?: string;
  readonly vcpu?: number;
  readonly by?: GroupBy;
  readonly top?: number;
  readonly ignore?: readonly string[];
  /** In percent. */
  readonly leastGain?: number;
  readonly like?: string;
  readonly event?: PerfEvent;
  readonly exitCodes?: ExitCodes;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  vmtoll explain trace.dat                     the answer, then the tables
  vmtoll explain trace.dat --last 2s           only the last two seconds
  vmtoll explain trace.dat --machine vm2 --vcpu 0 --by detail --top 40
  vmtoll explain perf.data --json | jq .sources
  vmtoll explain trace.kev --from-marker start --to-marker end   what a QNX trace has between two markers
  vmtoll explain trace.kev --config guest.qvmconf --by device   with the names of the guest's devices
  vmtoll explain pc.txt --exit-codes vmx       the text of a QNX trace of a PC, which does not say what its CPU is
  vmtoll explain trace.dat --native native.jsonl --vm vm.jsonl   how much of a benchmark's loss it explains
  vmtoll explain trace.dat --symbols kallsyms.txt --host host.txt   with functions of the guest, and where threads may run
  vmtoll explain perf.data --like perf --event ioport
  perf script -i perf.data --guest-code --show-lost-events | vmtoll explain -

Durations are written as 2s, 150ms, 10us; a bare number means seconds.`;

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('say what virtualization cost in a recording, and where it went')
    .argument(
      '<recording...>',
      'trace.dat, perf.data, trace.kev or their text; "-" reads a pipe; several files must be parts of one recording',
    )
    .option('--from <time>', 'start of the interval, since the first event', duration)
    .option('--to <time>', 'end of the interval, since the first event', duration)
    .addOption(
      new Option('--last <time>', 'only the last so much of the recording')
        .argParser(duration)
        .conflicts(['from', 'to']),
    )
    .addOption(new Option('--from-marker <text>', 'start at the first marker of this text').conflicts(['from', 'last']))
    .addOption(
      new Option('--to-marker <text>', 'end at the first marker of this text after the start').conflicts([
        'to',
        'last',
      ]),
    )
    .option('--machine <id>', 'only this machine, by the id or name that the report shows')
    .option('--vcpu <number>', 'only the vCPU with this number', wholeNumber)
    .addOption(new Option('--by <what>', 'sum exits up by').choices(GROUP_BY).default('reason'))
    .option('--ignore <rule>', 'leave out the findings of this rule (repeatable; vmtoll rules lists them)', ruleId)
    .option('--least-gain <percent>', 'leave out findings that are likely to bring less of the time wanted', percentage)
    .option('--top <n>', 'rows per table', rowCount, DEFAULT_TOP)
    .addOption(
      new Option('--like <tool>', 'print what this tool prints for the same file')
        .choices(['perf'])
        .conflicts(['from', 'to', 'last', 'fromMarker', 'toMarker', 'machine', 'by', 'top', 'json'])
        .conflicts(['native', 'vm', 'vmUnrecorded', 'benchmark', 'config', 'exitCodes', 'host', 'symbols']),
    )
    .addOption(new Option('--event <event>', 'which table of perf kvm stat (default: vmexit)').choices(PERF_EVENTS))
    .option('--clock-hz <frequency>', 'frequency of a clock that counts cycles, in Hz', positive)
    .addOption(
      new Option('--exit-codes <which>', 'what the numbers of exits are, where a QNX trace does not say it').choices(
        EXIT_CODES,
      ),
    );
  addBenchmarkOptions(addSymbolOptions(addHostOption(addConfigurationOption(command))))
    .option('--json', 'print the whole Explanation as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (recordings: string[], flags: ExplainFlags) => {
      process.exitCode = await runExplain(recordings, flags);
    });
}

export async function runExplain(paths: readonly string[], flags: ExplainFlags): Promise<ExitCode> {
  if (flags.like !== undefined) return likePerf(paths, flags);
  if (flags.event !== undefined) {
    const hint = 'Give --like perf with it.';
    printIssue({ code: 'event-without-like', severity: 'error', message: '--event chooses a table of --like', hint });
    return ExitCode.wrongUsage;
  }
  const benchmarks = await benchmarksOf(flags);
  if (!benchmarks.ok) return refuse(benchmarks.issue);
  const configurations = readConfigurationFlags(flags);
  if (!configurations.ok) return refuse(configurations.issue);
  const host = readHostFlags(flags);
  if (!host.ok) return refuse(host.issue);
  const symbols = await readSymbolFlags(flags);
  if (!symbols.ok) return refuse(symbols.issue);
  const interval = await intervalOf(paths, flags);
  if (!interval.ok) return refuse(interval.issue);
  const asked: Asked = {
    paths,
    flags,
    configurations: configurations.value,
    symbols: symbols.value,
    ...(host.value && { host: host.value }),
  };
  const result = await explained(asked, interval.value, benchmarks.value);
  if (!result.ok) return refuse(result.issue);
  print(render(result.value, flags));
  return ExitCode.fine;
}

async function benchmarksOf(flags: ExplainFlags): Promise<Result<Benchmarks | undefined>> {
  if (!hasBenchmarkFlags(flags)) return success(undefined);
  const { readBenchmarkFlags } = await import('./reconciling.js');
  return readBenchmarkFlags(flags);
}

function refuse(issue: Issue): ExitCode {
  printIssue(issue);
  return WRONG_USAGE.includes(issue.code) ? ExitCode.wrongUsage : ExitCode.unreadable;
}

interface Asked {
  readonly paths: readonly string[];
  readonly flags: ExplainFlags;
  readonly configurations: readonly GivenConfiguration[];
  readonly host?: HostPlatform;
  readonly symbols: readonly GivenSymbols[];
}

async function explained(
  asked: Asked,
  interval: Interval,
  benchmarks: Benchmarks | undefined,
): Promise<Result<Explanation>> {
  const progress = startProgress();
  const explainPart = (part: Interval, observation?: Observation) =>
    explainInterval(asked, part, observation, (records) => progress.update(records));
  try {
    if (benchmarks === undefined) return await explainPart(interval);
    const observation = new Observation();
    const whole = await explainPart(interval, observation);
    if (!whole.ok) return whole;
    const isAsked = Object.keys(interval).length > 0;
    const again = asked.paths.includes('-') ? undefined : explainPart;
    const { reconciled } = await import('./reconciling.js');
    return await reconciled(whole.value, observation, benchmarks, isAsked, again);
  } finally {
    progress.done();
  }
}

async function explainInterval(
  { paths, flags, configurations, host, symbols }: Asked,
  interval: Interval,
  observation: Observation | undefined,
  onProgress: (records: number) => void,
): Promise<Result<Explanation>> {
  const input = await openInputs(paths, clockOption(flags));
  if (!input.ok) return input;
  const { recording } = input.value;
  const result = await explain(recording, hypervisorOf(recording.format), {
    ...intersection(input.value.common, interval),
    ...(flags.machine !== undefined && { machine: flags.machine }),
    ...(flags.vcpu !== undefined && { vcpu: flags.vcpu }),
    ...(flags.exitCodes !== undefined && { exitCodes: flags.exitCodes }),
    ...(observation !== undefined && { observation }),
    configurations,
    ...(host !== undefined && { host }),
    symbols,
    findings: {
      ...(flags.ignore !== undefined && { ignore: flags.ignore }),
      ...(flags.leastGain !== undefined && { leastGain: flags.leastGain / 100 }),
    },
    onProgress,
  });
  input.value.close();
  return result;
}

function render(explanation: Explanation, { json, by, top }: ExplainFlags): string {
  if (json === true) return jsonText(explanation);
  return textReport(explanation, { colour: wantsColour(), ...(by && { by }), ...(top !== undefined && { top }) });
}

export const clockOption = ({ clockHz }: ExplainFlags) => (clockHz === undefined ? {} : { clockHz });

function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new InvalidArgumentError('write it as 2s, 150ms or 10us.');
  return value;
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

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e12)) throw new InvalidArgumentError('it must be a frequency in Hz, for example 2.4e9.');
  return value;
}
