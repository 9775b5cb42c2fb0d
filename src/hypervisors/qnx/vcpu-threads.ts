/** What is known of the threads that run vCPUs: in columns by the number of the thread, which readers give out from 1 on. */

/** Threads with higher numbers are not told apart from those without hypervisor events. */
const MOST_THREADS = 1 << 18;
const FIRST_THREADS = 64;

/** How much of a visit to the guest has been seen. */
export const Phase = { none: 0, entered: 1, timed: 2, broken: 3 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** The columns; a thread without hypervisor events has lossesSeen -1. */
class Columns {
  readonly phase: Uint8Array;
  /** When CYCLES of the visit was written, ns. */
  readonly cyclesTime: Float64Array;
  /** When the visit was announced (GUEST_ENTER), ns; NaN where that was not recorded. */
  readonly enterTime: Float64Array;
  /** The guest's clock when it was entered and left (CYCLES), in halves. */
  readonly entryHigh: Float64Array;
  readonly entryLow: Float64Array;
  readonly exitHigh: Float64Array;
  readonly exitLow: Float64Array;
  /** Guest clock less host clock, in halves; NaN before it is known. */
  readonly offsetHigh: Float64Array;
  readonly offsetLow: Float64Array;
  /** How often it changed. */
  readonly offsetChanges: Uint32Array;
  /** How many losses there had been in the trace at the last hypervisor event of the thread. */
  readonly lossesSeen: Int32Array;
  /** Number of the vCPU; NaN where the trace does not say. */
  readonly vcpu: Float64Array;

  constructor(size: number) {
    const column = () => new Float64Array(size).fill(Number.NaN);
    this.phase = new Uint8Array(size);
    this.cyclesTime = column();
    this.enterTime = column();
    this.entryHigh = column();
    this.entryLow = column();
    this.exitHigh = column();
    this.exitLow = column();
    this.offsetHigh = column();
    this.offsetLow = column();
    this.offsetChanges = new Uint32Array(size);
    this.lossesSeen = new Int32Array(size).fill(-1);
    this.vcpu = column();
  }
}

export type { Columns as VcpuColumns };

export class VcpuThreads {
  columns = new Columns(FIRST_THREADS);

  /** Nothing is known of any thread. */
  clear(): void {
    this.columns = new Columns(FIRST_THREADS);
  }

  /** Makes room for a thread. @returns false where it cannot be kept */
  admit(thread: number): boolean {
    if (thread < this.columns.phase.length) return thread > 0;
    if (thread >= MOST_THREADS) return false;
    let size = this.columns.phase.length;
    while (size <= thread) size *= 2;
    const larger = new Columns(size);
    for (const name of Object.keys(larger) as (keyof Columns)[]) larger[name].set(this.columns[name]);
    this.columns = larger;
    return true;
  }

  /** Of all threads of vCPUs: the guest clock's offset, 64 bits; undefined where none was recorded. */
  *offsets(): Generator<{ thread: number; offset: bigint | undefined; changes: number }> {
    const { lossesSeen, offsetHigh, offsetLow, offsetChanges } = this.columns;
    for (let thread = 1; thread < lossesSeen.length; thread++) {
      if (lossesSeen[thread] < 0) continue;
      const [high, low] = [offsetHigh[thread], offsetLow[thread]];
      const offset = Number.isNaN(high) ? undefined : (BigInt(high) << 32n) | BigInt(low);
      yield { thread, offset, changes: offsetChanges[thread] };
    }
  }
}
