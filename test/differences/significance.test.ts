/** The test of many ratios at once: against textbook formulas, and how often it is wrong where the truth is known. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/benchmarks/statistics/random.js';
import { studentCdf, studentQuantile } from '../../src/benchmarks/statistics/student-t.js';
import { DEFAULT_OPTIONS } from '../../src/differences/difference.js';
import { type Ratio, testedChanges, untestedChanges } from '../../src/differences/significance.js';

const OPTIONS = { ...DEFAULT_OPTIONS, resamples: 399 };
const uniform = (random: Random): number => (random.uint32() + 0.5) / 2 ** 32;
/** Exponential gaps: how many of them fit into `expected` is a Poisson number. */
function poisson(random: Random, expected: number): number {
  const gap = () => -Math.log(uniform(random));
  let count = 0;
  let time = gap();
  while (time < expected) {
    count++;
    time += gap();
  }
  return count;
}
const windows = (count: number, of: (window: number) => number) =>
  Float64Array.from({ length: count }, (_, n) => of(n));
const ones = (count: number) => windows(count, () => 1);
const NO_INTERVALS = { low: null, high: null, correctedLow: null, correctedHigh: null };
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('a side on which there is no time to have a ratio in is not tested, and takes nothing from the others', () => {
  const random = Random.fromSeed(5);
  const values = windows(20, () => uniform(random));
  const usual: Ratio = {
    above: { before: values, after: values },
    below: { before: ones(20), after: ones(20) },
    counts: false,
  };
  const none = windows(20, () => 0);
  const empty: Ratio = {
    above: { before: none, after: values },
    below: { before: none, after: ones(20) },
    counts: true,
  };
  const [first, second] = testedChanges([usual, empty], OPTIONS);
  expect(first).toEqual(testedChanges([usual], OPTIONS)[0]);
  expect(second).toEqual({ before: Number.NaN, after: mean(values), ...NO_INTERVALS, p: null });
});

describe('a single ratio', () => {
  const random = Random.fromSeed(3);
  const before = windows(20, () => uniform(random));
  const after = windows(15, () => uniform(random) + 0.3);
  const equal: Ratio = { above: { before, after }, below: { before: ones(20), after: ones(15) }, counts: false };

  test('over equal times has the interval and about the p of Welch', () => {
    const [change] = testedChanges([equal], { ...OPTIONS, resamples: 99_999 });
    const variance = (values: Float64Array) =>
      values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length;
    const [v1, v2] = [variance(before), variance(after)];
    const error = Math.sqrt(v1 + v2);
    const degrees = (v1 + v2) ** 2 / (v1 ** 2 / 19 + v2 ** 2 / 14);
    const p = 2 * studentCdf(-Math.abs(mean(after) - mean(before)) / error, degrees);
    expect(change.before).toBeCloseTo(mean(before), 12);
    expect((change.low! + change.high!) / 2).toBeCloseTo(mean(after) - mean(before), 12);
    // t with 14 to 33 degrees of freedom leaves 2.5 % above 2.145 to 2.035.
    expect((change.high! - change.low!) / 2 / error).toBeGreaterThan(2.034);
    expect((change.high! - change.low!) / 2 / error).toBeLessThan(2.146);
    // The bootstrap of 15 and 20 values is not exactly normal.
    expect(change.p! / p).toBeGreaterThan(0.5);
    expect(change.p! / p).toBeLessThan(2);
  });

  test('over unequal times has about the error of the jackknife', () => {
    const times = windows(24, (n) => 1 + (n % 5));
    const counts = windows(24, (n) => times[n] * 3 + uniform(random));
    const constant = { above: counts, below: times };
    const [{ low, high }] = testedChanges(
      [{ above: { before: counts, after: counts }, below: { before: times, after: times }, counts: false }],
      OPTIONS,
    );
    const without = Array.from({ length: 24 }, (_, left) => {
      const sum = (values: Float64Array) => values.reduce((all, value, n) => (n === left ? all : all + value), 0);
      return sum(constant.above) / sum(constant.below);
    });
    const center = without.reduce((sum, ratio) => sum + ratio, 0) / 24;
    const jackknife = (23 / 24) * without.reduce((sum, ratio) => sum + (ratio - center) ** 2, 0);
    // Both sides are the same, and t with 46 degrees of freedom leaves 2.5 % above 2.013.
    expect((high! - low!) / 2).toBeCloseTo(2.013 * Math.sqrt(2 * jackknife), 3);
  });

  test('that never varies is as it is', () => {
    const same = {
      above: { before: ones(9), after: ones(9) },
      below: { before: ones(9), after: ones(9) },
      counts: false,
    };
    expect(testedChanges([same], OPTIONS)).toEqual([{ before: 1, after: 1, ...NO_INTERVALS, p: 1 }]);
    expect(untestedChanges([same])).toEqual([{ before: 1, after: 1, ...NO_INTERVALS, p: null }]);
  });

  test('a count is not known better than to one', () => {
    const once = windows(16, (n) => (n === 3 ? 1 : 0));
    const none = windows(16, () => 0);
    const below = { before: ones(16), after: ones(16) };
    const [change] = testedChanges([{ above: { before: none, after: once }, below, counts: true }], OPTIONS);
    expect(change.p).toBeGreaterThan(0.1);
    expect(change.low).toBeLessThan(0);
  });

  test('the same seed gives the same, another one about the same', () => {
    const [one, again] = [testedChanges([equal], OPTIONS), testedChanges([equal], OPTIONS)];
    expect(again).toEqual(one);
    const [other] = testedChanges([equal], { ...OPTIONS, seed: 2 });
    expect(Math.abs(other.p! - one[0].p!)).toBeLessThan(0.05);
  });
});

/** Comparisons of equals, and how many of them may find a difference: 5 % of 400, and four standard deviations of it more. */
const COMPARISONS = 400;
const MOST_ALARMS = COMPARISONS * 0.05 + 4 * Math.sqrt(COMPARISONS * 0.05 * 0.95);

describe('where nothing differs', () => {
  /** What happens in a window: per row its number of events. */
  const NOISES: Readonly<Record<string, (random: Random) => (row: number) => number>> = {
    'steady counts': (random) => (row) => poisson(random, 2 + row),
    'rare counts': (random) => () => poisson(random, 0.1),
    'counts in bursts': (random) => () => (random.below(8) === 0 ? poisson(random, 40) : 0),
    'rows that go together': (random) => {
      const load = -Math.log(uniform(random));
      return (row) => load * (1 + row) + 0.1 * uniform(random);
    },
    'heavy tails': (random) => () => uniform(random) ** -0.6,
  };

  test.each(Object.keys(NOISES))('%s: at most the level of the comparisons finds anything', (name) => {
    const random = Random.fromSeed(11);
    let alarms = 0;
    for (let comparison = 0; comparison < COMPARISONS; comparison++) {
      const draw = () => {
        const drawn = Array.from({ length: 24 }, () => NOISES[name](random));
        return Array.from({ length: 12 }, (_, row) => windows(24, (n) => drawn[n](row)));
      };
      const [before, after] = [draw(), draw()];
      const ratios = before.map(
        (own, row): Ratio => ({
          above: { before: own, after: after[row] },
          below: { before: ones(24), after: ones(24) },
          counts: name.includes('counts'),
        }),
      );
      const changes = testedChanges(ratios, { ...OPTIONS, resamples: 199, seed: comparison });
      if (changes.some(({ p }) => p !== null && p <= 0.05)) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(MOST_ALARMS);
  });
});

test('what differs is found among many rows that do not', () => {
  const random = Random.fromSeed(5);
  let found = 0;
  for (let comparison = 0; comparison < 100; comparison++) {
    const ratios = Array.from({ length: 40 }, (_, row): Ratio => {
      const side = (expected: number) => windows(32, () => poisson(random, expected));
      const below = { before: ones(32), after: ones(32) };
      return { above: { before: side(10), after: side(row === 0 ? 15 : 10) }, below, counts: true };
    });
    const [{ p }] = testedChanges(ratios, { ...OPTIONS, resamples: 199 });
    if (p! <= 0.05) found++;
  }
  // A difference of 5 with a standard deviation of √(25 / 32) = 0.88.
  expect(found).toBeGreaterThan(95);
});

describe('the corrected intervals', () => {
  /** Rows of independent uniform numbers; row 0 is higher after, by `shift`. */
  const independent = (random: Random, rows: number, shift: number): Ratio[] =>
    Array.from({ length: rows }, (_, row): Ratio => {
      const side = (more: number) => windows(32, () => uniform(random) + more);
      const below = { before: ones(32), after: ones(32) };
      return { above: { before: side(0), after: side(row === 0 ? shift : 0) }, below, counts: false };
    });

  test('are without 0 of exactly what is called different, whatever the level', () => {
    const random = Random.fromSeed(17);
    const judged = { without: 0, with: 0 };
    for (let comparison = 0; comparison < 60; comparison++) {
      const level = [0.01, 0.05, 0.29][comparison % 3];
      for (const change of testedChanges(independent(random, 8, 0.25), { ...OPTIONS, resamples: 199, level })) {
        const isWithout = change.correctedLow! > 0 || change.correctedHigh! < 0;
        expect(isWithout).toBe(change.p! <= level);
        judged[isWithout ? 'without' : 'with']++;
      }
    }
    expect(Math.min(judged.without, judged.with)).toBeGreaterThan(20);
  });

  test('are about as wide as those of Šidák where rows are independent', () => {
    const rows = 25;
    const changes = testedChanges(independent(Random.fromSeed(4), rows, 0), { ...OPTIONS, resamples: 9999 });
    const each = 0.95 ** (1 / rows);
    for (const { low, high, correctedLow, correctedHigh } of changes) {
      const widening = (correctedHigh! - correctedLow!) / (high! - low!);
      // Of 62 degrees of freedom or a little fewer.
      const expected = studentQuantile((1 + each) / 2, 60) / studentQuantile(0.975, 60);
      expect(widening / expected).toBeGreaterThan(0.95);
      expect(widening / expected).toBeLessThan(1.05);
    }
  });

  test('hold all at once about as often as stated, and those of one number do not', () => {
    const random = Random.fromSeed(23);
    const [truth, comparisons] = [0.1, 300];
    let [corrected, own] = [0, 0];
    for (let comparison = 0; comparison < comparisons; comparison++) {
      const changes = testedChanges(independent(random, 20, truth), { ...OPTIONS, resamples: 199, seed: comparison });
      const truths = changes.map((_, row) => (row === 0 ? truth : 0));
      if (changes.every((change, row) => change.correctedLow! < truths[row] && truths[row] < change.correctedHigh!))
        corrected++;
      if (changes.every((change, row) => change.low! < truths[row] && truths[row] < change.high!)) own++;
    }
    expect(corrected / comparisons).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / comparisons));
    expect(own / comparisons).toBeLessThan(0.6);
  });

  test('are not known where the draws are too few for the level', () => {
    const changes = testedChanges(independent(Random.fromSeed(2), 3, 1), { ...OPTIONS, resamples: 199, level: 0.001 });
    for (const { p, low, correctedLow, correctedHigh } of changes) {
      expect(p).toBeGreaterThan(0.001);
      expect([low === null, correctedLow, correctedHigh]).toEqual([false, null, null]);
    }
  });
});
