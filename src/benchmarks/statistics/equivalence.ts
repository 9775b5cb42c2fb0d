import type { Interval } from './hodges-lehmann.js';

/**
 * Two one-sided tests (Schuirmann 1987): two things are equivalent at level α if the interval of their difference with
 * confidence 1 − 2α lies between −margin and margin.
 */
export const isEquivalent = (interval: Interval, margin: number): boolean =>
  interval.low >= -margin && interval.high <= margin;
