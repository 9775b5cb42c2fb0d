/** Simulated QNX hosts made for one cause each, so that what rules must find in them is known. */
import type { Explanation } from '../../src/explain/explanation.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import type { Operation } from '../../src/simulation/qnx/exit-codes.js';
import type { GuestPlan, HostPlan, HostThreadPlan, MachinePlan, VcpuPlan } from '../../src/simulation/qnx/plan.js';
import { type Simulation, simulate } from '../../src/simulation/qnx/simulate.js';
import { configurationOf } from './configurations.js';
import { explained, kevOf } from './qnx-hosts.js';

const CPUS = 4;
/** Before the guests start: so the trace has the numbers of their vCPUs. */
const TRACE_FROM_NS = 50_000;

/** A guest that computes for 100 µs at a time and then does one of these. */
export const guestDoing = (operations: Partial<Record<Operation, number>>, computeNs = 100_000): GuestPlan => ({
  timerPeriodNs: 1_000_000,
  computeNs,
  operations: Object.entries(operations).map(([operation, weight]) => ({ operation: operation as Operation, weight })),
  abortedEntryEvery: 0,
});

/** @param pcpus that it may run on */
export const vcpuOn = (pcpus: readonly number[], guest: GuestPlan, priority = 10): VcpuPlan => ({
  thread: { priority, policy: 'round-robin', runmask: maskOf(pcpus) },
  guest,
});

export const machineOf = (name: string, vcpus: readonly VcpuPlan[]): MachinePlan => ({
  name,
  startNs: 100_000,
  clockOffset: 2n ** 64n - BigInt(name.length) * 1_000_000n,
  vcpus,
});

/** A thread of the host that is busy half of the time. */
export const hostThreadOn = (pcpu: number, priority: number): HostThreadPlan => ({
  process: 'usr/bin/camera',
  thread: { priority, policy: 'fifo', runmask: maskOf([pcpu]), name: 'frames' },
  busyNs: 300_000,
  sleepNs: 300_000,
});

const maskOf = (pcpus: readonly number[]): number => pcpus.reduce((mask, pcpu) => mask | (1 << pcpu), 0);

/** 20 ms of an ARM host of release 8.0 with four pCPUs, each a cluster, and whatever else is said. */
export const hostWith = (machines: readonly MachinePlan[], rest: Partial<HostPlan> = {}): HostPlan => ({
  seed: 20_000,
  architecture: 'aarch64le',
  virtualization: 'arm',
  release: '8.0.0',
  cyclesPerSecond: 31_250_000,
  cpus: CPUS,
  timesliceNs: 1_000_000,
  clusters: Array.from({ length: CPUS }, (_, pcpu) => ({ name: `_cpu-${pcpu}`, mask: 1 << pcpu })),
  startCycles: 1_000_000_000,
  lengthNs: TRACE_FROM_NS + 20_000_000,
  traceFromNs: TRACE_FROM_NS,
  markers: [],
  handlesInterruptsFirst: false,
  machines,
  hostThreads: [],
  ...rest,
});

/** @param configurations of its machines, in their order, as text */
export async function explanationOfHost(
  host: HostPlan | Simulation,
  configurations: readonly string[] = [],
): Promise<Explanation> {
  const simulation = 'trace' in host ? host : simulate(host);
  const given = configurations.map((text, index) => ({
    configuration: configurationOf(text, { source: `guest${index + 1}.qvmconf` }),
    machine: `vm${index + 1}`,
  }));
  const explanation = await explained(kevOf(simulation, { wide: true }), qnxKev, { configurations: given });
  return explanation!;
}
