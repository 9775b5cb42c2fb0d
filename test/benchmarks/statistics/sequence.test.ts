/** Drift and changes of level in the order of runs. */
import { beforeAll, describe, expect, it } from 'vitest';
import { changePointOf, pettitt } from '../../../src/benchmarks/statistics/change-point.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { mannKendall, trendOf } from '../../../src/benchmarks/statistics/trend.js';
import { normal, sample, whole } from './noise.js';
import { askR } from './rscript.js';

const random = Random.fromSeed(23);
/** Some with a trend; every second with ties. */
const CASES = sample(300, (index) => index).map((index) => {
  const slope = [0, 0.05, -0.2, 0.6][index % 4];
  return sample(whole(random, 3, 60), (at) => {
    const value = normal(random) + slope * at;
    return index % 8 < 4 ? value : Math.round(value);
  });
});
let kendall: number[][];

beforeAll(() => {
  kendall = askR(
    `for (y in cases) {
       exact <- length(y) <= 50 && !anyDuplicated(y)
       test <- cor.test(seq_along(y), y, method = "kendall", exact = exact, continuity = TRUE)
       answer(c(test$p.value, sign(test$estimate)))
     }`,
    CASES,
  );
});

describe('trend', () => {
  it('has the p and the sign of R, exact and approximate', () => {
    let compared = 0;
    CASES.forEach((values, index) => {
      const [p, sign] = kendall[index];
      // All values equal: R has no p.
      if (!Number.isFinite(p)) return;
      const test = mannKendall(values);
      compared++;
      // R subtracts from 1 for the upper tail, and continues a score of 0 by 1 to one side.
      if (test.score !== 0) expect(Math.abs(test.p - p), values.join(' ')).toBeLessThan(1e-9 * p + 1e-12);
      expect(Math.sign(test.score)).toBe(sign);
    });
    expect(compared).toBeGreaterThan(290);
  });

  it('is called only where p is at most 1 %', () => {
    expect(trendOf([1, 2, 3, 4, 5])).toBe(0);
    expect(trendOf([1, 2, 3, 4, 5, 6])).toBe(1);
    expect(trendOf([6, 5, 4, 3, 2, 1])).toBe(-1);
    expect(trendOf([4, 4, 4, 4, 4, 4, 4, 4])).toBe(0);
    expect(trendOf([])).toBe(0);
    expect(trendOf([1])).toBe(0);
  });

  it('counts pairs as one would by hand, also in long sequences', () => {
    const values = sample(3000, () => whole(random, 0, 500));
    let score = 0;
    for (let late = 1; late < values.length; late++) {
      for (let early = 0; early < late; early++) score += Math.sign(values[late] - values[early]);
    }
    expect(mannKendall(values).score).toBe(score);
  });
});

/** All orders of `high` ones among `count` values. */
function* arrangements(count: number, high: number): Generator<number[]> {
  for (let bits = 0; bits < 1 << count; bits++) {
    const values = sample(count, (index) => (bits >> index) & 1);
    if (values.reduce((sum, value) => sum + value, 0) === high) yield values;
  }
}

/** K of Pettitt's test from its definition: sums of signs over all pairs before and after. */
function distanceOf(values: readonly number[]): number {
  const between = (split: number): number =>
    values
      .slice(0, split)
      .reduce((sum, early) => sum + values.slice(split).reduce((inner, late) => inner + Math.sign(early - late), 0), 0);
  return Math.max(...values.map((_, split) => Math.abs(between(split))));
}

describe('change of level', () => {
  it('has the p of all orders, for values with many ties', () => {
    const all = [...arrangements(10, 5)].map((values) => ({ values, distance: distanceOf(values) }));
    expect(all.length).toBe(252);
    for (const { values, distance } of all.filter((_, index) => index % 17 === 0)) {
      const exact = all.filter((other) => other.distance >= distance).length / all.length;
      // 50 permutations at least as far are awaited: 14 % standard error.
      expect(Math.abs(pettitt(values, random).p / exact - 1)).toBeLessThan(0.55);
    }
    const step = pettitt([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], random);
    expect(step.at).toBe(5);
    expect(step.p).toBeGreaterThan(0.004);
    expect(step.p).toBeLessThan(0.012);
  });

  it('is found where it is', () => {
    for (const at of [8, 15, 22]) {
      const values = sample(30, (index) => normal(random) + (index >= at ? 4 : 0));
      expect(Math.abs((changePointOf(values, random) ?? Infinity) - at)).toBeLessThanOrEqual(1);
    }
    const long = sample(400, (index) => normal(random) + (index >= 300 ? 2 : 0));
    expect(Math.abs((changePointOf(long, random) ?? Infinity) - 300)).toBeLessThanOrEqual(5);
  });

  it('is called in at most 1 % of even sequences', () => {
    for (const count of [10, 30, 150]) {
      let found = 0;
      const tries = 2000;
      for (let index = 0; index < tries; index++) {
        if (
          changePointOf(
            sample(count, () => normal(random)),
            random,
          ) !== null
        )
          found++;
      }
      expect(found / tries).toBeLessThan(0.01 + 3 * Math.sqrt(0.01 / tries));
    }
  });

  it('is not called in short or equal sequences', () => {
    expect(changePointOf([1, 1, 1, 1, 2, 2, 2, 2, 2], random)).toBeNull();
    expect(
      changePointOf(
        sample(50, () => 3),
        random,
      ),
    ).toBeNull();
    expect(changePointOf([], random)).toBeNull();
  });
});
