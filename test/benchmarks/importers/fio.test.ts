import { describe, expect, it } from 'vitest';
import { FIO } from '../../../src/benchmarks/importers/fio.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { codesOf, imported, nativeAndVm, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runTool, temporaryFolder } from './tools.js';

/** Typed from `fio.json`. */
const READS = {
  'read iops': 14_777.111444,
  'read bandwidth': 60_527_048,
  'read latency mean': 66_480.772498,
  'read latency p50': 58_624,
  'read latency p90': 83_456,
  'read latency p99': 195_584,
  'read latency p99.9': 798_720,
  'read latency max': 4_997_029,
};

/** The n-th number that a text gives for a field, found without reading it as JSON. */
const fieldIn = (text: string, field: string, nth = 0): number =>
  Number([...text.matchAll(new RegExp(`"${field}" : ([\\d.]+)`, 'g'))][nth][1]);

const one = (job: object, version = 'fio-3.33') => JSON.stringify({ 'fio version': version, jobs: [job] });

describe('fio', () => {
  it('gives one run of every metric of the direction that ran', () => {
    const file = imported(FIO, sample('fio.json'));
    expect(Object.fromEntries(file.series.map(({ metric, runs }) => [metric, runs]))).toEqual(
      Object.fromEntries(Object.entries(READS).map(([metric, value]) => [metric, [{ values: [value] }]])),
    );
    expect(new Set(file.series.map(({ benchmark }) => benchmark))).toEqual(
      new Set(['fio rr (rw=randread, bs=4k, ioengine=psync)']),
    );
    expect(file.facts).toEqual({ tool: 'fio-3.33' });
    expect(file.issues).toEqual([]);
  });

  it('knows units, directions and roles', () => {
    const kinds = imported(FIO, sample('fio.json')).series.map(({ metric, unit, better, role }) =>
      [metric, unit, better, role].join(' '),
    );
    expect(kinds).toEqual([
      'read iops IO/s higher primary',
      'read bandwidth B/s higher secondary',
      'read latency mean ns lower secondary',
      'read latency p50 ns lower tail',
      'read latency p90 ns lower tail',
      'read latency p99 ns lower tail',
      'read latency p99.9 ns lower tail',
      'read latency max ns lower tail',
    ]);
  });

  it('reads JSON without bins', () => {
    const text = nativeAndVm('native', 'fio.json');
    const file = imported(FIO, text);
    expect(valuesOf(file, 'read iops')).toEqual([fieldIn(text, 'iops')]);
    expect(valuesOf(file, 'read latency p99')).toEqual([fieldIn(text, '99.000000')]);
    expect(file.series[0].benchmark).toBe('fio r (rw=randread, bs=4k, ioengine=psync, direct=1)');
  });

  it('takes clones of a job as one run, not as replicates', () => {
    const text = sample('fio-clones.json');
    const file = imported(FIO, text);
    // Every job has three directions; only the reads of the two are above zero.
    const iops = [0, 3].map((nth) => fieldIn(text, 'iops', nth));
    expect(seriesOf(file, 'read iops').runs).toEqual([{ values: iops }]);
    expect(file.series[0].benchmark).toContain('iodepth=4, numjobs=2');
  });

  it('finds the JSON between other output', () => {
    const text = sample('fio-terse5-json.txt');
    const file = imported(FIO, `fio: some warning {\n${text}\nmore text\n`);
    expect(valuesOf(file, 'write bandwidth')).toEqual([fieldIn(text, 'bw_bytes', 1)]);
    expect(file.series).toHaveLength(16);
  });

  it('reads the microseconds and KiB/s of fio 2', () => {
    const percentile = { '50.000000': 200, '99.000000': 900 };
    const clat = { min: 50, max: 5000, mean: 250.5, stddev: 10, percentile };
    const job = { jobname: 'old', error: 0, read: { io_bytes: 4000, bw: 100, iops: 25.5, clat } };
    const file = imported(FIO, one(job, 'fio-2.2.10'));
    expect(Object.fromEntries(file.series.map(({ metric, runs }) => [metric, runs[0].values[0]]))).toEqual({
      'read iops': 25.5,
      'read bandwidth': 102_400,
      'read latency mean': 250_500,
      'read latency p50': 200_000,
      'read latency p99': 900_000,
      'read latency max': 5_000_000,
    });
  });

  it('takes total latencies where completion latencies are switched off', () => {
    const off = { min: 0, max: 0, mean: 0, N: 0 };
    const read = { total_ios: 5, iops: 5, bw_bytes: 5, clat_ns: off, lat_ns: { max: 70, mean: 60, N: 5 } };
    const file = imported(FIO, one({ jobname: 'j', read, write: { total_ios: 0, iops: 0 } }));
    expect(valuesOf(file, 'read latency mean')).toEqual([60]);
    expect(valuesOf(file, 'read latency max')).toEqual([70]);
    expect(file.series.every(({ metric }) => metric.startsWith('read'))).toBe(true);
  });

  it('takes options of the file for jobs that do not set them', () => {
    const read = { total_ios: 1, iops: 1 };
    const job = { jobname: 'j', read, 'job options': { bs: '8k' } };
    const globals = { bs: '4k', readwrite: 'read', filename: '/dev/vda' };
    const file = imported(FIO, JSON.stringify({ 'global options': globals, jobs: [job] }));
    expect(file.series[0].benchmark).toBe('fio j (rw=read, bs=8k)');
  });

  it('reads how long writing out took, and tells of an option that was given twice', () => {
    const folder = temporaryFolder();
    const job = ['--name=s', '--rw=write', '--bs=8k', '--bs=4k', '--size=256k', '--fsync=4', '--ioengine=psync'];
    const text = runTool('fio', [...job, '--output-format=json'], folder);
    const file = imported(FIO, text);
    const [, , , mean] =
      /"sync" : \{\s*"total_ios" : (\d+),\s*"lat_ns" : \{\s*"min" : (\d+),\s*"max" : (\d+),\s*"mean" : ([\d.]+)/
        .exec(text)
        ?.slice(1) ?? [];
    expect(seriesOf(file, 'sync latency mean')).toMatchObject({ unit: 'ns', better: 'lower', role: 'secondary' });
    expect(valuesOf(file, 'sync latency mean')).toEqual([Number(mean)]);
    expect(file.series[0].benchmark).toBe('fio s (rw=write, bs=4k, ioengine=psync, fsync=4)');
    expect(file.issues.map(({ code, offset }) => [code, offset])).toEqual([['doubled-key', text.lastIndexOf('"bs"')]]);
  });

  it('leaves out failed jobs and says so', () => {
    const read = { total_ios: 1, iops: 1 };
    const jobs = [
      { jobname: 'good', error: 0, read },
      { jobname: 'bad', error: 5, read },
    ];
    const file = imported(FIO, JSON.stringify({ jobs }));
    expect(file.series.map(({ benchmark }) => benchmark)).toEqual(['fio good']);
    expect(file.issues).toMatchObject([{ code: 'failed-runs', message: expect.stringContaining('job bad') }]);
    expect(refusal(FIO, JSON.stringify({ jobs: jobs.slice(1) })).message).toContain('job bad');
  });

  it('refuses cut files, telling where in the whole text', () => {
    const text = `warning\n${sample('fio.json')}`;
    const damaged = text.replace('"groupid" : 0', '"groupid" : 0 ?');
    expect(refusal(FIO, damaged)).toMatchObject({ code: 'not-json', offset: damaged.indexOf('?') });
    expect(refusal(FIO, text.slice(0, 3000)).code).toBe('not-json');
    expect(refusal(FIO, 'fio: command not found').code).toBe('not-json');
  });

  it('recognises its files only', () => {
    expect(['fio.json', 'fio-clones.json', 'fio-terse5-json.txt'].every((name) => FIO.sniff(sample(name)))).toBe(true);
    expect(['fio-terse.txt', 'hyperfine.json', 'iperf3.json'].some((name) => FIO.sniff(sample(name)))).toBe(false);
  });

  it.each(['fio.json', 'fio-terse5-json.txt'])('survives damage (%s)', (name) => {
    expectToSurviveDamage(FIO, sample(name));
  });

  it('reads what the program writes today', () => {
    const folder = temporaryFolder();
    const job = ['--name=live', '--rw=randrw', '--bs=4k', '--size=2m', '--ioengine=psync', '--allow_mounted_write=0'];
    const text = runTool('fio', [...job, '--runtime=1', '--output-format=json,normal'], folder);
    const file = imported(FIO, text);
    expectSoundFile(file);
    expect(codesOf(file)).toEqual([]);
    // fio's text for people: `read: IOPS=81.5k, BW=318MiB/s (334MB/s)(1024KiB/3msec)`, rounded to three digits
    const scale: Record<string, number> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };
    for (const direction of ['read', 'write']) {
      const line = new RegExp(`^ +${direction}: IOPS=([\\d.]+)(k|M|), BW=\\S+ \\(([\\d.]+)([kMG])B/s\\)`, 'm').exec(
        text,
      );
      const [iops, bandwidth] = [1, 3].map((at) => Number(line?.[at]) * scale[line?.[at + 1] ?? '']);
      expect(valuesOf(file, `${direction} iops`)[0] / iops).toBeCloseTo(1, 1);
      expect(valuesOf(file, `${direction} bandwidth`)[0] / bandwidth).toBeCloseTo(1, 1);
    }
  });
});
