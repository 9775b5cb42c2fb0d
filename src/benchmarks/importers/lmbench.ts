/**
 * lmbench 2 and 3: lines such as `Simple syscall: 0.2972 microseconds`, and curves, which are a heading and pairs of
 * numbers under it. Formats: lib_timing.c and scripts/lmbench of lmbench3.
 */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile, Role } from '../model.js';
import { baseUnit } from '../units.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber, wholeLinesOf } from './lines.js';
import { usualDirection, usualMetric } from './measurement.js';
import { SeriesBuilder } from './series-builder.js';
import { addRun, stepOfDigits } from './tool-output.js';

export const LMBENCH: BenchmarkImporter = {
  id: 'lmbench',
  name: 'lmbench text',
  sniff: (head) =>
    /^\[lmbench\d[\d.]* results for /m.test(head) || VALUE_LINE.test(head) || /^"size=\d+k ovr=/m.test(head),
  read,
};

const VALUE_LINE = /^([A-Za-z][^:\r\n]*): ([\d.]+) (nanoseconds|microseconds|milliseconds|[MK]B\/sec)\r?$/m;
/** Size of the files, how many were made, created and deleted per second. */
const FILES = /^(\d+k)\t\d+\t(\d+)\t(\d+)$/;
const PAIR = /^([\d.]+) +([\d.]+)(?: MB\/sec)?$/;

/** Every pair under it has it in its name. */
const LONGEST_HEADING = 200;

/** What the pairs under a heading mean: `name` of a point, and the unit of the second number. */
interface Curve {
  readonly unit: string;
  readonly name: (x: string) => string;
}

/** Every program of the suite is a process: a value that comes again is another run. */
function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, LMBENCH.id);
  let [heading, part, curve]: [string, string, Curve | undefined] = ['', '', undefined];
  builder.noteCutLine(text);
  for (const { text: line } of wholeLinesOf(text)) {
    if (line.startsWith('[')) addFact(builder, line);
    else if (VALUE_LINE.test(line)) addValueLine(builder, line);
    else if (PAIR.test(line)) addPair(builder, heading, curve, line);
    else if (FILES.test(line)) addFiles(builder, line);
    else {
      // A curve ends with an empty line, a part of the suite does not: "Random load latency", then its curves.
      heading = line.slice(0, LONGEST_HEADING);
      curve = curveOf(heading, part);
      if (curve === undefined && line !== '') part = heading;
    }
  }
  return builder.finish();
}

function addValueLine(builder: SeriesBuilder, line: string): void {
  const [, benchmark, value, unit] = VALUE_LINE.exec(line)!;
  addValue(builder, benchmark, unit, 'primary', value);
}

/** The points of a curve are one benchmark at many sizes: they must not outweigh all others in the mean of a suite. */
function addPair(builder: SeriesBuilder, heading: string, curve: Curve | undefined, line: string): void {
  const [, x, y] = PAIR.exec(line)!;
  if (curve !== undefined) addValue(builder, curve.name(x), curve.unit, 'secondary', y);
  else
    builder.leaveOut(
      'unlabelled-pair',
      'no known heading says what the pairs of numbers are',
      heading.trim() || 'a pair',
    );
}

function addFiles(builder: SeriesBuilder, line: string): void {
  const [, size, created, deleted] = FILES.exec(line)!;
  addValue(builder, `file create size=${size}`, 'files/s', 'secondary', created);
  addValue(builder, `file delete size=${size}`, 'files/s', 'secondary', deleted);
}

function addValue(builder: SeriesBuilder, benchmark: string, unit: string, role: Role, text: string): void {
  const { base, factor } = baseUnit(unit);
  const value = parseNumber(text);
  if (value === undefined) builder.leaveOut('damaged-number', 'they are no decimal numbers', benchmark);
  const description = { benchmark, metric: usualMetric(base), unit: base, better: usualDirection(base)!, role };
  addRun(builder, description, [value && value * factor], { step: stepOfDigits(text) * factor });
}

/** lmbench's MB are 10^6 bytes. The overhead (`ovr`) in a heading is measured anew each time: no parameter. */
function curveOf(line: string, part: string): Curve | undefined {
  const heading = line.replace(/^"/, '').trim();
  const [, size] = /^size=(\d+k) ovr=/.exec(heading) ?? [];
  if (size !== undefined) return { unit: 'us', name: (x) => `context switch size=${size} processes=${x}` };
  const [, stride] = /^stride=(\d+)$/.exec(heading) ?? [];
  const order = /^random /i.test(part) ? 'random ' : '';
  if (stride !== undefined) return { unit: 'ns', name: (x) => `${order}memory load stride=${stride} MB=${x}` };
  if (heading === 'mappings') return { unit: 'us', name: (x) => `mmap MB=${x}` };
  const isBandwidth = /\b(?:bandwidth|bcopy)\b/.test(heading);
  return isBandwidth ? { unit: 'MB/s', name: (x) => `${heading} MB=${x}` } : undefined;
}

function addFact(builder: SeriesBuilder, line: string): void {
  const [, name, value] = /^\[([A-Z][A-Z _]*): (.+)\]$/.exec(line) ?? [];
  if (name === 'RELEASE') builder.fact('kernel', value);
  if (name === 'MACHINE') builder.fact('architecture', value);
  // `-1 System too busy` where it could not be measured
  const megahertz = name === 'MHZ' ? parseNumber(value.split(' ')[0]) : undefined;
  builder.fact('cpuMhz', megahertz !== undefined && megahertz > 0 ? megahertz : undefined);
  if (name === 'LMBENCH VERSION') builder.fact('tool', value);
}
