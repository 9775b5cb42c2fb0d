/** Where in a vCPU's time a benchmark of known length ran. */
import { type Lane, Track } from '../../ledger/timeline.js';

export interface Stretch {
  /** Its first slice. */
  readonly slice: number;
  /** What the vCPU did in it, ns. */
  readonly busy: number;
}

/** A stretch must be awake for this share of the most that any is: paused time is no part of a benchmark. */
const AWAKE = 0.95;
/** And as busy as this share of the most: a benchmark is no lull. */
const BUSY_ENOUGH = 0.5;

/** Two rates by which a benchmark differs from what goes on before and after it. */
interface Feature {
  /** Sums up to each slice. */
  readonly sums: Float64Array;
  /** Variance of the rate (per ns awake) of slices, weighted with the time that they are awake; 0 where it is unknown. */
  readonly variance: number;
}

/**
 * The stretch of so many slices that differs most from the rest of the time in which the vCPU was awake (not kept out by
 * the VMM): in how busy it was and in how often it exited. What starts a benchmark and prints its results halts more, or
 * exits for other reasons. The measure is that of an analysis of variance of two groups, n₁·n₂ / (n₁ + n₂) · Δ² / s²,
 * summed over both rates; it is the likelihood ratio of a change that ends again (Levin and Kline, Statistics in Medicine
 * 1985).
 */
export function outstandingStretch(lane: Lane, count: number, slices: number, sliceNs: number): Stretch {
  const busy = lane.cumulative([Track.guest, Track.delay], count);
  const awake = lane.cumulative([Track.guest, Track.delay, Track.halted], count);
  const features = [busy, lane.cumulative([Track.exits], count)].map((sums) => featureOf(sums, awake, sliceNs / 2));
  const within = (sums: Float64Array, slice: number): number => sums[slice + slices] - sums[slice];
  const most = (sums: Float64Array): number => {
    let largest = 0;
    for (let slice = 0; slice + slices <= count; slice++) largest = Math.max(largest, within(sums, slice));
    return largest;
  };
  const [leastAwake, leastBusy] = [AWAKE * most(awake), BUSY_ENOUGH * most(busy)];
  const all = awake[count];
  let best: Stretch = { slice: 0, busy: 0 };
  let contrast = -1;
  for (let slice = 0; slice + slices <= count; slice++) {
    const inside = within(awake, slice);
    const isCandidate = inside >= leastAwake && within(busy, slice) >= leastBusy;
    if (!isCandidate || inside === 0) continue;
    let present = 0;
    for (const { sums, variance } of features) {
      const outside = all - inside;
      const own = within(sums, slice);
      const difference = outside > 0 ? own / inside - (sums[count] - own) / outside : 0;
      if (variance > 0) present += ((inside * outside) / all) * (difference ** 2 / variance);
    }
    if (present > contrast) [contrast, best] = [present, { slice, busy: within(busy, slice) }];
  }
  return best;
}

/** @param least slices that are awake for less are no measure of a rate */
function featureOf(sums: Float64Array, awake: Float64Array, least: number): Feature {
  const count = sums.length - 1;
  const mean = sums[count] / awake[count];
  let squares = 0;
  let total = 0;
  for (let slice = 0; slice < count; slice++) {
    const weight = awake[slice + 1] - awake[slice];
    if (weight < least) continue;
    squares += weight * ((sums[slice + 1] - sums[slice]) / weight - mean) ** 2;
    total += weight;
  }
  return { sums, variance: total > 0 ? squares / total : 0 };
}
