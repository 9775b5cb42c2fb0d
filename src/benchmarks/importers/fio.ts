/**
 * fio `--output-format=json` and `json+`. Source: fio's HOWTO and stat.c; checked with fio 3.33.
 *
 * One file is one run of each job: what fio samples inside (bins, `iops_samples`) only shows the shape of that run.
 * Jobs cloned by `numjobs` run side by side: without `group_reporting` they are repetitions within the run.
 */
import { groupedBy } from '../../base/grouped-by.js';
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { type JsonRecord, listAt, numberAt, recordAt, textAt } from './fields.js';
import { addDirection, type DirectionResult } from './fio-direction.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { SeriesBuilder } from './series-builder.js';
import { addTools, nameWithOptions } from './tool-output.js';

export const FIO: BenchmarkImporter = {
  id: 'fio',
  name: 'fio JSON',
  sniff: (head) => /"fio version"\s*:/.test(head),
  read,
};

/** `sync` is how long it took to write out what was cached. */
const DIRECTIONS = ['read', 'write', 'trim', 'mixed', 'sync'];

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const found = new SeriesBuilder(source, FIO.id);
  const json = parseEmbeddedJson(found, text);
  if (!json.ok) return json;
  addTools(found, [textAt(json.value, 'fio version')]);
  const globals = recordAt(json.value, 'global options') ?? {};
  const jobs = listAt(json.value, 'jobs').filter((job) => isUsable(found, job));
  const clones = groupedBy(jobs, (job) => benchmarkOf(job, globals));
  for (const [benchmark, alike] of clones) {
    const startedMs = numberAt(alike[0], 'job_start');
    for (const direction of DIRECTIONS) {
      const results = alike
        .map((job) => directionOf(recordAt(job, direction)))
        .filter((result) => result !== undefined);
      addDirection(found, benchmark, direction, results, { startedMs });
    }
  }
  return found.finish();
}

/** fio's warnings and its other output formats stand before and after the object, whose last brace begins a line. */
function parseEmbeddedJson(found: SeriesBuilder, text: string): Result<unknown> {
  const start = Math.max(0, text.search(/^[ \t]*\{/m));
  const end = text.lastIndexOf('\n}');
  return found.parseJson(end < start ? text.slice(start) : text.slice(start, end + 2), start);
}

function isUsable(found: SeriesBuilder, job: unknown): boolean {
  const name = textAt(job, 'jobname');
  const failed = (numberAt(job, 'error') ?? 0) !== 0;
  if (name === undefined) found.leaveOut('unnamed-result', 'it is not said what ran', 'a job');
  else if (failed) found.leaveOut('failed-runs', 'fio reports an error of them', `job ${name}`);
  return name !== undefined && !failed;
}

/**
 * What makes another benchmark of a job with the same name, in short names with the longer alias. Which file it reads
 * and for how long may differ between the sides. fio lists only options that were given.
 */
const KEY_OPTIONS: readonly (readonly [name: string, alias?: string])[] = [
  ['rw', 'readwrite'],
  ['bs', 'blocksize'],
  ['bsrange', 'blocksize_range'],
  ['bssplit'],
  ['rwmixread'],
  ['rwmixwrite'],
  ['ioengine'],
  ['iodepth'],
  ['numjobs'],
  ['direct'],
  ['sync'],
  ['fsync'],
  ['fdatasync'],
  ['rate'],
  ['rate_iops'],
];

function benchmarkOf(job: unknown, globals: JsonRecord): string {
  const options = { ...globals, ...recordAt(job, 'job options') };
  const known = KEY_OPTIONS.map(([name, alias = name]): [string, string | undefined] => [
    name,
    textAt(options, name) ?? textAt(options, alias),
  ]);
  return nameWithOptions(`fio ${textAt(job, 'jobname')}`, known);
}

const NS_PER_US = 1e3;
const BYTES_PER_KIB = 1024;
/** fio 3 says nanoseconds in the name, fio 2 counts microseconds. Completion latency comes first: fio's own choice. */
const LATENCIES = [
  ['clat_ns', 1],
  ['lat_ns', 1],
  ['clat', NS_PER_US],
  ['lat', NS_PER_US],
] as const;

/** undefined where nothing was done in this direction. */
function directionOf(json: JsonRecord | undefined): DirectionResult | undefined {
  const done = numberAt(json, 'total_ios') ?? numberAt(json, 'io_bytes') ?? 0;
  if (done === 0) return undefined;
  const kibibytes = numberAt(json, 'bw');
  return {
    operationsPerSecond: numberAt(json, 'iops'),
    bytesPerSecond: numberAt(json, 'bw_bytes') ?? (kibibytes === undefined ? undefined : kibibytes * BYTES_PER_KIB),
    ...latenciesOf(json),
  };
}

/** A latency that was switched off is all zeros; fio keeps percentiles of one of them. */
function latenciesOf(json: unknown): Pick<DirectionResult, 'latencyMeanNs' | 'latencyNs' | 'latencyStepNs'> {
  const kept = LATENCIES.map(([name, nsPerUnit]) => ({ latency: recordAt(json, name), nsPerUnit })).filter(
    ({ latency }) => (numberAt(latency, 'max') ?? 0) > 0,
  );
  const best = kept.find(({ latency }) => recordAt(latency, 'percentile') !== undefined) ?? kept.at(0);
  const nsPerUnit = best?.nsPerUnit ?? 1;
  const scaled = (...path: string[]): number | undefined => {
    const value = numberAt(best?.latency, ...path);
    return value === undefined ? undefined : value * nsPerUnit;
  };
  return {
    latencyMeanNs: scaled('mean'),
    latencyNs: (of) => (of === 'max' ? scaled('max') : scaled('percentile', of.toFixed(6))),
    latencyStepNs: nsPerUnit,
  };
}
