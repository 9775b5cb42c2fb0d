/** Means, differences of means and ratios with their intervals, against R and against simulated truths. */
import { beforeAll, describe, expect, it } from 'vitest';
import { fiellerInterval } from '../../../src/benchmarks/statistics/fieller.js';
import { combined, criticalT, intervalAround, meanEstimate } from '../../../src/benchmarks/statistics/mean-estimate.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { studentQuantile } from '../../../src/benchmarks/statistics/student-t.js';
import { normal, sample } from './noise.js';
import { askR } from './rscript.js';

const CONFIDENCE = 0.95;

/** x, y: samples of different sizes and spreads. */
const PAIRS = sample(60, (index) => {
  const random = Random.fromSeed(index + 1);
  const around = (n: number, center: number, spread: number) => sample(n, () => center + spread * normal(random));
  return [around(2 + (index % 7), 3, 1 + (index % 3)), around(2 + (index % 11), 5 + (index % 5), 0.5)] as const;
});

let welch: number[][];
let roots: number[][];

beforeAll(() => {
  // Lengths first, then both samples.
  const cases = PAIRS.map(([x, y]) => [x.length, ...x, ...y]);
  welch = askR(
    `for (one in cases) {
       n <- one[1]; x <- one[2:(n + 1)]; y <- one[(n + 2):length(one)]
       test <- t.test(y, x); answer(c(test$conf.int, test$parameter))
     }`,
    cases,
  );
  // Where |x - theta y| is exactly t standard errors, found by bisection from the estimate outwards.
  roots = askR(
    `for (one in cases) {
       n <- one[1]; x <- one[2:(n + 1)]; y <- one[(n + 2):length(one)]
       mx <- mean(x); my <- mean(y); vx <- var(x) / n; vy <- var(y) / length(y)
       t <- qt(0.975, 3)
       excess <- function(theta) abs(mx - theta * my) - t * sqrt(vx + theta^2 * vy)
       ends <- if (abs(my) <= t * sqrt(vy)) c(NaN, NaN) else
         c(uniroot(excess, c(-1e6, mx / my), tol = 1e-13)$root, uniroot(excess, c(mx / my, 1e6), tol = 1e-13)$root)
       answer(ends)
     }`,
    cases,
  );
});

describe('against R', () => {
  it("the difference of means is Welch's, as t.test has it", () => {
    PAIRS.forEach(([x, y], index) => {
      const [a, b] = [meanEstimate(x), meanEstimate(y)];
      const { low, high } = intervalAround(b.mean - a.mean, [a, b], CONFIDENCE);
      const [expectedLow, expectedHigh, degrees] = welch[index];
      expect(low).toBeCloseTo(expectedLow, 9);
      expect(high).toBeCloseTo(expectedHigh, 9);
      expect(combined([a, b]).degrees / degrees).toBeCloseTo(1, 10);
    });
  });

  it('the ratio ends where it is t standard errors away', () => {
    let finite = 0;
    PAIRS.forEach(([x, y], index) => {
      const [a, b] = [meanEstimate(x), meanEstimate(y)];
      const interval = fiellerInterval(
        {
          numerator: a.mean,
          denominator: b.mean,
          varianceOfNumerator: a.variance,
          varianceOfDenominator: b.variance,
          covariance: 0,
        },
        studentQuantile(0.975, 3),
      );
      const [low, high] = roots[index];
      if (Number.isNaN(low)) {
        expect(interval).toBeNull();
        return;
      }
      finite++;
      expect(interval!.low).toBeCloseTo(low, 7);
      expect(interval!.high).toBeCloseTo(high, 7);
    });
    expect(finite).toBeGreaterThan(30);
  });
});

describe('a ratio', () => {
  const exact = { numerator: 3, denominator: 4, varianceOfNumerator: 0, varianceOfDenominator: 0, covariance: 0 };

  it('of exact numbers is a point', () => {
    expect(fiellerInterval(exact, 2)).toEqual({ low: 0.75, high: 0.75 });
  });

  it('has no interval where the denominator may be zero', () => {
    expect(fiellerInterval({ ...exact, varianceOfDenominator: 4.01 }, 2)).toBeNull();
    expect(fiellerInterval({ ...exact, denominator: 0 }, 2)).toBeNull();
  });

  it('of two numbers that rise together is narrower', () => {
    const parts = { ...exact, varianceOfNumerator: 0.09, varianceOfDenominator: 0.16 };
    const width = (covariance: number) => {
      const { low, high } = fiellerInterval({ ...parts, covariance }, 2)!;
      return high - low;
    };
    expect(width(0.1)).toBeLessThan(width(0));
    // Both are one and the same noise: the ratio is certain.
    expect(width(0.12)).toBeCloseTo(0, 6);
  });
});

it('without spread nothing is uncertain', () => {
  const estimate = meanEstimate([5, 5, 5]);
  expect(estimate).toEqual({ mean: 5, variance: 0, degrees: 2 });
  expect(criticalT(combined([estimate]), CONFIDENCE)).toBe(0);
  expect(intervalAround(5, [estimate], CONFIDENCE)).toEqual({ low: 5, high: 5 });
});
