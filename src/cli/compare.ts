/** vmtoll compare */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { compare } from '../benchmarks/comparison/compare.js';
import type { Comparison, ComparisonOptions } from '../benchmarks/comparison/comparison.js';
import { DEFAULT_OPTIONS } from '../benchmarks/comparison/suite.js';
import { type FactsPath, readSides, type SidePaths } from '../node/benchmark-sides.js';
import { comparisonMarkdown } from '../report/markdown/comparison.js';
import { comparisonText, DEFAULT_TOP } from '../report/text/comparison.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue, terminalWidth, wantsColour } from './output.js';

/** A minute and more for each nested metric. */
const MOST_RESAMPLES = 1_000_000;
const LARGEST_SEED = 2 ** 32 - 1;

interface CompareFlags {
  readonly native?: string[];
  readonly vm?: string[];
  readonly facts?: readonly FactsPath[];
  readonly mechanisms?: string;
  readonly equivalence?: number;
  readonly confidence?: number;
  readonly fdr?: number;
  readonly skipFirst?: number;
  readonly resamples?: number;
  readonly seed?: number;
  readonly top?: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

const EXAMPLES = `
Examples:
  vmtoll compare native.json vm.json           two results of hyperfine, fio, sysbench, …
  vmtoll compare native/ vm/                   folders, with results of any tools mixed
  vmtoll compare --native n1.txt n2.txt --vm v1.txt v2.txt
  vmtoll compare result.json                   what "vmtoll bench run" wrote holds both sides
  vmtoll compare both.csv                      with a column "side": native or vm
  vmtoll compare --native a.json b.json --vm a.json b.json     several such results together
  vmtoll compare native/ vm/ --markdown        for a pull request
  vmtoll compare native/ vm/ --facts vm=vm-facts.json   as "vmtoll bench facts" printed it in the VM

A replicate is a run of the benchmark: give at least 4 per side, better 10. Each number is explained in docs/benchmarks.md.`;

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('compare benchmarks run natively and in the VM: what got worse, by how much, how sure')
    .argument('[native]', 'results of the native side: a file or a folder')
    .argument('[vm]', "results of the VM's side: a file or a folder")
    .option('--native <path...>', 'files and folders of the native side')
    .option('--vm <path...>', "files and folders of the VM's side")
    .option('--facts <side=file>', 'facts about a side as JSON, for example vm=facts.json (repeatable)', factsFlag)
    .option(
      '--mechanisms <file>',
      'what benchmarks exercise: JSON list of {"benchmark": "name*", "mechanism": "timer"}',
    )
    .option(
      '--equivalence <percent>',
      'slowdowns within ± this many percent count as equal (default: 2)',
      percentBetween(0, 100),
    )
    .option('--confidence <percent>', 'of intervals (default: 95)', percentBetween(50, 100))
    .option(
      '--fdr <percent>',
      'accepted share of false alarms among "slower" and "faster" (default: 5)',
      percentBetween(0, 100),
    )
    .option(
      '--skip-first <n>',
      'repetitions to leave out at the start of every run, as warm-up (default: 0)',
      wholeBetween(0, 1e6),
    )
    .option(
      '--resamples <n>',
      `of the bootstrap for nested data (default: ${DEFAULT_OPTIONS.resamples})`,
      wholeBetween(100, MOST_RESAMPLES),
    )
    .option('--seed <n>', `of its random numbers (default: ${DEFAULT_OPTIONS.seed})`, wholeBetween(0, LARGEST_SEED))
    .option('--top <n>', 'rows per table', wholeBetween(1, 1e6), DEFAULT_TOP)
    .option('--json', 'print the whole Comparison as JSON')
    .addOption(new Option('--markdown', 'print it as Markdown, for a pull request').conflicts('json'))
    .addHelpText('after', EXAMPLES)
    .action((native: string | undefined, vm: string | undefined, flags: CompareFlags) => {
      process.exitCode = runCompare(native, vm, flags);
    });
}

function runCompare(native: string | undefined, vm: string | undefined, flags: CompareFlags): ExitCode {
  const paths = pathsOf(native, vm, flags);
  if (paths === undefined) {
    printIssue({
      code: 'two-sides',
      severity: 'error',
      message: 'compare needs both sides',
      hint: 'vmtoll compare NATIVE VM, or --native FILE… --vm FILE…, or one file that holds both.',
    });
    return ExitCode.wrongUsage;
  }
  const sides = readSides(paths, flags);
  if (!sides.ok) {
    printIssue(sides.issue);
    return sides.issue.code === 'one-side' ? ExitCode.wrongUsage : ExitCode.unreadable;
  }
  const comparison = compare({ ...sides.value, options: optionsOf(flags) });
  print(render(comparison, flags));
  const nothing = comparison.issues.find(({ code }) => code === 'nothing-in-common');
  if (nothing === undefined) return ExitCode.fine;
  printIssue(nothing);
  return ExitCode.unreadable;
}

/** undefined where a side is missing, or given in two ways. */
function pathsOf(
  native: string | undefined,
  vm: string | undefined,
  flags: Pick<CompareFlags, 'native' | 'vm'>,
): SidePaths | undefined {
  if (flags.native !== undefined && flags.vm !== undefined && native === undefined) {
    return { native: flags.native, vm: flags.vm };
  }
  if (flags.native !== undefined || flags.vm !== undefined || native === undefined) return undefined;
  return vm === undefined ? { both: native } : { native: [native], vm: [vm] };
}

function optionsOf({
  equivalence,
  confidence,
  fdr,
  skipFirst,
  resamples,
  seed,
}: CompareFlags): Partial<ComparisonOptions> {
  return {
    ...(equivalence !== undefined && { equivalence: equivalence / 100 }),
    ...(confidence !== undefined && { confidence: confidence / 100 }),
    ...(fdr !== undefined && { falseDiscoveryRate: fdr / 100 }),
    ...(skipFirst !== undefined && { skippedRepetitions: skipFirst }),
    ...(resamples !== undefined && { resamples }),
    ...(seed !== undefined && { seed }),
  };
}

function render(comparison: Comparison, { json, markdown, top }: CompareFlags): string {
  if (json === true) return jsonText(comparison);
  if (markdown === true) return comparisonMarkdown(comparison);
  const width = terminalWidth();
  return comparisonText(comparison, {
    colour: wantsColour(),
    wrap: width !== undefined,
    ...(width !== undefined && { width }),
    ...(top !== undefined && { top }),
  });
}

function factsFlag(text: string, before: readonly FactsPath[] = []): readonly FactsPath[] {
  const [, side, path] = /^(native|vm)=(.+)$/s.exec(text) ?? [];
  if (path === undefined) throw new InvalidArgumentError('write it as native=FILE or vm=FILE.');
  return [...before, { side: side as FactsPath['side'], path }];
}

/** @param above exclusive @param below exclusive */
const percentBetween = (above: number, below: number) => (text: string) => {
  const value = Number(text.replace(/ ?%$/, '') || Number.NaN);
  if (value > above && value < below) return value;
  throw new InvalidArgumentError(`it must be a percentage above ${above} and below ${below}.`);
};

const wholeBetween = (least: number, most: number) => (text: string) => {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}.`);
};
