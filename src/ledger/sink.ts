/**
 * Whoever wants to see over time what the ledger books. Nothing of this is called where nobody does.
 *
 * Times are nanoseconds since the origin of the recording, also outside of T. Threads are TIDs or the stand-ins of culprits.
 */
export interface LedgerSink {
  /** The books of a vCPU's thread are opened. */
  addVcpu(thread: number): VcpuSink;
  /** It was none: what was said of it does not count. */
  removeVcpu(thread: number): void;
  /** A thread had a pCPU; UNKNOWN_THREAD: nobody knows who. Of one pCPU in the order of time, without gaps. */
  occupied(pcpu: number, thread: number, from: number, to: number): void;
  /** Meanwhile a handler ran on top of whoever has the pCPU: an inner one is told before the one that it interrupted. */
  interrupted(pcpu: number, interrupt: number, from: number, to: number): void;
}

export interface VcpuSink {
  /** A piece of its time is booked: in the order of time, without gaps from `begin` of the vCPU on. */
  segment(account: number, isKeptOut: boolean, from: number, to: number): void;
  /** What was told since the last call is an episode. */
  episode(episode: EpisodeFacts): void;
  /** Its thread runs on, waits for, or sleeps on another pCPU than before. */
  moved(time: number, pcpu: number): void;
  /** Its thread was woken by another one, or by a handler, on a pCPU. */
  woken(time: number, waker: number, wakerPcpu: number): void;
}

/** Valid during the call only. */
export interface EpisodeFacts {
  /** Index into its Cells: of the episode, and of time in which its VMM kept it out of the guest; -1: there is none. */
  cell: number;
  keptOutCell: number;
  /** When the guest was left; NaN: not recorded. */
  exitTime: number;
  /** Whether that is in T, so that it counts as an exit. */
  isExit: boolean;
  /** Whether its length counts in the distributions: both its ends are in T. */
  isTimed: boolean;
  reachedVmm: boolean;
  /** Guest instruction address, high and low 32 bits; NaN where not recorded. */
  addressHigh: number;
  addressLow: number;
}
