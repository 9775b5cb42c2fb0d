/** The last time of each pCPU, in the order in which records were written. */

/** Linux supports at most 8,192 CPUs; a higher number is damage. */
export const LARGEST_PCPU = 65_535;

export class PcpuClocks {
  #last = new Float64Array(64).fill(NaN);
  #run = new Int32Array(64);
  /** The longest run of consecutive events of one pCPU with the same time. */
  longestRun = 0;

  /** Whether `note` has nothing to do but to note. */
  hasRoomFor(pcpu: number): boolean {
    return pcpu < this.#last.length;
  }

  /** `pcpu` is at most LARGEST_PCPU. */
  note(pcpu: number, time: number): void {
    if (pcpu >= this.#last.length) this.#grow(pcpu);
    if (this.#last[pcpu] === time) {
      this.#run[pcpu]++;
    } else {
      this.#last[pcpu] = time;
      this.#run[pcpu] = 1;
    }
    if (this.#run[pcpu] > this.longestRun) this.longestRun = this.#run[pcpu];
  }

  /** NaN where the pCPU has had no event. */
  last(pcpu: number): number {
    return pcpu < this.#last.length ? this.#last[pcpu] : NaN;
  }

  /** Those with at least one event. */
  seen(): number[] {
    return Array.from(this.#last.keys()).filter((pcpu) => !Number.isNaN(this.#last[pcpu]));
  }

  #grow(pcpu: number): void {
    const size = 2 ** Math.ceil(Math.log2(pcpu + 1));
    const last = new Float64Array(size).fill(NaN);
    last.set(this.#last);
    const run = new Int32Array(size);
    run.set(this.#run);
    this.#last = last;
    this.#run = run;
  }
}
