/**
 * fio `--output-format=terse` (`--minimal`), versions 2 to 5: a line for each job, fields separated by semicolons.
 * Source: fio's HOWTO, "Terse output"; checked with fio 3.33, which prints the same run as JSON too.
 *
 * Latencies are microseconds, percentiles of them whole ones; the options of a job are not in the file.
 */
import { groupedBy } from '../../base/grouped-by.js';
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { addDirection, type DirectionResult } from './fio-direction.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { linesOf, parseNumber } from './lines.js';
import { SeriesBuilder } from './series-builder.js';
import { addTools } from './tool-output.js';

interface Layout {
  /** Position of the fio version; terse version 2 has none. */
  readonly tool?: number;
  readonly name: number;
  readonly error: number;
  /** Position of the first field of the first direction. */
  readonly start: number;
  readonly directions: readonly string[];
  /** Fields of one direction. Terse version 5 also counts samples, and has five fields about IOPS. */
  readonly width: number;
}

const HEADING = { tool: 1, name: 2, error: 4, start: 5 };
const LAYOUTS: Readonly<Record<string, Layout>> = {
  '2': { name: 1, error: 3, start: 4, directions: ['read', 'write', 'trim'], width: 41 },
  '3': { ...HEADING, directions: ['read', 'write'], width: 41 },
  '4': { ...HEADING, directions: ['read', 'write', 'trim'], width: 41 },
  '5': { ...HEADING, directions: ['read', 'write', 'trim'], width: 47 },
};

/** Positions within a direction. */
const FIELD = { kibibytes: 0, kibibytesPerSecond: 1, iops: 2, latencyMax: 9, latencyMean: 10, percentiles: 12 };
const PERCENTILES = 20;
const PERCENTILE = /^(\d+(?:\.\d+)?)%=(\d+)$/;

const NS_PER_US = 1e3;
const BYTES_PER_KIB = 1024;

const JOB_LINE = /^(?:[345];fio-[^;]*;|2;)[^;]*;\d+;\d+;/;

export const FIO_TERSE: BenchmarkImporter = {
  id: 'fio-terse',
  name: 'fio terse text',
  sniff: (head) => head.split('\n').some((line) => JOB_LINE.test(line) && line.includes('%=')),
  read,
};

interface Job {
  readonly name: string;
  readonly tool: string | undefined;
  readonly directions: ReadonlyMap<string, DirectionResult>;
}

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const found = new SeriesBuilder(source, FIO_TERSE.id);
  const lines = [...linesOf(text)].filter((line) => JOB_LINE.test(line.text));
  const jobs = lines.map((line) => jobOf(found, line.text.split(';'))).filter((job) => job !== undefined);
  const tools = jobs.map(({ tool }) => tool);
  addTools(found, tools);
  for (const [name, alike] of groupedBy(jobs, (job) => job.name)) {
    if (alike.length > 1) noteRepeated(found, name);
    for (const direction of ['read', 'write', 'trim']) {
      const results = alike.map(({ directions }) => directions.get(direction)).filter((result) => result !== undefined);
      addDirection(found, `fio ${name}`, direction, results);
    }
  }
  return found.finish();
}

function noteRepeated(found: SeriesBuilder, name: string): void {
  found.issue({
    code: 'repeated-job',
    severity: 'note',
    message: `Several lines are about job ${name}: they count as one run, since clones of one job look like that.`,
    hint: 'Write every run of fio to a file of its own.',
  });
}

function jobOf(found: SeriesBuilder, fields: readonly string[]): Job | undefined {
  const layout = LAYOUTS[fields[0]];
  const name = fields[layout.name];
  const directions = layout.directions.map((direction, i) => {
    const start = layout.start + i * layout.width;
    return { direction, values: fields.slice(start, start + layout.width) };
  });
  // One more field must follow: the last one that is there may be cut in the middle of a number.
  const isWhole = fields.length > layout.start + layout.directions.length * layout.width;
  if (!isWhole || !directions.every(({ values }) => percentilesOf(values).every((field) => PERCENTILE.test(field)))) {
    const why = 'their lines are cut, or a name in them holds a semicolon';
    found.leaveOut('damaged-line', why, `job ${name}`);
    return undefined;
  }
  if (fields[layout.error] !== '0') {
    found.leaveOut('failed-runs', 'fio reports an error of them', `job ${name}`);
    return undefined;
  }
  const active = directions.filter(({ values }) => values[FIELD.kibibytes] !== '0');
  return {
    name,
    tool: layout.tool === undefined ? undefined : fields[layout.tool],
    directions: new Map(active.map(({ direction, values }) => [direction, resultOf(values)])),
  };
}

const percentilesOf = (values: readonly string[]): readonly string[] =>
  values.slice(FIELD.percentiles, FIELD.percentiles + PERCENTILES);

function resultOf(values: readonly string[]): DirectionResult {
  const number = (field: number): number => parseNumber(values[field]) ?? Number.NaN;
  const percentiles = new Map<number, number>();
  for (const field of percentilesOf(values)) {
    const [, percent, microseconds] = PERCENTILE.exec(field)!;
    percentiles.set(Number(percent), Number(microseconds) * NS_PER_US);
  }
  const maxNs = number(FIELD.latencyMax) * NS_PER_US;
  const isMeasured = maxNs !== 0; // latencies that were switched off are all zeros
  return {
    operationsPerSecond: number(FIELD.iops),
    bytesPerSecond: number(FIELD.kibibytesPerSecond) * BYTES_PER_KIB,
    latencyMeanNs: isMeasured ? number(FIELD.latencyMean) * NS_PER_US : undefined,
    latencyNs: (of) => (isMeasured ? (of === 'max' ? maxNs : percentiles.get(of)) : undefined),
    latencyStepNs: NS_PER_US,
  };
}
