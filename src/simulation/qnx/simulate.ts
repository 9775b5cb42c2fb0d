/** A QNX host with guests, simulated: what its trace says, and what really happened. */
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
