/** How often the intervals of the comparison hold the truth, in simulated experiments. Same numbers in every run. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Pair } from '../../../src/benchmarks/comparison/comparison.js';
import type { SeriesPair } from '../../../src/benchmarks/comparison/pair.js';
import { comparePairs } from '../../../src/benchmarks/comparison/suite.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample } from './noise.js';
import { askR } from './rscript.js';
import { byChance, flatRuns, NOISES, type NoiseName, nestedRuns, OPTIONS, pairOf, type Spread } from './simulate.js';

const EXPERIMENTS = 2000;
/** Of every simulated pair: V takes 7 % longer. */
const TRUTH = 1.07;

const holds = ({ ciLow, ciHigh }: Pick<Pair, 'ciLow' | 'ciHigh'>, truth: number): boolean =>
  ciLow !== null && ciHigh !== null && ciLow <= truth && truth <= ciHigh;

function coverage(experiment: (index: number) => SeriesPair, method: Pair['method']): number {
  const covered = sample(EXPERIMENTS, experiment).filter((pair) => {
    const [compared] = comparePairs([pair], OPTIONS).pairs;
    expect(compared.method).toBe(method);
    return holds(compared, TRUTH);
  });
  return covered.length / EXPERIMENTS;
}

describe('interval of nested data, runs in boots', () => {
  const few = { boots: 5, runs: 3, between: 0.02, within: 0.02 };
  const many = { boots: 10, runs: 5, between: 0.02, within: 0.02 };
  const cases: readonly (readonly [string, NoiseName, Spread, Spread])[] = [
    ['5 boots of 3 runs', 'normal', few, few],
    ['10 boots of 5 runs', 'normal', many, many],
    ['7 boots of 4 runs, skewed noise', 'skewed', { ...few, boots: 7, runs: 4 }, { ...few, boots: 7, runs: 4 }],
    ['8 boots of 4 runs, disturbed', 'disturbed', { ...few, boots: 8, runs: 4 }, { ...few, boots: 8, runs: 4 }],
    ['nothing but the noise of runs', 'normal', { ...few, between: 0 }, { ...few, between: 0 }],
    ['nothing but the noise of boots', 'normal', { ...few, within: 1e-6 }, { ...few, within: 1e-6 }],
    ['V three times as noisy, and fewer boots', 'normal', many, { boots: 6, runs: 3, between: 0.06, within: 0.06 }],
  ];

  it.each(cases)('holds the truth in 93 to 97 of 100 experiments: %s', (_, noise, native, vm) => {
    const random = Random.fromSeed(71);
    const experiment = (): SeriesPair =>
      pairOf(nestedRuns(native, 5, NOISES[noise], random), nestedRuns(vm, 5 + Math.log(TRUTH), NOISES[noise], random));
    const covered = coverage(experiment, 'hierarchical-bootstrap');
    expect(covered).toBeGreaterThanOrEqual(0.93);
    expect(covered).toBeLessThanOrEqual(0.97);
  });
});

describe('interval of flat runs', () => {
  const SIZES = [
    [4, 4],
    [5, 5],
    [6, 10],
    [10, 10],
    [20, 20],
  ] as const;
  /** Confidence that the exact interval really has: U takes whole values only. */
  let attained: number[];

  beforeAll(() => {
    attained = askR(
      `for (size in cases) {
         outside <- 2 * pwilcox(0:prod(size), size[1], size[2])
         answer(1 - max(outside[outside <= 0.05]))
       }`,
      SIZES,
    ).map(([confidence]) => confidence);
  });

  it.each(SIZES.map((size, index) => [...size, index] as const))(
    'holds the truth as often as the distribution of U says, %d against %d, skewed noise',
    (m, n, index) => {
      const random = Random.fromSeed(72 + index);
      const logs = (count: number, center: number): number[] =>
        sample(count, () => center + 0.05 * NOISES.skewed(random));
      const experiment = (): SeriesPair => pairOf(flatRuns(logs(m, 5)), flatRuns(logs(n, 5 + Math.log(TRUTH))));
      const covered = coverage(experiment, 'hodges-lehmann');
      expect(attained[index]).toBeGreaterThanOrEqual(0.95);
      expect(Math.abs(covered - attained[index])).toBeLessThan(byChance(attained[index], EXPERIMENTS));
    },
  );

  it('holds the truth at least as often where most values are tied', () => {
    const random = Random.fromSeed(77);
    const logs = (count: number, center: number): number[] =>
      sample(count, () => center + Math.round(normal(random)) * Math.log(TRUTH));
    const experiment = (): SeriesPair => pairOf(flatRuns(logs(8, 5)), flatRuns(logs(8, 5 + Math.log(TRUTH))));
    // The ends of intervals are values themselves here, and the truth is often one of them: rounding must not decide.
    const covered = sample(EXPERIMENTS, experiment).filter((pair) => {
      const [{ ciLow, ciHigh }] = comparePairs([pair], OPTIONS).pairs;
      return ciLow !== null && ciHigh !== null && ciLow <= TRUTH + 1e-9 && TRUTH - 1e-9 <= ciHigh;
    });
    expect(covered.length / EXPERIMENTS).toBeGreaterThan(0.95 - byChance(0.95, EXPERIMENTS));
  });
});

describe('interval of the geometric mean of a suite', () => {
  it.each([
    [5, 'normal'],
    [12, 'normal'],
    [30, 'normal'],
    [30, 'skewed'],
  ] as const)(
    'holds that of all benchmarks that could be run in 92 to 97 of 100 suites: %d benchmarks, %s',
    (count, noise) => {
      const random = Random.fromSeed(73);
      const suites = 1000;
      const covered = sample(suites, () => {
        const pairs = sample(count, (index) => {
          const slowdown = Math.log(TRUTH) + 0.2 * NOISES[noise](random);
          const runs = (center: number) => flatRuns(sample(5, () => center + 0.02 * normal(random)));
          return pairOf(runs(5), runs(5 + slowdown), `benchmark ${index}`);
        });
        return comparePairs(pairs, OPTIONS).geomean;
      }).filter((mean) => mean !== null && holds(mean, TRUTH));
      expect(covered.length / suites).toBeGreaterThanOrEqual(0.92);
      expect(covered.length / suites).toBeLessThanOrEqual(0.97);
    },
  );
});
