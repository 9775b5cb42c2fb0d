/**
 * What can be asked of a timeline beside tiles: its lanes, single episodes, heat maps. Plain data; times are nanoseconds since
 * the start of T. Texts are untrusted.
 */
import type { AccountName, AccountSums } from '../ledger/accounts.js';
import type { Cause } from '../recording/causes.js';
import type { LaneType, Occupant } from './lanes.js';

export interface TimelineInfo {
  /** From the first event of the recording to the start of T: add it to get times as in the Explanation (`atNs`). */
  readonly fromNs: number;
  readonly lengthNs: number;
  /** vCPUs by machine and number, then pCPUs by number. */
  readonly lanes: readonly Lane[];
  /** What a `label` of a vCPU lane means. */
  readonly exits: readonly ExitLabel[];
  /** What a `label` of a pCPU lane means. */
  readonly occupants: readonly OccupantLabel[];
  /** Below this resolution there is nothing more to see; 0: single segments can be seen. */
  readonly finestNs: number;
  /** Length of the bins of the finest level that is in memory; finer ones are made of single segments. */
  readonly baseNs: number;
  /** Segments that are not background, of all lanes. */
  readonly segments: number;
  /** Guest exits and times when a VMM kept a vCPU out. */
  readonly episodes: number;
  /** Why `finestNs` is not 0, a sentence for people; empty where it is. */
  readonly limit: string;
  /** False: the recording has no scheduler events, so pCPU lanes show where vCPUs were met, and little else. */
  readonly schedulerSeen: boolean;
}

export interface Lane {
  readonly type: LaneType;
  /** vCPU lanes: id of the machine, as in the Explanation. Empty for pCPUs. */
  readonly machine: string;
  /** Number of the vCPU or pCPU. */
  readonly number: number;
  /** The thread of the vCPU, -1 where a pCPU stands for vCPUs. -1 for pCPUs. */
  readonly thread: number;
  /** For people: "vCPU 0 of vm1", "pCPU 3". */
  readonly name: string;
}

/** What an episode of a vCPU was about: as a row of `Explanation.exits`. */
export interface ExitLabel {
  readonly machine: string;
  readonly cause: Cause;
  readonly reason: string;
  readonly detail: string | null;
  readonly device: string | null;
}

export interface OccupantLabel {
  readonly kind: Occupant;
  /** For people: "vCPU 0 of vm1", "kworker/0:1", "softirq TIMER". */
  readonly name: string;
  /** Host thread (TID); -1 for what is none. */
  readonly thread: number;
  /** Of a vCPU, or a thread of its VMM: the machine. */
  readonly machine: string | null;
  readonly vcpu: number | null;
}

export interface LaneSums {
  readonly lane: number;
  /** By position in KINDS_OF[type of the lane]. */
  readonly ns: readonly number[];
  /** Greatest error of one number, where it is not exact because single segments were not kept. */
  readonly errorNs: number;
}

/** From an exit of the guest to the next entry; on a pCPU lane how long one thread or handler had the pCPU. */
export interface EpisodeChain {
  readonly lane: number;
  /** The exit. Handlers that ran just before it was written down are in `parts` too, and in `ledgerNs`. */
  readonly startNs: number;
  readonly endNs: number;
  /** False: a summary only, because single segments were not kept (`TimelineInfo.finestNs`). */
  readonly complete: boolean;
  /** vCPU lanes: what it was about, position in `exits`; pCPU lanes: position in `occupants`. NO_LABEL: not known. */
  readonly label: number;
  /** Guest instruction address in hexadecimal, and its function where symbols are given; vCPU lanes only. */
  readonly guestAddress: string | null;
  readonly guestFunction: string | null;
  readonly reachedVmm: boolean;
  /** By account, of vCPU lanes; null for pCPUs. */
  readonly ledgerNs: Omit<AccountSums, 'guest'> | null;
  readonly parts: readonly EpisodePart[];
  readonly wakes: readonly WakeLink[];
}

export interface EpisodePart {
  readonly startNs: number;
  readonly endNs: number;
  /** Account of a vCPU, occupant of a pCPU. */
  readonly kind: AccountName | Occupant;
  /** True: the VMM kept the vCPU out of the guest (cause vm-control). */
  readonly keptOut: boolean;
  /** Where it ran, slept or waited; -1 not known. */
  readonly pcpu: number;
  /** Who had that pCPU meanwhile, longest first: of parts in the accounts `wakeup`, `preempted` and `interrupt`. */
  readonly others: readonly OtherOccupant[];
}

export interface OtherOccupant {
  /** Position in `occupants`; NO_LABEL: nobody, or nobody knows, as `kind` tells. */
  readonly occupant: number;
  readonly kind: Occupant;
  readonly ns: number;
}

/** What woke the vCPU's thread: a link leads from (fromLane, timeNs) to (lane of the episode, timeNs). */
export interface WakeLink {
  readonly timeNs: number;
  /** Lane of the pCPU that woke it; -1 where that has none. */
  readonly fromLane: number;
  /** Lane of the vCPU whose thread woke it, where it was one's; -1 otherwise. */
  readonly fromVcpuLane: number;
  /** Who did: position in `occupants`; NO_LABEL not known. */
  readonly occupant: number;
}

export const HEAT_KINDS = ['latency', 'offset'] as const;
export type HeatKind = (typeof HEAT_KINDS)[number];
export const HEAT_COUNTS = ['exits', 'delay'] as const;
export type HeatCount = (typeof HEAT_COUNTS)[number];

export interface HeatQuery {
  /** `latency`: time × length of episodes, logarithmic. `offset`: periods × offset in the period. */
  readonly kind: HeatKind;
  /** vCPU lanes to count; empty: all of them. */
  readonly lanes: readonly number[];
  readonly fromNs: number;
  readonly toNs: number;
  /** The most there may be. `latency` has at least half as many, where the recording tells that much apart. */
  readonly columns: number;
  /** Of `offset`: rows of a period. `latency` has always the same. */
  readonly rows?: number;
  /** Of `offset`: what lies above each other, 1e9 by default. Where there would be too many columns it is doubled. */
  readonly periodNs?: number;
  /** Of `offset`: exits, or nanoseconds of guest delay; `exits` by default. */
  readonly count?: HeatCount;
}

export interface HeatMap {
  readonly kind: HeatKind;
  /** Start of the first column and length of each. */
  readonly fromNs: number;
  readonly columnNs: number;
  readonly columns: number;
  readonly rows: number;
  /** Lower border of each row and upper border of the last, ns: `rows` + 1 numbers. */
  readonly bordersNs: readonly number[];
  /** Episodes that begin there, or nanoseconds: `rows` numbers a column, column by column. */
  readonly counts: readonly number[];
  readonly most: number;
  /** By how much an episode may be counted too early or too late: 0 where that is exact. */
  readonly errorNs: number;
}
