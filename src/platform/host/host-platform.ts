/**
 * What is known of a host of virtual machines from its own files, whatever recording there is. Plain data; null where the host
 * does not tell. All texts were written by others.
 */
import type { Issue } from '../../base/issue.js';

export interface HostPlatform {
  /** The file or folder that says so. */
  readonly source: string;
  /** Release, and the line that `uname -v` prints. */
  readonly kernel: string | null;
  readonly kernelBuild: string | null;
  /** As `uname -m` prints it. */
  readonly architecture: string | null;
  readonly cpuModel: string | null;
  /** Vendor, family, model, stepping as perf writes them, for example "AuthenticAMD,23,1,2"; x86 CPUs have them. */
  readonly cpuid: string | null;
  /** What the flags of an x86 CPU say that it virtualizes with; "none": it cannot, or it may not as a guest. */
  readonly virtualization: 'svm' | 'vmx' | 'none' | null;
  /** Which help a CPU with SVM says that it has for delivering interrupts to guests; x2avic has avic in it. */
  readonly avic: 'none' | 'avic' | 'x2avic' | null;
  /** Vendor and product of the computer. */
  readonly product: string | null;
  /** Whether the host is itself a guest: x86 CPUs tell. */
  readonly isGuest: boolean | null;
  readonly commandLine: string | null;
  readonly clocksource: string | null;
  readonly clocksources: readonly string[];
  readonly memoryBytes: number | null;
  readonly swapBytes: number | null;
  /** Two threads of a core are used as two pCPUs. */
  readonly smt: boolean | null;
  /** Frequencies above the nominal one are allowed. */
  readonly boost: boolean | null;
  readonly idleDriver: string | null;
  readonly idleGovernor: string | null;
  readonly pcpus: readonly HostPcpu[];
  readonly caches: readonly Cache[];
  readonly nodes: readonly NumaNode[];
  /** By name and latency: not all pCPUs need have the same. */
  readonly idleStates: readonly IdleState[];
  readonly mitigations: readonly Named[];
  /** Of kvm, its parts and vhost. */
  readonly moduleParameters: readonly ModuleParameter[];
  /** Settings of the kernel below /proc/sys and /sys that matter here, by the name of their file. */
  readonly settings: readonly Named[];
  readonly hugePages: HugePages;
  readonly vmms: readonly VmmProcess[];
  /** Threads of the kernel that work for one machine, such as vhost-1234. */
  readonly kernelThreads: readonly HostThread[];
  readonly controlGroups: readonly ControlGroup[];
  readonly interrupts: readonly HostInterrupt[];
  /** What could not be understood. */
  readonly issues: readonly Issue[];
}

export interface Named {
  readonly name: string;
  readonly value: string;
}

export interface ModuleParameter extends Named {
  readonly module: string;
}

export interface HostPcpu {
  readonly pcpu: number;
  readonly online: boolean;
  /** Kept from the scheduler's balancing (isolcpus), and from its tick while one thread runs (nohz_full). */
  readonly isolated: boolean;
  readonly tickless: boolean;
  readonly package: number | null;
  readonly die: number | null;
  readonly cluster: number | null;
  readonly core: number | null;
  readonly node: number | null;
  /** Of the strongest CPU's 1024, where they differ: big and little ones. */
  readonly capacity: number | null;
  /** The pCPUs of its core, itself among them. */
  readonly siblings: readonly number[];
  readonly governor: string | null;
  readonly frequencyDriver: string | null;
  /** Limits that are set, and the highest that the CPU has, Hz. */
  readonly minHz: number | null;
  readonly maxHz: number | null;
  readonly highestHz: number | null;
}

export interface Cache {
  readonly level: number;
  /** Data, Instruction or Unified. */
  readonly type: string;
  readonly bytes: number | null;
  readonly pcpus: readonly number[];
}

export interface NumaNode {
  readonly node: number;
  readonly pcpus: readonly number[];
  readonly memoryBytes: number | null;
  /** To the nodes in their order; 10 is the node itself. */
  readonly distances: readonly number[];
}

export interface IdleState {
  readonly name: string;
  /** To leave it, and the shortest stay that pays, ns. */
  readonly latencyNs: number;
  readonly residencyNs: number | null;
  readonly enabledOn: readonly number[];
}

export interface HugePages {
  /** The mode that is chosen: always, madvise or never. */
  readonly transparent: string | null;
  readonly defrag: string | null;
  readonly pools: readonly { readonly bytes: number; readonly total: number; readonly free: number | null }[];
}

export interface VmmProcess {
  readonly process: number;
  readonly name: string;
  readonly threads: readonly HostThread[];
}

export const SCHEDULING_POLICIES = ['other', 'fifo', 'round-robin', 'batch', 'idle', 'deadline', 'unknown'] as const;
export type SchedulingPolicy = (typeof SCHEDULING_POLICIES)[number];

export interface HostThread {
  readonly thread: number;
  readonly name: string;
  /** pCPUs that it may run on. */
  readonly allowed: readonly number[] | null;
  readonly policy: SchedulingPolicy | null;
  /** From 1 to 99 under fifo and round-robin, larger is more urgent; 0 under others, where `nice` decides. */
  readonly priority: number | null;
  readonly nice: number | null;
  /** `path` of the control group that limits its CPU time, among controlGroups if anything is known of it. */
  readonly cpuGroup: string | null;
}

export interface ControlGroup {
  /** Its folder below /sys/fs/cgroup. */
  readonly path: string;
  /** CPU time per time that all in it may use, 1 is one pCPU; null: no limit. */
  readonly quotaPcpus: number | null;
  /** The time for which a quota is given. */
  readonly periodNs: number | null;
  /** pCPUs that it leaves to those in it. */
  readonly pcpus: readonly number[] | null;
  /** Since it was made: periods with something to run, of these throttled, and for how long. */
  readonly periods: number | null;
  readonly throttledPeriods: number | null;
  readonly throttledNs: number | null;
}

export interface HostInterrupt {
  readonly interrupt: number;
  /** Names of its handlers. */
  readonly handlers: string;
  /** pCPUs that it may go to, and those that it does go to. */
  readonly allowed: readonly number[] | null;
  readonly effective: readonly number[] | null;
}
