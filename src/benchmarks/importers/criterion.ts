/**
 * Criterion.rs: the folders that it leaves in target/criterion/GROUP/FUNCTION/new, `cargo criterion
 * --message-format=json`, and exports of critcmp. Sources: bheisler/criterion.rs src/csv_report.rs and src/analysis/mod.rs,
 * bheisler/cargo-criterion src/message_formats/json.rs, BurntSushi/critcmp src/data.rs.
 *
 * Whatever the file, it tells of one process: its samples are the values of one run.
 */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { baseUnit } from '../units.js';
import { type CsvRow, csvRows } from './csv-rows.js';
import { listAt, numberAt, parseJson, recordAt, textAt } from './fields.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { linesOf, parseNumber } from './lines.js';
import { usualDirection, usualMetric } from './measurement.js';
import { SeriesBuilder } from './series-builder.js';
import { addRun } from './tool-output.js';

/** The kinds of files, and by what their content shows itself. */
const KINDS = [
  [/^\s*\{\s*"sampling_mode"\s*:/, readSample],
  [/^group,function,value,throughput_num,throughput_type,sample_measured_value,unit,iteration_count/, readRawCsv],
  [/"reason"\s*:\s*"(?:benchmark|group)-complete"/, readMessages],
  [/"criterion_benchmark_v1"\s*:/, readCritcmp],
  [/^\s*\{\s*"mean"\s*:\s*\{\s*"confidence_interval"\s*:/, readEstimates],
] as const;

export const CRITERION: BenchmarkImporter = {
  id: 'criterion',
  name: 'Criterion.rs',
  sniff: (head) => KINDS.some(([pattern]) => pattern.test(head)),
  read,
};

function read(file: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(file.source, CRITERION.id);
  const folder = file.source.split(/[\\/]/).at(-2);
  // `base` is the copy that Criterion.rs keeps to compare the next run with, `change` holds ratios of two runs.
  if (folder === 'base' || folder === 'change') {
    return builder.finishEmpty('not-this-run', `${file.source} is about an earlier run: not read.`);
  }
  const kind = KINDS.find(([pattern]) => pattern.test(file.text));
  return kind === undefined ? builder.finish() : kind[1](builder, file);
}

// ---- files of a folder -----------------------------------------------------------------------------------------------

function readSample(builder: SeriesBuilder, file: InputFile): Result<BenchmarkFile> {
  const json = builder.parseJson(file.text);
  if (!json.ok) return json;
  addSamples(builder, idOf(file), listAt(json.value, 'times'), listAt(json.value, 'iters'), 'ns');
  return builder.finish();
}

/** What Criterion.rs calls the benchmark; the names of its folders where that file is gone. */
function idOf(file: InputFile): string {
  const named = parseJson(file.sibling('benchmark.json') ?? '', file.source);
  const id = named.ok ? textAt(named.value, 'full_id') : undefined;
  if (id !== undefined) return id;
  const folders = file.source.split(/[\\/]/).slice(0, -2);
  return folders.slice(folders.lastIndexOf('criterion') + 1).join('/') || file.source;
}

/** Total times of samples, each of so many iterations, become times per iteration. */
function addSamples(
  builder: SeriesBuilder,
  benchmark: string,
  totals: readonly unknown[],
  iterations: readonly unknown[],
  unit: string,
): void {
  const { base, factor } = baseUnit(unit);
  const values = totals.map((total, at) => {
    const count = iterations[at];
    return typeof total === 'number' && typeof count === 'number' && count > 0 ? (total / count) * factor : undefined;
  });
  const lost = values.filter((value) => value === undefined).length + Math.max(0, iterations.length - totals.length);
  builder.leaveOut('damaged-sample', 'time or count is missing', `a sample of ${benchmark}`, lost);
  addTime(builder, benchmark, base, values);
}

function addTime(
  builder: SeriesBuilder,
  benchmark: string,
  unit: string,
  values: readonly (number | undefined)[],
): void {
  const better = usualDirection(unit);
  if (better !== undefined)
    addRun(builder, { benchmark, metric: usualMetric(unit), unit, better, role: 'primary' }, values);
  else builder.leaveOut('unknown-direction', 'nothing says which way their unit is better', `${benchmark} in ${unit}`);
}

function readRawCsv(builder: SeriesBuilder, file: InputFile): Result<BenchmarkFile> {
  if (file.sibling('sample.json') !== undefined) {
    return builder.finishEmpty(
      'same-samples',
      'raw.csv holds the same samples as sample.json beside it: not read again.',
    );
  }
  const { rows, stop } = csvRows(file.text);
  const [header, ...samples] = rows;
  if (header === undefined) return builder.finish();
  if (stop !== undefined || !/[\r\n]$/.test(file.text)) {
    samples.pop();
    builder.leaveOut('cut-line', 'the file ends in it', 'the last sample');
  }
  const at = (row: CsvRow, column: string): string => row.fields[header.fields.indexOf(column)] ?? '';
  const nameOf = (row: CsvRow): string =>
    ['group', 'function', 'value']
      .map((column) => at(row, column))
      .filter((part) => part !== '')
      .join('/');
  const groups = new Map<string, CsvRow[]>();
  for (const row of samples) {
    const key = JSON.stringify([nameOf(row), at(row, 'unit')]);
    const rowsOfOne = groups.get(key) ?? [];
    rowsOfOne.push(row);
    groups.set(key, rowsOfOne);
  }
  for (const rowsOfOne of groups.values()) {
    const [totals, counts] = ['sample_measured_value', 'iteration_count'].map((column) =>
      rowsOfOne.map((row) => parseNumber(at(row, column))),
    );
    addSamples(builder, nameOf(rowsOfOne[0]), totals, counts, at(rowsOfOne[0], 'unit'));
  }
  return builder.finish();
}

function readEstimates(builder: SeriesBuilder, file: InputFile): Result<BenchmarkFile> {
  if (file.sibling('sample.json') !== undefined || file.sibling('raw.csv') !== undefined) {
    return builder.finishEmpty('same-samples', 'The samples are beside it: estimates.json is not read.');
  }
  const json = builder.parseJson(file.text);
  if (!json.ok) return json;
  addEstimate(builder, idOf(file), json.value);
  return builder.finish();
}

function addEstimate(builder: SeriesBuilder, benchmark: string, estimates: unknown): void {
  const mean = numberAt(estimates, 'mean', 'point_estimate');
  addTime(builder, benchmark, 'ns', [mean]);
  if (mean === undefined) builder.leaveOut('damaged-estimate', 'there is no mean', benchmark);
  const message = `${benchmark}: only the mean of its run is in the file.`;
  builder.issue({ code: 'only-a-mean', severity: 'note', message });
}

// ---- exports ---------------------------------------------------------------------------------------------------------

/** A line that is no JSON takes a hundred times as long as one that is. */
const MOST_DAMAGED = 1000;

/** One JSON object per line; lines of cargo and of the benchmarks themselves may stand between. */
function readMessages(builder: SeriesBuilder, { source, text }: InputFile): Result<BenchmarkFile> {
  let damaged = 0;
  for (const { text: line, offset } of linesOf(text)) {
    if (!line.includes('"benchmark-complete"')) continue;
    if (damaged === MOST_DAMAGED) {
      builder.leaveOut('too-damaged', `${MOST_DAMAGED} damaged lines come before`, 'the rest of the file');
      break;
    }
    const json = parseJson(line, source);
    const message = json.ok ? json.value : undefined;
    const [id, unit] = [textAt(message, 'id'), textAt(message, 'unit')];
    if (id === undefined || unit === undefined) {
      damaged++;
      const damage = 'A line of a completed benchmark is damaged: left out.';
      builder.issue({ code: 'damaged-line', severity: 'warning', message: damage, offset });
    } else addSamples(builder, id, listAt(message, 'measured_values'), listAt(message, 'iteration_count'), unit);
  }
  return builder.finish();
}

function readCritcmp(builder: SeriesBuilder, { text }: InputFile): Result<BenchmarkFile> {
  const json = builder.parseJson(text);
  if (!json.ok) return json;
  const benchmarks = recordAt(json.value, 'benchmarks') ?? {};
  for (const id of Object.keys(benchmarks))
    addEstimate(builder, id, recordAt(benchmarks, id, 'criterion_estimates_v1'));
  return builder.finish();
}
