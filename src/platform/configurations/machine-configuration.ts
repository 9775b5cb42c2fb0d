/**
 * What the configuration of a machine says, whatever VMM it is for. Plain data: nothing in it is a default that the
 * configuration does not state, except where a comment says so. All texts were written by others.
 */
import type { Issue } from '../../base/issue.js';

export interface MachineConfiguration extends Platform {
  /** Id of the format. */
  readonly format: string;
  /** The file that the user gave; parts of it can come from others (see `Place`). */
  readonly source: string;
  /** "devices": what was seen in a running machine; it has devices with addresses, and nothing is known of all else. */
  readonly scope: 'machine' | 'devices';
  readonly name: string | null;
  /** In the order of the guest's numbers. */
  readonly vcpus: readonly VcpuConfiguration[];
  readonly memory: readonly MemoryRange[];
  readonly devices: readonly DeviceConfiguration[];
  readonly variables: readonly Variable[];
  /** All else about the machine as a whole: what to load, logging, and what vmtoll does not know. */
  readonly options: readonly ConfiguredOption[];
  readonly issues: readonly ConfigurationIssue[];
}

/** What a configuration says of the machine as a whole. */
export interface Platform {
  /** As `uname -m` prints it; null where the configuration does not say, here and below. */
  readonly architecture: string | null;
  /** Machine type in the words of the VMM, for example "q35". */
  readonly board: string | null;
  /** What runs the vCPUs: "kvm", "tcg", "xen", … */
  readonly accelerator: string | null;
  readonly cpu: CpuModel | null;
  readonly topology: CpuTopology | null;
  readonly memoryBacking: MemoryBacking | null;
  readonly interruptController: InterruptController | null;
  readonly clock: Clock;
  /** Threads of the VMM that run no vCPU. */
  readonly threads: readonly VmmThread[];
  readonly budgets: readonly CpuBudget[];
}

/** For a configuration that says nothing of these. */
export const UNSTATED_PLATFORM: Platform = {
  architecture: null,
  board: null,
  accelerator: null,
  cpu: null,
  topology: null,
  memoryBacking: null,
  interruptController: null,
  clock: { base: null, timers: [], place: null },
  threads: [],
  budgets: [],
};

export interface CpuModel {
  /** In the words of the VMM, for example "host". */
  readonly model: string;
  readonly features: readonly CpuFeature[];
  readonly place: Place;
}

export interface CpuFeature {
  /** In the words of the VMM, for example "x2apic", "hv-stimer", "kvm-pv-eoi". */
  readonly name: string;
  readonly enabled: boolean;
  /** Where it is more than on or off, for example "0x1fff" of hv-spinlocks. */
  readonly value: string | null;
  readonly place: Place;
}

/** Numbers of sockets, dies in a socket and so on; null: not stated. */
export interface CpuTopology {
  readonly sockets: number | null;
  readonly dies: number | null;
  readonly clusters: number | null;
  readonly cores: number | null;
  readonly threads: number | null;
  /** vCPUs that the machine can have at most. */
  readonly maxVcpus: number | null;
  readonly place: Place;
}

/** What stands behind the guest's RAM on the host. */
export interface MemoryBacking {
  readonly hugePages: boolean | null;
  /** Bytes of a huge page. */
  readonly pageSize: number | null;
  /** Name of the file, or folder of a file system, that it is in. */
  readonly path: string | null;
  readonly shared: boolean | null;
  /** All of it is taken at the start. */
  readonly preallocated: boolean | null;
  /** It cannot be swapped out. */
  readonly locked: boolean | null;
  readonly place: Place;
}

/** Who emulates the guest's interrupt controllers. */
export interface InterruptController {
  /** "split": the local APICs in the kernel, the I/O APIC and the PIC in the VMM. */
  readonly in: 'kernel' | 'split' | 'vmm';
  /** Why that is so where the configuration does not state it. */
  readonly byDefault: string | null;
  readonly place: Place | null;
}

export interface Clock {
  /** What the guest's real-time clock shows at the start, in the words of the configuration, for example "utc". */
  readonly base: string | null;
  readonly timers: readonly Timer[];
  readonly place: Place | null;
}

export interface Timer {
  /** For example "hpet", "pit", "rtc", "kvmclock", "hypervclock", "tsc". */
  readonly name: string;
  readonly present: boolean | null;
  /** What becomes of ticks that come late, in the words of the VMM. */
  readonly tickPolicy: string | null;
  readonly place: Place;
}

export interface VmmThread {
  /** "emulator": all that are neither vCPUs nor I/O threads. */
  readonly role: 'emulator' | 'iothread';
  readonly id: string | null;
  readonly runmask: readonly number[] | null;
  readonly scheduling: Scheduling | null;
  readonly place: Place;
}

/** How much of the host's CPU time the machine may use. */
export interface CpuBudget {
  /** Each vCPU, all vCPUs and threads together, … */
  readonly of: 'vcpu' | 'emulator' | 'iothread' | 'machine';
  /** Against other machines, in the units of the host's scheduler. */
  readonly weight: number | null;
  /** At most so many pCPUs' worth of time: 0.5 is half of one. */
  readonly limitPcpus: number | null;
  readonly place: Place;
}

/** Both count from 1; a column counts characters (UTF-16 units). */
export interface Place {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** The message begins with source:line:column. */
export interface ConfigurationIssue extends Issue {
  readonly place?: Place;
}

/** An option as it is written. */
export interface ConfiguredOption {
  readonly name: string;
  readonly values: readonly string[];
  readonly place: Place;
  /** False where vmtoll does not know the option: it is kept, but nothing was read from it. */
  readonly known: boolean;
}

export interface VcpuConfiguration {
  readonly id: number;
  /** null where the configuration leaves it to the hypervisor, here and below. */
  readonly scheduling: Scheduling | null;
  /** pCPUs that it may run on. */
  readonly runmask: readonly number[] | null;
  /** A named group of pCPUs that it may run on. */
  readonly cluster: string | null;
  /** The partition of the host's scheduler whose budget it uses. */
  readonly partition: string | null;
  readonly options: readonly ConfiguredOption[];
  /** null: the configuration states no vCPU, and the hypervisor makes one. */
  readonly place: Place | null;
}

export interface Scheduling {
  readonly policy: 'round-robin' | 'fifo' | 'sporadic' | 'other';
  /** Larger is more urgent. */
  readonly priority: number;
  readonly sporadic: SporadicBudget | null;
}

export interface SporadicBudget {
  readonly lowPriority: number;
  readonly maxReplenishments: number;
  readonly periodNs: number;
  readonly budgetNs: number;
}

export interface MemoryRange {
  readonly kind: 'ram' | 'rom' | 'reserved';
  /** Guest-physical address; null: the VMM chooses, qvm right after the highest range before. */
  readonly start: number | null;
  /** Bytes; null where it cannot be read. */
  readonly length: number | null;
  /** What the host backs it with, in the configuration's words; null where it does not say. */
  readonly backing: string | null;
  readonly place: Place;
}

export type DeviceKind = 'emulated' | 'paravirtual' | 'passed-through' | 'unknown';

/** What a device does for the guest: what others could do in its place. */
export type DeviceRole =
  | 'console'
  | 'disk'
  | 'disk-controller'
  | 'network'
  | 'display'
  | 'input'
  | 'timer'
  | 'clock'
  | 'interrupt-controller'
  | 'watchdog'
  | 'random-numbers'
  | 'balloon'
  | 'sound'
  | 'usb'
  | 'bus'
  | 'memory'
  | 'tpm'
  | 'firmware'
  | 'power'
  | 'filesystem'
  | 'channel'
  | 'other';

export interface DeviceConfiguration {
  readonly kind: DeviceKind;
  /** null where vmtoll does not know the type. */
  readonly role: DeviceRole | null;
  /** As the VMM calls it, for example "pl011". */
  readonly type: string;
  /** What a device of this type is, in words, for example "console"; null where vmtoll does not know. */
  readonly description: string | null;
  /** The name that the configuration gives it. */
  readonly name: string | null;
  readonly windows: readonly DeviceWindow[];
  /** PCI addresses or ids in the configuration's words: the guest itself places such a device in memory. */
  readonly pci: readonly string[];
  readonly interrupts: readonly DeviceInterrupt[];
  /** What stands behind it on the host; null where it needs nothing, or nothing is stated. */
  readonly backend: DeviceBackend | null;
  /** Why the machine has it although the configuration does not state it; null where it does. */
  readonly byDefault: string | null;
  readonly options: readonly ConfiguredOption[];
  readonly place: Place;
}

export interface DeviceBackend {
  /** In the words of the configuration, for example "tap", "file", "vhost-user". */
  readonly type: string;
  /** False where the VMM handles its queues, true where the host's kernel does (vhost); null: not stated. */
  readonly inKernel: boolean | null;
  /** Thread of the VMM that serves it. */
  readonly iothread: string | null;
  readonly queues: number | null;
  readonly place: Place;
}

/** Addresses at which the guest finds the registers (or the memory) of a device. */
export interface DeviceWindow {
  readonly space: 'mmio' | 'port';
  /** Guest-physical address, or port. */
  readonly start: number;
  /** Bytes, or ports; null: not known. */
  readonly length: number | null;
  /** Who says how long it is; null with `length`. */
  readonly lengthFrom: 'configuration' | 'device type' | 'dump' | null;
  /** Host-physical address of a device that is passed through; null where it is the same, or not passed. */
  readonly host: number | null;
  /** Rights and attributes in the configuration's words, for example "rwn". */
  readonly access: string | null;
  readonly place: Place;
}

export interface DeviceInterrupt {
  /** The guest's interrupt controller. */
  readonly controller: string;
  /** Its input; null where the controller has none to choose. */
  readonly line: number | null;
  /** The host's interrupt that is passed through; null where none is named. */
  readonly host: number | null;
  /** In the configuration's words: for qvm "u" (unmasked at once) and "t" (served by a thread). */
  readonly flags: readonly string[];
  readonly place: Place;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  /** The part of the configuration that it stands in, for example "vdev pl011"; null before all of them. */
  readonly within: string | null;
  readonly place: Place;
}

export const placeText = ({ source, line, column }: Place): string => `${source}:${line}:${column}`;
