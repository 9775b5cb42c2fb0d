/** Quantities in the sentences of findings. */
import { wantedNs } from './costs.js';
import type { Machine } from './evidence.js';

const UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
] as const;

/** Three significant digits: "1.87 s", "640 ns". */
export function time(ns: number): string {
  for (const [unit, size] of UNITS) if (Math.abs(ns) >= size * 0.9995) return `${digits(ns / size)} ${unit}`;
  return `${Math.round(ns)} ns`;
}

const digits = (value: number): string => {
  const text = value.toPrecision(3);
  return text.includes('e') ? String(Math.round(value)) : text;
};

/** A share of the time in which a machine's vCPUs wanted to run. */
export const percent = (ns: number, machine: Machine): string => share(ns, wantedNs(machine));

export function share(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const value = (100 * part) / whole;
  return value > 0 && value < 0.01 ? '<0.01 %' : `${digits(value)} %`;
}

export { counted } from '../base/quantities.js';

/** Events per second of T. */
export const rate = (count: number, durationNs: number): string =>
  durationNs > 0 ? `${digits(count / (durationNs / 1e9))}/s` : '–';
