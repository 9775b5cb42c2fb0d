/** The text of `cyclictest -h US` and `-H US`: a table with one row per latency, then sums in lines that start with `#`. */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { addCyclictestRun, type ThreadLatencies } from './cyclictest-series.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber, wholeLinesOf } from './lines.js';
import { SeriesBuilder } from './series-builder.js';

export const CYCLICTEST_HISTOGRAM: BenchmarkImporter = {
  id: 'cyclictest-histogram',
  name: 'cyclictest histogram',
  sniff: (head) => /^# Histogram\r?$/m.test(head),
  read,
};

/** One histogram as far as it was read; each list has a number per thread, and with `-H` one for all at its end. */
interface Table {
  readonly bins: Map<number, readonly number[]>;
  readonly sums: Map<string, readonly number[]>;
}

/** A file may hold several runs, one after the other. */
function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, CYCLICTEST_HISTOGRAM.id);
  let table: Table | undefined;
  for (const line of wholeLinesOf(text)) {
    if (line.text === '# Histogram') {
      addRun(builder, table);
      table = { bins: new Map(), sums: new Map() };
    } else if (table !== undefined) readLine(table, line.text);
  }
  addRun(builder, table);
  return builder.finish();
}

function readLine({ bins, sums }: Table, line: string): void {
  const [, name, listed] = /^# (Total|Avg Latencies|Max Latencies|Histogram Overflows): (.*)$/.exec(line) ?? [];
  if (name !== undefined) sums.set(name, numbersIn(listed));
  else if (/^\d/.test(line)) {
    const [latency, ...counts] = numbersIn(line);
    bins.set(latency, counts);
  }
}

/** The numbers of a line up to the first word that is none. */
function numbersIn(line: string): number[] {
  const numbers: number[] = [];
  for (const word of line.trim().split(/\s+/)) {
    const value = parseNumber(word);
    if (value === undefined) break;
    numbers.push(value);
  }
  return numbers;
}

function addRun(builder: SeriesBuilder, table: Table | undefined): void {
  if (table === undefined) return;
  const { sums } = table;
  const [totals, means, maxima, overflows] = ['Total', 'Avg Latencies', 'Max Latencies', 'Histogram Overflows'].map(
    (name) => sums.get(name) ?? [],
  );
  if (means.length === 0 || Math.min(totals.length, maxima.length, overflows.length) < means.length) {
    builder.leaveOut('cut-histogram', 'lines after the table are missing', 'a run');
    return;
  }
  const columns = columnsOf(table, means.length);
  if (columns.some((histogram, at) => countOf(histogram) !== totals[at])) {
    builder.leaveOut('damaged-histogram', 'the table and its totals do not agree', 'a run');
    return;
  }
  const threads = means.map((mean, at): ThreadLatencies => {
    const histogram = columns[at];
    const known = { thread: String(at), cycles: totals[at] + overflows[at], max: maxima[at], histogram };
    // The printed mean has lost its fraction; the histogram has not where it holds every cycle.
    return overflows[at] > 0 ? { ...known, mean, meanStep: 1 } : { ...known, mean: meanOf(histogram), meanStep: 0 };
  });
  // The text does not tell its unit: microseconds unless the tool ran with -N.
  addCyclictestRun(builder, { name: 'cyclictest', threads, nsPerUnit: 1000 });
}

const countOf = (histogram: ReadonlyMap<number, number>): number =>
  [...histogram.values()].reduce((sum, count) => sum + count, 0);

const meanOf = (histogram: ReadonlyMap<number, number>): number =>
  [...histogram].reduce((sum, [latency, count]) => sum + latency * count, 0) / countOf(histogram);

/** Row by row, so that the work grows with what is there, not with rows times threads. */
function columnsOf({ bins }: Table, threads: number): Map<number, number>[] {
  const columns = Array.from({ length: threads }, () => new Map<number, number>());
  for (const [latency, counts] of bins) {
    counts.slice(0, threads).forEach((count, thread) => {
      if (count > 0) columns[thread].set(latency, count);
    });
  }
  return columns;
}
