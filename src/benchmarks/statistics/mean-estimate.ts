/**
 * Means with their uncertainty, and sums of them: variances of independent parts add up, the degrees of freedom of the sum
 * follow from Welch (1947) and Satterthwaite (1946): (Σ v)² / Σ (v² / ν).
 */
import type { Interval } from './hodges-lehmann.js';
import { mean } from './quantile.js';
import { studentQuantile } from './student-t.js';

/** One independent part of an estimate's uncertainty. */
export interface VariancePart {
  readonly variance: number;
  /** Degrees of freedom with which it is known. */
  readonly degrees: number;
}

export interface MeanEstimate extends VariancePart {
  readonly mean: number;
}

/** The variance of the mean is s² / n, with n − 1 degrees of freedom. @param values two at least */
export function meanEstimate(values: ArrayLike<number>): MeanEstimate {
  const center = mean(values);
  const n = values.length;
  let squares = 0;
  for (let index = 0; index < n; index++) squares += (values[index] - center) ** 2;
  return { mean: center, variance: squares / (n - 1) / n, degrees: n - 1 };
}

/** The sum of independent parts; parts without variance count for nothing. */
export function combined(parts: readonly VariancePart[]): VariancePart {
  let variance = 0;
  let squares = 0;
  for (const part of parts) {
    variance += part.variance;
    if (part.variance > 0) squares += part.variance ** 2 / part.degrees;
  }
  return { variance, degrees: squares > 0 ? variance ** 2 / squares : Infinity };
}

/** Student's t that leaves (1 − confidence) / 2 on either side; 0 where nothing is uncertain. */
export function criticalT({ variance, degrees }: VariancePart, confidence: number): number {
  return variance > 0 ? studentQuantile((1 + confidence) / 2, degrees) : 0;
}

/**
 * The interval of an estimate with these parts: ± t·√(Σ v). Of a difference of two means it is Welch's, as of R's
 * `t.test`.
 */
export function intervalAround(estimate: number, parts: readonly VariancePart[], confidence: number): Interval {
  const sum = combined(parts);
  const half = criticalT(sum, confidence) * Math.sqrt(sum.variance);
  return { low: estimate - half, high: estimate + half };
}
