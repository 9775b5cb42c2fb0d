/** What is compared with what, and what is not. */
import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import { sideOf } from '../../../src/benchmarks/reading.js';
import { codesOf, compared, pairOf, series, side } from './sides.js';

const VALUES = [5, 5.1, 5.2, 5.3];

describe('pairs', () => {
  it('have the same benchmark, metric and unit', () => {
    const native = [series('a', VALUES), series('a', VALUES, { metric: 'p99', role: 'tail' }), series('b', VALUES)];
    const vm = [series('a', VALUES), series('b', VALUES, { unit: 'B' }), series('c', VALUES)];
    const { pairs, unpaired } = compared(native, vm);
    expect(pairs.map(({ benchmark, metric }) => [benchmark, metric])).toEqual([['a', 'time']]);
    expect(unpaired).toEqual([
      { benchmark: 'a', metric: 'p99', unit: 'ns', side: 'native', otherUnit: null },
      { benchmark: 'b', metric: 'time', unit: 'ns', side: 'native', otherUnit: 'B' },
      { benchmark: 'b', metric: 'time', unit: 'B', side: 'vm', otherUnit: 'ns' },
      { benchmark: 'c', metric: 'time', unit: 'ns', side: 'vm', otherUnit: null },
    ]);
  });

  it('that are of different kinds are told, and no pairs', () => {
    const higher = series('a', VALUES, { better: 'higher' });
    const total = series('b', VALUES, { operationsPerValue: 10 });
    const comparison = compared([series('a', VALUES), series('b', VALUES)], [higher, total]);
    expect(comparison.pairs).toEqual([]);
    expect(codesOf(comparison).filter((code) => code === 'not-the-same-kind')).toHaveLength(2);
  });

  it('are of costs per operation, however many operations each side made', () => {
    const native = series('a', [1000, 1010, 1020, 1030], { operationsPerValue: 10 });
    const vm = series('a', [40_000, 40_400, 40_800, 41_200], { operationsPerValue: 200 });
    const pair = pairOf(compared([native], [vm]), 'a');
    expect(pair.slowdown).toBeCloseTo(2, 12);
    expect([pair.native.median, pair.vm.median]).toEqual([101.5, expect.closeTo(203, 9)]);
    expect(pair.lostNs).toBeCloseTo(101.5, 9);
  });

  it('where benchmarks are called alike, but measured other things, the error names those', () => {
    const { issues } = compared([series('x', VALUES)], [series('x', VALUES, { metric: 'latency' })]);
    expect(issues[0].message).toMatch(/the native one has "x", time in ns, the VM's has "x", latency in ns$/);
  });

  it('where nothing is on both sides, an error names what there is', () => {
    const { issues } = compared([series('./x', VALUES)], [series('x', VALUES)]);
    expect(issues).toEqual([expect.objectContaining({ code: 'nothing-in-common', severity: 'error' })]);
    expect(issues[0].message).toContain('"./x"');
    expect(issues[0].message).toContain('"x"');
  });
});

describe('files of one side', () => {
  const file = (source: string, values: readonly number[], startedMs?: number) => ({
    source,
    format: 'test',
    facts: {},
    issues: [],
    series: [
      {
        ...series('a', []),
        runs: values.map((value, index) => ({
          values: [value],
          ...(startedMs !== undefined && { startedMs: startedMs + index }),
        })),
      },
    ],
  });

  it('add up, in the order of their times where all know them, else as they come', () => {
    const values = (...files: ReturnType<typeof file>[]) => sideOf(files).series[0].runs.map((run) => run.values[0]);
    expect(values(file('x', [1, 2]), file('y', [3]))).toEqual([1, 2, 3]);
    expect(values(file('x', [1, 2], 5000), file('y', [3], 1000))).toEqual([3, 1, 2]);
    expect(values(file('x', [1, 2], 5000), file('y', [3]))).toEqual([1, 2, 3]);
  });

  it('may be as many and as long as they like', () => {
    const long = Array.from({ length: 300_000 }, (_, index) => index);
    expect(sideOf([file('x', long), file('y', long)]).series[0].runs).toHaveLength(600_000);
  });

  it('of which one is of another kind are told', () => {
    const other = { ...file('y', [3]), series: [series('a', [3], { better: 'higher' })] };
    const merged = sideOf([file('x', [1]), other]);
    expect(merged.series[0].runs).toHaveLength(1);
    expect(codesOf(merged as Pick<ReturnType<typeof compare>, 'issues'>)).toEqual(['not-the-same-kind']);
  });
});

describe('exchanged sides', () => {
  const slow = Array.from({ length: 4 }, (_, index) => series(`m ${index}`, [9, 9.1, 9.2, 9.3, 9.4, 9.5]));
  const fast = Array.from({ length: 4 }, (_, index) => series(`m ${index}`, [5, 5.1, 5.2, 5.3, 5.4, 5.5]));

  it('are asked about where the VM beats native at most', () => {
    expect(codesOf(compare({ native: side(slow), vm: side(fast) }))).toContain('mostly-faster');
    expect(codesOf(compare({ native: side(fast), vm: side(slow) }))).not.toContain('mostly-faster');
  });
});

describe('sides that did not take turns', () => {
  const at = (...startedMs: number[]) => ({
    ...series('a', []),
    runs: startedMs.map((time) => ({ values: [5], startedMs: time })),
  });
  const notes = (native: readonly number[], vm: readonly number[]) =>
    compared([at(...native)], [at(...vm)])
      .issues.filter(({ code }) => code === 'not-in-turns')
      .map(({ message }) => message);

  it('are told, with how far apart they are', () => {
    expect(notes([0, 60e3], [180e3, 240e3])).toEqual([expect.stringMatching(/before those in the VM, 2\.0 min apart/)]);
    expect(notes([180e3, 240e3], [0, 60e3])).toEqual([expect.stringMatching(/after those in the VM, 2\.0 min apart/)]);
  });

  it('are those only: not runs in turns, nor runs of which no times are known', () => {
    expect(notes([0, 120e3], [60e3, 180e3])).toEqual([]);
    expect(notes([0], [60e3])).toEqual([]);
    expect(compared([series('a', [1, 2])], [at(5, 6)]).issues).toEqual([
      expect.objectContaining({ code: 'too-few-runs' }),
    ]);
  });
});
