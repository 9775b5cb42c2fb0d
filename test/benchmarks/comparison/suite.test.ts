/** Whole suites: every number is that of R, and what must not matter does not. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Comparison, Verdict } from '../../../src/benchmarks/comparison/comparison.js';
import type { Series } from '../../../src/benchmarks/model.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample, whole } from '../statistics/noise.js';
import { askR } from '../statistics/rscript.js';
import { compared, pairOf, series } from './sides.js';

interface Suite {
  readonly native: readonly Series[];
  readonly vm: readonly Series[];
}

/** Metrics of 4 to 12 runs a side, every third one slower, every third one equal and hardly noisy; no ties. */
function suite(random: Random, metrics: number): Suite {
  const noisy = (center: number, noise: number) => Math.exp(center + noise * normal(random));
  const runs = (center: number, noise: number) => sample(whole(random, 4, 12), () => noisy(center, noise));
  const kinds = sample(metrics, (index) => ({
    name: `metric ${index}`,
    center: 3 + 10 * random.below(3),
    noise: index % 3 === 2 ? 0.004 : 0.05,
    shift: index % 3 === 0 ? 0.2 * normal(random) : 0,
  }));
  return {
    native: kinds.map(({ name, center, noise }) => series(name, runs(center, noise))),
    vm: kinds.map(({ name, center, noise, shift }) => series(name, runs(center + shift, noise))),
  };
}

const random = Random.fromSeed(17);
const SUITES = sample(25, () => suite(random, whole(random, 1, 16)));
const valuesOf = ({ runs }: Series): number[] => runs.map(({ values }) => values[0]);

/** For each metric of each suite: estimate, 95 % interval, 90 % interval, p, all of the logarithms; then the q of the suite. */
let expected: number[][];

beforeAll(() => {
  const cases = SUITES.flatMap(({ native, vm }) => [
    [native.length],
    ...native.flatMap((one, index) => [valuesOf(one), valuesOf(vm[index])]),
  ]);
  expected = askR(
    `at <- 1
     while (at <= length(cases)) {
       metrics <- cases[[at]]; at <- at + 1; p <- c()
       for (metric in seq_len(metrics)) {
         x <- log(cases[[at]]); y <- log(cases[[at + 1]]); at <- at + 2
         t <- wilcox.test(y, x, conf.int = TRUE, exact = TRUE)
         narrow <- wilcox.test(y, x, conf.int = TRUE, exact = TRUE, conf.level = 0.9)
         p <- c(p, t$p.value)
         answer(c(t$estimate, t$conf.int, narrow$conf.int, t$p.value))
       }
       answer(p.adjust(p, method = "BH"))
     }`,
    cases,
  );
});

/** Calls `check` with each suite, what came out, and what R says. */
function forEachSuite(
  check: (suite: Suite, comparison: Comparison, metrics: readonly (readonly number[])[], q: readonly number[]) => void,
): void {
  let at = 0;
  for (const one of SUITES) {
    const count = one.native.length;
    check(one, compared(one.native, one.vm), expected.slice(at, at + count), expected[at + count]);
    at += count + 1;
  }
}

describe('a suite', () => {
  it('has the slowdowns, intervals, p and q of R', () => {
    forEachSuite(({ native }, comparison, metrics, q) => {
      native.forEach(({ benchmark, runs }, index) => {
        const pair = pairOf(comparison, benchmark);
        const [estimate, low, high, , , p] = metrics[index];
        expect(Math.log(pair.slowdown!)).toBeCloseTo(estimate, 10);
        expect(Math.log(pair.ciLow!)).toBeCloseTo(low, 10);
        expect(Math.log(pair.ciHigh!)).toBeCloseTo(high, 10);
        expect([pair.p, pair.q]).toEqual([expect.closeTo(p, 12), expect.closeTo(q[index], 12)]);
        expect([pair.n[0], pair.native.runs, pair.native.values]).toEqual([
          runs.length,
          runs.length,
          runs.map(({ values }) => values[0]),
        ]);
      });
    });
  });

  it('has the verdicts that follow from them', () => {
    const seen = new Set<Verdict>();
    forEachSuite(({ native }, comparison, metrics, q) => {
      native.forEach(({ benchmark }, index) => {
        const [, low, high, narrowLow, narrowHigh] = metrics[index];
        const isEquivalent = narrowLow >= Math.log(1 / 1.02) && narrowHigh <= Math.log(1.02);
        const isDifferent = q[index] <= 0.05 && (low > 0 || high < 0);
        const verdict = isEquivalent ? 'equivalent' : isDifferent ? (low > 0 ? 'slower' : 'faster') : 'inconclusive';
        expect(pairOf(comparison, benchmark).verdict).toBe(verdict);
        seen.add(verdict);
      });
    });
    expect([...seen].sort()).toEqual(['equivalent', 'faster', 'inconclusive', 'slower']);
  });

  it('is ranked by the low ends of the intervals', () => {
    forEachSuite((_, { pairs }, metrics) => {
      const lows = metrics.map(([, low]) => low).sort((a, b) => b - a);
      expect(pairs.map(({ ciLow }) => Math.log(ciLow!))).toEqual(lows.map((low) => expect.closeTo(low, 10)));
      expect(pairs.map(({ rank }) => rank)).toEqual(lows.map((_low, index) => index + 1));
    });
  });

  it('has the geometric mean of its slowdowns, and none of what is missing', () => {
    forEachSuite((suite, { geomean }, metrics) => {
      const mean = metrics.reduce((sum, [estimate]) => sum + estimate, 0) / metrics.length;
      expect(Math.log(geomean!.slowdown)).toBeCloseTo(mean, 10);
      expect(geomean!.pairs).toBe(metrics.length);
      if (metrics.length >= 3)
        expect(geomean!.ciLow! <= geomean!.slowdown && geomean!.slowdown <= geomean!.ciHigh!).toBe(true);
      else expect([geomean!.ciLow, geomean!.ciHigh]).toEqual([null, null]);
      const gap = series('only here', [1, 2, 3, 4]);
      expect(compared([...suite.native, gap], suite.vm).geomean).toEqual(geomean);
    });
  });

  it('turned round has the reciprocals, mirrored', () => {
    const TURNED: Partial<Record<Verdict, Verdict>> = { slower: 'faster', faster: 'slower' };
    for (const { native, vm } of SUITES) {
      const [there, back] = [compared(native, vm), compared(vm, native)];
      for (const { benchmark } of native) {
        const [a, b] = [pairOf(there, benchmark), pairOf(back, benchmark)];
        expect(Math.log(b.slowdown!)).toBeCloseTo(-Math.log(a.slowdown!), 10);
        expect(Math.log(b.ciLow!)).toBeCloseTo(-Math.log(a.ciHigh!), 10);
        expect([b.p, b.q]).toEqual([expect.closeTo(a.p!, 12), expect.closeTo(a.q!, 12)]);
        expect(b.verdict).toBe(TURNED[a.verdict] ?? a.verdict);
        expect(b.lostNs).toBeCloseTo(-a.lostNs!, 6);
      }
      expect(Math.log(back.geomean!.slowdown)).toBeCloseTo(-Math.log(there.geomean!.slowdown), 10);
    }
  });

  it('of rates says the same as one of the times per operation', () => {
    const rates = (side: readonly Series[]) =>
      side.map((one) =>
        series(
          one.benchmark,
          valuesOf(one).map((value) => 1e9 / value),
          { metric: 'rate', unit: 'op/s', better: 'higher' },
        ),
      );
    for (const { native, vm } of SUITES.slice(0, 8)) {
      const [times, turned] = [compared(native, vm), compared(rates(native), rates(vm))];
      for (const { benchmark } of native) {
        const [a, b] = [pairOf(times, benchmark), pairOf(turned, benchmark)];
        expect([b.slowdown, b.ciLow, b.ciHigh, b.p]).toEqual(
          [a.slowdown!, a.ciLow!, a.ciHigh!, a.p!].map((value) => expect.closeTo(value, 9)),
        );
        expect([b.verdict, b.rank, b.lostNs]).toEqual([a.verdict, a.rank, null]);
      }
    }
  });

  it('is the same every time, and in every order of its metrics', () => {
    const nested = (name: string, center: number) =>
      series(
        name,
        sample(6, () => sample(3, () => Math.exp(center + 0.1 * normal(random)))),
      );
    const native = [...SUITES[3].native, nested('nested', 2)];
    const vm = [...SUITES[3].vm, nested('nested', 2.1)];
    const first = compared(native, vm);
    expect(compared(native, vm)).toEqual(first);
    const other = compared(native.toReversed(), vm);
    expect(other.pairs).toEqual(first.pairs);
    expect(other.geomean).toEqual(first.geomean);
    expect(pairOf(compared([nested('a', 2)], [nested('a', 2.1)], { seed: 2 }), 'a').method).toBe(
      'hierarchical-bootstrap',
    );
  });
});

describe('options', () => {
  const [native, vm] = [
    series('a', [100, 101, 102, 103, 104, 105]),
    series('a', [103, 104.5, 105.5, 106.5, 107.5, 108.5]),
  ];

  it('a wider margin makes equivalent what differs by less', () => {
    expect(pairOf(compared([native], [vm]), 'a').verdict).toBe('slower');
    expect(pairOf(compared([native], [vm], { equivalence: 0.1 }), 'a').verdict).toBe('equivalent');
  });

  it('a stricter rate of false alarms leaves undecided what is not sure enough', () => {
    const pair = pairOf(compared([native], [vm], { falseDiscoveryRate: 0.001 }), 'a');
    expect([pair.verdict, pair.moreRuns! > 0]).toEqual(['inconclusive', true]);
  });

  it('a higher confidence widens intervals', () => {
    const [usual, sure] = [0.95, 0.99].map((confidence) => pairOf(compared([native], [vm], { confidence }), 'a'));
    expect(sure.ciLow).toBeLessThan(usual.ciLow!);
    expect(sure.ciHigh).toBeGreaterThan(usual.ciHigh!);
  });
});
