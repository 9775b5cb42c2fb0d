/** Values far from the others. */
import { mean, median } from './quantile.js';

/** Of the normal distribution: its median absolute deviation is 0.6745 standard deviations, its mean one 0.7979. */
const MEDIAN_DEVIATION = 0.6745;
const MEAN_DEVIATION = 0.7979;
const FAR = 3.5;
/** With fewer the deviations say too little about what is normal. */
const LEAST_VALUES = 6;

/**
 * Indices of the values whose modified z-score 0.6745·|x − median| / MAD exceeds 3.5 (Iglewicz and Hoaglin, How to Detect
 * and Handle Outliers, 1993). Where more than half of the values are equal, and MAD is 0, the mean absolute deviation takes
 * its place. None for fewer than six values.
 */
export function outliersOf(values: ArrayLike<number>): number[] {
  if (values.length < LEAST_VALUES) return [];
  const center = median(values);
  const deviations = Float64Array.from(values, (value) => Math.abs(value - center));
  const ofMedian = median(deviations) / MEDIAN_DEVIATION;
  const deviation = ofMedian > 0 ? ofMedian : mean(deviations) / MEAN_DEVIATION;
  const far: number[] = [];
  deviations.forEach((distance, index) => {
    if (distance > FAR * deviation) far.push(index);
  });
  return far;
}
