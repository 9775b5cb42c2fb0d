/** How far a long reading is, how fast, and how long it will take. */
import type { Progress } from './protocol.js';

/** Between two reports, milliseconds. */
const QUIET_MS = 100;

export class Rate {
  readonly #doing: string;
  readonly #report: (progress: Progress) => void;
  readonly #now: () => number;
  readonly #fraction: () => number | undefined;
  readonly #started: number;
  #reported: number;

  /**
   * @param doing a few words for people
   * @param now milliseconds of a steady clock
   * @param fraction of the work that is done, where that is known
   */
  constructor(
    doing: string,
    report: (progress: Progress) => void,
    now: () => number,
    fraction: () => number | undefined = () => undefined,
  ) {
    this.#doing = doing;
    this.#report = report;
    this.#now = now;
    this.#fraction = fraction;
    this.#started = now();
    this.#reported = this.#started;
    this.#tell(0, 0);
  }

  update(records: number): void {
    const now = this.#now();
    if (now - this.#reported < QUIET_MS) return;
    this.#reported = now;
    this.#tell(records, now - this.#started);
  }

  #tell(records: number, passedMs: number): void {
    const fraction = this.#fraction();
    const isKnown = fraction !== undefined && fraction > 0;
    this.#report({
      doing: this.#doing,
      fraction,
      records,
      recordsPerSecond: passedMs > 0 ? (records / passedMs) * 1000 : 0,
      leftMs: isKnown ? (passedMs * (1 - fraction)) / fraction : undefined,
    });
  }
}
