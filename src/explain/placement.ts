/** Which threads ran on which pCPUs, against where they were meant to, and how many vCPUs wanted a pCPU at once. */
import type { Contention } from '../ledger/contention.js';
import type { PcpuPlaces, Placement as Places, ThreadPlaces } from '../ledger/placement.js';
import type { MachineConfiguration, VcpuConfiguration } from '../platform/configurations/machine-configuration.js';
import { PCPU_THREADS } from '../recording/event-batch.js';
import type { HostFacts } from '../recording/recording.js';
import type { ThreadNamer } from './culprits.js';
import type { CulpritKind } from './explanation.js';
import type { MachineGroup } from './machines.js';

export interface Placement {
  /** False: no event of the scheduler was recorded, so what needs one is null, and moves between two exits are not seen. */
  readonly fromScheduler: boolean;
  /** pCPUs of the host, as far as the recording or the facts of the host tell; others those that wrote events. */
  readonly hostPcpus: number;
  /** Of the vCPUs of `machines`. */
  readonly vcpus: readonly VcpuPlacement[];
  /** Of all machines and threads; null where not from the scheduler. */
  readonly pcpus: readonly PcpuPlacement[] | null;
  /** How many vCPU threads of all machines wanted a pCPU at the same time; null where not from the scheduler. */
  readonly demand: Demand | null;
}

export interface VcpuPlacement {
  readonly machine: string;
  readonly vcpu: number;
  /** -1 where a pCPU stands for vCPUs. */
  readonly thread: number;
  /** Where its thread ran, the longest time first; the time is null where not from the scheduler. */
  readonly pcpus: readonly { readonly pcpu: number; readonly ns: number | null }[];
  /** How often it ran on another pCPU than the last time. */
  readonly moves: number;
  /** pCPUs that the configuration of its machine lets it run on; null where it does not say. */
  readonly configured: readonly number[] | null;
  /** pCPUs that the kernel let its thread run on when the facts of the host were gathered; null where not known. */
  readonly affinity: readonly number[] | null;
  /** Time on pCPUs that `configured`, or else `affinity`, does not hold; null where neither is known, or no time is. */
  readonly elsewhereNs: number | null;
}

/** The sum of vcpuNs, vmmNs, kernelNs, processNs, idleNs and unknownNs is the length of T. */
export interface PcpuPlacement {
  readonly pcpu: number;
  readonly vcpuNs: number;
  /** Other threads of VMMs, as far as the recording tells which process a thread belongs to. */
  readonly vmmNs: number;
  readonly kernelNs: number;
  readonly processNs: number;
  readonly idleNs: number;
  /** Lost events, or none that told who ran there. */
  readonly unknownNs: number;
  /** At least one vCPU thread waited for it. */
  readonly waitedForNs: number;
  /** At least two vCPU threads ran on it or waited for it. */
  readonly sharedNs: number;
  /** vCPUs that ran there, and of the other threads those that ran there longest. */
  readonly threads: readonly PcpuThread[];
}

export const PCPU_THREAD_KINDS = ['vCPU', 'VMM thread', 'kernel thread', 'process'] as const;
export type PcpuThreadKind = (typeof PCPU_THREAD_KINDS)[number];

export interface PcpuThread {
  readonly kind: PcpuThreadKind;
  /** Untrusted text. */
  readonly name: string;
  readonly ns: number;
}

export interface Demand {
  /** Nanoseconds of T by how many vCPU threads ran or waited for a pCPU; only numbers that occurred. */
  readonly runnable: readonly { readonly vcpus: number; readonly ns: number }[];
  /** How long that were more than hostPcpus. */
  readonly aboveHostNs: number;
  /** Not known, because events were lost. */
  readonly unknownNs: number;
}

/** Of the threads on one pCPU that are not vCPUs', so many are named. */
const NAMED = 8;

export interface PlacementInput {
  readonly places: Places;
  readonly contention: Contention;
  readonly schedulerSeen: boolean;
  readonly hostPcpus: number;
  readonly all: readonly MachineGroup[];
  readonly chosen: readonly MachineGroup[];
  readonly describe: ThreadNamer;
  /** By the machine's id: the configurations that can be its own. */
  readonly configurations: ReadonlyMap<string, readonly MachineConfiguration[]>;
  /** Groups of pCPUs that configurations may name, where the recording tells them. */
  readonly clusters: HostFacts['clusters'];
  /** pCPUs that a thread may run on, where facts of the host tell. */
  readonly affinityOf: (thread: number) => readonly number[] | undefined;
  /** Whether threads of the host run vCPUs, so that these have numbers. */
  readonly hasThreads: boolean;
}

export function placementOf(input: PlacementInput): Placement {
  const { schedulerSeen, hostPcpus, chosen, contention } = input;
  return {
    fromScheduler: schedulerSeen,
    hostPcpus,
    vcpus: chosen.flatMap((machine) => vcpusOf(machine, input)),
    pcpus: schedulerSeen ? pcpusOf(input) : null,
    demand: schedulerSeen ? demandOf(contention, hostPcpus) : null,
  };
}

function vcpusOf({ id: machine, members }: MachineGroup, input: PlacementInput): VcpuPlacement[] {
  const { places, schedulerSeen, configurations, clusters, affinityOf, hasThreads } = input;
  return members.map(({ id, ledger: { thread } }) => {
    const own = places.thread(thread);
    const pcpus = own === undefined ? [] : pcpusOfThread(own);
    const configured = configuredPcpus(configurations.get(machine) ?? [], id, clusters);
    const affinity = affinityOf(thread) ?? null;
    const meant = configured ?? affinity;
    const elsewhere = pcpus.filter(({ pcpu }) => meant?.includes(pcpu) === false);
    return {
      machine,
      vcpu: id,
      thread: hasThreads && thread < PCPU_THREADS ? thread : -1,
      pcpus: pcpus.map(({ pcpu, ns }) => ({ pcpu, ns: schedulerSeen ? ns : null })),
      moves: own?.moves ?? 0,
      configured,
      affinity,
      elsewhereNs: meant === null || !schedulerSeen ? null : elsewhere.reduce((sum, { ns }) => sum + ns, 0),
    };
  });
}

const pcpusOfThread = ({ pcpus, ns }: ThreadPlaces): { pcpu: number; ns: number }[] =>
  pcpus
    .map((pcpu, slot) => ({ pcpu, ns: ns[slot] }))
    .filter((place) => place.ns > 0)
    .sort((a, b) => b.ns - a.ns || a.pcpu - b.pcpu);

/** What all configurations that can be the machine's say. */
function configuredPcpus(
  configurations: readonly MachineConfiguration[],
  vcpu: number,
  clusters: HostFacts['clusters'],
): readonly number[] | null {
  const allowed = configurations.map(({ vcpus }) =>
    allowedPcpus(
      vcpus.find(({ id }) => id === vcpu),
      clusters,
    ),
  );
  const [first] = allowed;
  const isCommon = allowed.every((pcpus) => JSON.stringify(pcpus) === JSON.stringify(first));
  return first === undefined || !isCommon ? null : first;
}

/** QNX 8.0 makes a cluster of each pCPU, of this name. */
const OF_ONE_PCPU = /^_cpu-(\d{1,2})$/;

/** By its runmask, or by its cluster where it is known which pCPUs that holds. */
function allowedPcpus(vcpu: VcpuConfiguration | undefined, clusters: HostFacts['clusters']): readonly number[] | null {
  if (vcpu === undefined || vcpu.runmask !== null) return vcpu?.runmask ?? null;
  if (vcpu.cluster === null) return null;
  const known = clusters?.find(({ name }) => name === vcpu.cluster);
  const single = OF_ONE_PCPU.exec(vcpu.cluster)?.[1];
  return known?.pcpus ?? (single === undefined ? null : [Number(single)]);
}

function pcpusOf({ places, contention, all, describe }: PlacementInput): PcpuPlacement[] {
  const names = vcpuNames(all);
  const rows = new Map(places.pcpus.map((cpu) => [cpu.pcpu, new PcpuSums(cpu)]));
  for (const { thread, pcpus, ns } of places.threads) {
    const vcpu = names.get(thread);
    const other = describe(thread, all[0]);
    const kind = vcpu === undefined ? kindOf(other.kind) : 'vCPU';
    for (const [slot, pcpu] of pcpus.entries()) {
      if (ns[slot] > 0) rows.get(pcpu)!.add(kind, vcpu ?? other.name, ns[slot]);
    }
  }
  return [...rows.values()].map((sums) => {
    const { waitedForNs = 0, sharedNs = 0 } = contention.pcpu(sums.pcpu) ?? {};
    return { pcpu: sums.pcpu, ...sums.times(), waitedForNs, sharedNs, threads: sums.threads() };
  });
}

const vcpuNames = (machines: readonly MachineGroup[]) =>
  new Map(
    machines.flatMap((machine) =>
      machine.members.map(({ id, ledger }) => [ledger.thread, `${machine.id}/${id}`] as const),
    ),
  );

const kindOf = (kind: CulpritKind): PcpuThreadKind =>
  kind === 'VMM thread' || kind === 'kernel thread' ? kind : 'process';

class PcpuSums {
  readonly pcpu: number;
  readonly #cpu: PcpuPlaces;
  readonly #byKind = new Map<PcpuThreadKind, number>();
  readonly #rows = new Map<string, PcpuThread>();

  constructor(cpu: PcpuPlaces) {
    this.pcpu = cpu.pcpu;
    this.#cpu = cpu;
    if (cpu.schedulerNs > 0) this.add('kernel thread', "the host's scheduler, between two threads", cpu.schedulerNs);
    if (cpu.furtherNs > 0) this.add('process', 'all further threads', cpu.furtherNs);
  }

  add(kind: PcpuThreadKind, name: string, ns: number): void {
    this.#byKind.set(kind, this.#of(kind) + ns);
    const key = JSON.stringify([kind, name]);
    this.#rows.set(key, { kind, name, ns: (this.#rows.get(key)?.ns ?? 0) + ns });
  }

  times() {
    return {
      vcpuNs: this.#of('vCPU'),
      vmmNs: this.#of('VMM thread'),
      kernelNs: this.#of('kernel thread'),
      processNs: this.#of('process'),
      idleNs: this.#cpu.idleNs,
      unknownNs: this.#cpu.unknownNs,
    };
  }

  threads(): PcpuThread[] {
    const rows = [...this.#rows.values()].sort((a, b) => b.ns - a.ns || (a.name < b.name ? -1 : 1));
    const others = rows.filter(({ kind }) => kind !== 'vCPU').slice(0, NAMED);
    return rows.filter((row) => row.kind === 'vCPU' || others.includes(row));
  }

  #of(kind: PcpuThreadKind): number {
    return this.#byKind.get(kind) ?? 0;
  }
}

function demandOf({ runnableNs, unknownNs }: Contention, hostPcpus: number): Demand {
  const runnable = runnableNs.map((ns, vcpus) => ({ vcpus, ns })).filter(({ ns }) => ns > 0);
  const above = runnable.filter(({ vcpus }) => vcpus > hostPcpus);
  return { runnable, aboveHostNs: above.reduce((sum, { ns }) => sum + ns, 0), unknownNs };
}
