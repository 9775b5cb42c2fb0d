/** Which recording to look at and how to read it: what commands over recordings have in common. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Issue, type Result, success } from '../base/issue.js';
import { explain } from '../explain/explain.js';
import type { Explanation } from '../explain/explanation.js';
import type { ExplainOptions } from '../explain/options.js';
import { hypervisorOf } from '../hypervisors/registry.js';
import { EXIT_CODES, type ExitCodes } from '../hypervisors/translator.js';
import { openInputs } from '../node/inputs.js';
import type { MeterCells } from '../node/read-meter.js';
import type { Recording } from '../recording/recording.js';
import {
  addConfigurationOption,
  type ConfigurationFlags,
  configurationFiles,
  readConfigurationFlags,
} from './configuring.js';
import { parseDuration } from './durations.js';
import { ExitCode } from './exit-code.js';
import { addHostOption, type HostFlags, readHostFlags } from './hosting.js';
import { type Interval, type IntervalFlags, intersection, intervalOf, WRONG_INTERVAL } from './interval.js';
import { printIssue } from './output.js';
import { startProgress } from './progress.js';
import { addSymbolOptions, readSymbolFlags, type SymbolFlags, symbolFiles } from './symbols.js';

export interface RecordingFlags extends ConfigurationFlags, HostFlags, IntervalFlags, SymbolFlags {
  readonly machine?: string;
  readonly exitCodes?: ExitCodes;
}

/** The options of `RecordingFlags`. */
export function addRecordingOptions(command: Command): Command {
  const chosen = command
    .option('--from <time>', 'start of the interval, since the first event', duration)
    .option('--to <time>', 'end of the interval, since the first event', duration)
    .addOption(new Option('--last <time>', 'only the last so much').argParser(duration).conflicts(['from', 'to']))
    .addOption(
      new Option(
        '--from-marker <text>',
        'start at the first marker of this text: written to trace_marker, or into a trace of QNX',
      ).conflicts(['from', 'last']),
    )
    .addOption(
      new Option('--to-marker <text>', 'end at the first marker of this text after the start').conflicts([
        'to',
        'last',
      ]),
    )
    .option('--machine <id>', 'only this machine, by the id or name that vmtoll explain shows')
    // The first name is what xenalyze calls it.
    .option('--cpu-hz, --clock-hz <frequency>', 'frequency of a clock that counts cycles, in Hz', frequency)
    .addOption(
      new Option(
        '--exit-codes <which>',
        'what the numbers of exits are, where a trace of QNX or Xen does not say it',
      ).choices(EXIT_CODES),
    );
  return addSymbolOptions(addHostOption(addConfigurationOption(chosen)));
}

/** Issues that are about what was asked for, not about the recording. */
const WRONG_USAGE = [
  'not-in-recording',
  'empty-interval',
  'exit-codes-known',
  'offset-without-symbols',
  ...WRONG_INTERVAL,
];

/**
 * Says what is wrong.
 * @param alsoWrongUsage codes of further issues that are about what was asked for
 */
export function refuse(issue: Issue, alsoWrongUsage: readonly string[] = []): ExitCode {
  printIssue(issue);
  const isUsage = WRONG_USAGE.includes(issue.code) || alsoWrongUsage.includes(issue.code);
  return isUsage ? ExitCode.wrongUsage : ExitCode.unreadable;
}

/** Files and folders that are read beside the recording. */
export const filesBeside = (flags: RecordingFlags): string[] => [
  ...configurationFiles(flags),
  ...symbolFiles(flags),
  ...(flags.host === undefined ? [] : [flags.host]),
];

/** The flags of a command, and what the files that they name hold. */
export interface Asked {
  readonly paths: readonly string[];
  readonly flags: RecordingFlags;
  readonly interval: Interval;
  readonly given: Pick<ExplainOptions, 'configurations' | 'host' | 'symbols'>;
  /** Counts what is read of the recording. */
  readonly meter?: MeterCells;
}

export async function readRecordingFlags(paths: readonly string[], flags: RecordingFlags): Promise<Result<Asked>> {
  const configurations = await readConfigurationFlags(flags);
  if (!configurations.ok) return configurations;
  const host = readHostFlags(flags);
  if (!host.ok) return host;
  const symbols = await readSymbolFlags(flags);
  if (!symbols.ok) return symbols;
  const interval = await intervalOf(paths, flags);
  if (!interval.ok) return interval;
  const given = {
    configurations: configurations.value,
    symbols: symbols.value,
    ...(host.value && { host: host.value }),
  };
  return success({ paths, flags, interval: interval.value, given });
}

/** Explains a part of what was asked for. */
export async function explainPart(
  { paths, flags, given, meter }: Asked,
  interval: Interval,
  options: ExplainOptions = {},
): Promise<Result<Explanation>> {
  const { machine, exitCodes } = flags;
  const input = await openInputs(paths, { ...clockOption(flags), ...(meter !== undefined && { meter }) });
  if (!input.ok) return input;
  const { recording, common } = input.value;
  if (flags.clockHz !== undefined && !isOfFrequency(recording)) recording.issues.add(unusedFrequency(recording));
  try {
    return await explain(recording, hypervisorOf(recording.format), {
      ...intersection(common, interval),
      ...(machine !== undefined && { machine }),
      ...(exitCodes !== undefined && { exitCodes }),
      ...given,
      ...options,
    });
  } finally {
    input.value.close();
  }
}

/** Whether times of it depend on a frequency that the user can state. */
const isOfFrequency = ({ clock, cycles }: Recording): boolean => cycles !== undefined || clock.estimated === true;

const unusedFrequency = ({ clock, sources: [source] }: Recording): Issue => ({
  code: 'clock-hz-unused',
  severity: 'note',
  message: `--clock-hz changes nothing: times of this recording (clock: ${clock.name}) do not depend on a frequency that can be given.`,
  ...(source !== undefined && { source }),
});

/** Explains what the flags choose of a recording, which may have several parts. */
export async function explainRecording(
  paths: readonly string[],
  flags: RecordingFlags,
  options: ExplainOptions = {},
): Promise<Result<Explanation>> {
  const asked = await readRecordingFlags(paths, flags);
  if (!asked.ok) return asked;
  const progress = startProgress();
  try {
    const onProgress = (records: number) => progress.update(records);
    return await explainPart(asked.value, asked.value.interval, { ...options, onProgress });
  } finally {
    progress.done();
  }
}

export const clockOption = ({ clockHz }: IntervalFlags) => (clockHz === undefined ? {} : { clockHz });

function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new InvalidArgumentError('write it as 2s, 150ms or 10us.');
  return value;
}

function frequency(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e12)) throw new InvalidArgumentError('it must be a frequency in Hz, for example 2.4e9.');
  return value;
}
