/** What is said about the runs of a side: their order, those far off, warm-up within them; and what counts as a replicate. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample } from '../statistics/noise.js';
import { codesOf, compared, pairOf, series } from './sides.js';

const random = Random.fromSeed(23);
const noisy = (center: number) => Math.exp(center + 0.01 * normal(random));
const steady = (runs: number) => sample(runs, () => noisy(3));
const other = series('a', steady(12));
const nativeOf = (runs: readonly (number | readonly number[])[], more = {}) =>
  pairOf(compared([series('a', runs, more)], [{ ...other, ...more }]), 'a').native;

describe('the order of runs', () => {
  it('is remarked where later runs are steadily slower, or faster', () => {
    const rising = sample(12, (index) => noisy(3 + 0.03 * index));
    expect(nativeOf(rising).drift).toBe('slower');
    expect(nativeOf(rising.toReversed()).drift).toBe('faster');
    expect(nativeOf(rising, { better: 'higher', unit: 'op/s' }).drift).toBe('faster');
    expect(nativeOf(rising.slice(0, 5)).drift).toBe('none');
  });

  it('is remarked where the level changes, at the run where it does', () => {
    expect(nativeOf([...steady(8), ...sample(7, () => noisy(3.2))]).changeAt).toBe(9);
    expect(nativeOf(steady(15)).changeAt).toBeNull();
  });

  it('is either a drift or a change of level, whichever it is', () => {
    for (const runs of [12, 16, 30, 60]) {
      for (let repeat = 0; repeat < 20; repeat++) {
        const rising = sample(runs, (index) => Math.exp(3 + (0.2 * index) / runs + 0.01 * normal(random)));
        expect(nativeOf(rising)).toMatchObject({ drift: 'slower', changeAt: null });
        const half = runs / 2;
        expect(nativeOf([...steady(half), ...sample(runs - half, () => noisy(3.2))]).changeAt).toBe(half + 1);
      }
    }
  });

  it('is hardly ever remarked where there is nothing', () => {
    const remarked = sample(300, () => nativeOf(steady(12))).filter(
      ({ drift, changeAt }) => drift !== 'none' || changeAt !== null,
    );
    // Two tests at 1 %.
    expect(remarked.length).toBeLessThan(300 * 0.02 + 3 * Math.sqrt(300 * 0.02));
  });
});

describe('runs far from the others', () => {
  it('are named by their position, and stay in the numbers', () => {
    const runs = [...steady(4), noisy(4), ...steady(5)];
    const summary = nativeOf(runs);
    expect(summary.outliers).toContain(5);
    expect(summary.max).toBe(Math.max(...runs));
    expect(summary.values).toEqual(runs);
  });

  it('count positions among all runs, also those without a value', () => {
    const runs = [[Number.NaN], ...steady(4), noisy(4), ...steady(5)];
    expect(nativeOf(runs).outliers).toContain(6);
    expect(nativeOf(runs).runs).toBe(10);
  });
});

describe('the first repetition within runs', () => {
  const warm = (factor: number, repetitions: number) =>
    sample(6, () => [factor * noisy(3), ...sample(repetitions - 1, () => noisy(3))]);

  it('is remarked where it is slower in all runs', () => {
    expect(nativeOf(warm(2, 4)).firstRepetition).toBeCloseTo(2, 1);
    expect(nativeOf(warm(1 / 2, 4), { better: 'higher', unit: 'op/s' }).firstRepetition).toBeCloseTo(2, 1);
  });

  it('is not where it is no slower, hardly slower, or the only one', () => {
    expect(nativeOf(warm(1, 4)).firstRepetition).toBeNull();
    expect(nativeOf(warm(1 / 2, 4)).firstRepetition).toBeNull();
    expect(nativeOf(warm(1.05, 4)).firstRepetition).toBeNull();
    expect(nativeOf(steady(12)).firstRepetition).toBeNull();
    expect(nativeOf(warm(2, 4).slice(0, 5)).firstRepetition).toBeNull();
  });

  it('can be left out: as if it had never been there', () => {
    const [native, vm] = [warm(2, 4), warm(3, 3)];
    const without = (runs: readonly (readonly number[])[]) =>
      series(
        'a',
        runs.map((values) => values.slice(1)),
      );
    const skipped = compared([series('a', native)], [series('a', vm)], { skippedRepetitions: 1 });
    expect(skipped.pairs).toEqual(compared([without(native)], [without(vm)]).pairs);
  });

  it('is not left out of runs that have no other', () => {
    const flat = [series('a', steady(6)), series('a', steady(6))] as const;
    const pairs = (skippedRepetitions: number) => compared([flat[0]], [flat[1]], { skippedRepetitions }).pairs;
    expect(pairs(5)).toEqual(pairs(0));
  });
});

describe('replicates', () => {
  it('are runs, however much a run repeats', () => {
    const [native, vm] = [3, 3.5].map((center) =>
      series(
        'a',
        sample(3, () => sample(1000, () => noisy(center))),
      ),
    );
    const pair = pairOf(compared([native], [vm]), 'a');
    expect([pair.n, pair.method, pair.verdict]).toEqual([[3, 3], 'hierarchical-bootstrap', 'inconclusive']);
    // The smallest that three against three can give: 2 / C(6, 3).
    expect(pair.p).toBeCloseTo(0.1, 12);
  });

  it('are boots where several are known', () => {
    const inBoots = (center: number, boots: readonly string[]) => ({
      ...series('a', []),
      runs: boots.flatMap((boot) => sample(3, () => ({ values: [noisy(center)], boot }))),
    });
    const nested = pairOf(compared([inBoots(3, ['x', 'y', 'z', 'w'])], [inBoots(3.5, ['x', 'y', 'z', 'w'])]), 'a');
    expect([nested.n, nested.native.runs, nested.method]).toEqual([[4, 4], 12, 'hierarchical-bootstrap']);
    const one = pairOf(compared([inBoots(3, ['x'])], [inBoots(3.5, ['y'])]), 'a');
    expect([one.n, one.method]).toEqual([[3, 3], 'hodges-lehmann']);
  });

  it('that are too few are told, with how many would do', () => {
    // 2 / C(2n, n) ≤ 0.05 from n = 4 on; among 20 metrics a lone one needs 2 / C(12, 6) ≤ 0.05 / 20.
    const apart = (name: string) => [series(name, [1, 1.01, 1.02]), series(name, [2, 2.01, 2.02])] as const;
    const [native, vm] = apart('a');
    const lone = compared([native], [vm]);
    expect(codesOf(lone)).toContain('too-few-runs');
    expect(pairOf(lone, 'a').moreRuns).toBe(1);
    const same = sample(19, (index) => series(`same ${index}`, [5, 5.1, 5.2, 5.3, 5.4, 5.5]));
    expect(pairOf(compared([native, ...same], [vm, ...same]), 'a').moreRuns).toBe(3);
  });

  it('are not told to be nearly enough by an interval that lies above 1, where the test is not', () => {
    const runs = (values: readonly number[]) => values.map((value) => ({ values: [value, value * 1.001] }));
    // U = 29 of 36, so p = 0.0931 (R's wilcox.test). With n a side and the same share of U, z = 0.306 · √(12·n²/(2n + 1)),
    // which is 1.96 or more from n = 8 on.
    const native = { ...series('a', []), runs: runs([84, 115, 91, 123, 87, 57]) };
    const vm = { ...series('a', []), runs: runs([120, 187, 181, 111, 109, 114]) };
    const pair = pairOf(compared([native], [vm]), 'a');
    expect([pair.verdict, pair.ciLow! > 1]).toEqual(['inconclusive', true]);
    expect(pair.p).toBeCloseTo(0.0931, 4);
    expect(pair.moreRuns).toBeGreaterThanOrEqual(2);
    expect(pair.moreRuns).toBeLessThanOrEqual(4);
  });

  it('of one a side are not tested', () => {
    const comparison = compared([series('a', [100])], [series('a', [250])]);
    expect(pairOf(comparison, 'a')).toMatchObject({
      slowdown: expect.closeTo(2.5, 12),
      ciLow: null,
      ciHigh: null,
      p: null,
      q: null,
      verdict: 'not-testable',
      rank: null,
    });
  });
});

describe('values without a ratio', () => {
  it.each([
    ['zero', [0, 0, 0, 0, 0, 0]],
    ['a zero among others', [1, 2, 0, 3, 4, 5]],
    ['negative', [-1, -2, -3, -4, -5, -6]],
  ])('%s: the pair stays, without a number, and out of the mean', (_, values) => {
    const good = series('good', steady(6));
    const comparison = compared([series('a', values), good], [series('a', steady(6)), good]);
    expect(pairOf(comparison, 'a')).toMatchObject({ slowdown: null, p: null, verdict: 'not-testable', rank: null });
    expect(codesOf(comparison)).toContain('no-ratio');
    expect(comparison.geomean).toMatchObject({ pairs: 1, slowdown: 1 });
  });

  it('too far apart for numbers', () => {
    const comparison = compared(
      [
        series(
          'a',
          sample(6, () => 1e-300),
        ),
      ],
      [
        series(
          'a',
          sample(6, () => 1e300),
        ),
      ],
    );
    expect(pairOf(comparison, 'a').slowdown).toBeNull();
  });

  it('not finite: those runs are left out, and without others the pair', () => {
    const runs = [1, 2, Number.NaN, Infinity, 3, 4];
    expect(pairOf(compared([series('a', runs)], [series('a', steady(6))]), 'a').n).toEqual([4, 6]);
    const none = compared([series('a', [Number.NaN])], [series('a', steady(6))]);
    expect([none.pairs, codesOf(none)]).toEqual([[], ['no-values']]);
  });

  it('equal values are equivalent, and shifted ones differ by exactly that', () => {
    const constant = (value: number) =>
      series(
        'a',
        sample(6, () => value),
      );
    expect(pairOf(compared([constant(5)], [constant(5)]), 'a')).toMatchObject({
      slowdown: 1,
      p: 1,
      verdict: 'equivalent',
    });
    const slower = pairOf(compared([constant(5)], [constant(6)]), 'a');
    expect([slower.slowdown, slower.ciLow, slower.ciHigh]).toEqual(
      [1.2, 1.2, 1.2].map((value) => expect.closeTo(value, 12)),
    );
    expect(slower.verdict).toBe('slower');
  });
});
