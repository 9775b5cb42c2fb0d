/** Quantiles of samples. */

/**
 * The quantile of type 7 (Hyndman and Fan 1996, the default of R): linear between the order statistics around
 * 1 + (n − 1)·share.
 * @param sorted ascending, not empty
 * @param share from 0 to 1
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const value = sorted[below];
  return below === position ? value : value + (position - below) * (sorted[below + 1] - value);
}

export const ascending = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();

/** @param values not empty, in any order */
export const median = (values: ArrayLike<number>): number => quantileOfSorted(ascending(values), 0.5);

/** @param values not empty */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index];
  return sum / values.length;
}
