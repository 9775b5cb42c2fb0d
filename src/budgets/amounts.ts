/** Amounts as people write them in budgets: always with their unit. */
import type { TimeAmount } from './budget.js';

const NUMBER = String.raw`(\d{1,15}(?:\.\d{1,15})?)`;
const SHARE = new RegExp(`^${NUMBER} ?%$`);
const DURATION = new RegExp(`^${NUMBER} ?(ns|us|µs|ms|s)$`);
const RATE = new RegExp(`^${NUMBER}(?: ?/ ?s)?$`);

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/** "5 %" as 0.05; undefined where it is no percentage from 0 to 100. */
export function parseShare(text: string): number | undefined {
  const percent = Number(SHARE.exec(text)?.[1] ?? Number.NaN);
  return percent <= 100 ? percent / 100 : undefined;
}

/** "150us" in nanoseconds; undefined where it is no duration. */
export function parseNs(text: string): number | undefined {
  const match = DURATION.exec(text);
  return match === null ? undefined : Number(match[1]) * NANOSECONDS[match[2]];
}

/** "1000/s" or "1000"; undefined where it is neither. */
export function parseRate(text: string): number | undefined {
  const match = RATE.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** A share or a duration; undefined where it is neither. */
export function parseTimeAmount(text: string): TimeAmount | undefined {
  const share = parseShare(text);
  if (share !== undefined) return { unit: 'share', amount: share };
  const ns = parseNs(text);
  return ns === undefined ? undefined : { unit: 'ns', amount: ns };
}
