/** What the simulated kernel is told when it boots. */
import type { RandomSource } from '../random-source.js';

export interface KernelOptions {
  readonly cpus: number;
  /** ClockCycles() at the start of the simulation. */
  readonly startCycles: number;
  readonly cyclesPerSecond: number;
  /** After which threads of round robin give way to their equals. */
  readonly timesliceNs: number;
  /** 8.x writes one event per interrupt, 7.x the begin and the end of its handler. */
  readonly tracesHandlers: boolean;
  readonly random: RandomSource;
}
