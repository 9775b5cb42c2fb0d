import { beforeAll, describe, expect, it } from 'vitest';
import { outliersOf } from '../../../src/benchmarks/statistics/outliers.js';
import { ascending, median, quantileOfSorted } from '../../../src/benchmarks/statistics/quantile.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample, whole } from './noise.js';
import { askR } from './rscript.js';

const random = Random.fromSeed(17);
const SHARES = [0, 0.01, 0.025, 0.1, 0.25, 0.5, 0.77, 0.9, 0.975, 1];
/** Every third with ties, every second with one value far away. */
const CASES = sample(150, (index) => index).map((index) =>
  sample(whole(random, 1, 40), (at) => {
    const value = index % 3 === 0 ? Math.round(2 * normal(random)) : normal(random);
    return index % 2 === 0 && at === 2 ? value + 8 : value;
  }),
);
let quantiles: number[][];
let scores: number[][];

beforeAll(() => {
  const answers = askR(
    `for (x in cases) answer(quantile(x, c(${SHARES.join(',')}), type = 7))
     for (x in cases) answer(abs(x - median(x)) / mad(x, constant = 1) * 0.6745)`,
    CASES,
  );
  quantiles = answers.slice(0, CASES.length);
  scores = answers.slice(CASES.length);
});

describe('quantiles', () => {
  it('are those of R, type 7', () => {
    CASES.forEach((values, index) => {
      SHARES.forEach((share, at) => {
        expect(quantileOfSorted(ascending(values), share)).toBeCloseTo(quantiles[index][at], 12);
      });
      expect(median(values)).toBeCloseTo(quantiles[index][SHARES.indexOf(0.5)], 12);
    });
  });
});

describe('outliers', () => {
  it('have a modified z-score above 3.5 by the MAD of R', () => {
    const judged = CASES.flatMap((values, index) =>
      values.length >= 6 && scores[index].every(Number.isFinite) ? [index] : [],
    );
    expect(judged.length).toBeGreaterThan(100);
    for (const index of judged) {
      const far = scores[index].flatMap((score, at) => (score > 3.5 ? [at] : []));
      expect(outliersOf(CASES[index])).toEqual(far);
    }
    expect(judged.some((index) => outliersOf(CASES[index]).includes(2))).toBe(true);
  });

  it('are found among equal values, and never among fewer than six', () => {
    expect(outliersOf([5, 5, 5, 5, 5, 5])).toEqual([]);
    expect(outliersOf([5, 5, 5, 5, 6, 5, 5])).toEqual([4]);
    expect(outliersOf([5, 5, 5, 5, 1000])).toEqual([]);
  });
});
