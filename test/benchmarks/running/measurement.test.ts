/** What a run is taken to have measured. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measuredBy } from '../../../src/benchmarks/running/measurement.js';

const hyperfine = readFileSync('fixtures/benchmarks/samples/hyperfine.json', 'utf8');

const measured = (result: string, text: string, name = 'plan') => measuredBy({ name, result }, text, 5e6, 1.7e12);

const wallTime = {
  readAs: 'wall-time',
  facts: {},
  issues: [],
  series: [
    {
      benchmark: 'plan',
      metric: 'time',
      unit: 'ns',
      better: 'lower',
      role: 'primary',
      runs: [{ values: [5e6], startedMs: 1.7e12 }],
    },
  ],
};

test.each([
  ['auto', 'make: nothing to be done'],
  ['auto', ''],
  ['wall-time', hyperfine],
])('%s: the time of the command', (result, text) => {
  expect(measured(result, text)).toEqual({ ok: true, value: wallTime });
});

describe('a result in the output', () => {
  const times = (JSON.parse(hyperfine) as { results: { command: string; times: number[] }[] }).results;

  test.each(['auto', 'hyperfine'])('%s', (result) => {
    const found = measured(result, hyperfine);
    if (!found.ok) throw new Error(found.issue.message);
    expect(found.value.readAs).toBe('hyperfine');
    const series = found.value.series.filter(({ metric, role }) => metric === 'time' && role === 'primary');
    expect(series.map(({ benchmark }) => benchmark)).toEqual(times.map(({ command }) => `plan/${command}`));
    const firstNs = series[0].runs.flatMap(({ values }) => values);
    expect(firstNs.map((ns) => ns / 1e9)).toEqual(times[0].times.map((time) => expect.closeTo(time, 12) as number));
  });

  test('is called like the benchmark of the plan if it has the same name', () => {
    const found = measured('auto', '{"bench":"plan","unit":"ns","n":2,"reps":[4]}\n');
    expect(found.ok && found.value.series.map(({ benchmark }) => benchmark)).toEqual(['plan']);
  });
});

test.each([
  ['hyperfine', 'make: nothing to be done'],
  ['hyperfine', ''],
  ['fio', hyperfine],
  ['csv', ''],
  ['no-such-importer', hyperfine],
])('read as %s, %# holds no result: the run has failed', (result, text) => {
  expect(measured(result, text).ok).toBe(false);
});
