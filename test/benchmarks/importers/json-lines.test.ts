import { describe, expect, it } from 'vitest';
import { JSON_LINES } from '../../../src/benchmarks/importers/json-lines.js';
import { expectToSurviveDamage } from './damage.js';
import { codesOf, imported, nativeAndVm, refusal, seriesOf, valuesOf } from './results.js';

const read = (...lines: readonly object[]) =>
  imported(JSON_LINES, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** The numbers of a bench in order of rounds, found without reading JSON. */
const repsOf = (text: string, bench: string): number[][] =>
  [...text.matchAll(new RegExp(`"bench": "${bench}".*"reps": \\[(.*)\\]`, 'g'))].map(([, reps]) =>
    reps.split(', ').map(Number),
  );

describe('JSON lines', () => {
  it.each(['native', 'vm'] as const)('takes each line with reps as a run (%s)', (side) => {
    const text = nativeAndVm(side, 'kbench.jsonl');
    const file = imported(JSON_LINES, text);
    expect(file.series).toHaveLength(17);
    expect(file.issues).toEqual([]);
    for (const { benchmark, runs, unit, metric, better, role } of file.series) {
      expect([metric, unit, better, role]).toEqual(['time', 'ns', 'lower', 'primary']);
      expect(runs.map(({ values }) => values)).toEqual(repsOf(text, benchmark));
      expect(runs).toHaveLength(6);
    }
    expect(seriesOf(file, 'time', 'getpid').operationsPerValue).toBe(20_000);
    expect(seriesOf(file, 'time', 'sleep').operationsPerValue).toBe(50);
  });

  it('reads lines without a round', () => {
    const text = nativeAndVm('rec', 'chase/samples.jsonl');
    const [series, ...others] = imported(JSON_LINES, text).series;
    expect(others).toEqual([]);
    expect(series).toMatchObject({ benchmark: 'chase', operationsPerValue: 100_000 });
    expect(series.runs).toHaveLength(1);
    expect(series.runs[0].values).toHaveLength(12);
    expect(series.runs[0].values[0]).toBe(19_075_436);
  });

  it('gathers single values by run and boot', () => {
    const fork = { benchmark: 'fork', metric: 'time', unit: 'us' };
    const file = read(
      { facts: { cpus: 4, kernel: '6.1.0', memoryBytes: 2 ** 30, nonsense: 1 } },
      { ...fork, value: 81.5, run: 1, boot: 7, startedMs: 5 },
      { ...fork, value: 82, run: 1, boot: 7 },
      { ...fork, value: 90, run: 2, boot: 7 },
      { ...fork, value: 91 },
      { ...fork, value: 92 },
      { benchmark: 'copy', unit: 'GB/s', value: 3 },
      { benchmark: 'game', metric: 'score', unit: 'points', value: 5, better: 'higher' },
    );
    expect(seriesOf(file, 'time', 'fork').runs).toEqual([
      { values: [81_500, 82_000], boot: '7', startedMs: 5 },
      { values: [90_000], boot: '7' },
      { values: [91_000] },
      { values: [92_000] },
    ]);
    expect(seriesOf(file, 'throughput', 'copy')).toMatchObject({
      unit: 'B/s',
      better: 'higher',
      runs: [{ values: [3e9] }],
    });
    expect(seriesOf(file, 'score', 'game').better).toBe('higher');
    expect(file.facts).toEqual({ cpus: 4, kernel: '6.1.0', memoryBytes: 2 ** 30 });
    expect(file.issues).toEqual([]);
  });

  it('counts damaged lines once, with the place of the first', () => {
    const good = '{"bench":"a","unit":"ns","reps":[1,2]}\n';
    const bad = [
      '{"bench":"a","unit":"ns","reps":[1,2',
      '{"bench":"a","unit":"ns","reps":[1,null]}',
      '{"bench":"a","unit":"ns","reps":[]}',
      '{"bench":"a","unit":"ns","n":0,"reps":[1]}',
      '{"bench":"a","reps":[1]}',
      '{"bench":"a","unit":"ns","value":"1"}',
      '{"bench":"a","unit":"ns","value":1,"better":"up"}',
      '{"bench":"a","unit":"ns","value":1,"value":2}',
      '[]',
      'null',
      'text',
    ];
    const file = imported(JSON_LINES, `${good}\n${bad.join('\n')}\n${good}`);
    expect(seriesOf(file, 'time', 'a').runs).toEqual([{ values: [1, 2] }, { values: [1, 2] }]);
    expect(file.issues).toEqual([
      expect.objectContaining({
        code: 'damaged-line',
        offset: good.length + 1,
        message: expect.stringContaining('11 lines') as string,
      }),
    ]);
  });

  it('gives up where nearly all is damaged, and keeps no more metrics than a file can have', () => {
    const good = '{"bench":"a","unit":"ns","reps":[1]}\n';
    const file = imported(JSON_LINES, good + '{"bench"\n'.repeat(1000) + good);
    expect(valuesOf(file, 'time', 'a')).toEqual([1]);
    expect(file.issues[0].message).toContain('What follows was not looked at');
    const names = Array.from({ length: 100_001 }, (_, index) => `{"bench":"${index}","unit":"ns","value":1}\n`);
    const many = imported(JSON_LINES, names.join(''));
    expect(many.series).toHaveLength(100_000);
    expect(codesOf(many)).toEqual(['too-many-runs']);
  });

  it('does not mix totals of different numbers of operations', () => {
    const bench = { bench: 'a', unit: 'ns' };
    const file = read(
      { ...bench, n: 10, reps: [100] },
      { ...bench, n: 20, reps: [200] },
      { ...bench, n: 10, reps: [101] },
    );
    expect(valuesOf(file, 'time', 'a')).toEqual([100, 101]);
    expect(codesOf(file)).toEqual(['not-the-same-kind']);
  });

  it('says what it does not understand', () => {
    const lines = read(
      { benchmark: 'a', unit: 'ns', value: 1, threads: 4 },
      { benchmark: 'a', unit: 'widgets', value: 1 },
    );
    expect(codesOf(lines)).toEqual(['unknown-key', 'unknown-direction']);
    const text =
      '{"benchmark":"a","unit":"ns","value":1,"side":"N"}\n{"benchmark":"a","unit":"ns","value":1,"side":"V"}\n';
    expect(refusal(JSON_LINES, text)).toMatchObject({ code: 'several-sides', severity: 'error' });
    expect(refusal(JSON_LINES, '{"facts":{"cpus":4}}\n').code).toBe('no-results');
  });

  it('keeps the sides of one file apart, with their facts', () => {
    const text = [
      { facts: { cpus: 16 }, side: 'native' },
      { facts: { cpus: 4 }, side: 'vm' },
      { facts: { kernel: '6.1' } },
      { benchmark: 'a', unit: 'ns', value: 1, side: 'native', run: 1 },
      { benchmark: 'a', unit: 'ns', value: 2, side: 'vm', run: 1 },
      { benchmark: 'a', unit: 'ns', value: 3, side: true },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
    const vm = imported(JSON_LINES, text, 'vm');
    expect(valuesOf(vm, 'time')).toEqual([2]);
    expect(vm.facts).toEqual({ cpus: 4 });
    expect(codesOf(vm)).toEqual(['damaged-line', 'no-side']);
    expect(imported(JSON_LINES, text, 'native').facts).toEqual({ cpus: 16 });
  });

  it('survives damage', () => {
    expectToSurviveDamage(JSON_LINES, nativeAndVm('vm', 'kbench.jsonl'));
    const text = '{"facts":{"cpus":4}}\n{"benchmark":"a","unit":"us","value":1,"run":1,"boot":"x","startedMs":5}\n';
    expectToSurviveDamage(JSON_LINES, text);
  });
});
