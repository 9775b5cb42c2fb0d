/** Per CPU: when its last event was, what was lost since, how long its clock stood still. */
import type { RecordingTotals } from '../../recording/recording.js';
import { MAX_CPUS } from './event-line.js';

export class CpuTimes {
  readonly #last = new Float64Array(MAX_CPUS).fill(-1);
  readonly #run = new Uint32Array(MAX_CPUS);
  /** Events lost on a CPU since its last event. */
  readonly #lost = new Map<number, number>();
  readonly #totals: RecordingTotals;

  constructor(totals: RecordingTotals) {
    this.#totals = totals;
  }

  /** Books an event at `time` and returns the time it counts at: never before the last one of its CPU. */
  advance(cpu: number, time: number): number {
    const last = this.#last[cpu];
    let settled = time;
    if (time < last || time < 0) {
      settled = Math.max(0, last);
      this.#totals.timeWentBack++;
    }
    if (last < 0) this.#totals.pcpus.add(cpu);
    this.#run[cpu] = settled === last ? this.#run[cpu] + 1 : 1;
    if (this.#run[cpu] > this.#totals.longestFrozenRun) this.#totals.longestFrozenRun = this.#run[cpu];
    this.#last[cpu] = settled;
    if (settled < this.#totals.firstNs) this.#totals.firstNs = settled;
    if (settled > this.#totals.lastNs) this.#totals.lastNs = settled;
    return settled;
  }

  /** The event had to be moved to `time` to be in order. */
  moveUp(cpu: number, time: number): void {
    this.#last[cpu] = time;
    this.#totals.timeWentBack++;
    if (time > this.#totals.lastNs) this.#totals.lastNs = time;
  }

  /** Time of the last event of a CPU; the start of the recording where it had none. */
  lastOf(cpu: number): number {
    return Math.max(0, this.#last[cpu]);
  }

  /** A gap begins; `count` is NaN where nobody knows how many were lost. */
  lose(cpu: number, count: number): void {
    this.#lost.set(cpu, (this.#lost.get(cpu) ?? 0) + count);
    this.#totals.gaps++;
    if (count > 0) this.#totals.lostEvents += count;
  }

  get anyLost(): boolean {
    return this.#lost.size > 0;
  }

  /** What was lost on `cpu`, once; undefined where nothing was. */
  takeLost(cpu: number): number | undefined {
    const count = this.#lost.get(cpu);
    if (count !== undefined) this.#lost.delete(cpu);
    return count;
  }

  /** CPUs with a gap that no event ended. */
  openGaps(): number[] {
    return [...this.#lost.keys()];
  }
}
