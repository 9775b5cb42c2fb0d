/** Readings of a guest's clock → time of the recording. */
import { type CycleClock, cyclesToNs } from '../../recording/cycles.js';

const TWO_32 = 0x1_0000_0000;
/** Larger numbers of cycles are not exact, and lie months away. */
const MOST_CYCLES = Number.MAX_SAFE_INTEGER;

export class GuestClock {
  readonly #hz: number;
  readonly #originHigh: number;
  readonly #originLow: number;

  constructor({ hz, origin }: CycleClock) {
    this.#hz = hz;
    this.#originHigh = Number(BigInt.asUintN(64, origin) >> 32n);
    this.#originLow = Number(BigInt.asUintN(32, origin));
  }

  /**
   * The time of a guest's reading: reading − offset is the host's clock, modulo 2⁶⁴. All values come in halves of 32 bits.
   * @returns ns since the origin of the recording, negative before it; NaN where that is further away than times can be
   */
  timeOf(high: number, low: number, offsetHigh: number, offsetLow: number): number {
    const lowDifference = low - offsetLow - this.#originLow;
    const borrow = Math.floor(lowDifference / TWO_32);
    // To a signed number of 32 bits: what lies before the origin is negative.
    const highDifference = (high - offsetHigh - this.#originHigh + borrow) | 0;
    const cycles = highDifference * TWO_32 + (lowDifference - borrow * TWO_32);
    if (cycles < 0) return cycles < -MOST_CYCLES ? Number.NaN : -cyclesToNs(-cycles, this.#hz);
    return cycles > MOST_CYCLES ? Number.NaN : cyclesToNs(cycles, this.#hz);
  }
}
