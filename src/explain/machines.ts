/** Who is who: which vCPU threads belong to one machine. */
import type { VcpuLedger } from '../ledger/vcpu.js';
import { PCPU_THREADS } from '../recording/event-batch.js';
import type { Recording } from '../recording/recording.js';
import type { ThreadTable } from '../recording/threads.js';

/** What the grouping rests on. */
export type MachineBasis = 'process' | 'recorder' | 'thread-order' | 'pcpu';

/** The id of what pCPUs stand for: all machines together. */
const ALL_MACHINES = 'pcpu';

export interface MachineGroup {
  readonly id: string;
  readonly name: string;
  readonly process?: number;
  readonly basis: MachineBasis;
  readonly members: readonly Member[];
}

export interface Member {
  readonly id: number;
  readonly ledger: VcpuLedger;
}

/**
 * How VMMs name the threads of vCPUs: QEMU "CPU 0/KVM" (with `-name debug-threads=on`, as libvirt starts it), Firecracker
 * "fc_vcpu 0", Cloud Hypervisor "vcpu0", crosvm "crosvm_vcpu0", kvmtool "kvm-vcpu-0".
 */
const VCPU_THREAD_NAME = /^(?:CPU (\d+)\/KVM|(?:fc_|crosvm_|kvm-)?vcpu[ -]?(\d+))$/;

/** The number in the name of a vCPU thread; NaN where it has none. */
function numberInName(name: string | undefined): number {
  const match = VCPU_THREAD_NAME.exec(name ?? '');
  return match === null ? Number.NaN : Number(match[1] ?? match[2]);
}

export function groupMachines(
  vcpus: readonly VcpuLedger[],
  recording: Pick<Recording, 'threads' | 'guests'>,
  machineWord?: string,
): MachineGroup[] {
  const { threads, guests } = recording;
  const groups: Omit<MachineGroup, 'id'>[] = [];
  const standIns = vcpus.filter(({ thread }) => thread >= PCPU_THREADS);
  // Where pCPUs stand for vCPUs, no thread is known.
  if (standIns.length > 0) return [{ id: ALL_MACHINES, ...groupOf({ name: ALL_GUESTS, basis: 'pcpu' })(standIns, 0) }];
  // Exits of arm64 and RISC-V, and of old kernels, have no number.
  for (const vcpu of vcpus) if (Number.isNaN(vcpu.number)) vcpu.number = numberInName(threads.name(vcpu.thread));
  let rest = [...vcpus].sort((a, b) => a.thread - b.thread);
  for (const guest of guests) {
    const own = new Set(guest.vcpuThreads.map((entry) => entry.thread));
    const members = rest.filter((vcpu) => own.has(vcpu.thread));
    rest = rest.filter((vcpu) => !own.has(vcpu.thread));
    groups.push(...withUniqueNumbers(members).map(groupOf({ name: guest.name, basis: 'recorder' })));
  }
  for (const [process, members] of byProcess(rest, threads)) {
    const name =
      machineWord === undefined
        ? `${threads.processName(process) ?? 'VMM'} (process ${process})`
        : `${machineWord} ${process}`;
    groups.push(...withUniqueNumbers(members).map(groupOf({ name, process, basis: 'process' })));
  }
  rest = rest.filter((vcpu) => threads.process(vcpu.thread) === undefined);
  for (const members of byThreadOrder(rest)) {
    const ids = members.map((vcpu) => vcpu.thread).join(', ');
    groups.push(
      ...withUniqueNumbers(members).map(
        groupOf({ name: `vCPU thread${members.length > 1 ? 's' : ''} ${ids}`, basis: 'thread-order' }),
      ),
    );
  }
  return groups.map((group, index) => ({ id: `vm${index + 1}`, ...group }));
}

const ALL_GUESTS = 'all guests, told by pCPU';

/** The first group of threads is the machine; a further one shares its process, or whatever else tells machines apart. */
function groupOf(machine: Omit<MachineGroup, 'id' | 'members'>) {
  return (members: readonly VcpuLedger[], index: number): Omit<MachineGroup, 'id'> => ({
    ...machine,
    name: index === 0 ? machine.name : `${machine.name}, vCPU threads of further machine ${index}`,
    members: numbered(members),
  });
}

/**
 * No machine has two vCPUs of one number: a VMM that starts another guest in its process, or plugs in a vCPU again,
 * gives the number to a new thread.
 */
function withUniqueNumbers(vcpus: readonly VcpuLedger[]): VcpuLedger[][] {
  const groups: VcpuLedger[][] = [];
  const seen = new Map<number, number>();
  for (const vcpu of vcpus) {
    const earlier = Number.isNaN(vcpu.number) ? 0 : (seen.get(vcpu.number) ?? 0);
    seen.set(vcpu.number, earlier + 1);
    if (groups.length === earlier) groups.push([]);
    groups[earlier].push(vcpu);
  }
  return groups;
}

function byProcess(vcpus: readonly VcpuLedger[], threads: ThreadTable): Map<number, VcpuLedger[]> {
  const groups = new Map<number, VcpuLedger[]>();
  for (const vcpu of vcpus) {
    const process = threads.process(vcpu.thread);
    if (process === undefined) continue;
    const group = groups.get(process);
    if (group === undefined) groups.set(process, [vcpu]);
    else group.push(vcpu);
  }
  return groups;
}

/**
 * Without process identifiers: VMMs start the threads of their vCPUs one after the other in the order of the vCPU
 * numbers, so a number that does not rise begins the next machine.
 */
function byThreadOrder(vcpus: readonly VcpuLedger[]): VcpuLedger[][] {
  const groups: VcpuLedger[][] = [];
  let highest = Infinity;
  for (const vcpu of vcpus) {
    if (groups.length === 0 || vcpu.number <= highest) groups.push([]);
    groups[groups.length - 1].push(vcpu);
    highest = Number.isNaN(vcpu.number) ? -1 : vcpu.number;
  }
  return groups;
}

/** A vCPU whose number was not recorded gets the lowest free one. */
function numbered(vcpus: readonly VcpuLedger[]): Member[] {
  const taken = new Set(vcpus.map((vcpu) => vcpu.number).filter((number) => !Number.isNaN(number)));
  let free = 0;
  const members = vcpus.map((ledger): Member => {
    if (!Number.isNaN(ledger.number)) return { id: ledger.number, ledger };
    while (taken.has(free)) free++;
    taken.add(free);
    return { id: free, ledger };
  });
  return members.sort((a, b) => a.id - b.id);
}
