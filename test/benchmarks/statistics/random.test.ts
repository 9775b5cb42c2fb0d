import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/benchmarks/statistics/random.js';

describe('random numbers', () => {
  it('are those of the reference implementation (xoshiro128starstar.c 1.1, state 1 2 3 4)', () => {
    const random = new Random(1, 2, 3, 4);
    const expected = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    expect(expected.map(() => random.uint32())).toEqual(expected);
  });

  it('repeat for a seed and differ between seeds, large ones too', () => {
    const first = (seed: number): number[] => {
      const random = Random.fromSeed(seed);
      return [random.uint32(), random.uint32(), random.uint32()];
    };
    expect(first(7)).toEqual(first(7));
    const seeds = [0, 1, 2, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => first(seed).join())).size).toBe(seeds.length);
  });

  it('below n are evenly spread: chi-square of 30 classes', () => {
    const random = Random.fromSeed(3);
    const counts = new Float64Array(30);
    const draws = 300_000;
    for (let draw = 0; draw < draws; draw++) counts[random.below(30)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - draws / 30) ** 2 / (draws / 30), 0);
    // 29 degrees of freedom: 99.9 % lie below 58.3 (R: qchisq(0.999, 29)).
    expect(chiSquare).toBeLessThan(58.3);
  });

  it('resample as one by one', () => {
    const values = Float64Array.of(1, 10, 100, 1000, 10_000);
    const [together, single] = [Random.fromSeed(11), Random.fromSeed(11)];
    for (let resample = 0; resample < 100; resample++) {
      let sum = 0;
      for (let draw = 0; draw < values.length; draw++) sum += values[single.below(values.length)];
      expect(together.sumOfResample(values)).toBe(sum);
    }
    expect(together.uint32()).toBe(single.uint32());
  });
});
