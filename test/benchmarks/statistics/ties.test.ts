/** Samples with ties, where R's `wilcox.test` only approximates: what is exact is worked out in R by other ways. */
import { beforeAll, describe, expect, it } from 'vitest';
import { shiftInterval, shiftOf } from '../../../src/benchmarks/statistics/hodges-lehmann.js';
import { mannWhitneyP } from '../../../src/benchmarks/statistics/mann-whitney.js';
import { ascending } from '../../../src/benchmarks/statistics/quantile.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample, whole } from './noise.js';
import { askR } from './rscript.js';

const random = Random.fromSeed(41);

type Samples = readonly [x: Float64Array, y: Float64Array];

/** Without a negative zero, which is no other value. */
const rounded = (value: number): number => Math.round(value) + 0;

/** From a few different values to nearly no ties; x and y up to two deviations apart. */
const tied =
  (most: number) =>
  (index: number): Samples => {
    const steps = [0.7, 1.5, 4][index % 3];
    const values = (count: number, shift: number): Float64Array =>
      ascending(sample(count, () => rounded(steps * (normal(random) + shift)) / steps));
    return [values(whole(random, 2, most), 0), values(whole(random, 2, most), (index % 5) / 2)];
  };
const SMALL = sample(200, tied(6));
const LARGER = sample(150, tied(20));
const CONFIDENCES = [0.95, 0.9];

let small: number[];
let larger: number[];
let intervals: number[][];

beforeAll(() => {
  const cases = [...SMALL, ...LARGER].flatMap((pair) => pair.map((values) => [...values]));
  const answers = askR(
    `both <- function(index) list(x = cases[[2 * index - 1]], y = cases[[2 * index]])
     # Twice the smaller share of deals whose rank sum is as low, or as high, as the observed one.
     twoSided <- function(low, high) min(1, 2 * min(low, high))
     # Every way to deal the values out, one by one.
     for (index in 1:${SMALL.length}) with(both(index), {
       ranks <- rank(c(x, y))
       sums <- combn(length(ranks), length(x), function(dealt) sum(ranks[dealt]))
       observed <- sum(ranks[seq_along(x)])
       answer(twoSided(mean(sums <= observed), mean(sums >= observed)))
     })
     # Streitberg and Roehmel (1986): ways[k + 1, s + 1] ranks of number k have the doubled sum s.
     for (index in ${SMALL.length} + 1:${LARGER.length}) with(both(index), {
       ranks <- 2 * rank(c(x, y))
       size <- length(x)
       total <- sum(ranks)
       ways <- matrix(0, size + 1, total + 1)
       ways[1, 1] <- 1
       for (rank in ranks) for (k in size:1) {
         shifted <- c(rep(0, rank), ways[k, seq_len(total + 1 - rank)])
         ways[k + 1, ] <- ways[k + 1, ] + shifted
       }
       share <- ways[size + 1, ] / choose(length(ranks), size)
       observed <- sum(ranks[seq_along(x)])
       answer(twoSided(sum(share[1:(observed + 1)]), sum(share[(observed + 1):(total + 1)])))
     })
     # The differences themselves, by the quantile that wilcox.test takes without ties.
     for (index in 1:${SMALL.length + LARGER.length}) with(both(index), {
       differences <- sort(outer(y, x, "-"))
       pairs <- length(differences)
       ends <- sapply(c(${CONFIDENCES.join(',')}), function(level) {
         outside <- 2 * pwilcox(0:pairs, length(x), length(y))
         rank <- sum(outside <= (1 - level) * (1 + 1e-9))
         if (rank == 0) c(NA, NA) else differences[c(rank, pairs + 1 - rank)]
       })
       answer(c(median(differences), ends))
     })`,
    cases,
  );
  const numbers = answers.map(([p]) => p);
  small = numbers.slice(0, SMALL.length);
  larger = numbers.slice(SMALL.length, SMALL.length + LARGER.length);
  intervals = answers.slice(SMALL.length + LARGER.length);
});

describe('exact p of samples with ties, against R', () => {
  it('all ways to deal the values out, n from 2 to 6', () => {
    SMALL.forEach(([x, y], index) => {
      expect(mannWhitneyP(x, y)).toBeCloseTo(small[index], 12);
    });
  });

  it('the algorithm of Streitberg and Röhmel, n from 2 to 20', () => {
    LARGER.forEach(([x, y], index) => {
      const p = mannWhitneyP(x, y);
      expect(Math.abs(p - larger[index]), `${p} is not ${larger[index]}`).toBeLessThan(1e-9 * larger[index] + 1e-14);
    });
    expect(larger.filter((p) => p < 0.001).length).toBeGreaterThan(20);
  });
});

describe('shift and interval of samples with ties, against R', () => {
  it('are the median and the ranks of all differences', () => {
    let known = 0;
    [...SMALL, ...LARGER].forEach(([x, y], index) => {
      const [shift, ...ends] = intervals[index];
      expect(shiftOf(x, y)).toBe(shift);
      CONFIDENCES.forEach((confidence, at) => {
        const interval = shiftInterval(x, y, confidence);
        const [low, high] = ends.slice(2 * at);
        if (Number.isNaN(low)) expect(interval).toBeNull();
        else expect(interval).toEqual({ low, high });
        if (interval !== null) known++;
      });
    });
    expect(known).toBeGreaterThan(500);
  });
});
