/** Cycles of a clock → nanoseconds, exactly. */

const NS_PER_SECOND = 1e9;
/** 10^9 in two factors, so that each product below stays an exact double. */
const FIRST_FACTOR = 1e5;
const SECOND_FACTOR = 1e4;

/** The clock of a recording that counts cycles. */
export interface CycleClock {
  /** Cycles per second: 1 to 10^10. */
  readonly hz: number;
  /** Cycles at time zero of the batches. */
  readonly origin: bigint;
}

/**
 * Whole nanoseconds of so many cycles: ⌊cycles · 10⁹ / hz⌋.
 * @param cycles a whole number, 0 to 2⁵³
 * @param hz a whole number, 1 to 10¹⁰: all products are exact then, and no quotient is rounded to the next whole number
 */
export function cyclesToNs(cycles: number, hz: number): number {
  const seconds = Math.floor(cycles / hz);
  const rest = (cycles - seconds * hz) * FIRST_FACTOR;
  const high = Math.floor(rest / hz);
  const low = Math.floor(((rest - high * hz) * SECOND_FACTOR) / hz);
  return seconds * NS_PER_SECOND + high * SECOND_FACTOR + low;
}
