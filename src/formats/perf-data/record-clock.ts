/** The times of records: 64-bit nanoseconds, as differences to the first one met, which a double holds exactly. */

const TWO_32 = 2 ** 32;
/** Times farther than this from the first one are damage (52 days): the distance of any two is then an exact double. */
export const LARGEST_DISTANCE = 2 ** 52;

export class RecordClock {
  /** The first time met, in two halves; -1 before that. */
  baseHigh = -1;
  baseLow = 0;
  readonly #littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  get hasBase(): boolean {
    return this.baseHigh >= 0;
  }

  /** The base of all times, on the recorder's clock. */
  get baseNs(): bigint {
    return this.hasBase ? (BigInt(this.baseHigh) << 32n) | BigInt(this.baseLow) : 0n;
  }

  /** The time at `at`, since the base; NaN where it cannot be. */
  read(view: DataView, at: number): number {
    const first = view.getUint32(at, this.#littleEndian);
    const second = view.getUint32(at + 4, this.#littleEndian);
    const high = this.#littleEndian ? second : first;
    const low = this.#littleEndian ? first : second;
    if (!this.hasBase) {
      this.baseHigh = high;
      this.baseLow = low;
    }
    const time = (high - this.baseHigh) * TWO_32 + (low - this.baseLow);
    return Math.abs(time) <= LARGEST_DISTANCE ? time : NaN;
  }
}
