/** Hosts of all sorts, one per seed: what a property test draws from. */
import { type RandomSource, randomSource } from '../random-source.js';
import { OPERATIONS, type Operation } from './exit-codes.js';
import type { GuestPlan, HostPlan, HostThreadPlan, MachinePlan, VcpuPlan } from './plan.js';
import type { Policy, ThreadOptions } from './thread.js';

const POLICIES: readonly Policy[] = ['fifo', 'round-robin', 'round-robin'];
/** Cycles per second: the generic timer of ARM SoCs counts slowly, the time stamp counter of PCs fast. */
const ARM_CLOCKS = [31_250_000, 19_200_000, 1_000_000_000, 24_576_000];
const X86_CLOCKS = [2_400_000_000, 1_896_000_123, 3_000_000_000];
/** Releases whose traces have about the same events. */
const RELATED_RELEASES = {
  7: ['7.1.0', '7.1.0', '7.0.0', '6.5.0', '6.6.0'],
  8: ['8.0.0', '8.0.0', '8.0.3', '8.1.0'],
} as const;
const TWO_32 = 2 ** 32;
const TWO_64 = 2n ** 64n;

export interface RandomPlanLimits {
  /** How long tracing goes on, in the middle. */
  readonly tracedNs: number;
}

export function randomPlan(seed: number, { tracedNs }: RandomPlanLimits = { tracedNs: 2_000_000 }): HostPlan {
  const random = randomSource(seed);
  const cpus = 1 + random.below(8);
  const architecture = random.pick(['aarch64le', 'x86_64'] as const);
  const cyclesPerSecond = random.pick(architecture === 'aarch64le' ? ARM_CLOCKS : X86_CLOCKS);
  const clusters = randomClusters(random, cpus);
  // Sometimes the trace starts before the guests do.
  const startupNs = random.chance(0.2) ? 50_000 : 400_000;
  const machines = Array.from({ length: 1 + random.below(4) }, (_, index): MachinePlan => {
    const runmasks = clusters.map(({ mask }) => mask);
    return {
      name: `guest-${index + 1}`,
      startNs: 100_000 + random.below(startupNs / 2),
      clockOffset: random.chance(0.2) ? 0n : TWO_64 - BigInt(random.below(TWO_32)) * BigInt(1 + random.below(100)),
      vcpus: randomVcpus(random, random.pick([1, 1, 2, 2, 3, 4, 8]), cpus, runmasks),
    };
  });
  const plan: HostPlan = {
    seed,
    architecture,
    virtualization: architecture === 'aarch64le' ? 'arm' : 'vmx',
    release: random.pick(['7.1.0', '8.0.0']),
    cyclesPerSecond,
    cpus,
    timesliceNs: random.pick([50_000, 400_000, 4_000_000]),
    clusters,
    // Just before the low half of the counter starts anew, or anywhere.
    startCycles: random.below(20) * TWO_32 + (random.chance(0.5) ? TWO_32 - random.below(cyclesPerSecond / 500) : 0),
    lengthNs: startupNs + tracedNs,
    traceFromNs: startupNs,
    markers: random.chance(0.3) ? randomMarkers(random, tracedNs) : [],
    handlesInterruptsFirst: random.chance(0.3),
    machines,
    hostThreads: Array.from({ length: random.below(4) }, (_, index) => randomHostThread(random, index, cpus)),
  };
  // Last, so that each seed keeps the host that it has always had.
  const virtualization = architecture === 'x86_64' && random.chance(0.4) ? 'svm' : plan.virtualization;
  return { ...plan, virtualization, release: random.pick(RELATED_RELEASES[plan.release.startsWith('8') ? 8 : 7]) };
}

/** The halves of the host, or its single pCPUs; QNX' own for single pCPUs have such names. */
function randomClusters(random: RandomSource, cpus: number): { name: string; mask: number }[] {
  const all = { name: '_all', mask: 2 ** cpus - 1 };
  if (cpus === 1 || random.chance(0.3)) return [all];
  const half = 1 + random.below(cpus - 1);
  return random.chance(0.5)
    ? Array.from({ length: cpus }, (_, cpu) => ({ name: `_cpu-${cpu}`, mask: 1 << cpu }))
    : [
        { name: 'big', mask: 2 ** half - 1 },
        { name: 'little', mask: all.mask - (2 ** half - 1) },
      ];
}

function randomVcpus(random: RandomSource, count: number, cpus: number, runmasks: readonly number[]): VcpuPlan[] {
  const all = 2 ** cpus - 1;
  const pinning = random.pick(['floating', 'clustered', 'pinned'] as const);
  const guest = randomGuest(random);
  const policy = random.pick(POLICIES);
  const names = random.chance(0.5);
  return Array.from({ length: count }, (_, index): VcpuPlan => {
    const runmask = { floating: all, clustered: random.pick(runmasks), pinned: 1 << (index % cpus) }[pinning];
    const thread: ThreadOptions = { priority: 9 + random.below(3), policy, runmask };
    return { thread: names ? { ...thread, name: `vcpu${index}` } : thread, guest };
  });
}

function randomGuest(random: RandomSource): GuestPlan {
  const operations = OPERATIONS.filter((operation) => operation !== 'host-interrupt' && random.chance(0.5)).map(
    (operation: Operation) => ({ operation, weight: 1 + random.below(5) }),
  );
  const plan: GuestPlan = {
    timerPeriodNs: random.pick([50_000, 200_000, 1_000_000]),
    computeNs: random.pick([2000, 10_000, 50_000]),
    operations: [
      ...operations,
      { operation: 'halt', weight: random.pick([0, 1, 5]) + (operations.length === 0 ? 1 : 0) },
    ],
    abortedEntryEvery: random.pick([0, 0, 20]),
    ...(random.chance(0.1) && { turnsOffAfter: 20 + random.below(50) }),
  };
  if (random.chance(0.7)) return plan;
  return { ...plan, output: { bytes: 1 + random.below(20), through: random.pick(['serial', 'virtio'] as const) } };
}

function randomHostThread(random: RandomSource, index: number, cpus: number): HostThreadPlan {
  const runmask = random.chance(0.5) ? 2 ** cpus - 1 : 1 << random.below(cpus);
  return {
    process: random.pick(['usr/bin/hog', 'usr/bin/camera', 'sbin/io-sock']),
    thread: { priority: random.pick([8, 10, 11, 21]), policy: random.pick(POLICIES), runmask, name: `worker-${index}` },
    busyNs: random.pick([5000, 50_000, 300_000]),
    sleepNs: random.pick([20_000, 200_000, 1_000_000]),
  };
}

function randomMarkers(random: RandomSource, tracedNs: number) {
  const first = random.below(tracedNs / 4);
  return [
    { text: 'begin', atNs: first },
    { text: 'end', atNs: first + tracedNs / 4 },
  ];
}
