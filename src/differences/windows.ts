/**
 * A recording cut into windows in which its guests were awake for equally long: neither kept out by their VMM nor unknown.
 * How much these windows differ is what the difference of two recordings is held against.
 */
import type { Series, VcpuSeries } from '../explain/series.js';
import { ACCOUNTS } from '../ledger/accounts.js';

/** Enough for an estimate of variation, few enough that each window holds what a workload does again and again. */
export const WINDOWS = 32;
/** A recording with fewer does not tell its variation. */
export const LEAST_WINDOWS = 8;

export interface Windows {
  readonly count: number;
  /** The sum of a row's slices in each window. */
  sum(slices: Float64Array): Float64Array;
}

export const AWAKE = ACCOUNTS.filter((name) => name !== 'unknown');

/** By slice, nanoseconds. */
export function awakeNs(vcpus: readonly VcpuSeries[], count: number): Float64Array {
  const awake = new Float64Array(count);
  for (const { accounts } of vcpus) for (const name of AWAKE) addTo(awake, accounts[name]);
  return awake;
}

export function windowsOf({ lengthsNs, vcpus }: Series): Windows {
  const awake = awakeNs(vcpus, lengthsNs.length);
  const total = awake.reduce((sum, ns) => sum + ns, 0);
  const windowOf = new Int32Array(awake.length);
  let before = 0;
  let last = -1;
  let count = 0;
  for (let slice = 0; slice < awake.length; slice++) {
    // A slice belongs to the window in which its middle lies; windows in which no middle lies are left out.
    const window = Math.min(WINDOWS - 1, Math.floor(((before + awake[slice] / 2) / total) * WINDOWS));
    before += awake[slice];
    if (awake[slice] > 0 && window > last) {
      last = window;
      count++;
    }
    windowOf[slice] = Math.max(0, count - 1);
  }
  return {
    count,
    sum(slices) {
      const sums = new Float64Array(count);
      for (let slice = 0; slice < slices.length; slice++) if (count > 0) sums[windowOf[slice]] += slices[slice];
      return sums;
    },
  };
}

export function addTo(sums: Float64Array, values: Float64Array): void {
  for (let index = 0; index < sums.length; index++) sums[index] += values[index];
}
