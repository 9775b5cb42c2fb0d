/** What a reader of a result is warned of. */
import { describe, expect, test } from 'vitest';
import type { ClockReading } from '../../../src/benchmarks/running/clock-check.js';
import type { Plan } from '../../../src/benchmarks/running/plan.js';
import { readPlan } from '../../../src/benchmarks/running/plan-file.js';
import type { BenchResult } from '../../../src/benchmarks/running/result.js';
import { warningsOf } from '../../../src/benchmarks/running/warnings.js';
import { failedRun, PLAN_TEXT, resultOf, run, sitting } from './results.js';

const reading = readPlan(PLAN_TEXT, 'plan.yaml');
const plan: Plan = reading.ok ? reading.plan : expect.unreachable();

/** Codes by side; notes about the clock are left out where there is none. */
const codesOf = (result: BenchResult): string[] =>
  warningsOf(result, plan)
    .map(({ side = 'both', issue }) => `${side} ${issue.code}`)
    .filter((code) => result.sittings.some(({ clock }) => clock.length > 0) || code !== 'vm clock-unchecked');

const done = (runs: BenchResult['runs'], changes: Partial<BenchResult> = {}) =>
  resultOf(runs, { state: 'complete', ...changes });

const at = (hostNs: number, askedNs: number, clockNs: number, side: 'native' | 'vm' = 'vm'): ClockReading => ({
  side,
  hostBeforeNs: hostNs,
  hostAfterNs: hostNs + askedNs,
  clockNs,
  resolutionNs: 1e7,
});

test('a result without faults: none', () => {
  expect(codesOf(done([run(), run({ side: 'vm' })]))).toEqual([]);
});

test('it is not finished', () => {
  const [{ issue }] = warningsOf(resultOf([run(), run({ side: 'vm', isWarmup: true }), failedRun()]), plan);
  expect([issue.code, issue.message]).toEqual(['unfinished', 'only 1 of 4 runs were made (running)']);
});

describe('clocks', () => {
  /** The benchmarks of these measure themselves, so that it does not matter how long asking takes. */
  const ofItself = run().series.map((series) => ({ ...series, runs: [{ values: [1] }] }));
  const runs = [run({ series: ofItself }), run({ side: 'vm', series: ofItself })];
  const of = (clock: ClockReading[]) => done(runs, { sittings: [sitting({ clock })] });

  test('that agree', () => {
    expect(codesOf(of([at(0, 1e6, 0), at(100e9, 1e6, 100e9)]))).toEqual([]);
  });

  test('of which one goes 0.2 % too fast within 100 s', () => {
    const found = warningsOf(of([at(0, 1e6, 0), at(100e9, 1e6, 100.2e9)]), plan);
    expect(found.map(({ side, issue }) => [side, issue.code])).toEqual([['vm', 'clocks-disagree']]);
    // 200 ms, less 10 ms of resolution and 1 ms of asking: 189 ms of 100 s for certain.
    expect(found[0].issue.message).toContain('+0.19 % against this host');
  });

  test('of which one goes so much too fast that asking slowly does not hide it', () => {
    expect(codesOf(of([at(0, 400e6, 0), at(100e9, 400e6, 102e9)]))).toEqual(['vm clocks-disagree']);
  });

  test('of which this host-side one goes too slowly', () => {
    expect(
      codesOf(of([at(0, 1e6, 0, 'native'), at(100e9, 1e6, 99e9, 'native'), at(0, 1, 0), at(100e9, 1, 100e9)])),
    ).toEqual(['native clocks-disagree']);
  });

  test('that could not be asked fast enough are told as unchecked, unless they are one', () => {
    const slow = [at(0, 400e6, 0), at(100e9, 400e6, 100e9)];
    expect(codesOf(of(slow))).toEqual(['vm clock-unchecked']);
    const same = { native: { facts: {}, boot: 'x' }, vm: { facts: {}, boot: 'x' } };
    const oneClock = done(runs, { sittings: [sitting({ clock: slow, environments: same })] });
    expect(codesOf(oneClock)).toEqual([]);
  });
});

test('runs that failed, with the last line of what they complained about', () => {
  const failed = failedRun({ side: 'vm', errorOutput: 'warning: odd\nno such disk\n' });
  const found = warningsOf(done([run(), failed, run({ side: 'vm', block: 1 })]), plan);
  const messages = found.filter(({ issue }) => issue.code === 'failed-runs').map(({ issue }) => issue.message);
  expect(messages).toEqual(['1 of 2 runs of a on vm failed: it ended with exit code 1: no such disk']);
});

test('a side that was another one in the next sitting', () => {
  const environments = sitting().environments;
  const later = { ...environments, vm: { facts: { cpus: 4, cpuMhz: 2000 }, boot: 'w' } };
  const found = warningsOf(done([run()], { sittings: [sitting(), sitting({ environments: later })] }), plan);
  expect(found.map(({ issue }) => issue.message)).toContain('vm was not the same in all sittings: cpus 2 → 4');
});

describe('times from outside that hold the prefix', () => {
  const timed = (elapsedNs: number, isOfCommand = true) =>
    (['native', 'vm'] as const).map((side) => {
      const { series } = run();
      return run({
        side,
        elapsedNs,
        series: isOfCommand ? [{ ...series[0], runs: [{ values: [elapsedNs] }] }] : series,
      });
    });
  const clock = [at(0, 2e6, 0, 'native'), at(1e6, 102e6, 0), at(200e9, 2e6, 200e9, 'native'), at(200e9, 102e6, 200e9)];
  const codes = (runs: BenchResult['runs']) => codesOf(done(runs, { sittings: [sitting({ clock })] }));

  test('100 ms more on one side are much of one second', () => {
    expect(codes(timed(1e9))).toContain('vm prefix-takes-time');
  });

  test('but little of a minute, and nothing of what a benchmark measures itself', () => {
    expect(codes(timed(60e9))).not.toContain('vm prefix-takes-time');
    expect(codes(timed(1e9, false))).not.toContain('vm prefix-takes-time');
  });
});
