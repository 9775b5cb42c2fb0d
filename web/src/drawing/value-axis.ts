/** Ticks of an axis of durations on a logarithmic scale. */

export interface ValueTick {
  /** Pixels from the low end of the axis. */
  readonly y: number;
  readonly label: string;
}

const UNITS = ['ns', 'µs', 'ms', 's'] as const;
/** Pixels between two labels below each other. */
const LEAST_GAP = 16;

/**
 * Round durations between two: powers of ten, and 2 and 5 times those where there is room.
 * @param length of the axis in pixels
 * @param gap pixels between two ticks at least
 */
export function latencyTicks(
  fromNs: number,
  toNs: number,
  length: number,
  unit: 'ns' | 'cycles',
  gap = LEAST_GAP,
): ValueTick[] {
  const perDecade = length / Math.log10(toNs / fromNs);
  const digits = perDecade * Math.log10(2) >= gap ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(gap / perDecade));
  const ticks: ValueTick[] = [];
  for (let power = Math.floor(Math.log10(fromNs)); 10 ** power <= toNs; power++) {
    if (power % stride !== 0) continue;
    for (const digit of digits) {
      const ns = digit * 10 ** power;
      if (ns < fromNs || ns > toNs) continue;
      ticks.push({ y: Math.log10(ns / fromNs) * perDecade, label: durationLabel(digit, power, unit) });
    }
  }
  return ticks;
}

/** For example "50 µs"; beyond seconds the number grows. */
function durationLabel(digit: number, power: number, unit: 'ns' | 'cycles'): string {
  if (unit === 'cycles') return String(digit * 10 ** power).replace(/\B(?=(\d{3})+$)/g, ',');
  const step = Math.min(UNITS.length - 1, Math.floor(power / 3));
  return `${(digit * 10 ** (power - 3 * step)).toFixed(0)} ${UNITS[step]}`;
}
