/** What compare takes from the one file of a plan that was run: the runs that count, in boots, with what the systems are. */
import { describe, expect, it } from 'vitest';
import { sidesOfResult } from '../../../src/benchmarks/bench-result.js';
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import type { MechanismRule } from '../../../src/benchmarks/mechanisms.js';
import { sideOf } from '../../../src/benchmarks/reading.js';
import type { SideName } from '../../../src/benchmarks/running/plan.js';
import type { BenchResult, RunRecord } from '../../../src/benchmarks/running/result.js';
import { resultText } from '../../../src/benchmarks/running/result-file.js';
import { failedRun, resultOf, run, sitting } from '../running/results.js';
import { pairOf, series } from './sides.js';

function sides(result: BenchResult) {
  const read = sidesOfResult(resultText(result), 'r.json');
  if (!read.ok) throw new Error(read.issue.message);
  return { native: sideOf(read.value.native), vm: sideOf(read.value.vm), mechanisms: read.value.mechanisms };
}

const timed = (side: SideName, value: number, more: Partial<RunRecord> = {}) =>
  run({ side, series: [series('a', [value])], startedMs: 1.7e12 + value, ...more });

describe('the runs of a plan', () => {
  it('count if they worked and were no warm-up', () => {
    const { native, vm } = sides(
      resultOf([
        timed('native', 99, { isWarmup: true }),
        timed('native', 5),
        timed('vm', 7),
        failedRun({ side: 'vm' }),
        timed('vm', 8),
      ]),
    );
    expect(native.series.map(({ runs }) => runs.map(({ values }) => values))).toEqual([[[5]]]);
    expect(vm.series.map(({ runs }) => runs.map(({ values }) => values))).toEqual([[[7], [8]]]);
  });

  it('are one run each, whatever was repeated inside, and cost what one operation does', () => {
    const inside = (n: number, values: readonly number[]) =>
      run({
        series: [{ ...series('a', []), operationsPerValue: n, runs: values.map((value) => ({ values: [value] })) }],
      });
    const { native } = sides(resultOf([inside(10, [100, 110]), inside(20, [240])]));
    expect(native.series[0].runs.map(({ values }) => values)).toEqual([[10, 11], [12]]);
  });

  it('are in boots where there were several', () => {
    const boots = (...names: string[]) =>
      resultOf(
        names.map((_, index) => timed('native', 5 + index, { sitting: index })),
        {
          sittings: names.map((boot) =>
            sitting({ environments: { native: { facts: { cpus: 2 }, boot }, vm: { facts: { cpus: 2 } } } }),
          ),
        },
      );
    expect(sides(boots('x', 'y', 'y')).native.series[0].runs.map(({ boot }) => boot)).toEqual(['x', 'y', 'y']);
    expect(sides(boots('x', 'x')).native.series[0].runs.map(({ boot }) => boot)).toEqual([undefined, undefined]);
  });
});

describe('what the systems are', () => {
  const facts = (side: SideName, more: Partial<RunRecord>) => timed(side, 5, more);

  it('comes from the environment, and of programs from their output', () => {
    const { native, vm } = sides(
      resultOf([
        facts('native', { facts: { tool: 'fio-3.33', cpus: 64, kernel: '6.1' } }),
        facts('vm', { facts: { tool: 'fio-3.35', cpus: 64, kernel: '6.1' } }),
      ]),
    );
    const comparison = compare({ native, vm });
    expect(comparison.facts).toEqual({ native: { cpus: 2, kernel: '6.1' }, vm: { cpus: 2, kernel: '6.1' } });
    expect(comparison.differences.map(({ fact, native: a, vm: b }) => [fact, a, b])).toEqual([
      ['tool', 'fio-3.33', 'fio-3.35'],
    ]);
    expect(comparison.issues).not.toContainEqual(expect.objectContaining({ code: 'facts-disagree' }));
  });

  it('is told where it changed between sittings', () => {
    const changed = [2, 4].map((cpus) =>
      sitting({ environments: { native: { facts: { cpus } }, vm: { facts: { cpus: 2 } } } }),
    );
    const { native } = sides(resultOf([timed('native', 5)], { sittings: changed }));
    expect(native.issues.map(({ code }) => code)).toEqual(expect.arrayContaining(['side-changed']));
    expect(native.issues.map(({ code }) => code)).not.toContain('facts-disagree');
  });
});

it('what the plan says that a benchmark exercises goes with it', () => {
  const text =
    'version: 1\nsides: { native: { where: host }, vm: { prefix: [nice] } }\nbenchmarks: [{ name: a, shell: x, mechanism: timer }]\n';
  const { mechanisms } = sides(resultOf([timed('native', 5)], { plan: { source: 'p', text, sha256: '' } }));
  expect([...mechanisms]).toEqual([['a', 'timer']]);
});

it('what a program calls what it measures tells what that exercises, where the plan does not', () => {
  const names = ['a/cpuid', 'a/syscall/basic', 'a/mine', 'a'];
  const measured = (side: SideName) => run({ side, series: names.map((name) => series(name, [5])) });
  const { native, vm } = sides(resultOf([measured('native'), measured('vm')]));
  const mechanisms = (rules: readonly MechanismRule[]) =>
    new Map(compare({ native, vm, mechanisms: rules }).pairs.map(({ benchmark, mechanism }) => [benchmark, mechanism]));
  const known = { 'a/cpuid': 'privileged-register', 'a/syscall/basic': 'system-call', 'a/mine': null, a: null };
  expect(mechanisms([])).toEqual(new Map(Object.entries(known)));
  const ofPlan = mechanisms([{ benchmark: 'a/*', mechanism: 'timer' }]);
  expect([ofPlan.get('a/cpuid'), ofPlan.get('a/mine'), ofPlan.get('a')]).toEqual(['timer', 'timer', null]);
});

it('a made-up sitting number does no harm', () => {
  const text = resultText(
    resultOf([timed('native', 5), timed('vm', 6)], {
      sittings: [sitting(), sitting({ environments: { native: { facts: {}, boot: 'z' }, vm: { facts: {} } } })],
    }),
  );
  const read = sidesOfResult(text.replaceAll('"sitting":0', '"sitting":-7.5'), 'r.json');
  if (!read.ok) throw new Error(read.issue.message);
  const { pairs } = compare({ native: sideOf(read.value.native), vm: sideOf(read.value.vm) });
  if (pairs.length > 0) expect(pairOf({ pairs } as Parameters<typeof pairOf>[0], 'a').slowdown).toBeCloseTo(1.2, 12);
});

it('every cut of the file is read or refused', () => {
  const text = resultText(resultOf([timed('native', 5), timed('vm', 6)]));
  for (let end = 0; end < text.length; end++) {
    const read = sidesOfResult(text.slice(0, end), 'r.json');
    if (!read.ok) expect(read.issue.message).toContain('r.json');
  }
});
