/** vmtoll check: a gate for CI. */
import type { Command } from 'commander';
import type { Budget } from '../budgets/budget.js';
import { readBudget } from '../budgets/budget-file.js';
import { type Check, check } from '../budgets/check.js';
import { RULES } from '../findings/registry.js';
import { decoded, readBytes } from '../node/bounded-text.js';
import { mistakenFile } from '../node/mistaken-files.js';
import { outputIssue, WRONG_OUTPUT, writeOutput } from '../node/output-files.js';
import { junitXml } from '../report/junit.js';
import { checkText } from '../report/text/check.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue, terminalWidth, wantsColour } from './output.js';
import { addRecordingOptions, explainRecording, filesBeside, type RecordingFlags, refuse } from './recording-flags.js';

interface CheckFlags extends RecordingFlags {
  readonly budget: string;
  readonly allowUnjudged?: boolean;
  readonly junit?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  vmtoll check trace.dat --budget budget.yaml
  vmtoll check trace.dat --budget budget.yaml --junit limits.xml   for the page of the CI system
  vmtoll check perf.data --budget budget.yaml --last 2s --allow-unjudged
  vmtoll check trace.dat --budget budget.yaml --json | jq '.limits[] | select(.verdict != "ok")'

A budget:
  version: 1
  limits:
    - { time: vmm, most: 5 % }                          # of T × vCPUs; machine: each or a name
    - { time: lost, of: wanted, most: 20 % }            # of the time in which the guests wanted to run
    - { rate: exits, cause: device-port, most: 500/s }
    - { length: p99, cause: cpuid, most: 300us }
    - { findings: any, confidence: high, most: 0 }
    - { quality: grade, least: B }
All that can be limited is in docs/checking.md; docs/budget.schema.json lets an editor check it.

Exit code: 0 all limits hold, 1 one is broken or cannot be judged, 2 wrong usage or a wrong budget,
3 the recording cannot be read.`;

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('hold a recording against a budget: a gate for CI')
    .argument('<recording...>', 'as for vmtoll explain; several files must be parts of one recording')
    .requiredOption('--budget <file>', 'the limits, as YAML; "-" reads a pipe')
    .option('--allow-unjudged', 'limits that the recording cannot tell do not break the gate')
    .option('--junit <file>', 'write the outcome as JUnit XML, too');
  addRecordingOptions(command)
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (recordings: string[], flags: CheckFlags) => {
      process.exitCode = await runCheck(recordings, flags);
    });
}

async function runCheck(paths: readonly string[], flags: CheckFlags): Promise<ExitCode> {
  const { junit, allowUnjudged = false } = flags;
  const outputs = junit === undefined ? [] : [{ option: '--junit', path: junit }];
  const overwriting = outputIssue(outputs, [...paths, flags.budget, ...filesBeside(flags)]);
  if (overwriting !== undefined) return refuse(overwriting, WRONG_OUTPUT);
  const budget = readBudgetFile(flags.budget);
  if (budget === undefined) return ExitCode.wrongUsage;
  const explained = await explainRecording(paths, flags);
  if (!explained.ok) return refuse(explained.issue);
  const outcome = check(budget, explained.value, { allowUnjudged });
  print(render(outcome, flags));
  const unwritten = junit === undefined ? undefined : writeOutput(junit, junitXml(outcome));
  if (unwritten !== undefined) {
    printIssue(unwritten);
    return ExitCode.wrongUsage;
  }
  return outcome.verdict === 'ok' ? ExitCode.fine : ExitCode.limitBroken;
}

/** One byte more than is allowed tells that there is too much. */
const LONGEST_BUDGET = 2 ** 20 + 1;

/** undefined, with complaints printed, where there is none. */
function readBudgetFile(path: string): Budget | undefined {
  const bytes = readBytes(path, LONGEST_BUDGET);
  if (!bytes.ok) {
    printIssue(bytes.issue);
    return undefined;
  }
  const ids = RULES.map(({ id }) => id);
  const source = path === '-' ? 'standard input' : path;
  const reading = readBudget(decoded(bytes.value), source, ids);
  if (reading.ok) return reading.budget;
  const mistaken = mistakenFile(bytes.value, source, 'a budget');
  for (const issue of mistaken === undefined ? reading.issues : [mistaken]) printIssue(issue);
  return undefined;
}

function render(outcome: Check, { json }: CheckFlags): string {
  if (json === true) return jsonText(outcome);
  const width = terminalWidth();
  return checkText(outcome, { colour: wantsColour(), ...(width !== undefined && { width }) });
}
