/** Text of `perf bench` (Linux tools/perf/bench/*.c), as many runs as were written into the file. */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile, Role } from '../model.js';
import { baseUnit } from '../units.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber, wholeLinesOf } from './lines.js';
import { usualDirection } from './measurement.js';
import { SeriesBuilder } from './series-builder.js';
import { addRun, stepOfDigits } from './tool-output.js';

export const PERF_BENCH: BenchmarkImporter = {
  id: 'perf-bench',
  name: 'perf bench text',
  sniff: (head) => HEADING.test(head),
  read,
};

const HEADING = /^# Running '?([\w-]+\/[\w-]+)'? benchmark:/m;

/** What one line prints. */
interface Measured {
  readonly metric: string;
  readonly unit: string;
  readonly role: Role;
  readonly value: number | undefined;
  /** By what the line rounds, in `unit`. */
  readonly step: number;
}

/** One run of one benchmark, or of one function of it (`mem/memcpy`). */
interface Section {
  readonly benchmark: string;
  /** Of the benchmark, from its comments. */
  readonly parameters: string[];
  readonly measured: Measured[];
}

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, PERF_BENCH.id);
  let section: Section | undefined;
  builder.noteCutLine(text);
  for (const { text: line } of wholeLinesOf(text)) {
    const benchmark = HEADING.exec(line)?.[1];
    const named = /^# function '([^']*)'/.exec(line)?.[1];
    if (benchmark !== undefined) {
      addSection(builder, section);
      section = { benchmark, parameters: [], measured: [] };
    } else if (section !== undefined && named !== undefined) {
      if (section.measured.length > 0) addSection(builder, section);
      section = { benchmark: section.benchmark, parameters: [`function ${named}`], measured: [] };
    } else if (section !== undefined) readLine(section, line);
  }
  addSection(builder, section);
  return builder.finish();
}

function readLine({ parameters, measured }: Section, line: string): void {
  const found = measuredIn(line);
  const parameter = parameterIn(line);
  if (found !== undefined) measured.push(found);
  else if (parameter !== undefined) parameters.push(parameter);
}

/** The kernel's tool counts bytes in powers of 1024 (mem-functions.c, `print_bps`). */
const BYTES: Readonly<Record<string, string>> = { bytes: 'B', KB: 'KiB', MB: 'MiB', GB: 'GiB' };

function measuredIn(line: string): Measured | undefined {
  const [, perOperation] = /^ *([\d.]+) usecs\/op$/.exec(line) ?? [];
  if (perOperation !== undefined) return scaled('time', perOperation, 'usec/op', 'primary');
  const [, rate] = /^ *([\d.]+) ops\/sec$/.exec(line) ?? [];
  if (rate !== undefined) return scaled('throughput', rate, 'ops/sec', 'secondary');
  const [, averageRate] = /^Averaged ([\d.]+) operations\/sec/.exec(line) ?? [];
  if (averageRate !== undefined) return scaled('throughput', averageRate, 'ops/sec', 'primary');
  // One format of the tool puts a d behind the number.
  const [, bytes, counted] = /^ *([\d.]+)d? (bytes|[KMG]B)\/sec$/.exec(line) ?? [];
  if (bytes !== undefined) return scaled('throughput', bytes, `${BYTES[counted]}/sec`, 'primary');
  const [, wake, unit] = /^(?:Wokeup|Requeued|Avg per-thread latency) .* in ([\d.]+) (ms|usecs?) \(/.exec(line) ?? [];
  if (wake !== undefined) return scaled('time', wake, unit, 'primary');
  const [, total] = /^ *Total time: ([\d.]+) \[sec\]$/.exec(line) ?? [];
  return total === undefined ? undefined : scaled('total time', total, 'sec', 'primary');
}

function scaled(metric: string, text: string, unit: string, role: Role): Measured {
  const { base, factor } = baseUnit(unit);
  const value = parseNumber(text);
  return { metric, unit: base, role, value: value && value * factor, step: stepOfDigits(text) * factor };
}

/** What a comment or the summary of futex and epoll benchmarks says about how the benchmark ran. */
function parameterIn(line: string): string | undefined {
  const [, comment] = /^# (?:Executed \d+ )?(.*)$/.exec(line) ?? [];
  const [, summary] = /^Run summary \[PID \d+\]: (.*?)(?: for \d+ secs)?\.?$/.exec(line) ?? [];
  return (comment ?? summary)
    ?.replace(/^Copying (.*) bytes \.\.\.$/, '$1')
    .replaceAll(/ ?(?:from|to)? ?0x[\da-f]+/g, '');
}

/** All others that print a total time print more after it. */
const TOTAL_ONLY = 'sched/messaging';

function addSection(builder: SeriesBuilder, section: Section | undefined): void {
  if (section === undefined) return;
  const { benchmark, parameters, measured } = section;
  const isPrecise = measured.some(({ metric }) => metric !== 'total time');
  if (measured.length === 0 || (!isPrecise && benchmark !== TOTAL_ONLY)) {
    builder.leaveOut('unknown-output', 'their output has no line that is known here, or is cut', benchmark);
    return;
  }
  const name = parameters.length === 0 ? benchmark : `${benchmark} (${parameters.join(', ')})`;
  for (const { metric, unit, role, value, step } of measured) {
    // The total says the same with fewer digits where there is something else.
    if (metric === 'total time' && isPrecise) continue;
    if (value === undefined) builder.leaveOut('damaged-number', 'they are no decimal numbers', `${metric} of ${name}`);
    addRun(builder, { benchmark: name, metric, unit, better: usualDirection(unit)!, role }, [value], { step });
  }
}
