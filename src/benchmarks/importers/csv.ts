/** Results of any tool as CSV with the columns benchmark, unit, value and, if wanted, metric, better, run, boot, side. */
import { failure, type Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { type CsvRow, csvRows } from './csv-rows.js';
import { GenericRuns } from './generic-runs.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber } from './lines.js';
import { asBetter } from './measurement.js';
import { SeriesBuilder } from './series-builder.js';
import { shortName } from './short-name.js';

const NEEDED = ['benchmark', 'unit', 'value'] as const;
const OPTIONAL = ['metric', 'better', 'run', 'boot', 'side'] as const;
type Column = (typeof NEEDED | typeof OPTIONAL)[number];

export const CSV: BenchmarkImporter = {
  id: 'csv',
  name: 'CSV with the columns benchmark, unit, value',
  sniff: (head) => {
    const [header] = csvRows(/^[^\n]*/.exec(head)![0]).rows;
    return header !== undefined && NEEDED.every((column) => columnsOf(header).has(column));
  },
  read,
};

const nameOf = (field: string): string => field.trim().toLowerCase();

/** Column → position. */
const columnsOf = ({ fields }: CsvRow): Map<string, number> => new Map(fields.map((field, at) => [nameOf(field), at]));

function read(file: InputFile): Result<BenchmarkFile> {
  const { source, text } = file;
  const builder = new SeriesBuilder(source, CSV.id);
  const { rows, stop } = csvRows(text);
  const columns: ReadonlyMap<string, number> = rows.length > 0 ? columnsOf(rows[0]) : new Map();
  const missing = NEEDED.filter((column) => !columns.has(column));
  if (missing.length > 0) return missingColumns(source, missing);
  const [doubled] = rows[0].fields.map(nameOf).filter((name, at) => name !== '' && columns.get(name) !== at);
  if (doubled !== undefined) return doubledColumn(source, doubled);
  const fieldOf = ({ fields }: CsvRow, column: Column): string | undefined =>
    fields[columns.get(column) ?? -1] || undefined;
  warnAboutUnknown(builder, columns);
  if (stop !== undefined) {
    const message = `What follows row ${rows.length} was not read: ${stop}.`;
    builder.issue({ code: 'cut-csv', severity: 'warning', message });
  } else if (!/[\r\n]$/.test(text)) {
    const message = 'The last line has no line end: if the file is cut there, its last number is wrong.';
    builder.issue({ code: 'no-line-end', severity: 'warning', message });
  }
  const runs = new GenericRuns(builder, file);
  addRows(runs, rows, fieldOf);
  return runs.finish();
}

function addRows(
  runs: GenericRuns,
  rows: readonly CsvRow[],
  fieldOf: (row: CsvRow, column: Column) => string | undefined,
): void {
  for (const row of rows.slice(1)) {
    const [benchmark, unit] = [fieldOf(row, 'benchmark'), fieldOf(row, 'unit')];
    const value = parseNumber(fieldOf(row, 'value'));
    const better = asBetter(fieldOf(row, 'better'));
    const isWhole = better !== undefined || fieldOf(row, 'better') === undefined;
    if (benchmark === undefined || unit === undefined || value === undefined || !isWhole) {
      runs.damaged(row.offset);
      continue;
    }
    const [metric, run, boot, side] = (['metric', 'run', 'boot', 'side'] as const).map((column) =>
      fieldOf(row, column),
    );
    runs.add({ benchmark, metric, unit, better, side, values: [value], run, boot, offset: row.offset });
  }
}

function warnAboutUnknown(builder: SeriesBuilder, columns: ReadonlyMap<string, number>): void {
  const known: readonly string[] = [...NEEDED, ...OPTIONAL];
  const unknown = [...columns.keys()].filter((column) => !known.includes(column));
  for (const column of unknown) {
    builder.leaveOut(
      'unknown-column',
      'columns of these names mean nothing here, and rows were not told apart by them',
      column,
    );
  }
}

const missingColumns = (source: string, missing: readonly string[]) =>
  failure({
    code: 'missing-column',
    severity: 'error',
    message: `${source} has no column ${missing.join(', ')}.`,
    source,
    hint: `The first line must name the columns: ${NEEDED.join(', ')} and, if wanted, ${OPTIONAL.join(', ')}.`,
  });

const doubledColumn = (source: string, column: string) =>
  failure({
    code: 'doubled-column',
    severity: 'error',
    message: `${source} has two columns of the name ${shortName(column)}.`,
    source,
    hint: 'Leave one of them out: which one counts cannot be known.',
  });
