/** How often the comparison raises a false alarm, in simulated experiments. Same numbers in every run. */
import { describe, expect, it } from 'vitest';
import type { Pair } from '../../../src/benchmarks/comparison/comparison.js';
import type { SeriesPair } from '../../../src/benchmarks/comparison/pair.js';
import { comparePairs } from '../../../src/benchmarks/comparison/suite.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample, whole } from './noise.js';
import { byChance, flatRuns, NOISES, type NoiseName, nestedRuns, OPTIONS, pairOf } from './simulate.js';

const isCalled = ({ verdict }: Pair): boolean => verdict === 'slower' || verdict === 'faster';

/** Fewer than the default make intervals a little less even and these tests much faster. */
const FEW_RESAMPLES = { ...OPTIONS, resamples: 1000 };

/** Of pairs that are compared one by one, so that q is p: the share that is called slower or faster. */
function alarms(count: number, experiment: (index: number) => SeriesPair): number {
  let called = 0;
  for (let index = 0; index < count; index++) {
    if (isCalled(comparePairs([experiment(index)], FEW_RESAMPLES).pairs[0])) called++;
  }
  return called / count;
}

describe('two sides that do not differ', () => {
  const COUNT = 10_000;
  const MOST = 0.05 + byChance(0.05, COUNT);

  it.each(Object.keys(NOISES) as NoiseName[])(
    'of 10,000 at most one in twenty is called different: flat runs, %s noise',
    (name) => {
      const random = Random.fromSeed(81);
      const runs = () => flatRuns(sample(whole(random, 4, 12), () => 5 + 0.05 * NOISES[name](random)));
      const share = alarms(COUNT, () => pairOf(runs(), runs()));
      expect(share).toBeLessThan(MOST);
      // The exact test of so few runs cannot use its 5 % up, but nearly.
      expect(share).toBeGreaterThan(0.025);
    },
  );

  it('of 10,000 at most one in twenty is called different: flat runs with ties', () => {
    const random = Random.fromSeed(82);
    const runs = () => flatRuns(sample(whole(random, 4, 12), () => 5 + 0.05 * Math.round(normal(random))));
    expect(alarms(COUNT, () => pairOf(runs(), runs()))).toBeLessThan(MOST);
  });

  it('of 10,000 at most one in twenty is called different: runs in boots', () => {
    const random = Random.fromSeed(83);
    const runs = (boots: number) =>
      nestedRuns({ boots, runs: whole(random, 3, 5), between: 0.04, within: 0.03 }, 5, NOISES.normal, random);
    const share = alarms(COUNT, () => pairOf(runs(whole(random, 4, 10)), runs(whole(random, 4, 10))));
    expect(share).toBeLessThan(MOST);
    expect(share).toBeGreaterThan(0.02);
  });

  it('are called equivalent in at most 5 % if they differ by the whole margin', () => {
    const random = Random.fromSeed(84);
    const tries = 4000;
    const margin = Math.log1p(OPTIONS.equivalence);
    let [flat, nested] = [0, 0];
    for (let index = 0; index < tries; index++) {
      const center = 5 + (index % 2 === 0 ? margin : -margin);
      const runs = (at: number) => flatRuns(sample(12, () => at + 0.01 * normal(random)));
      const boots = (at: number) =>
        nestedRuns({ boots: 8, runs: 3, between: 0.01, within: 0.01 }, at, NOISES.normal, random);
      const pairs = [pairOf(runs(5), runs(center)), pairOf(boots(5), boots(center))];
      const [a, b] = pairs.map((pair) => comparePairs([pair], FEW_RESAMPLES).pairs[0].verdict);
      if (a === 'equivalent') flat++;
      if (b === 'equivalent') nested++;
    }
    expect(flat / tries).toBeLessThan(0.05 + byChance(0.05, tries));
    expect(nested / tries).toBeLessThan(0.05 + byChance(0.05, tries));
  });
});

describe('two sides that differ', () => {
  it('are told apart, with the right sign', () => {
    const random = Random.fromSeed(85);
    const tries = 500;
    const verdicts = sample(tries, (index) => {
      const center = 5 + (index % 2 === 0 ? 0.1 : -0.1);
      const boots = (at: number) =>
        nestedRuns({ boots: 8, runs: 3, between: 0.02, within: 0.02 }, at, NOISES.normal, random);
      const runs = (at: number) => flatRuns(sample(8, () => at + 0.03 * normal(random)));
      const pair = index % 4 < 2 ? pairOf(boots(5), boots(center)) : pairOf(runs(5), runs(center));
      return {
        expected: index % 2 === 0 ? 'slower' : 'faster',
        verdict: comparePairs([pair], OPTIONS).pairs[0].verdict,
      };
    });
    expect(verdicts.filter(({ expected, verdict }) => expected === verdict).length / tries).toBeGreaterThan(0.95);
    const wrong = verdicts.filter(({ expected, verdict }) => verdict === (expected === 'slower' ? 'faster' : 'slower'));
    expect(wrong).toEqual([]);
  });
});

describe('a suite', () => {
  const SUITES = 400;
  const METRICS = 40;

  interface Suite {
    /** Share of the metrics that really differ. */
    readonly different: number;
    /** Of the noise that all metrics of one benchmark (four of them) have in common. */
    readonly common: number;
  }

  /** The share of false calls among all calls of one suite; 0 where nothing is called. */
  function falseShare({ different, common }: Suite, random: Random): number {
    const shift = new Map<string, number>();
    const runs = (): number[][] => {
      const noise = sample(METRICS / 4, () => sample(8, () => normal(random)));
      return sample(METRICS, (metric) =>
        noise[metric >> 2].map((shared) => common * shared + Math.sqrt(1 - common ** 2) * normal(random)),
      );
    };
    const [native, vm] = [runs(), runs()];
    const pairs = native.map((logs, metric) => {
      const isDifferent = metric < METRICS * different;
      // One to four standard deviations: from hardly to plainly visible.
      const by = isDifferent ? (metric % 2 === 0 ? 1 : -1) * (1 + (metric % 4)) : 0;
      shift.set(`metric ${metric}`, by);
      const scaled = (values: readonly number[], center: number) =>
        flatRuns(values.map((log) => 0.05 * (log + center)));
      return pairOf(scaled(logs, 0), scaled(vm[metric], by), `metric ${metric}`);
    });
    const called = comparePairs(pairs, FEW_RESAMPLES).pairs.filter(isCalled);
    const wrong = called.filter(({ benchmark, verdict }) => {
      const by = shift.get(benchmark) ?? 0;
      return by === 0 || by > 0 !== (verdict === 'slower');
    });
    return called.length === 0 ? 0 : wrong.length / called.length;
  }

  it.each([
    ['nothing differs', { different: 0, common: 0 }],
    ['a tenth differs', { different: 0.1, common: 0 }],
    ['half of it differs', { different: 0.5, common: 0 }],
    ['a tenth differs, metrics of one benchmark rise and fall together', { different: 0.1, common: 0.9 }],
    ['nothing differs, metrics of one benchmark rise and fall together', { different: 0, common: 0.9 }],
  ])('of what is called slower or faster at most one in twenty is a false alarm: %s', (_, suite) => {
    const random = Random.fromSeed(86);
    const shares = sample(SUITES, () => falseShare(suite, random));
    const rate = shares.reduce((sum, share) => sum + share, 0) / SUITES;
    // The mean of shares between 0 and 1 misses by chance no more than that of ones and zeros.
    expect(rate).toBeLessThan(0.05 + byChance(0.05, SUITES));
  });
});
