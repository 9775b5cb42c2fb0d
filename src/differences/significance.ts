/**
 * Which differences of ratios are more than the variation between windows explains, for many at once.
 *
 * - A number of a recording is a ratio of sums over its n windows, r = Σx / Σt (exits per time, time per time). Window i deviates
 *   by dᵢ = (xᵢ − r·tᵢ) / Σt, and the variance of r is n / (n − 1) · Σ dᵢ² (the linearised ratio estimator, Cochran, Sampling
 *   Techniques, 1977, section 6.3).
 * - Windows are blocks of time that are drawn as a whole (the block bootstrap of Carlstein, Annals of Statistics 1986): so
 *   what happens in quick succession stays together, and all numbers of a window stay together.
 * - The statistic of a difference is |r₂ − r₁| over its standard error, put on the scale of the normal distribution by
 *   Student's with the degrees of freedom of Welch and Satterthwaite, since there are few windows.
 * - Its p is the share of resamples in which the largest of all statistics is at least as large (the maximum statistic of
 *   Westfall and Young, Resampling-Based Multiple Testing, 1993): so where nothing differs at all, the chance that anything is
 *   called different is the level, however many are looked at and however they depend on each other.
 * - The statistic that it takes for a p of the level, as a number of standard errors, gives the intervals that hold for all of
 *   them at once: those without 0 are of what is called different.
 */
import { combined } from '../benchmarks/statistics/mean-estimate.js';
import { normalCdf, normalQuantile } from '../benchmarks/statistics/normal.js';
import { Random } from '../benchmarks/statistics/random.js';
import { studentCdf, studentQuantile } from '../benchmarks/statistics/student-t.js';
import type { Both, Change, DifferenceOptions } from './difference.js';

/** A ratio of sums over windows, on both sides. */
export interface Ratio {
  readonly above: Both<Float64Array>;
  readonly below: Both<Float64Array>;
  /** Numbers are counts: none is known better than to one of them. */
  readonly counts: boolean;
}

const CONFIDENCE = 0.95;
/** Smaller is 0 here: statistics of such a p are all the same to a bootstrap. */
const LEAST_P = 1e-12;
const LARGEST_STATISTIC = -normalQuantile(LEAST_P / 2);

interface Tested {
  readonly before: number;
  readonly after: number;
  readonly error: number;
  readonly degrees: number;
  readonly statistic: number;
  /** What each window adds to the difference of a resample, over the standard error. */
  readonly shares: Both<Float64Array>;
}

/** One change for each ratio, in their order. */
export function testedChanges(ratios: readonly Ratio[], { level, resamples, seed }: DifferenceOptions): Change[] {
  const tested = ratios.map(testedRatio);
  const largest = largestStatistics(
    tested.filter(({ error }) => error > 0),
    resamples,
    Random.fromSeed(seed),
  );
  const beyond = leastBeyond(largest, level);
  return tested.map(({ before, after, error, degrees, statistic }) => {
    // Of a side that is no number nothing can be said.
    if (!(error > 0)) return { before, after, ...NO_INTERVALS, p: before === after ? 1 : null };
    const difference = after - before;
    const own = studentQuantile((1 + CONFIDENCE) / 2, degrees) * error;
    const corrected = beyond === undefined ? undefined : -studentQuantile(normalCdf(-beyond), degrees) * error;
    const p = (1 + atLeast(largest, statistic)) / (resamples + 1);
    return {
      before,
      after,
      low: difference - own,
      high: difference + own,
      correctedLow: corrected === undefined ? null : difference - corrected,
      correctedHigh: corrected === undefined ? null : difference + corrected,
      p,
    };
  });
}

const NO_INTERVALS = { low: null, high: null, correctedLow: null, correctedHigh: null };

/**
 * What a statistic must be larger than for a p of at most the level; undefined where none can be: there are too few resamples
 * for such a level, or no statistic is that large.
 * @param largest ascending
 */
function leastBeyond(largest: Float64Array, level: number): number | undefined {
  // As many resamples may be at least as large; a product that is whole may come out a little below.
  const allowed = Math.floor(level * (largest.length + 1) + 1e-9) - 1;
  const beyond = allowed < 0 ? undefined : largest[largest.length - 1 - allowed];
  return beyond === undefined || beyond >= LARGEST_STATISTIC ? undefined : beyond;
}

/** Changes of which nothing is known but the numbers. */
export const untestedChanges = (ratios: readonly Ratio[]): Change[] =>
  ratios.map(({ above, below }) => ({
    before: total(above.before) / total(below.before),
    after: total(above.after) / total(below.after),
    ...NO_INTERVALS,
    p: null,
  }));

function testedRatio({ above, below, counts }: Ratio): Tested {
  const before = deviations(above.before, below.before, counts);
  const after = deviations(above.after, below.after, counts);
  const { variance, degrees } = combined([before, after]);
  const error = Math.sqrt(variance);
  const difference = Math.abs(after.ratio - before.ratio);
  const p = error > 0 ? Math.max(LEAST_P, 2 * studentCdf(-difference / error, degrees)) : 1;
  return {
    before: before.ratio,
    after: after.ratio,
    error,
    degrees,
    statistic: -normalQuantile(p / 2),
    shares: {
      before: before.deviations.map((value) => -value / error),
      after: after.deviations.map((value) => value / error),
    },
  };
}

function deviations(above: Float64Array, below: Float64Array, counts: boolean) {
  const n = above.length;
  const sum = total(below);
  const ratio = total(above) / sum;
  const stretch = Math.sqrt(n / (n - 1)) / sum;
  const own = above.map((value, window) => (value - ratio * below[window]) * stretch);
  // Where windows begin and end decides about one event.
  const least = counts && total(above) > 0 ? 1 / sum ** 2 : 0;
  const variance = own.reduce((squares, value) => squares + value * value, 0);
  return { ratio, deviations: own, variance: Math.max(variance, least), degrees: n - 1 };
}

/** Of each resample the largest statistic, ascending. The same windows are drawn for all. */
function largestStatistics(tested: readonly Tested[], resamples: number, random: Random): Float64Array {
  const largest = new Float64Array(resamples);
  if (tested.length === 0) return largest;
  const { before, after } = tested[0].shares;
  for (let resample = 0; resample < resamples; resample++) {
    const drawn = { before: drawnTimes(before.length, random), after: drawnTimes(after.length, random) };
    for (const { shares } of tested) {
      const distance = Math.abs(product(shares.before, drawn.before) + product(shares.after, drawn.after));
      if (distance > largest[resample]) largest[resample] = distance;
    }
  }
  return largest.sort();
}

/** How often each of `count` windows is drawn in as many draws. */
function drawnTimes(count: number, random: Random): Uint8Array {
  const times = new Uint8Array(count);
  for (let draw = 0; draw < count; draw++) times[random.below(count)]++;
  return times;
}

function product(values: Float64Array, times: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < times.length; index++) sum += values[index] * times[index];
  return sum;
}

function atLeast(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
