/** vmtoll export */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { failure, type Issue, type Result, success } from '../base/issue.js';
import type { Comparison } from '../benchmarks/comparison/comparison.js';
import type { Difference } from '../differences/difference.js';
import type { Explanation } from '../explain/explanation.js';
import { looksLikeResult } from '../node/benchmark-files.js';
import { type OutputFile, outputIssue, STANDARD_STREAM, WRONG_OUTPUT, writeOutput } from '../node/output-files.js';
import { exitsCsv } from '../report/csv.js';
import { foldedStacks } from '../report/folded.js';
import { DEPTHS, REPORT_ELEMENT, reportOf } from '../workspace/report.js';
import { benchmarkFiles, WRONG_CHOICE } from './benchmark-flags.js';
import { differenceOf } from './diff.js';
import { ExitCode } from './exit-code.js';
import {
  comparisonOf,
  explanationAt,
  type OpenedRecording,
  type OpenFlags,
  type OpenTask,
  openRecordingAt,
} from './opening.js';
import { addOpeningOptions } from './opening-flags.js';
import { jsonText, print } from './output.js';
import { startProgress } from './progress.js';
import { filesBeside, refuse } from './recording-flags.js';
import { version } from './version.js';

/** What is written where: "-" is standard output. */
interface Targets {
  readonly html?: string;
  readonly json?: string;
  readonly csv?: string;
  readonly folded?: string;
}

interface Flags extends OpenFlags, Targets {
  readonly parts?: boolean;
}

/** Of an exported page, so that it can be sent by mail. */
const LARGEST_PAGE = 3_000_000;

const EXAMPLES = `
Examples:
  vmtoll export trace.dat --html report.html       one file with everything, to read anywhere without network
  vmtoll export before.dat after.dat --html report.html      two recordings, compared
  vmtoll export trace.dat --native native/ --vm vm/ --html report.html   with benchmarks
  vmtoll export trace.dat --folded - | flamegraph.pl --countname ns > exits.svg
  vmtoll export trace.dat --csv exits.csv --json explanation.json

--html holds at most 3 MB: where tables or the timeline are larger, it holds their first rows and an overview, and says so.`;

export function addExport(program: Command): void {
  const described = program
    .command('export')
    .description('write results to files: a page, JSON, CSV, folded stacks')
    .argument('[recording...]', 'one recording as for vmtoll explain, or two to be compared (--html only)');
  addOpeningOptions(described)
    .option('--html <file>', 'a page that needs nothing else, with overview, findings, tables, heat maps and timeline')
    .option('--json <file>', 'the Explanation, as vmtoll explain --json prints it')
    .option('--csv <file>', 'exits by machine, vCPU, cause, reason and detail, with their accounts')
    .option('--folded <file>', 'guest delay in ns as folded stacks, for flame graphs')
    .addHelpText('after', `${EXAMPLES}\n\nA file "-" is standard output.`)
    .action(async (paths: string[], flags: Flags) => {
      process.exitCode = await runExport(paths, flags);
    });
}

async function runExport(paths: readonly string[], flags: Flags): Promise<ExitCode> {
  const { parts, html, json: _json, csv: _csv, folded: _folded, ...openFlags } = flags;
  const recordings = parts === true ? [paths] : paths.map((path) => [path]);
  const wrong = wrongUsage(recordings.length, flags);
  if (wrong !== undefined) return refuse(wrong, [wrong.code]);
  const inputs = [...paths, ...filesBeside(flags), ...benchmarkFiles(flags)];
  const overwriting = outputIssue(outputsOf(flags), inputs, looksLikeResult);
  if (overwriting !== undefined) return refuse(overwriting, WRONG_OUTPUT);
  const task: OpenTask = { recordings, flags: openFlags, version };
  if (html === undefined) {
    // Only the page has a timeline: without one nothing has to be kept of single episodes.
    const explanation = await explanationAt(task, 0);
    if (!explanation.ok) return refuse(explanation.issue, WRONG_CHOICE);
    return writeAll(tablesOf(explanation.value, flags));
  }
  const contents = await contentsOf(task);
  if (!contents.ok) return refuse(contents.issue, WRONG_CHOICE);
  const [first] = contents.value.recordings;
  const tables = first === undefined ? [] : tablesOf(first.explanation, flags);
  return writeAll([...tables, [html, () => pageOf(contents.value)]]);
}

const outputsOf = ({ html, json, csv, folded }: Targets): OutputFile[] =>
  Object.entries({ html, json, csv, folded }).flatMap(([name, path]) =>
    path === undefined ? [] : [{ option: `--${name}`, path }],
  );

type Output = readonly [path: string | undefined, make: () => Result<string>];

const tablesOf = (explanation: Explanation, { json, csv, folded }: Targets): readonly Output[] => [
  [json, () => success(jsonText(explanation))],
  [csv, () => success(exitsCsv(explanation))],
  [folded, () => success(foldedStacks(explanation))],
];

function writeAll(outputs: readonly Output[]): ExitCode {
  for (const [path, make] of outputs) {
    if (path === undefined) continue;
    const text = make();
    const issue = text.ok ? write(path, text.value) : text.issue;
    if (issue !== undefined) return refuse(issue);
  }
  return ExitCode.fine;
}

function wrongUsage(recordings: number, { html, json, csv, folded, native, vm }: Flags): Issue | undefined {
  const ofExplanation = json !== undefined || csv !== undefined || folded !== undefined;
  if (html === undefined && !ofExplanation) {
    return wrong('nowhere-to', 'export needs to know what to write', 'Give --html, --json, --csv or --folded.');
  }
  const onlyBenchmarks = recordings === 0 && native !== undefined && vm !== undefined;
  if (recordings === 1 || (!ofExplanation && (recordings === 2 || onlyBenchmarks))) return undefined;
  const hint = 'vmtoll export RECORDING, or with --parts all files of it; --html takes two that are compared as well.';
  return wrong('how-many', 'export is about one recording', hint);
}

const wrong = (code: string, message: string, hint: string): Issue => ({ code, severity: 'error', message, hint });

interface Contents {
  readonly version: string;
  readonly recordings: readonly OpenedRecording[];
  readonly comparison?: Comparison;
  readonly difference?: Difference;
}

async function contentsOf(task: OpenTask): Promise<Result<Contents>> {
  const comparison = comparisonOf(task);
  if (!comparison.ok) return comparison;
  const recordings: OpenedRecording[] = [];
  const progress = startProgress();
  try {
    for (const index of task.recordings.keys()) {
      const opened = await openRecordingAt(task, index, ({ records }) => progress.update(records));
      if (!opened.ok) return opened;
      recordings.push(opened.value);
    }
  } finally {
    progress.done();
  }
  const [before, after] = task.recordings;
  const difference =
    before !== undefined && after !== undefined ? await differenceOf({ before, after }, task.flags) : undefined;
  if (difference !== undefined && !difference.ok) return difference;
  return success({
    version: task.version,
    recordings,
    ...(comparison.value !== undefined && { comparison: comparison.value }),
    ...(difference !== undefined && { difference: difference.value }),
  });
}

/** The deepest page that is not too large. */
function pageOf(contents: Contents): Result<string> {
  const template = templateOfPage();
  if (template === undefined) return failure(NOT_BUILT);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  for (const depth of DEPTHS) {
    const report = reportOf(contents, depth, base64);
    const page = template.replace(DATA_MARK, () => elementOf(base64(gzipSync(JSON.stringify(report)))));
    if (Buffer.byteLength(page) <= LARGEST_PAGE) return success(page);
  }
  return failure({
    code: 'too-large-page',
    severity: 'error',
    message: 'Even the shortest tables of this recording do not fit into a page of 3 MB',
    hint: 'vmtoll open shows it; --machine and --vcpu choose a part of it.',
  });
}

const DATA_MARK = '<!-- data -->';

/** Base64 has no character that could end the element. */
const elementOf = (data: string): string =>
  `<script type="application/octet-stream" id="${REPORT_ELEMENT}">${data}</script>`;

function templateOfPage(): string | undefined {
  try {
    return readFileSync(fileURLToPath(new URL('../web/report.html', import.meta.url)), 'utf8');
  } catch {
    return undefined;
  }
}

const NOT_BUILT: Issue = {
  code: 'no-page',
  severity: 'error',
  message: 'The page is not there: this vmtoll was not built with it',
  hint: 'Build it with: npm run build',
};

function write(path: string, text: string): Issue | undefined {
  if (path !== STANDARD_STREAM) return writeOutput(path, text);
  print(text);
  return undefined;
}
