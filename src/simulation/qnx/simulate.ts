/**
 * A QNX host with guests, simulated: what its trace says, and what really happened.
 *
 * `kernel.ts` gives the pCPUs to threads and writes the trace; what threads do is in programs (`host-programs.ts`,
 * `vcpu-program.ts`, `messages.ts`), which say step by step what they need the pCPU for. `guest.ts` decides what a guest
 * does next, `exit-codes.ts` how the hardware reports that. `history.ts` keeps what happened, and `truth.ts` and
 * `true-books.ts` make the accounts of it that a perfect reader of the trace would find.
 *
 * It is small and knows it: no memory, no caches, no priority inheritance, no adaptive partitions; handlers do not nest;
 * how long things take is made up. How QNX' scheduler and its hypervisor write their traces is as documented; where that
 * is not documented (the codes of interrupts on ARM, the state in which a halted vCPU sleeps) it is made up, too.
 */
import { randomSource } from '../random-source.js';
import type { History } from './history.js';
import { HostPrograms } from './host-programs.js';
import { Kernel } from './kernel.js';
import type { HostPlan } from './plan.js';
import type { Trace } from './trace-event.js';

export interface Simulation {
  readonly plan: HostPlan;
  readonly trace: Trace;
  readonly history: History;
}

export function simulate(plan: HostPlan): Simulation {
  const { cyclesPerSecond, startCycles, timesliceNs, lengthNs, release, architecture, cpus, clusters } = plan;
  const kernel = new Kernel({
    cpus,
    startCycles,
    cyclesPerSecond,
    timesliceNs,
    tracesHandlers: !release.startsWith('8'),
    random: randomSource(plan.seed),
  });
  new HostPrograms(kernel, plan).boot();
  const end = startCycles + Math.round((lengthNs * cyclesPerSecond) / 1e9);
  kernel.runUntil(end);
  const host = { release, architecture, cyclesPerSecond, cpus, clusters };
  return { plan, trace: { host, events: kernel.recorder.until(end) }, history: kernel.history };
}
