/** Quantities in the sentences of findings. */
import { formatCount, formatShare } from '../base/quantities.js';
import { wantedNs } from './costs.js';
import type { Machine } from './evidence.js';

/** A share of the time in which a machine's vCPUs wanted to run. */
export const percent = (ns: number, machine: Machine): string => formatShare(ns, wantedNs(machine));

/** Events per second of T: "2,660/s", "12.5/s". */
export function rate(count: number, durationNs: number): string {
  if (durationNs <= 0) return '–';
  const value = count / (durationNs / 1e9);
  return `${value >= 99.95 ? formatCount(value) : value.toPrecision(3)}/s`;
}
