/**
 * How many cycles make a second, as Xen's scheduler sees it: at each switch it writes down for how long, in its own
 * nanoseconds, the vCPU that leaves the pCPU had it. On the clock of the file that is the time since the switch before.
 *
 * Single switches are off by what the code between reading the clocks took; the median by weight is not.
 */

/** Shorter turns tell little; longer ones than this may have wrapped (the scheduler writes 32 bits). ns */
const SHORTEST = 1_000_000;
const LONGEST = 4_000_000_000;
/** Turns that are kept. */
const MOST_TURNS = 1 << 16;
/** From so many turns on the median says something. */
const ENOUGH = 5;
const NS_PER_SECOND = 1e9;
const HIGHEST_HZ = 1e10;

export class ClockRate {
  /** When each pCPU switched last, cycles. */
  readonly #lastSwitch = new Map<number, number>();
  readonly #turns: { readonly hz: number; readonly ns: number }[] = [];
  #cycles = 0;
  #ns = 0;

  /** @param time cycles @param ns how long the vCPU that leaves had the pCPU */
  ran(pcpu: number, time: number, ns: number): void {
    const cycles = time - (this.#lastSwitch.get(pcpu) ?? Number.NaN);
    this.#lastSwitch.set(pcpu, time);
    if (!(cycles > 0) || ns < SHORTEST || ns > LONGEST || this.#turns.length >= MOST_TURNS) return;
    this.#turns.push({ hz: (cycles / ns) * NS_PER_SECOND, ns });
    this.#cycles += cycles;
    this.#ns += ns;
  }

  /** Records of a pCPU are missing. */
  lose(pcpu: number): void {
    this.#lastSwitch.delete(pcpu);
  }

  /** Whole cycles per second: the rate at which half of the time is spent at lower, half at higher ones. */
  get hz(): number | undefined {
    if (this.#turns.length < ENOUGH) return undefined;
    const sorted = [...this.#turns].sort((a, b) => a.hz - b.hz);
    let left = this.#ns / 2;
    for (const { hz, ns } of sorted) {
      left -= ns;
      if (left <= 0) return hz >= 1 && hz <= HIGHEST_HZ ? Math.round(hz) : undefined;
    }
    return undefined;
  }

  /** By how much the file's clock is longer than the scheduler's over all turns, as a share, at so many cycles a second. */
  excess(hz: number): number {
    return this.#ns === 0 ? 0 : (this.#cycles / hz) * (NS_PER_SECOND / this.#ns) - 1;
  }
}
