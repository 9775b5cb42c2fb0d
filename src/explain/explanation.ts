/**
 * The one result: plain data that text, JSON, HTML, gates and comparisons are made of.
 *
 * All times are nanoseconds. `version` changes when a key changes its meaning or goes away; new keys may come any time.
 */
import type { Issue } from '../base/issue.js';
import type { Finding } from '../findings/finding.js';
import type { AccountName, AccountSums } from '../ledger/accounts.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import type { Cause, Trigger } from '../recording/causes.js';
import type { HostFacts } from '../recording/recording.js';
import type { FunctionRow, SymbolsUse } from './functions.js';
import type { Placement } from './placement.js';
import type { Reconciliation } from './reconciliation/reconciliation.js';

export interface Explanation {
  readonly version: 1;
  readonly recording: RecordingSummary;
  readonly machines: readonly Machine[];
  /** Sums over all vCPUs of `machines`. */
  readonly totals: Totals;
  readonly sources: Sources;
  /** One row per (machine, vCPU, cause, reason, detail), most guest delay first. */
  readonly exits: readonly ExitRow[];
  /** The same, summed up over all vCPUs by one property. */
  readonly groups: Readonly<Record<GroupBy, readonly ExitGroup[]>>;
  /** What every reason that occurs means. */
  readonly reasons: readonly ReasonMeaning[];
  readonly culprits: readonly CulpritRow[];
  /** What the threads of vCPUs slept for, and who woke them; empty where the host does not tell that (KVM). */
  readonly sleeps: readonly SleepRow[];
  /** Which handlers of the host's interrupts ran on top of vCPUs: parts of the account `interrupt`; longest first. */
  readonly handlers: readonly HandlerRow[];
  /** How often interrupts of the host came, in the whole recording; most often first, empty where the host does not tell that. */
  readonly interrupts: readonly InterruptRow[];
  /** The episodes that kept a guest waiting longest, worst first. */
  readonly worst: readonly WorstEpisode[];
  /** The devices that exits and worst episodes name, and how their names are known. */
  readonly devices: readonly DeviceRow[];
  /** What getting into the guest and out of it costs; null where the recording does not show that apart. */
  readonly worldSwitches: WorldSwitchCosts | null;
  /** Which threads ran on which pCPUs. */
  readonly placement: Placement;
  /** Functions of the guests' kernels that exits come from; empty where no symbols are given. */
  readonly functions: readonly FunctionRow[];
  /** The symbols that name them, and how sure it is that they fit. */
  readonly symbols: readonly SymbolsUse[];
  /** What is known of the host beside the recording; null where that was not given. */
  readonly host: HostPlatform | null;
  /** What to change, by likely gain, largest first; those that are not about time come last. */
  readonly findings: readonly Finding[];
  /** How much of what a benchmark lost in the VM this recording explains; null where no benchmarks were given. */
  readonly reconciliation: Reconciliation | null;
  readonly quality: Quality;
}

export interface RecordingSummary {
  readonly sources: readonly string[];
  readonly format: string;
  readonly hypervisor: string;
  readonly clock: string;
  /** False: the clock orders events but does not measure time, so no duration here means anything. */
  readonly clockMeasuresTime: boolean;
  /** `cycles`: nobody says how many of them make a second, so all times here are cycles, also where names end in Ns. */
  readonly timeUnit: 'ns' | 'cycles';
  /** True: times were converted with a frequency that the recorder did not state. */
  readonly clockEstimated: boolean;
  /** Start of T on the recorder's clock, as a decimal string (it can exceed what a JSON number holds). */
  readonly startNs: string;
  /** Start and end of T relative to the first event of the recording. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Length of T. */
  readonly durationNs: number;
  /** Length of the whole recording: from its first event to its last. */
  readonly wholeNs: number;
  readonly events: number;
  readonly lostEvents: number;
  readonly gaps: number;
  /** Gaps by pCPU, with the events lost in those whose size is known. */
  readonly losses: readonly { readonly pcpu: number; readonly gaps: number; readonly events: number }[];
  /** How many pCPUs wrote events. */
  readonly pcpus: number;
  readonly host: HostFacts;
  /** Events by `system:name`, all of them, understood or not. */
  readonly eventCounts: Readonly<Record<string, number>>;
}

export interface Machine {
  readonly id: string;
  /** Untrusted text. */
  readonly name: string;
  /** Process of the VMM (TGID), where known; on Xen the number of the domain. */
  readonly process?: number;
  /** False: which vCPU ran is not known; `vcpus` are the pCPUs on which vCPUs of any machine ran. */
  readonly vcpusKnown: boolean;
  readonly vcpus: readonly Vcpu[];
  /** Of this machine alone. */
  readonly recorded: Recorded;
}

export interface Vcpu {
  /** Its number in the machine. */
  readonly id: number;
  /**
   * The host thread (TID) that runs it, -1 where there is none (on Xen) or a pCPU stands for vCPUs; and that thread's name
   * (untrusted).
   */
  readonly thread: number;
  readonly threadName?: string;
  /**
   * What the host's scheduler counted last for that thread, where events tell. Linux: below 0 deadline, 0 to 99 real-time (0
   * the most urgent), 100 to 139 nice -20 to 19. QNX: larger is more urgent.
   */
  readonly priority?: number;
  /** Equals the sum of ledgerNs, and the length of T. */
  readonly durationNs: number;
  /** Guest exits within T. */
  readonly exits: number;
  /** Exits without an entry after them and entries without an exit before them: counted, not timed. */
  readonly unpairedExits: number;
  readonly unpairedEntries: number;
  readonly ledgerNs: AccountSums;
  /** hypervisor + vmm + interrupt + blocked + wakeup + preempted. */
  readonly guestDelayNs: number;
  /** hypervisor + vmm + interrupt + poll. */
  readonly hostCostNs: number;
  /** Parts of hypervisor, vmm and blocked in which the VMM kept it out of the guest (cause vm-control). */
  readonly keptOutNs: number;
}

export interface Totals {
  readonly vcpus: number;
  readonly exits: number;
  /** T × vCPUs. */
  readonly durationNs: number;
  readonly ledgerNs: AccountSums;
  readonly guestDelayNs: number;
  readonly hostCostNs: number;
  /** Parts of hypervisor, vmm and blocked in which the VMM kept vCPUs out of the guest (cause vm-control). */
  readonly keptOutNs: number;
}

/** The three sources of overhead. */
export interface Sources {
  /** hypervisor + vmm + blocked of all episodes but those of interrupts and vm-control. */
  readonly guestExitsNs: number;
  /** The account `interrupt`, and hypervisor + vmm + blocked of the causes interrupt and interrupt-control. */
  readonly interruptsNs: number;
  /** preempted + wakeup. */
  readonly overloadNs: number;
}

export type OutsideGuest = Omit<AccountSums, 'guest'>;

/** Lengths of episodes: exit to next entry without time kept out by the VMM; null where none could be timed. */
export interface Distribution {
  readonly timed: number;
  readonly totalNs: number;
  readonly minNs: number | null;
  readonly p50Ns: number | null;
  readonly p90Ns: number | null;
  readonly p99Ns: number | null;
  readonly p999Ns: number | null;
  readonly maxNs: number | null;
}

export interface ExitCounts extends Distribution {
  /** Guest exits. */
  readonly count: number;
  /** Episodes: exits, and times when the VMM kept a vCPU out without an exit. */
  readonly episodes: number;
  /** Episodes in which the vCPU thread returned to the VMM. */
  readonly reachedVmm: number;
  readonly ledgerNs: OutsideGuest;
  readonly guestDelayNs: number;
}

export interface ExitRow extends ExitCounts {
  readonly machine: string;
  readonly vcpu: number;
  readonly cause: Cause;
  /** The hypervisor's name for it. */
  readonly reason: string;
  /** May hold untrusted text: the name of an interrupt of the host. */
  readonly detail: string | null;
  readonly device: string | null;
  /** When the first and the last of these exits came, since the first event of the recording; null where `count` is 0. */
  readonly firstNs: number | null;
  readonly lastNs: number | null;
}

export const GROUP_BY = ['cause', 'reason', 'detail', 'device', 'vcpu'] as const;
export type GroupBy = (typeof GROUP_BY)[number];

export interface ExitGroup extends ExitCounts {
  /** What the rows of the group have in common. */
  readonly key: string;
  readonly cause: Cause;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly device: string | null;
}

export interface ReasonMeaning {
  readonly name: string;
  readonly code: number;
  readonly vocabulary: string;
  readonly cause: Cause;
  readonly trigger: Trigger;
  readonly meaning: string;
  /** The first version of the hypervisor that knows it (for KVM: of Linux), where that is certain. */
  readonly since?: string;
}

export const CULPRIT_KINDS = [
  'sibling vCPU',
  'other machine',
  'VMM thread',
  'kernel thread',
  'process',
  'interrupt',
  'idle pCPU',
  'partition budget',
  'unknown',
] as const;
export type CulpritKind = (typeof CULPRIT_KINDS)[number];

export interface CulpritRow {
  readonly machine: string;
  readonly vcpu: number;
  readonly account: Extract<AccountName, 'wakeup' | 'preempted'>;
  readonly kind: CulpritKind;
  /** Untrusted text. */
  readonly name: string;
  readonly ns: number;
  readonly count: number;
  /** As in Vcpu; not there where no event told it, or where threads of this name have several. */
  readonly priority?: number;
}

/** Sleeps that ended with a wake-up, as far as they lie in T: parts of `idle` and `blocked`. */
export interface SleepRow {
  readonly machine: string;
  readonly vcpu: number;
  readonly account: Extract<AccountName, 'idle' | 'blocked'>;
  /** The host's name for what it waited for, for example "REPLY". */
  readonly state: string;
  /** Who executed on the pCPU that woke it. */
  readonly kind: CulpritKind;
  /** Untrusted text. */
  readonly wokenBy: string;
  readonly ns: number;
  readonly count: number;
}

/** Handlers of an interrupt of the host that ran on top of a vCPU, within T. */
export interface HandlerRow {
  readonly machine: string;
  readonly vcpu: number;
  /** As in culprits. Untrusted text. */
  readonly name: string;
  /** Without other handlers that ran on top of them. Rows of a vCPU can be less than its account `interrupt`, never more. */
  readonly ns: number;
  readonly count: number;
}

/** An interrupt of the host. */
export interface InterruptRow {
  /** As in culprits. Untrusted text. */
  readonly name: string;
  /** Handlers of it that ran: one an interrupt, more where devices share it. */
  readonly count: number;
  /** Of these such as found that their device had not interrupted; 0 where that is not told. */
  readonly unhandled: number;
}

export interface WorstEpisode {
  readonly machine: string;
  readonly vcpu: number;
  /** Since the first event of the recording. */
  readonly atNs: number;
  /** On the recorder's clock, in seconds with nine decimals: what other tools show. */
  readonly clockTime: string;
  readonly durationNs: number;
  readonly guestDelayNs: number;
  readonly cause: Cause;
  readonly reason: string;
  readonly detail: string | null;
  readonly device: string | null;
  readonly pcpu: number;
  /** Guest instruction address in hexadecimal, where recorded. */
  readonly guestAddress: string | null;
  /** The function at that address, where symbols are given. Untrusted text. */
  readonly guestFunction: string | null;
  readonly ledgerNs: OutsideGuest;
  /**
   * Who had the pCPU while it waited in this episode, in the order in which they first had it: at most eight, those who
   * had it longest. Empty where it did not wait, or where its waits cannot be told from those outside of it.
   */
  readonly culprits: readonly EpisodeCulprit[];
}

export type EpisodeCulprit = Omit<CulpritRow, 'machine' | 'vcpu' | 'priority'>;

export interface DeviceRow {
  readonly machine: string;
  /** As in exits. Untrusted text where it is from a configuration. */
  readonly name: string;
  /** What the name rests on. */
  readonly source: 'configuration' | 'convention';
  /** "guest.qvmconf line 20", "PC convention". Untrusted text likewise. */
  readonly evidence: string;
}

/** What the host itself did on the ways into the guest and out of it: parts of the account hypervisor. */
export interface WorldSwitchCosts extends WorldSwitchCounts {
  readonly vcpus: readonly VcpuWorldSwitches[];
}

export interface VcpuWorldSwitches extends WorldSwitchCounts {
  readonly machine: string;
  readonly vcpu: number;
}

export interface WorldSwitchCounts {
  /** How long the guest ran each time: time in the account guest. */
  readonly inGuest: SwitchCost;
  /** From the event before the guest is entered until it runs. */
  readonly entry: SwitchCost;
  /** From the end of the guest's time until the event after it. */
  readonly exit: SwitchCost;
  /** The first part of `exit`: until the event that tells how long the guest ran (QNX: CYCLES). */
  readonly exitToCycles: SwitchCost;
  /** Entries that were begun and did not get into the guest. */
  readonly notEntered: number;
  /** Visits to the guest whose times are missing or contradict each other: they are in the account unknown. */
  readonly broken: number;
}

/** Percentiles are null where nothing was measured. */
export interface SwitchCost {
  readonly count: number;
  readonly totalNs: number;
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  readonly maxNs: number | null;
}

export const GRADES = ['A', 'B', 'C', 'D', 'F'] as const;
export type Grade = (typeof GRADES)[number];

/** In all of it together: the worst that holds for any machine. */
export interface Quality extends Recorded {
  /**
   * A: complete. B: a class of events is missing or was seen in part, small gaps, or something is inferred.
   * C: no scheduler events, nothing but scheduler events, a clock that misbehaved, counts cycles only or contradicts the
   * frequency that was given, or 1 to 10 % of the time unknown. D: 10 to 50 %
   * unknown, vCPUs that cannot be told apart, or errors while reading. F: more than half unknown, no exits or entries, or a
   * clock that does not measure time.
   * Notes never lower it.
   */
  readonly grade: Grade;
  readonly issues: readonly QualityIssue[];
}

/** What the events that were recorded leave open. */
export interface Recorded {
  /** Accounts whose numbers contain those of others that could not be told apart. */
  readonly upperBounds: readonly UpperBound[];
  /** Accounts that are 0 only because the events that tell them were not recorded. */
  readonly notRecorded: readonly AccountName[];
  /** What the lost time (the sum of `sources`) is, for all that could not be told apart. */
  readonly lostTime: Bound;
  readonly exits: ExitRecord;
}

/**
 * What is known of exits. `without lengths`: some are counted, and nobody knows how long they took (they are not `timed`);
 * `missing`: they were not recorded at all.
 */
export const EXIT_RECORDS = ['complete', 'without lengths', 'missing'] as const;
export type ExitRecord = (typeof EXIT_RECORDS)[number];

/** `rough`: it can be too high and too low. */
export const BOUNDS = ['measured', 'at most', 'at least', 'rough'] as const;
export type Bound = (typeof BOUNDS)[number];

export type QualityIssue = Issue;

export interface UpperBound {
  readonly account: AccountName;
  readonly contains: readonly AccountName[];
}
