/**
 * Intervals by the bootstrap for nested data (values in runs in boots), in the form that keeps its promise with few groups;
 * docs/decisions/bootstrap-intervals.md has the figures.
 *
 * - The outermost groups are drawn with replacement, what is inside them is kept (Davison and Hinkley, Bootstrap Methods and
 *   Their Application, 1997, section 3.8). So a group counts by its mean x̄ᵢ, and that is enough: if n groups of r values
 *   vary by σb² between and σe² within groups, the mean of all has the variance (σb² + σe²/r) / n, and the expectation of
 *   S² / n with S² = Σ (x̄ᵢ − x̄)² / (n − 1) is just that. Drawing inside the groups as well would add σe²·(r − 1)/r² / n,
 *   the noise of the values a second time.
 * - Deviations of n groups are stretched by √(n / (n − 1)), for resampling has the variance S²·(n − 1)/n / n. The quantile of
 *   the normal distribution that a bootstrap has in its ends is exchanged for Student's (Hesterberg, "What Teachers Should
 *   Know about the Bootstrap", arXiv 1411.5279), with the degrees of freedom of Welch (1947) and Satterthwaite (1946),
 *   (Σ v)² / Σ (v² / (n − 1)) over the sides, where v = S² / n.
 * - The interval is symmetric: estimate ± q·t/z, where q is the quantile of the absolute distances of resamples, t Student's
 *   and z the normal quantile. The skewness that few groups show is mostly chance.
 */
import { combined } from './mean-estimate.js';
import { normalQuantile } from './normal.js';
import { mean, quantileOfSorted } from './quantile.js';
import type { Random } from './random.js';
import { studentQuantile } from './student-t.js';

/** A sample around its mean. */
interface Deviations {
  /** What each value adds to the mean of a resample, stretched. */
  readonly shares: Float64Array;
  /** Of the mean. */
  readonly variance: number;
}

function deviationsOf(values: ArrayLike<number>, sign: number): Deviations {
  const center = mean(values);
  const n = values.length;
  const stretch = (sign * Math.sqrt(n / (n - 1))) / n;
  const shares = Float64Array.from(values, (value) => (value - center) * stretch);
  let variance = 0;
  for (const share of shares) variance += share * share;
  return { shares, variance };
}

/** The distances of the means of resamples from the mean of all, ascending. */
function resampledDistances(samples: readonly Deviations[], resamples: number, random: Random): Float64Array {
  const distances = new Float64Array(resamples);
  for (const { shares } of samples) {
    for (let resample = 0; resample < resamples; resample++) distances[resample] += random.sumOfResample(shares);
  }
  for (let resample = 0; resample < resamples; resample++) distances[resample] = Math.abs(distances[resample]);
  return distances.sort();
}

function halfWidths(samples: readonly Deviations[], confidences: readonly number[], resamples: number, random: Random) {
  const parts = samples.map((sample) => ({ variance: sample.variance, degrees: sample.shares.length - 1 }));
  const { variance, degrees } = combined(parts);
  // All values of each sample are equal.
  if (variance === 0) return confidences.map(() => 0);
  const distances = resampledDistances(samples, resamples, random);
  return confidences.map((confidence) => {
    const upTo = (1 + confidence) / 2;
    const widening = studentQuantile(upTo, degrees) / normalQuantile(upTo);
    return quantileOfSorted(distances, confidence) * widening;
  });
}

/**
 * Half the widths of the intervals of mean(y) − mean(x), one for each confidence.
 * @param x means of the outermost groups, two at least @param y likewise
 */
export const halfWidthsOfDifference = (
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  confidences: readonly number[],
  resamples: number,
  random: Random,
): number[] => halfWidths([deviationsOf(x, -1), deviationsOf(y, 1)], confidences, resamples, random);

/** Half the width of the interval of the mean. @param values two at least */
export const halfWidthOfMean = (
  values: ArrayLike<number>,
  confidence: number,
  resamples: number,
  random: Random,
): number => halfWidths([deviationsOf(values, 1)], [confidence], resamples, random)[0];
