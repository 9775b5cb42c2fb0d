/** What CPUs write before they tell their time for the first time: it is before what they tell then. */
import { type CpuClocks, LATE } from './cpu-clocks.js';
import { MOST_CPUS } from './trace-classes.js';

/** Is shown the first events of a trace before they are read. */
export class ForetoldTimes {
  readonly #clocks: CpuClocks;
  /** By CPU: low half of the time of its first event; NaN where there was none. */
  readonly #first = new Float64Array(MOST_CPUS).fill(NaN);
  readonly #told = new Uint8Array(MOST_CPUS);

  constructor(clocks: CpuClocks) {
    this.#clocks = clocks;
  }

  /** An event that is none of the kernel's own. */
  event(cpu: number, low: number): void {
    if (Number.isNaN(this.#first[cpu])) this.#first[cpu] = low;
  }

  /** CONTROL/TIME: its own low half of the time, and the high half that it tells. */
  time(cpu: number, low: number, high: number): void {
    if (this.#told[cpu] === 1) return;
    this.#told[cpu] = 1;
    // A low half that is larger than the one of this event was before it wrapped.
    const first = this.#first[cpu];
    const wrapped = first - low > LATE && high > 0;
    this.#clocks.foretell(cpu, wrapped ? high - 1 : high, Number.isNaN(first) ? low : first);
  }
}
