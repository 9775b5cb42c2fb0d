/** Cycles → nanoseconds for many times that follow one another: the same as `cyclesToNs`, with one division each. */
import { cyclesToNs } from '../../recording/cycles.js';

const NS_PER_SECOND = 1e9;
/** So many cycles after an anchor their product with 10⁹, and a remainder, is exact. */
const SPAN = 2 ** 53 / NS_PER_SECOND - 16;

export class Nanoseconds {
  readonly #hz: number;
  /** An earlier time in cycles, its whole nanoseconds, and what is left of them, in units of 1/hz ns. */
  #anchor = 0;
  #anchorNs = 0;
  #rest = 0;

  constructor(hz: number) {
    this.#hz = hz;
  }

  /** @param cycles whole, 0 to 2⁵³ */
  of(cycles: number): number {
    let passed = cycles - this.#anchor;
    if (passed < 0 || passed > SPAN) {
      this.#moveAnchor(cycles);
      passed = 0;
    }
    return this.#anchorNs + Math.floor((this.#rest + passed * NS_PER_SECOND) / this.#hz);
  }

  #moveAnchor(cycles: number): void {
    this.#anchor = cycles;
    this.#anchorNs = cyclesToNs(cycles, this.#hz);
    this.#rest = Number((BigInt(cycles) * BigInt(NS_PER_SECOND)) % BigInt(this.#hz));
  }
}
