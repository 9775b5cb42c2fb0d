/** A logarithmic axis: places on it, and marks that are round. */

export interface LogScale {
  readonly least: number;
  readonly most: number;
}

/** Around all values, with a little room; at least from 1/1.5 to 1.5 times the middle. */
export function logScale(values: readonly number[], room = 1.08): LogScale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return { least: 0.5, most: 2 };
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  const middle = Math.sqrt(least * most);
  return { least: Math.min(least / room, middle / 1.5), most: Math.max(most * room, middle * 1.5) };
}

/** 0 at the least, 1 at the most. */
export const logPlace = (value: number, { least, most }: LogScale): number =>
  Math.log(Math.max(value, Number.MIN_VALUE) / least) / Math.log(most / least);

/** 1, 2, 5 of every power of ten, or fewer where there are more than `wanted`. */
export function logTicks(scale: LogScale, wanted: number): number[] {
  for (const steps of [[1, 1.2, 1.5, 2, 3, 5, 7], [1, 2, 5], [1]]) {
    const ticks = ticksOf(scale, steps, 1);
    if (ticks.length <= wanted) return ticks;
  }
  for (let every = 2; ; every++) {
    const ticks = ticksOf(scale, [1], every);
    if (ticks.length <= wanted) return ticks;
  }
}

function ticksOf({ least, most }: LogScale, steps: readonly number[], every: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
    if (power % every !== 0) continue;
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(3));
      if (tick >= least && tick <= most) ticks.push(tick);
    }
  }
  return ticks;
}
