import { beforeAll, describe, expect, it } from 'vitest';
import { shiftInterval, shiftOf } from '../../../src/benchmarks/statistics/hodges-lehmann.js';
import { isExact, mannWhitneyP, smallestP } from '../../../src/benchmarks/statistics/mann-whitney.js';
import { ascending } from '../../../src/benchmarks/statistics/quantile.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample, verySkewed, whole } from './noise.js';
import { askR } from './rscript.js';

const random = Random.fromSeed(31);

interface Samples {
  readonly x: number[];
  readonly y: number[];
}

const samples = (m: number, n: number, one: () => number, shift: number): Samples => ({
  x: sample(m, one),
  y: sample(n, () => one() + shift),
});
const many = (count: number, make: (index: number) => Samples): Samples[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** 0 to 3 deviations apart, n from 2 to 25: no overlap to full overlap. */
const WITHOUT_TIES = many(400, (index) =>
  samples(
    whole(random, 2, 25),
    whole(random, 2, 25),
    index % 2 === 0 ? () => normal(random) : () => verySkewed(random),
    (index % 7) * 0.5,
  ),
);
const LARGE = many(4, (index) => samples(51 + index, 75 - 3 * index, () => normal(random), 0.2 * (index % 4)));
const LARGE_WITH_TIES = many(60, (index) =>
  samples(
    whole(random, 51, 90),
    whole(random, 60, 120),
    () => Math.round((1 + (index % 5)) * normal(random)),
    index % 2,
  ),
);
const CONFIDENCES = [0.95, 0.9, 0.99];

const cases = (all: readonly Samples[]): number[][] => all.flatMap(({ x, y }) => [x, y]);
let exact: number[][];
let approximate: number[][];

beforeAll(() => {
  const untied = WITHOUT_TIES.length + LARGE.length;
  const all = [...WITHOUT_TIES, ...LARGE, ...LARGE_WITH_TIES];
  const answers = askR(
    `# Where a probability of U is exactly the share outside, wilcox.test takes one difference more than it takes.
     interval <- function(level, x, y) {
       pairs <- length(x) * length(y)
       outside <- 2 * pwilcox(0:pairs, length(x), length(y))
       differences <- sort(outer(y, x, "-"))
       rank <- sum(outside <= (1 - level) * (1 + 1e-9))
       if (any(abs(outside - (1 - level)) < 1e-9)) differences[c(rank, pairs + 1 - rank)]
       else wilcox.test(y, x, conf.int = TRUE, exact = TRUE, conf.level = level)$conf.int
     }
     for (index in seq_len(length(cases) / 2)) {
       x <- cases[[2 * index - 1]]
       y <- cases[[2 * index]]
       if (index <= ${untied}) {
         test <- wilcox.test(y, x, conf.int = TRUE, exact = TRUE)
         answer(c(test$p.value, test$estimate, sapply(c(${CONFIDENCES.join(',')}), interval, x, y)))
       } else answer(wilcox.test(y, x, exact = FALSE, correct = TRUE)$p.value)
     }`,
    cases(all),
  );
  exact = answers.slice(0, untied);
  approximate = answers.slice(untied);
});

const pOf = ({ x, y }: Samples): number => mannWhitneyP(ascending(x), ascending(y));
const isClose = (actual: number, expected: number, within: number): boolean =>
  Math.abs(actual - expected) <= within * Math.abs(expected) + 1e-13;

describe('p without ties, against R', () => {
  it('exact, n from 2 to 25', () => {
    WITHOUT_TIES.forEach((both, index) => {
      expect(isExact(both.x.length, both.y.length)).toBe(true);
      expect(isClose(pOf(both), exact[index][0], 1e-10), `${pOf(both)} is not ${exact[index][0]}`).toBe(true);
    });
    expect(exact.filter(([p]) => p < 0.001).length).toBeGreaterThan(30);
  });

  it('large samples: the approximation is near the exact p', () => {
    LARGE.forEach((both, index) => {
      expect(isExact(both.x.length, both.y.length)).toBe(false);
      expect(Math.abs(pOf(both) - exact[WITHOUT_TIES.length + index][0])).toBeLessThan(0.002);
    });
  });
});

describe('shift and interval, against R', () => {
  it('without ties, exact, n from 2 to 25, three confidences', () => {
    let reached = 0;
    WITHOUT_TIES.forEach(({ x, y }, index) => {
      const [from, to] = [ascending(x), ascending(y)];
      expect(shiftOf(from, to)).toBeCloseTo(exact[index][1], 10);
      CONFIDENCES.forEach((confidence, at) => {
        const interval = shiftInterval(from, to, confidence);
        // R then takes all differences and warns that the level is not reached.
        if (interval === null) {
          expect(smallestP(x.length, y.length)).toBeGreaterThan(1 - confidence);
          return;
        }
        reached++;
        expect(smallestP(x.length, y.length)).toBeLessThanOrEqual((1 - confidence) * (1 + 1e-9));
        expect(interval.low).toBeCloseTo(exact[index][2 + 2 * at], 10);
        expect(interval.high).toBeCloseTo(exact[index][3 + 2 * at], 10);
      });
    });
    expect(reached).toBeGreaterThan(1000);
  });

  it('large samples: the approximate ends are near the exact ones', () => {
    LARGE.forEach(({ x, y }, index) => {
      const [from, to] = [ascending(x), ascending(y)];
      const [, estimate, low, high] = exact[WITHOUT_TIES.length + index];
      const interval = shiftInterval(from, to, CONFIDENCES[0]);
      expect(shiftOf(from, to)).toBeCloseTo(estimate, 10);
      expect(Math.abs((interval?.low ?? Infinity) - low)).toBeLessThan(0.02 * (high - low));
      expect(Math.abs((interval?.high ?? Infinity) - high)).toBeLessThan(0.02 * (high - low));
    });
  });

  it('there is none where the confidence cannot be reached', () => {
    const three = Float64Array.of(1, 2, 3);
    expect(shiftInterval(three, three, 0.95)).toBeNull();
    expect(shiftInterval(three, three, 0.9)).toEqual({ low: -2, high: 2 });
    expect(shiftInterval(Float64Array.of(1), ascending(sample(10, (index) => index)), 0.95)).toBeNull();
  });

  it('is the median of all differences, with ties and by brute force', () => {
    for (let index = 0; index < 200; index++) {
      const { x, y } = samples(whole(random, 1, 9), whole(random, 1, 9), () => whole(random, 0, 6), index % 3);
      const differences = ascending(y.flatMap((late) => x.map((early) => late - early)));
      const middle = differences.length >> 1;
      const expected =
        differences.length % 2 === 1 ? differences[middle] : (differences[middle - 1] + differences[middle]) / 2;
      expect(shiftOf(ascending(x), ascending(y))).toBe(expected);
    }
  });

  it('takes samples whose differences would not fit into memory', () => {
    const x = ascending(sample(60_000, () => normal(random)));
    const y = ascending(sample(50_000, () => normal(random) + 0.5));
    expect(Math.abs(shiftOf(x, y) - 0.5)).toBeLessThan(0.03);
    const interval = shiftInterval(x, y, 0.95);
    expect((interval?.high ?? Infinity) - (interval?.low ?? -Infinity)).toBeLessThan(0.03);
  });
});

describe('p with ties', () => {
  it('large samples, against R', () => {
    LARGE_WITH_TIES.forEach((both, index) => {
      expect(isExact(both.x.length, both.y.length)).toBe(false);
      expect(isClose(pOf(both), approximate[index][0], 1e-10), `${pOf(both)} ${approximate[index][0]}`).toBe(true);
    });
  });

  it('small samples: all ways to deal the values out, one by one', () => {
    for (let index = 0; index < 150; index++) {
      const kinds = whole(random, 2, 6);
      const both = samples(whole(random, 1, 7), whole(random, 1, 7), () => whole(random, 1, kinds), index % 3);
      expect(pOf(both)).toBeCloseTo(bruteForceP(both), 12);
    }
  });

  it('is 1 where all values are equal', () => {
    expect(pOf({ x: [5, 5, 5], y: [5, 5, 5, 5] })).toBe(1);
    expect(pOf({ x: sample(200, () => 5), y: sample(200, () => 5) })).toBe(1);
  });
});

/** Pairs in which y is larger, ties counting a half. */
const pairsWon = ({ x, y }: Samples): number =>
  y.reduce(
    (sum, late) => sum + x.reduce((inner, early) => inner + (late > early ? 1 : late === early ? 0.5 : 0), 0),
    0,
  );

function bruteForceP(both: Samples): number {
  const all = [...both.x, ...both.y];
  const observed = pairsWon(both);
  let [ways, low, high] = [0, 0, 0];
  for (let bits = 0; bits < 1 << all.length; bits++) {
    const x = all.filter((_, index) => (bits >> index) & 1);
    if (x.length !== both.x.length) continue;
    const won = pairsWon({ x, y: all.filter((_, index) => !((bits >> index) & 1)) });
    ways++;
    if (won <= observed) low++;
    if (won >= observed) high++;
  }
  return Math.min(1, (2 * Math.min(low, high)) / ways);
}

describe('the smallest p', () => {
  it('is that of the table for n = 3 to 10, and that of samples without overlap', () => {
    const table = [0.1, 0.0286, 0.0079, 0.0022, 0.00058, 0.00016, 0.000041, 0.000011];
    table.forEach((p, index) => {
      expect(smallestP(index + 3, index + 3) / p).toBeCloseTo(1, 1);
    });
    for (const [m, n] of [
      [2, 5],
      [4, 4],
      [7, 3],
      [25, 25],
    ]) {
      const x = ascending(sample(m, (index) => index));
      expect(mannWhitneyP(x, ascending(sample(n, (index) => 100 + index))) / smallestP(m, n)).toBeCloseTo(1, 10);
    }
  });
});
