/**
 * The same guest twice: it prints lines on its console, and does some other work. Once the console is an emulated serial
 * port, which takes a byte per access, and once VIRTIO's, which takes a line. Everything else is equal.
 */
import type { HostPlan } from './plan.js';

/** A PL011 console is at its place in QNX' example configurations; the SoC's clock ticks at 31.25 MHz. */
const CLOCK_HZ = 31_250_000;
const CPUS = 4;
const ALL_CPUS = 2 ** CPUS - 1;
const LENGTH_NS = 400_000_000;
const TRACE_FROM_NS = 50_000_000;
const SEED = 20_261;

function consolePlan(through: 'serial' | 'virtio'): HostPlan {
  const pinned = (cpu: number) => ({ priority: 10, policy: 'round-robin', runmask: 1 << cpu }) as const;
  const work = {
    timerPeriodNs: 4_000_000,
    computeNs: 120_000,
    abortedEntryEvery: 0,
    operations: [
      { operation: 'halt', weight: 5 },
      { operation: 'system-register', weight: 2 },
      { operation: 'timer-register', weight: 2 },
      { operation: 'block-doorbell', weight: 1 },
      { operation: 'ipi', weight: 1 },
    ],
  } as const;
  return {
    seed: SEED,
    architecture: 'aarch64le',
    virtualization: 'arm',
    release: '8.0.0',
    cyclesPerSecond: CLOCK_HZ,
    cpus: CPUS,
    timesliceNs: 4_000_000,
    clusters: Array.from({ length: CPUS }, (_, cpu) => ({ name: `_cpu-${cpu}`, mask: 1 << cpu })),
    startCycles: 9_000_000_000,
    lengthNs: LENGTH_NS,
    traceFromNs: TRACE_FROM_NS,
    markers: [
      { text: 'test-start', atNs: 50_000_000 },
      { text: 'test-end', atNs: 250_000_000 },
    ],
    handlesInterruptsFirst: false,
    machines: [
      {
        name: 'linux-guest',
        startNs: 1_000_000,
        clockOffset: 2n ** 64n - 8_500_000_000n,
        vcpus: [
          { thread: pinned(0), guest: { ...work, output: { bytes: 80, through } } },
          { thread: pinned(1), guest: work },
        ],
      },
    ],
    hostThreads: [
      {
        process: 'usr/bin/camera',
        thread: { priority: 21, policy: 'fifo', runmask: ALL_CPUS, name: 'frames' },
        busyNs: 400_000,
        sleepNs: 16_000_000,
      },
    ],
  };
}

export const serialConsolePlan = (): HostPlan => consolePlan('serial');
export const virtioConsolePlan = (): HostPlan => consolePlan('virtio');
