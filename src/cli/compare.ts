/** vmtoll compare */
import { type Command, InvalidArgumentError } from 'commander';
import { type Issue, type Result, success } from '../base/issue.js';
import { isResultText, sidesOfResult } from '../benchmarks/bench-result.js';
import { compare } from '../benchmarks/comparison/compare.js';
import type { Comparison, ComparisonOptions } from '../benchmarks/comparison/comparison.js';
import { DEFAULT_OPTIONS } from '../benchmarks/comparison/suite.js';
import { readFacts } from '../benchmarks/facts.js';
import { type MechanismRule, readMechanismRules } from '../benchmarks/mechanisms.js';
import type { BenchmarkFile, SystemFacts } from '../benchmarks/model.js';
import { type Side, sideOf } from '../benchmarks/reading.js';
import { readBenchmarkPaths, readText } from '../node/benchmark-files.js';
import { comparisonMarkdown } from '../report/markdown/comparison.js';
import { comparisonText } from '../report/text/comparison.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue, wantsColour } from './output.js';

const DEFAULT_TOP = 24;

interface CompareFlags {
  readonly native?: string[];
  readonly vm?: string[];
  readonly facts?: readonly FactsFlag[];
  readonly mechanisms?: string;
  readonly equivalence?: number;
  readonly confidence?: number;
  readonly fdr?: number;
  readonly resamples?: number;
  readonly seed?: number;
  readonly top?: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

interface FactsFlag {
  readonly side: 'native' | 'vm';
  readonly path: string;
}

const EXAMPLES = `
Examples:
  vmtoll compare native.json vm.json           two results of hyperfine, fio, sysbench, …
  vmtoll compare native/ vm/                   folders, with results of any tools mixed
  vmtoll compare --native n1.txt n2.txt --vm v1.txt v2.txt
  vmtoll compare result.json                   what "vmtoll bench run" wrote holds both sides
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
    .option('--mechanisms <file>', 'what benchmarks exercise: JSON list of {"benchmark": "name*", "mechanism": "timer"}')
    .option('--equivalence <percent>', 'slowdowns within ± this many percent count as equal (default: 2)', percent)
    .option('--confidence <percent>', 'of intervals (default: 95)', percent)
    .option('--fdr <percent>', 'accepted share of false alarms among "slower" and "faster" (default: 5)', percent)
    .option('--resamples <n>', `of the bootstrap for nested data (default: ${DEFAULT_OPTIONS.resamples})`, atLeast(100))
    .option('--seed <n>', `of its random numbers (default: ${DEFAULT_OPTIONS.seed})`, atLeast(0))
    .option('--top <n>', 'rows per table', atLeast(1), DEFAULT_TOP)
    .option('--json', 'print the whole Comparison as JSON')
    .option('--markdown', 'print it as Markdown')
    .addHelpText('after', EXAMPLES)
    .action((native: string | undefined, vm: string | undefined, flags: CompareFlags) => {
      process.exitCode = runCompare(native, vm, flags);
    });
}

interface Sides {
  readonly native: Side;
  readonly vm: Side;
  readonly mechanisms: readonly MechanismRule[];
}

function runCompare(native: string | undefined, vm: string | undefined, flags: CompareFlags): ExitCode {
  const paths = pathsOf(native, vm, flags);
  if (paths === undefined) {
    printIssue({
      code: 'two-sides',
      severity: 'error',
      message: 'compare needs both sides',
      hint: 'vmtoll compare NATIVE VM, or --native FILE… --vm FILE…, or the one file that "vmtoll bench run" wrote.',
    });
    return ExitCode.wrongUsage;
  }
  const sides = readSides(paths);
  const facts = sides.ok ? withFacts(sides.value, flags.facts ?? []) : sides;
  const rules = facts.ok ? mechanismRules(flags.mechanisms) : facts;
  if (!facts.ok || !rules.ok) {
    printIssue((facts.ok ? rules : facts) as unknown as Issue);
    return ExitCode.unreadable;
  }
  const comparison = compare({
    ...facts.value,
    options: optionsOf(flags),
    mechanisms: [...rules.value, ...facts.value.mechanisms],
  });
  print(render(comparison, flags));
  return ExitCode.fine;
}
