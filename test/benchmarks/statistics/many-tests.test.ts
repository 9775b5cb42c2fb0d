import { array, assert, constantFrom, double, nat, oneof, property } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { adjustedForMany, neededP } from '../../../src/benchmarks/statistics/benjamini-hochberg.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { sample, uniform, whole } from './noise.js';
import { askR } from './rscript.js';

const random = Random.fromSeed(5);
const CASES = sample(200, (index) => index + 1).map((count) =>
  sample(whole(random, 1, count), () => {
    const p = uniform(random) ** 3;
    return uniform(random) < 0.3 ? Math.ceil(p * 20) / 20 : p;
  }),
);
let expected: number[][];

beforeAll(() => {
  expected = askR(`for (p in cases) answer(p.adjust(p, method = "BH"))`, CASES);
});

const pValues = array(oneof(double({ min: 1e-6, max: 1, noNaN: true }), constantFrom(0.001, 0.01, 0.1)), {
  minLength: 1,
  maxLength: 40,
});

describe('many tests', () => {
  it('q is that of R', () => {
    CASES.forEach((p, index) => {
      adjustedForMany(p).forEach((q, at) => {
        expect(q).toBeCloseTo(expected[index][at], 12);
      });
    });
    expect(adjustedForMany([])).toEqual([]);
  });

  it('the needed p is the largest that is called positive: tried out', () => {
    assert(
      property(pValues, nat(39), (all, pick) => {
        const index = pick % all.length;
        const rate = 0.05;
        const isPositiveWith = (p: number): boolean =>
          adjustedForMany(all.map((other, at) => (at === index ? p : other)))[index] <= rate * (1 + 1e-12);
        const needed = neededP(all, rate)(all[index]);
        expect(isPositiveWith(needed)).toBe(true);
        expect(isPositiveWith(needed * (1 + 1e-6))).toBe(false);
      }),
    );
  });
});
