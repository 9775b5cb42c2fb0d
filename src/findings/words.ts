/** Quantities in the sentences of findings. */
import { formatShare } from '../base/quantities.js';
import { wantedNs } from './costs.js';
import type { Machine } from './evidence.js';

/** A share of the time in which a machine's vCPUs wanted to run. */
export const percent = (ns: number, machine: Machine): string => formatShare(ns, wantedNs(machine));

/** Events per second of T, three significant digits. */
export function rate(count: number, durationNs: number): string {
  if (durationNs <= 0) return '–';
  const text = (count / (durationNs / 1e9)).toPrecision(3);
  return `${text.includes('e') ? String(Math.round(Number(text))) : text}/s`;
}
