/** Which recording to look at and how to read it: what commands over recordings have in common. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Issue, Result } from '../base/issue.js';
import { explain } from '../explain/explain.js';
import type { Explanation } from '../explain/explanation.js';
import type { ExplainOptions } from '../explain/options.js';
import { hypervisorOf } from '../hypervisors/registry.js';
import { EXIT_CODES, type ExitCodes } from '../hypervisors/translator.js';
import { openInputs } from '../node/inputs.js';
import { addConfigurationOption, type ConfigurationFlags, readConfigurationFlags } from './configuring.js';
import { parseDuration } from './durations.js';
import { ExitCode } from './exit-code.js';
import { type IntervalFlags, intersection, intervalOf, WRONG_INTERVAL } from './interval.js';
import { printIssue } from './output.js';
import { startProgress } from './progress.js';

export interface RecordingFlags extends ConfigurationFlags, IntervalFlags {
  readonly machine?: string;
  readonly exitCodes?: ExitCodes;
}

/** The options of `RecordingFlags`. */
export function addRecordingOptions(command: Command): Command {
  return addConfigurationOption(
    command
      .option('--from <time>', 'start of the interval, since the first event', duration)
      .option('--to <time>', 'end of the interval, since the first event', duration)
      .addOption(new Option('--last <time>', 'only the last so much').argParser(duration).conflicts(['from', 'to']))
      .addOption(
        new Option('--from-marker <text>', 'start at the first marker of this text').conflicts(['from', 'last']),
      )
      .addOption(
        new Option('--to-marker <text>', 'end at the first marker of this text after the start').conflicts([
          'to',
          'last',
        ]),
      )
      .option('--machine <id>', 'only this machine, by the id or name that vmtoll explain shows')
      .option('--clock-hz <frequency>', 'frequency of a clock that counts cycles, in Hz', frequency)
      .addOption(
        new Option('--exit-codes <which>', 'what the numbers of exits are, where a QNX trace does not say it').choices(
          EXIT_CODES,
        ),
      ),
  );
}

/** Issues that are about what was asked for, not about the recording. */
const WRONG_USAGE = ['not-in-recording', 'empty-interval', ...WRONG_INTERVAL];

/** Says what is wrong. */
export function refuse(issue: Issue): ExitCode {
  printIssue(issue);
  return WRONG_USAGE.includes(issue.code) ? ExitCode.wrongUsage : ExitCode.unreadable;
}

/** Explains what the flags choose of a recording, which may have several parts. */
export async function explainRecording(
  paths: readonly string[],
  flags: RecordingFlags,
  options: Pick<ExplainOptions, 'series'> = {},
): Promise<Result<Explanation>> {
  const configurations = readConfigurationFlags(flags);
  if (!configurations.ok) return configurations;
  const interval = await intervalOf(paths, flags);
  if (!interval.ok) return interval;
  const { clockHz, machine, exitCodes } = flags;
  const input = await openInputs(paths, clockHz === undefined ? {} : { clockHz });
  if (!input.ok) return input;
  const { recording, common } = input.value;
  const progress = startProgress();
  try {
    return await explain(recording, hypervisorOf(recording.format), {
      ...intersection(common, interval.value),
      ...(machine !== undefined && { machine }),
      ...(exitCodes !== undefined && { exitCodes }),
      ...options,
      configurations: configurations.value,
      onProgress: (records) => progress.update(records),
    });
  } finally {
    progress.done();
    input.value.close();
  }
}

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
