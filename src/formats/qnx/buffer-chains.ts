/**
 * Whether each CPU has a chain of trace buffers of its own, as the numbers of buffers tell it: in one chain for all CPUs they
 * rise from buffer to buffer, in chains of their own from one buffer of a CPU to its next.
 */

/** A buffer as it says of itself. */
export interface NumberedBuffer {
  readonly cpu: number;
  readonly sequence: number;
  /** When it begins, in any unit; NaN where that is not known. */
  readonly time: number;
}

/** @param buffers in the order of the file; @param likely what the release says, where the numbers do not tell */
export function hasChainPerCpu(buffers: readonly NumberedBuffer[], likely: boolean): boolean {
  if (!likely && riseWithTime(buffers)) return false;
  const one = new Chain();
  const perCpu = new Map<number, Chain>();
  for (const { cpu, sequence } of buffers) {
    one.add(sequence);
    const chain = perCpu.get(cpu) ?? new Chain();
    perCpu.set(cpu, chain);
    chain.add(sequence);
  }
  if (one.falls > 0 && [...perCpu.values()].every(({ isWhole }) => isWhole)) {
    return likely || !mayHaveBegunAgain(buffers);
  }
  const chains = [...perCpu.values()];
  const falls = chains.reduce((sum, chain) => sum + chain.falls, 0);
  const jumps = chains.reduce((sum, chain) => sum + chain.jumps, 0);
  // Where tracing was stopped, numbers begin again once.
  if (one.falls > 1 + 2 * falls) return true;
  if (one.falls === 0 && jumps > 2 * one.jumps) return false;
  return likely;
}

/** Whether numbers rise with the times at which the buffers begin, in whatever order these are in the file. */
function riseWithTime(buffers: readonly NumberedBuffer[]): boolean {
  const byTime = buffers.toSorted((a, b) => a.time - b.time);
  return byTime.every(({ sequence, time }, at) => !Number.isNaN(time) && !(sequence <= byTime[at - 1]?.sequence));
}

/** Whether numbers fall where tracing may have been stopped: it goes on later, and no CPU goes on with its own numbers. */
function mayHaveBegunAgain(buffers: readonly NumberedBuffer[]): boolean {
  return buffers.every(({ sequence, time }, at) => {
    if (at === 0 || sequence > buffers[at - 1].sequence) return true;
    const before = new Set(buffers.slice(0, at).map(({ cpu }) => cpu));
    return !(time < buffers[at - 1].time) && !buffers.slice(at).some(({ cpu }) => before.has(cpu));
  });
}

class Chain {
  /** How often a number was not larger than the one before it, and how often it was not the next one. */
  falls = 0;
  jumps = 0;
  #last = NaN;

  /** Each number is the next one. */
  get isWhole(): boolean {
    return this.falls === 0 && this.jumps === 0;
  }

  add(sequence: number): void {
    if (sequence <= this.#last) this.falls++;
    else if (sequence > this.#last + 1) this.jumps++;
    this.#last = sequence;
  }
}
