import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CYCLICTEST_HISTOGRAM } from '../../../src/benchmarks/importers/cyclictest-histogram.js';
import { CYCLICTEST_JSON } from '../../../src/benchmarks/importers/cyclictest-json.js';
import type { BenchmarkFile } from '../../../src/benchmarks/model.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runTool, temporaryFolder } from './tools.js';

interface Thread {
  readonly histogram: Record<string, number>;
  readonly cycles: number;
  readonly avg: number;
  readonly max: number;
}
const threadsOf = (text: string): Thread[] =>
  Object.values((JSON.parse(text) as { thread: Record<string, Thread> }).thread);

/** Every single latency in µs, shortest first, overflows as Infinity: quantiles need no counting then. */
function latenciesOf({ histogram, cycles }: Thread): number[] {
  const known = Object.entries(histogram).flatMap(([latency, count]) => Array<number>(count).fill(Number(latency)));
  return [...known, ...Array<number>(cycles - known.length).fill(Number.POSITIVE_INFINITY)].sort((a, b) => a - b);
}

const metricsOf = (file: BenchmarkFile, benchmark: string): Record<string, number> =>
  Object.fromEntries(
    file.series
      .filter((series) => series.benchmark === benchmark)
      .map(({ metric, runs }) => [metric, runs[0].values[0]]),
  );

describe('cyclictest JSON', () => {
  it('keeps overflows in mind: they are cycles without a bin', () => {
    const text = sample('cyclictest.json');
    const file = imported(CYCLICTEST_JSON, text);
    // Of 2000 cycles 1799 are in bins: the 1000th is known, the 1800th is not.
    const [thread] = threadsOf(text);
    expect(latenciesOf(thread)[1798]).toBeLessThan(100);
    expect(latenciesOf(thread)[1799]).toBe(Number.POSITIVE_INFINITY);
    expect(metricsOf(file, 'cyclictest -i200')).toEqual({
      'latency mean': 87_040,
      'latency max': 7_534_000,
      'latency p50': latenciesOf(thread)[999] * 1000,
    });
    expect(codesOf(file)).toEqual(['quantile-in-overflow']);
    expect(file.issues[0].message).toMatch(/p90 .*p99 .*p99\.9 /);
    expect(file.facts).toEqual({ kernel: '6.18.44', architecture: 'x86_64', tool: 'cyclictest 2.40' });
    expect(seriesOf(file, 'latency mean').role).toBe('primary');
    expect(seriesOf(file, 'latency max').role).toBe('tail');
    expect(seriesOf(file, 'latency max').runs[0].startedMs).toBe(Date.UTC(2026, 10, 22, 7, 23, 19));
  });

  it('gives quantiles over all threads and of each', () => {
    const text = sample('cyclictest-two-threads.json');
    const file = imported(CYCLICTEST_JSON, text);
    const threads = threadsOf(text);
    const name = 'cyclictest -i300 -m -p90 -t2';
    const all = threads.flatMap(latenciesOf).sort((a, b) => a - b);
    const [of600, of300] = [
      { p50: 299, p90: 539, p99: 593, 'p99.9': 599 },
      { p50: 149, p90: 269, p99: 296, 'p99.9': 299 },
    ];
    const expectedTails = (latencies: readonly number[], positions: Record<string, number>): Record<string, number> =>
      Object.fromEntries(
        Object.entries(positions)
          .map(([quantile, position]) => [`latency ${quantile}`, latencies[position] * 1000] as const)
          .filter(([, latency]) => latency >= 10_000),
      );
    expect(metricsOf(file, name)).toEqual({
      'latency mean': ((threads[0].avg + threads[1].avg) / 2) * 1000,
      'latency max': Math.max(threads[0].max, threads[1].max) * 1000,
      ...expectedTails(all, of600),
    });
    threads.forEach((thread, number) => {
      expect(metricsOf(file, `${name} thread ${number}`)).toEqual({
        'latency mean': thread.avg * 1000,
        'latency max': thread.max * 1000,
        ...expectedTails(latenciesOf(thread), of300),
      });
    });
    expect(file.issues.map(({ code }) => code)).toEqual(['coarse-value']);
    expect(file.series.filter(({ role }) => role === 'primary')).toHaveLength(1);
  });

  it('understands -N, command lines of all styles, realtime kernels and failures', () => {
    const text = sample('cyclictest.json')
      .replace(
        '"cyclictest -q -l 2000 -i 200 -h 100 --json=cyclictest.json"',
        '"cyclictest --quiet -S --interval=200 -D5 -p 90 --policy=rr -N"',
      )
      .replace('"resolution_in_ns": 0', '"resolution_in_ns": 1')
      .replace('"realtime": 0', '"realtime": 1')
      .replace('"return_code": 0', '"return_code": 3');
    const file = imported(CYCLICTEST_JSON, text);
    expect(valuesOf(file, 'latency max', 'cyclictest --policy=rr -S -i200 -p90')).toEqual([7534]);
    expect(file.facts).toMatchObject({ kernel: '6.18.44 (realtime)', cpus: 1 });
    expect(codesOf(file)).toContain('run-failed');
  });

  it('does without a histogram, and not with one that counts too much', () => {
    const [head, tail] = sample('cyclictest.json').split(/"histogram": \{[^}]*\}/);
    const without = imported(CYCLICTEST_JSON, `${head}"histogram": {}${tail}`);
    expect(without.series.map(({ metric }) => metric)).toEqual(['latency mean', 'latency max']);
    expect(codesOf(without)).toEqual(['no-histogram']);
    expect(codesOf(imported(CYCLICTEST_JSON, `${head}"histogram": {"50": 2001}${tail}`))).toEqual([
      'damaged-histogram',
    ]);
    expect(refusal(CYCLICTEST_JSON, '{"rt_test_version:": "2.40", "thread": {}}').code).toBe('no-results');
    expect(refusal(CYCLICTEST_JSON, sample('cyclictest.json').slice(0, 700)).code).toBe('not-json');
  });

  it.each(['cyclictest.json', 'cyclictest-two-threads.json'])('survives damage of %s', (name) =>
    expectToSurviveDamage(CYCLICTEST_JSON, sample(name)),
  );
});

describe('cyclictest histogram', () => {
  it('adds overflows to the cycles', () => {
    const file = imported(CYCLICTEST_HISTOGRAM, sample('cyclictest-hist.txt'));
    // 1999 of 2000 cycles are overflows: even the median is one.
    expect(metricsOf(file, 'cyclictest')).toEqual({ 'latency mean': 83_000, 'latency max': 3_381_000 });
    expect(codesOf(file)).toEqual(['quantile-in-overflow']);
  });

  it('says the same as the JSON of the same run', () => {
    const json = imported(CYCLICTEST_JSON, sample('cyclictest-two-threads.json'));
    const text = imported(CYCLICTEST_HISTOGRAM, sample('cyclictest-two-threads.txt'));
    expect(text.series.length).toBe(15);
    text.series.forEach(({ benchmark, metric, runs, role }, i) => {
      expect(benchmark).toBe(json.series[i].benchmark.replace(/ -i300 -m -p90 -t2/, ''));
      expect([metric, role]).toEqual([json.series[i].metric, json.series[i].role]);
      expect(runs[0].values[0]).toBeCloseTo(json.series[i].runs[0].values[0], 6);
    });
  });

  it('does not take the sums of -H for a thread, and means without their fraction for exact', () => {
    const file = imported(CYCLICTEST_HISTOGRAM, sample('cyclictest-all-column.txt'));
    expect(new Set(file.series.map(({ benchmark }) => benchmark))).toEqual(
      new Set(['cyclictest', 'cyclictest thread 0', 'cyclictest thread 1']),
    );
    expect(valuesOf(file, 'latency max', 'cyclictest')).toEqual([57_000]);
    // Thread 0 has no overflow, so its histogram tells a mean; 7 µs as printed are too coarse.
    expect(valuesOf(file, 'latency mean', 'cyclictest thread 0')[0]).toBeGreaterThan(7000);
    expect(file.series.some(({ benchmark, metric }) => benchmark === 'cyclictest' && metric === 'latency mean')).toBe(
      false,
    );
  });

  it('does not look at every row for every thread', () => {
    const rows = Array.from({ length: 50_000 }, (_, latency) => `${latency} 1`);
    const sums = ['Total', 'Avg Latencies', 'Max Latencies', 'Histogram Overflows'].map(
      (name) => `# ${name}: ${'1 '.repeat(100_000)}`,
    );
    const text = ['# Histogram', ...rows, ...sums, ''].join('\n');
    expect(refusal(CYCLICTEST_HISTOGRAM, text).message).toContain('do not agree');
  });

  it('takes several histograms as runs, and no half ones', () => {
    const text = sample('cyclictest-hist.txt');
    const file = imported(CYCLICTEST_HISTOGRAM, text + text + text.slice(0, text.indexOf('# Max')));
    expect(valuesOf(file, 'latency max')).toEqual([3_381_000, 3_381_000]);
    expect(codesOf(file)).toContain('cut-histogram');
    const lost = text.replace('000018 000001\n', '');
    expect(refusal(CYCLICTEST_HISTOGRAM, lost).message).toContain('the table and its totals do not agree');
  });

  it.each(['cyclictest-hist.txt', 'cyclictest-two-threads.txt'])('survives damage of %s', (name) =>
    expectToSurviveDamage(CYCLICTEST_HISTOGRAM, sample(name)),
  );
});

it('reads what cyclictest writes today, in both formats', () => {
  const json = join(temporaryFolder(), 'results.json');
  const text = cyclictest(['-q', '-t', '2', '-l', '400', '-i', '1000', '-h', '5000', `--json=${json}`]);
  const [fromJson, fromText] = [
    imported(CYCLICTEST_JSON, readFileSync(json, 'utf8')),
    imported(CYCLICTEST_HISTOGRAM, text),
  ];
  for (const file of [fromJson, fromText]) expectSoundFile(file);
  const maxima = threadsOf(readFileSync(json, 'utf8')).map(({ max }) => max * 1000);
  const shared = fromText.series.filter(({ metric }) => metric === 'latency max').flatMap(({ runs }) => runs[0].values);
  expect(shared).toEqual([Math.max(...maxima), ...maxima]);
  const hasOverflow = !/^# Histogram Overflows: 0+ 0+\s*$/m.test(text);
  const named = metricsOf(fromJson, 'cyclictest -i1000 -t2');
  for (const [metric, latency] of Object.entries(metricsOf(fromText, 'cyclictest'))) {
    // The JSON has two decimals of each mean; the text has whole microseconds of a thread with an overflow.
    expect(Math.abs(named[metric] - latency), metric).toBeLessThan(hasOverflow ? 1000 : 20);
  }
});

function cyclictest(args: readonly string[]): string {
  try {
    return runTool('cyclictest', args);
  } catch (error) {
    if (process.getuid?.() === 0) throw error;
    throw new Error('This test runs cyclictest, which must be root (or needs CAP_SYS_NICE).', { cause: error });
  }
}
