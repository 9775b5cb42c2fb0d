import { describe, expect, it } from 'vitest';
import { outermostGroups } from '../../../src/benchmarks/comparison/side.js';
import { GOOGLE_BENCHMARK } from '../../../src/benchmarks/importers/google-benchmark.js';
import { sideOf } from '../../../src/benchmarks/reading.js';
import { expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';

interface Entry {
  readonly run_name: string;
  readonly aggregate_name?: string;
  readonly real_time: number;
  readonly cpu_time: number;
  readonly bytes_per_second?: number;
}
/** What the library itself summed up. */
function aggregatesOf(text: string, name: string): Entry[] {
  const json = JSON.parse(text.replaceAll(': NaN', ': 0')) as { benchmarks: Entry[] };
  return json.benchmarks.filter(({ aggregate_name }) => aggregate_name === name);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('Google Benchmark', () => {
  it.each([
    ['google-benchmark.json', 2, 3],
    ['google-benchmark-repetitions.json', 4, 4],
  ])('takes repetitions as runs (%s)', (name, benchmarks, repetitions) => {
    const text = sample(name);
    const file = imported(GOOGLE_BENCHMARK, text);
    const means = aggregatesOf(text, 'mean');
    expect(means).toHaveLength(benchmarks);
    for (const { run_name: benchmark, real_time, cpu_time, bytes_per_second } of means) {
      const factor = benchmark.startsWith('BM_sleep') ? 1000 : 1;
      const times = seriesOf(file, 'time', benchmark);
      expect(times).toMatchObject({ unit: 'ns', better: 'lower', role: 'primary' });
      expect(times.runs.map(({ values }) => values.length)).toEqual(Array(repetitions).fill(1));
      expect(mean(valuesOf(file, 'time', benchmark)) / factor).toBeCloseTo(real_time, 6);
      expect(mean(valuesOf(file, 'cpu time', benchmark)) / factor).toBeCloseTo(cpu_time, 6);
      if (bytes_per_second !== undefined) {
        expect(mean(valuesOf(file, 'bytes', benchmark)) / bytes_per_second).toBeCloseTo(1, 9);
      }
    }
    expect(codesOf(file)).toEqual(expect.arrayContaining(['same-process', 'debug-build']));
    expect(file.issues.find(({ code }) => code === 'same-process')?.severity).toBe('note');
  });

  it('lets repetitions count only as long as there is no other process', () => {
    const text = sample('google-benchmark.json');
    const processes = (count: number) =>
      sideOf(
        Array.from({ length: count }, (_, index) => {
          const result = GOOGLE_BENCHMARK.read({ source: `run-${index}.json`, text, sibling: () => undefined });
          if (!result.ok) throw new Error(result.issue.message);
          return result.value;
        }),
      ).series[0].runs;
    expect(outermostGroups(processes(1)).map((group) => group.length)).toEqual([1, 1, 1]);
    expect(outermostGroups(processes(4)).map((group) => group.length)).toEqual([3, 3, 3, 3]);
  });

  it('reads counters whose direction is known, and counts the others; NaN is nothing', () => {
    const file = imported(GOOGLE_BENCHMARK, sample('google-benchmark-repetitions.json'));
    expect(seriesOf(file, 'items')).toMatchObject({
      benchmark: 'BM_getppid',
      unit: 'items/s',
      better: 'higher',
      role: 'secondary',
    });
    expect(file.series.some(({ metric }) => metric === 'copies' || metric === 'nothing')).toBe(false);
    const messages = file.issues.map(({ message }) => message).join('\n');
    expect(messages).toContain('counter copies (8 times)');
    expect(messages).toContain('BM_broken: no such device (4 times)');
    expect(file.facts).toEqual({ cpus: 2, cpuMhz: 2445, build: 'debug' });
    expect(file.series[0].runs[0].startedMs).toBe(Date.UTC(2026, 10, 22, 12, 26, 30));
  });

  it('tells what is wrong with a file', () => {
    const text = sample('google-benchmark.json');
    expect(
      codesOf(imported(GOOGLE_BENCHMARK, text.replace('"cpu_scaling_enabled": false', '"cpu_scaling_enabled": true'))),
    ).toContain('cpu-scaling');
    expect(codesOf(imported(GOOGLE_BENCHMARK, text.replace('"debug"', '"release"')))).toEqual(['same-process']);
    const aggregates = refusal(GOOGLE_BENCHMARK, text.replaceAll('"run_type": "iteration"', '"run_type": "aggregate"'));
    expect(aggregates.message).toContain('means and deviations only');
    expect(refusal(GOOGLE_BENCHMARK, text.slice(0, 2000))).toMatchObject({ code: 'not-json', severity: 'error' });
  });

  it('knows the summed-up entries of versions that do not mark them', () => {
    const text = sample('google-benchmark.json').replaceAll(
      /^.*"(?:run_type|run_name|aggregate_name|aggregate_unit)".*\n/gm,
      '',
    );
    const file = imported(GOOGLE_BENCHMARK, text);
    expect(
      file.series.filter(({ role }) => role === 'primary').map(({ benchmark, runs }) => [benchmark, runs.length]),
    ).toEqual([
      ['BM_getppid', 3],
      ['BM_memcpy/4096', 3],
    ]);
  });

  it('survives damage', () => expectToSurviveDamage(GOOGLE_BENCHMARK, sample('google-benchmark-repetitions.json')));
});
