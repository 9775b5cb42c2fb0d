/**
 * 64-bit time from the low 32 bits that events carry, for each CPU: in cycles since a base, which is a multiple of 2^32,
 * as exact doubles.
 *
 * The high half comes from CONTROL/TIME events. Where the low half falls by more than half its range, it wrapped; where
 * it falls by less, the event was written after a later one.
 */
import { MOST_CPUS } from './trace-classes.js';

const WRAP = 2 ** 32;
const HALF = 2 ** 31;
/**
 * An event that seems to be nearly a whole wrap later than the last one was written this many cycles, at most, too late:
 * a few milliseconds at any frequency.
 */
export const LATE = 2 ** 22;

export class CpuClocks {
  /** How often a CPU told a time long before the one that it had already. */
  wentBack = 0;
  /** Of the base: its high 32 bits; NaN until the first time is known. */
  #baseHigh = NaN;
  /** By CPU: cycles since the base at the last wrap (NaN: not known yet), and the latest low half after it. */
  readonly #wraps = new Float64Array(MOST_CPUS).fill(NaN);
  readonly #lows = new Float64Array(MOST_CPUS);
  /** By CPU: 1 where it told its time itself. */
  readonly #hasTold = new Uint8Array(MOST_CPUS);
  /** The last time of any CPU: what those guess from that have not told theirs. */
  #lastTold = NaN;
  #earliest = -Infinity;
  #latest = Infinity;
  #likely = NaN;
  /** One high half serves all CPUs. */
  readonly #isGlobal: boolean;
  /** Times may not be further away from the base than so many cycles. */
  readonly #most: number;

  constructor(isGlobal: boolean, most: number) {
    this.#isGlobal = isGlobal;
    this.#most = most;
  }

  /** High 32 bits of the base; 0 while no time is known. */
  get baseHigh(): number {
    return Number.isNaN(this.#baseHigh) ? 0 : this.#baseHigh;
  }

  /** Takes `high` for the base, where there is none yet. */
  setBase(high: number): void {
    if (Number.isNaN(this.#baseHigh)) this.#baseHigh = high;
  }

  /**
   * Times that are told from now on lie between these, in cycles. Others cannot be: in place of the first of them counts
   * `likely`, where it is a number.
   */
  expect(earliest: number, latest: number, likely = NaN): void {
    this.#earliest = earliest;
    this.#latest = latest;
    this.#likely = likely;
  }

  /** A CPU tells its time; false where it cannot be. */
  tell(cpu: number, high: number, low: number): boolean {
    const whole = high * WRAP + low;
    if (whole < this.#earliest || whole > this.#latest) {
      const likely = this.#likely;
      this.#likely = NaN;
      if (!Number.isNaN(likely)) this.tell(cpu, Math.floor(likely / WRAP), likely % WRAP);
      return false;
    }
    this.setBase(high);
    const wraps = (high - this.#baseHigh) * WRAP;
    if (Math.abs(wraps) > this.#most) return false;
    // What was foretold of it may be from later in the file.
    if (this.#hasTold[cpu] === 1 && wraps + low < this.last(cpu) - LATE) this.wentBack++;
    this.#hasTold[cpu] = 1;
    this.#lastTold = wraps + low;
    if (!this.#isGlobal) {
      this.#wraps[cpu] = wraps;
      this.#lows[cpu] = low;
      return true;
    }
    for (let other = 0; other < MOST_CPUS; other++) {
      if (this.#wraps[other] + this.#lows[other] > wraps + low) continue;
      this.#wraps[other] = wraps;
      this.#lows[other] = low;
    }
    return true;
  }

  /** A time of 64 bits, cycles since the base; NaN where it is further away from it than can be. */
  whole(high: number, low: number): number {
    this.setBase(high);
    const wraps = (high - this.#baseHigh) * WRAP;
    return Math.abs(wraps) > this.#most ? NaN : wraps + low;
  }

  /** A CPU will tell its time later: its first event is of this high half. `low`: low half of that event. */
  foretell(cpu: number, high: number, low: number): void {
    if ((high + 1) * WRAP < this.#earliest || (high - 1) * WRAP > this.#latest) return;
    this.setBase(high);
    const wraps = (high - this.#baseHigh) * WRAP;
    if (Math.abs(wraps) > this.#most) return;
    this.#wraps[cpu] = wraps;
    this.#lows[cpu] = low;
    if (Number.isNaN(this.#lastTold)) this.#lastTold = wraps + low;
  }

  /** Time of an event of a CPU, cycles since the base; NaN where it is further away from it than can be. */
  time(cpu: number, low: number): number {
    const soon = this.soon(cpu, low, HALF);
    if (!Number.isNaN(soon)) return soon;
    const time = this.apparent(cpu, low);
    if (Number.isNaN(time)) return NaN;
    this.take(cpu, time);
    return time;
  }

  /** Time of an event of a CPU, if it is less than `within` cycles after the last one; otherwise NaN. */
  soon(cpu: number, low: number, within: number): number {
    const wraps = this.#wraps[cpu];
    const passed = low - this.#lows[cpu];
    if (!(passed >= 0 && passed < within && wraps <= this.#most)) return NaN;
    this.#lows[cpu] = low;
    return wraps + low;
  }

  /** The last time of a CPU, cycles since the base; NaN where it is not known. */
  last(cpu: number): number {
    return this.#wraps[cpu] + this.#lows[cpu];
  }

  /**
   * The time that an event seems to have, cycles since the base; NaN where it is further away from it than can be.
   * Nothing changes until it is taken.
   */
  apparent(cpu: number, low: number): number {
    let wraps = this.#wraps[cpu];
    if (Number.isNaN(wraps)) return this.#guess(low);
    const last = this.#lows[cpu];
    if (last - low > HALF) wraps += WRAP;
    else if (low - last > WRAP - LATE) wraps -= WRAP;
    return wraps > this.#most ? NaN : wraps + low;
  }

  /** A CPU is as late as `time`, if it was not later already. */
  take(cpu: number, time: number): void {
    this.setBase(0);
    if (!(time <= this.last(cpu))) this.correct(cpu, time);
  }

  /** The last time of a CPU is this one, whatever it seemed to be. */
  correct(cpu: number, time: number): void {
    const wraps = Math.floor(time / WRAP) * WRAP;
    this.#wraps[cpu] = wraps;
    this.#lows[cpu] = time - wraps;
  }

  /** A CPU that has not told its time is taken for as late as the others. */
  #guess(low: number): number {
    const near = Number.isNaN(this.#lastTold) ? low : this.#lastTold;
    return Math.max(-this.baseHigh, Math.round((near - low) / WRAP)) * WRAP + low;
  }
}
