/** Numbers for people: three significant digits and a unit. */

const TIME_UNITS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
] as const;

/** What `formatNs` makes of numbers. */
let timeUnit: 'ns' | 'cycles' = 'ns';

/**
 * Everything that `work` formats is in this unit: a report is all in one, which need not be handed to every cell of every
 * table.
 */
export function inTimeUnit<T>(unit: typeof timeUnit, work: () => T): T {
  const before = timeUnit;
  timeUnit = unit;
  try {
    return work();
  } finally {
    timeUnit = before;
  }
}

/** For example "1.23 ms", or "1,230 cycles" within `inTimeUnit`; "–" where there is no value. */
export function formatNs(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  if (timeUnit === 'cycles') return `${formatCount(value)} cycles`;
  const [scale, unit] = TIME_UNITS.find(([size]) => Math.abs(value) >= size * 0.9995) ?? [1, 'ns'];
  return `${threeDigits(value / scale)} ${unit}`;
}

/** For example "12.3 %"; small shares keep two decimals. */
export function formatShare(part: number, whole: number): string {
  return whole > 0 ? formatPercent((part / whole) * 100) : '–';
}

export function formatPercent(percent: number): string {
  if (percent === 0) return '0 %';
  if (percent < 0.005) return '<0.01 %';
  const decimals = percent >= 9.95 ? 1 : 2;
  return `${percent.toFixed(decimals)} %`;
}

/** For example "8,812,345". */
export function formatCount(value: number): string {
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** For example "1 exit", "2,040 exits". */
export const counted = (value: number, noun: string): string =>
  `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;

/** "once", "2 times". */
export const howOften = (count: number): string => (count === 1 ? 'once' : `${formatCount(count)} times`);

function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 999.5) return formatCount(value);
  if (magnitude >= 99.95) return value.toFixed(0);
  return magnitude >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
