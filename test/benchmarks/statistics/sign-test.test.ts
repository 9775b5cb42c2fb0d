import { beforeAll, expect, it } from 'vitest';
import { signTestP } from '../../../src/benchmarks/statistics/sign-test.js';
import { sample } from './noise.js';
import { askR } from './rscript.js';

const CASES = [1, 2, 5, 6, 7, 12, 40, 333, 1000].flatMap((pairs) =>
  [...new Set([0, 1, Math.floor(pairs / 2), pairs - 1, pairs])].map((greater) => [greater, pairs]),
);
let expected: number[];

beforeAll(() => {
  expected = askR(
    `for (case in cases) answer(binom.test(case[1], case[2], alternative = "greater")$p.value)`,
    CASES,
  ).map(([p]) => p);
});

it('is the binomial test of R', () => {
  CASES.forEach(([greater, pairs], index) => {
    expect(signTestP(greater, pairs), `${greater} of ${pairs}`).toBeCloseTo(expected[index], 10);
  });
});

it('of very many pairs says the same as of a thousand with that share', () => {
  expect(signTestP(5500, 10_000)).toBe(signTestP(550, 1000));
  for (const p of sample(20, (index) => signTestP(index * 5000, 100_000))) expect(p >= 0 && p <= 1).toBe(true);
});
