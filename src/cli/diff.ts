/** vmtoll diff: what changed between two recordings, and is it more than noise? */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { difference } from '../differences/compare.js';
import { DEFAULT_OPTIONS, type Difference, type Side } from '../differences/difference.js';
import { SeriesObserver } from '../explain/series.js';
import { differenceText } from '../report/text/difference.js';
import { parseDuration } from './durations.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue, terminalWidth, wantsColour } from './output.js';
import { addRecordingOptions, explainRecording, type RecordingFlags, refuse } from './recording-flags.js';

const DEFAULT_TOP = 12;
const LARGEST_SEED = 2 ** 32 - 1;

/** ns since the first event. */
interface Part {
  readonly from?: number;
  readonly to?: number;
}

interface DiffFlags extends RecordingFlags {
  readonly before?: string[];
  readonly after?: string[];
  readonly beforePart?: Part;
  readonly afterPart?: Part;
  readonly level?: number;
  readonly resamples?: number;
  readonly seed?: number;
  readonly top?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  vmtoll diff before.dat after.dat                     what got better, worse, new, gone
  vmtoll diff before.dat after.dat --last 5s           only the last five seconds of each
  vmtoll diff trace.dat trace.dat --before-part 0s..5s --after-part 5s..10s   two parts of one recording
  vmtoll diff --before a.dat a.txt --after b.dat b.txt    recordings in several parts
  vmtoll diff before.dat after.dat --json | jq '.rows[] | select(.verdict == "worse")'

Method: each recording is cut into 32 windows in which its guests were awake equally long. Whole windows are drawn again and
again (block bootstrap), for all numbers at once; a difference counts if it is larger than the largest that such draws show by
themselves in all but 5 % (--level) of the cases. So where nothing differs, the chance of any false alarm is at most 5 %,
however many rows there are, as long as windows are alike: it is said where they are not. The random numbers
are seeded: the same recordings give the same answer. docs/differences.md`;

export function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('compare two recordings: what changed, and is it more than noise')
    .argument('[before]', 'a recording, as for vmtoll explain')
    .argument('[after]', 'the other recording')
    .option('--before <path...>', 'files that are parts of the recording before')
    .option('--after <path...>', 'files that are parts of the recording after')
    .addOption(
      new Option('--before-part <from..to>', 'of the recording before only this part')
        .argParser(part)
        .conflicts(INTERVALS),
    )
    .addOption(
      new Option('--after-part <from..to>', 'of the recording after only this part')
        .argParser(part)
        .conflicts(INTERVALS),
    );
  addRecordingOptions(command)
    .option('--level <percent>', 'accepted chance of any false alarm (default: 5)', percent)
    .option('--resamples <n>', `of the bootstrap (default: ${DEFAULT_OPTIONS.resamples})`, wholeBetween(199, 100_000))
    .option('--seed <n>', `of its random numbers (default: ${DEFAULT_OPTIONS.seed})`, wholeBetween(0, LARGEST_SEED))
    .option('--top <n>', 'rows per table', wholeBetween(1, 1e6), DEFAULT_TOP)
    .option('--json', 'print the whole Difference as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (before: string | undefined, after: string | undefined, flags: DiffFlags) => {
      process.exitCode = await runDiff(before, after, flags);
    });
}

const INTERVALS = ['from', 'to', 'last', 'fromMarker', 'toMarker'];

async function runDiff(before: string | undefined, after: string | undefined, flags: DiffFlags): Promise<ExitCode> {
  const paths = pathsOf(before, after, flags);
  if (paths === undefined) {
    const hint = 'vmtoll diff BEFORE AFTER, or --before FILE… --after FILE… where each has several parts.';
    printIssue({ code: 'two-sides', severity: 'error', message: 'diff needs two recordings', hint });
    return ExitCode.wrongUsage;
  }
  const outcome = await differenceOf(paths, flags);
  if (!outcome.ok) return refuse(outcome.issue);
  print(render(outcome.value, flags));
  return ExitCode.fine;
}

export async function differenceOf(
  paths: { readonly before: readonly string[]; readonly after: readonly string[] },
  flags: DiffFlags,
): Promise<Result<Difference>> {
  const { beforePart, afterPart, level, resamples, seed } = flags;
  const before = await readSide(paths.before, { ...flags, ...beforePart });
  if (!before.ok) return before;
  const after = await readSide(paths.after, { ...flags, ...afterPart });
  if (!after.ok) return after;
  for (const { explanation } of [before.value, after.value]) {
    if (!explanation.recording.clockMeasuresTime) return failure(clockWithoutTime(explanation.recording.sources));
  }
  const options = {
    ...(level !== undefined && { level }),
    ...(resamples !== undefined && { resamples }),
    ...(seed !== undefined && { seed }),
  };
  return success(difference(before.value, after.value, options));
}

function clockWithoutTime([source]: readonly string[]): Issue {
  return {
    code: 'clock-without-time',
    severity: 'error',
    message: 'The clock of this recording does not measure time, so it cannot be compared',
    ...(source !== undefined && { source }),
  };
}

/** undefined where a side is missing, or given in two ways. */
function pathsOf(before: string | undefined, after: string | undefined, flags: Pick<DiffFlags, 'before' | 'after'>) {
  if (flags.before !== undefined && flags.after !== undefined) {
    return before === undefined ? { before: flags.before, after: flags.after } : undefined;
  }
  if (flags.before !== undefined || flags.after !== undefined) return undefined;
  return before === undefined || after === undefined ? undefined : { before: [before], after: [after] };
}

async function readSide(paths: readonly string[], flags: RecordingFlags): Promise<Result<Side>> {
  const series = new SeriesObserver();
  const explained = await explainRecording(paths, flags, { series });
  return explained.ok ? success({ explanation: explained.value, series: series.series }) : explained;
}

function render(outcome: Difference, { json, top }: DiffFlags): string {
  if (json === true) return jsonText(outcome);
  const width = terminalWidth();
  return differenceText(outcome, {
    colour: wantsColour(),
    ...(width !== undefined && { width }),
    ...(top !== undefined && { top }),
  });
}

function part(text: string): Part {
  const [, from, to] = /^(.*)\.\.(.*)$/.exec(text) ?? [];
  const [start, end] = [from, to].map((time) => (time === undefined || time === '' ? undefined : parseDuration(time)));
  const isWrong = from === undefined || (from !== '' && start === undefined) || (to !== '' && end === undefined);
  if (isWrong) throw new InvalidArgumentError('write it as 1s..5s, 1s.. or ..5s.');
  return { ...(start !== undefined && { from: start }), ...(end !== undefined && { to: end }) };
}

function percent(text: string): number {
  const value = Number(text.replace(/ ?%$/, '') || Number.NaN);
  if (value > 0 && value < 50) return value / 100;
  throw new InvalidArgumentError('it must be a percentage above 0 and below 50.');
}

const wholeBetween = (least: number, most: number) => (text: string) => {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}.`);
};
