import { describe, expect, it } from 'vitest';
import { FIO } from '../../../src/benchmarks/importers/fio.js';
import { FIO_TERSE } from '../../../src/benchmarks/importers/fio-terse.js';
import type { BenchmarkFile } from '../../../src/benchmarks/model.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runTool, temporaryFolder } from './tools.js';

/** Both formats tell the same of one run; terse text has fewer digits. */
function expectSameResults(terse: BenchmarkFile, json: BenchmarkFile): void {
  const compared = json.series.filter(({ metric }) => terse.series.some((series) => series.metric === metric));
  // Only tails of less than 10 µs may be missing: they are printed as whole microseconds.
  const missing = json.series.filter((series) => !compared.includes(series));
  expect(missing.filter(({ role, runs }) => role !== 'tail' || runs[0].values[0] >= 11_000)).toEqual([]);
  for (const { metric, unit, better, role, runs } of compared) {
    const { runs: terseRuns, ...series } = seriesOf(terse, metric);
    expect(series).toMatchObject({ unit, better, role });
    expect(terseRuns).toHaveLength(runs.length);
    const step = unit === 'ns' ? 1000 : unit === 'B/s' ? 1024 : 1;
    expect(Math.abs(terseRuns[0].values[0] - runs[0].values[0]), metric).toBeLessThanOrEqual(step);
  }
}

describe('fio, terse', () => {
  it('gives one run of every metric of the direction that ran', () => {
    const file = imported(FIO_TERSE, sample('fio-terse.txt'));
    // typed from the file, which has microseconds and KiB/s
    expect(file.series.map(({ benchmark, metric, runs }) => [benchmark, metric, runs[0].values])).toEqual([
      ['fio rr', 'read iops', [13_344]],
      ['fio rr', 'read bandwidth', [53_378 * 1024]],
      ['fio rr', 'read latency mean', [73_558.706]],
      ['fio rr', 'read latency p50', [62_000]],
      ['fio rr', 'read latency p90', [91_000]],
      ['fio rr', 'read latency p99', [240_000]],
      ['fio rr', 'read latency p99.9', [929_000]],
      ['fio rr', 'read latency max', [18_868_000]],
    ]);
    expect(file.facts).toEqual({ tool: 'fio-3.33' });
    expect(file.issues).toEqual([]);
  });

  it('agrees with the JSON of the same run', () => {
    const text = sample('fio-terse5-json.txt');
    expectSameResults(imported(FIO_TERSE, text), imported(FIO, text));
  });

  it('leaves out latencies of few microseconds', () => {
    const file = imported(FIO_TERSE, sample('fio-terse5-json.txt'));
    // The line says 99.000000%=8 of the writes, and 99.900000%=22.
    expect(file.series.map(({ metric }) => metric)).not.toContain('write latency p99');
    expect(valuesOf(file, 'write latency p99.9')).toEqual([22_000]);
    expect(file.issues).toMatchObject([{ code: 'coarse-value' }]);
  });

  it('takes repeated lines of a job as one run and says so', () => {
    const text = sample('fio-terse.txt');
    const file = imported(FIO_TERSE, `warning of fio\n${text}${text.replace(';13344;', ';13345;')}`);
    expect(seriesOf(file, 'read iops').runs).toEqual([{ values: [13_344, 13_345] }]);
    expect(codesOf(file)).toEqual(['repeated-job']);
  });

  it('leaves out failed jobs', () => {
    const failed = sample('fio-terse.txt').replace(';rr;0;0;', ';rr;0;5;');
    expect(refusal(FIO_TERSE, failed)).toMatchObject({
      code: 'no-results',
      message: expect.stringContaining('job rr'),
    });
  });

  it('refuses lines that are cut or hold other fields than they should', () => {
    const text = sample('fio-terse.txt');
    const fields = text.split(';');
    // Version 3 has 5 fields before two directions of 41 fields each, and others after them.
    expect(refusal(FIO_TERSE, fields.slice(0, 87).join(';')).code).toBe('no-results');
    expect(valuesOf(imported(FIO_TERSE, fields.slice(0, 88).join(';')), 'read iops')).toEqual([13_344]);
    expect(refusal(FIO_TERSE, text.replace('3;fio', '5;fio')).message).toContain('job rr');
    expect(refusal(FIO_TERSE, text.replace(';rr;', ';r;r;')).code).toBe('no-results');
    expect(refusal(FIO_TERSE, text.replace('3;fio', '6;fio')).code).toBe('no-results');
  });

  it('recognises its files only', () => {
    expect(FIO_TERSE.sniff(sample('fio-terse.txt'))).toBe(true);
    expect(FIO_TERSE.sniff(`fio: warning\n${sample('fio-terse.txt')}`)).toBe(true);
    expect(['fio.json', 'sysbench-cpu.txt', 'stress-ng.yaml'].some((name) => FIO_TERSE.sniff(sample(name)))).toBe(
      false,
    );
  });

  it('survives damage', () => expectToSurviveDamage(FIO_TERSE, sample('fio-terse.txt')));

  it.each(['2', '3', '4', '5'])('reads what the program writes today, version %s', (version) => {
    const folder = temporaryFolder();
    const job = ['--name=live', '--rw=randrw', '--bs=4k', '--size=2m', '--runtime=1', '--ioengine=psync'];
    const text = runTool('fio', [...job, '--output-format=terse,json', `--terse-version=${version}`], folder);
    const terse = imported(FIO_TERSE, text);
    expectSoundFile(terse);
    expectSameResults(terse, imported(FIO, text));
    expect(FIO_TERSE.sniff(text)).toBe(true);
  });
});
