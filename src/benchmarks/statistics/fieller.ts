/** The interval of a ratio. */
import type { Interval } from './hodges-lehmann.js';

/** Two estimates with their variances and their covariance. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
  readonly varianceOfNumerator: number;
  readonly varianceOfDenominator: number;
  readonly covariance: number;
}

/**
 * Fieller (1954), "Some problems in interval estimation": all ratios θ that the data does not contradict, which are those
 * with (x − θ·y)² ≤ t²·(Vx − 2θ·C + θ²·Vy). Unlike x/y ± something it is not symmetric, and it says when the
 * denominator is too uncertain for any ratio.
 * @param t Student's (or the normal) quantile of the confidence wanted
 * @returns null where the denominator does not differ from 0 at that confidence: then no finite interval exists
 */
export function fiellerInterval(ratio: Ratio, t: number): Interval | null {
  const { numerator: x, denominator: y, varianceOfNumerator, varianceOfDenominator, covariance } = ratio;
  const square = t * t;
  // a·θ² − 2b·θ + c ≤ 0
  const a = y * y - square * varianceOfDenominator;
  const b = x * y - square * covariance;
  const c = x * x - square * varianceOfNumerator;
  if (!(a > 0)) return null;
  const root = Math.sqrt(Math.max(0, b * b - a * c));
  return { low: (b - root) / a, high: (b + root) / a };
}
