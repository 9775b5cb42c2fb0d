/** The bootstrap against R, which goes through all resamples of few groups instead of drawing some. */
import { beforeAll, describe, expect, it } from 'vitest';
import { halfWidthOfMean, halfWidthsOfDifference } from '../../../src/benchmarks/statistics/bootstrap.js';
import { mean, quantileOfSorted } from '../../../src/benchmarks/statistics/quantile.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample, skewed, whole } from './noise.js';
import { askR } from './rscript.js';

const random = Random.fromSeed(61);
const CONFIDENCE = 0.95;
/** Drawn resamples find the quantile of a share that misses by a hundredth at most: seven standard errors. */
const RESAMPLES = 20_000;
const SLACK = 0.01;

const CASES = sample(40, (index): [number[], number[]] => {
  const noise = index % 2 === 0 ? normal : skewed;
  const spread = [1, 3][index % 2];
  return [sample(whole(random, 3, 4), () => noise(random)), sample(whole(random, 3, 5), () => spread * noise(random))];
});
let ofDifference: number[][];
let ofMean: number[][];

beforeAll(() => {
  const answers = askR(
    `shares <- c(${CONFIDENCE - SLACK}, ${CONFIDENCE + SLACK})
     # The means of all resamples, around 0, as wide as an unbiased variance asks for.
     deviations <- function(x) {
       n <- length(x)
       drawn <- as.matrix(expand.grid(rep(list(x), n)))
       (rowMeans(drawn) - mean(x)) * sqrt(n / (n - 1))
     }
     upTo <- (1 + ${CONFIDENCE}) / 2
     bounds <- function(distances, degrees) quantile(abs(distances), shares, type = 1) * qt(upTo, degrees) / qnorm(upTo)
     for (index in 1:${CASES.length}) {
       x <- cases[[2 * index - 1]]
       y <- cases[[2 * index]]
       degrees <- t.test(y, x)$parameter
       answer(bounds(outer(deviations(y), deviations(x), "-"), degrees))
       answer(bounds(deviations(x), length(x) - 1))
     }`,
    CASES.flat(),
  );
  ofDifference = answers.filter((_, index) => index % 2 === 0);
  ofMean = answers.filter((_, index) => index % 2 === 1);
});

function expectBetween(value: number, [low, high]: readonly number[]): void {
  expect(value).toBeGreaterThanOrEqual(low * (1 - 1e-9));
  expect(value).toBeLessThanOrEqual(high * (1 + 1e-9));
}

describe('half widths, against all resamples in R with the degrees of freedom of its t.test', () => {
  it('of a difference of means', () => {
    CASES.forEach(([x, y], index) => {
      const [half] = halfWidthsOfDifference(x, y, [CONFIDENCE], RESAMPLES, random);
      expectBetween(half, ofDifference[index]);
    });
  });

  it('of a mean', () => {
    CASES.forEach(([x], index) => {
      expectBetween(halfWidthOfMean(x, CONFIDENCE, RESAMPLES, random), ofMean[index]);
    });
  });

  it('are 0 where nothing varies, and the same for the same seed', () => {
    expect(halfWidthsOfDifference([2, 2], [3, 3, 3], [0.9, 0.95], 100, random)).toEqual([0, 0]);
    expect(halfWidthOfMean([2, 2], 0.95, 100, random)).toBe(0);
    const again = () => halfWidthsOfDifference([1, 2, 4], [3, 5, 9], [0.9, 0.95], 500, Random.fromSeed(4));
    expect(again()).toEqual(again());
  });
});

/** Both levels are drawn with replacement, and the percentiles taken: the bootstrap of textbooks. */
function textbookHalfWidth(x: readonly number[][], y: readonly number[][], resamples: number): number {
  const draw = (values: readonly number[]) => values[random.below(values.length)];
  const meanOf = (groups: readonly number[][]): number =>
    mean(groups.map(() => groups[random.below(groups.length)]).map((group) => mean(group.map(() => draw(group)))));
  const differences = Float64Array.from({ length: resamples }, () => meanOf(y) - meanOf(x)).sort();
  return (quantileOfSorted(differences, 0.975) - quantileOfSorted(differences, 0.025)) / 2;
}

describe('drawing the outermost groups only', () => {
  const BOOTS = 60;
  const RUNS = 4;
  const experiment = (between: number, within: number): number[][] =>
    sample(BOOTS, () => {
      const boot = between * normal(random);
      return sample(RUNS, () => boot + within * normal(random));
    });
  const widths = (between: number, within: number): { ours: number; textbook: number } => {
    const [x, y] = [experiment(between, within), experiment(between, within)];
    const groups = [x, y].map((side) => side.map((group) => mean(group)));
    const [ours] = halfWidthsOfDifference(groups[0], groups[1], [0.95], 4000, random);
    return { ours, textbook: textbookHalfWidth(x, y, 4000) };
  };

  it('gives what the bootstrap of both levels gives where runs differ little', () => {
    const { ours, textbook } = widths(1, 0.05);
    expect(textbook / ours).toBeCloseTo(1, 1);
  });

  it('and does not count the noise of runs twice, as that one does', () => {
    const { ours, textbook } = widths(0, 1);
    // Its variance is (1 + (r − 1) / r) times the true one, with r runs.
    expect(textbook / ours).toBeCloseTo(Math.sqrt(1 + (RUNS - 1) / RUNS), 1);
  });
});
