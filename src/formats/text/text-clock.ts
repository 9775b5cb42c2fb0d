/** Time stamps of text → nanoseconds since the first one, exact where the text is. */
import type { Clock } from '../../recording/recording.js';
import { type EventLine, LOW_UNIT } from './event-line.js';

export class TextClock {
  /** Time zero on the recorder's clock. */
  readonly originNs: bigint;
  readonly clock: Clock;
  readonly #high: number;
  readonly #low: number;
  readonly #counts: boolean;
  /** Nanoseconds per count; 1 for seconds, and for counts of unknown length. */
  readonly #scale: number;

  /** `first` is the earliest line; `clockHz` what the user says about counts. */
  constructor(first: EventLine, clockHz: number | undefined) {
    this.#high = first.high;
    this.#low = first.low;
    this.#counts = first.decimals === 0;
    const known = clockHz !== undefined && clockHz > 0;
    this.#scale = this.#counts && known ? 1e9 / clockHz : 1;
    const stamp = BigInt(first.high) * BigInt(LOW_UNIT) + BigInt(Math.round(first.low));
    this.originNs = this.#scale === 1 ? stamp : BigInt(Math.round(Number(stamp) * this.#scale));
    if (this.#counts) {
      const resolutionNs = this.#scale;
      this.clock = { name: 'unknown', measuresTime: known, resolutionNs, ...(known && { estimated: true }) };
    } else {
      this.clock = { name: 'unknown', measuresTime: true, resolutionNs: 10 ** (9 - first.decimals) };
    }
  }

  /** Plain counts, whose length only the user can say. */
  get counts(): boolean {
    return this.#counts;
  }

  /** An integer; negative before the origin; NaN where the line is of another clock or absurdly far away. */
  timeOf(line: EventLine): number {
    if ((line.decimals === 0) !== this.#counts) return Number.NaN;
    const passed = (line.high - this.#high) * LOW_UNIT + (line.low - this.#low);
    const time = this.#scale === 1 ? Math.round(passed) : Math.round(passed * this.#scale);
    return Number.isSafeInteger(time) ? time : Number.NaN;
  }
}
