/** hyperfine `--export-json`: seconds of every run of each command. Source: sharkdp/hyperfine, src/export/json.rs. */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { listAt, numberAt, recordAt, textAt } from './fields.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { SeriesBuilder } from './series-builder.js';
import { addRuns, nameWithOptions } from './tool-output.js';

export const HYPERFINE: BenchmarkImporter = {
  id: 'hyperfine',
  name: 'hyperfine JSON',
  sniff: (head) => FIELDS.every((field) => field.test(head)),
  read,
};

const FIELDS = [/^\s*\{/, /"results"\s*:/, /"command"\s*:/, /"(?:times|mean)"\s*:/];
const NS_PER_SECOND = 1e9;

/** Every element of `times` is one process, that is one run. */
function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const found = new SeriesBuilder(source, HYPERFINE.id);
  const json = found.parseJson(text);
  if (!json.ok) return json;
  for (const result of listAt(json.value, 'results')) addResult(found, result);
  return found.finish();
}

function addResult(found: SeriesBuilder, result: unknown): void {
  const command = textAt(result, 'command');
  if (command === undefined) {
    found.leaveOut('unnamed-result', 'it is not said what ran', 'a result');
    return;
  }
  const benchmark = nameWithOptions(command, parametersOf(result));
  const time = { benchmark, metric: 'time', unit: 'ns', better: 'lower', role: 'primary' } as const;
  const times = timesOf(found, result, benchmark).map((seconds) => toNumber(seconds) * NS_PER_SECOND);
  addRuns(found, time, times);
  const memory = { benchmark, metric: 'peak memory', unit: 'B', better: 'lower', role: 'secondary' } as const;
  addRuns(found, memory, listAt(result, 'memory_usage_byte').map(toNumber));
  warnAboutFailures(found, result, benchmark);
}

const toNumber = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

/** Sorted: the order on the command line makes no other benchmark. */
function parametersOf(result: unknown): (readonly [string, string | undefined])[] {
  const parameters = recordAt(result, 'parameters') ?? {};
  const names = Object.keys(parameters).sort();
  return names.map((name) => [name, textAt(parameters, name) ?? numberAt(parameters, name)?.toString()]);
}

/** Newer versions can leave out the single times; then there is only their mean. */
function timesOf(found: SeriesBuilder, result: unknown, benchmark: string): readonly unknown[] {
  const times = listAt(result, 'times');
  const mean = numberAt(result, 'mean');
  if (times.length > 0 || mean === undefined) return times;
  found.issue({
    code: 'only-a-mean',
    severity: 'warning',
    message: `The single runs of ${benchmark} are not in the file: their mean counts as one run.`,
    hint: 'Keep the field "times" of the file: it holds every run.',
  });
  return [mean];
}

function warnAboutFailures(found: SeriesBuilder, result: unknown, benchmark: string): void {
  const codes = listAt(result, 'exit_codes');
  const failed = codes.filter((code) => code !== 0).length;
  if (failed === 0) return;
  found.issue({
    code: 'failed-runs',
    severity: 'warning',
    message: `${failed} of ${codes.length} runs of ${benchmark} ended with an exit code other than 0; they count too.`,
    hint: 'Make sure that the command does the same work on both sides.',
  });
}
