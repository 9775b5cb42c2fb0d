/**
 * The one door between the page and the data. Three engines are behind it, and no view knows which: `server` asks a local
 * `vmtoll open`, `worker` analyses dropped files in the browser, `report` reads what an exported page carries with it.
 *
 * Times are nanoseconds since the start of T of the recording (its first event, unless stated). Every text comes from a
 * recording or a benchmark and is untrusted: show it as text, never as markup.
 */
import type { Comparison } from '../../../src/benchmarks/comparison/comparison.js';
import type { Difference } from '../../../src/differences/difference.js';
import type { LaneType, Occupant } from '../../../src/episodes/lanes.js';
import type { Tile } from '../../../src/episodes/tile.js';
import type { Explanation, OutsideGuest } from '../../../src/explain/explanation.js';
import type { AccountName, AccountSums } from '../../../src/ledger/accounts.js';
import type { Cause } from '../../../src/recording/causes.js';

export type { Comparison, Difference, Explanation, LaneType, Occupant, Tile };

/** Position in `Workspace.recordings`. */
export type RecordingIndex = number;

export interface Engine {
  readonly kind: 'server' | 'worker' | 'report';
  /** Resolves when everything can be asked for; until then `onProgress` tells how far it is. */
  open(onProgress?: (progress: Progress) => void, signal?: AbortSignal): Promise<Workspace>;
  /**
   * The books of the recording, or of a part of it. The numbers of a part are exact: the recording is read again for them,
   * so it takes about as long as opening it; asking again for the same part does not.
   * @throws {EngineError} `no-ranges` for a part of it where `Workspace.ranges` is false
   */
  explanation(query: ExplanationQuery, signal?: AbortSignal): Promise<Explanation>;
  /** The lanes of the timeline and what their rows mean. */
  timeline(recording: RecordingIndex, signal?: AbortSignal): Promise<TimelineInfo>;
  /** What lanes did between two times. At most MOST_COLUMNS bins a lane. */
  tile(request: TileRequest, signal?: AbortSignal): Promise<Tile>;
  /** Exact nanoseconds by kind in a part of T; quick, unlike `explanation`. One row a lane, in the order asked for. */
  sums(request: SumsRequest, signal?: AbortSignal): Promise<LaneSums[]>;
  /** The episode (on a pCPU lane: the stay) at a time, with all that is known of it; undefined where there is none. */
  episode(request: EpisodeRequest, signal?: AbortSignal): Promise<EpisodeChain | undefined>;
  heat(request: HeatRequest, signal?: AbortSignal): Promise<HeatMap>;
  /** Benchmarks of both sides; undefined where none were given. */
  comparison(signal?: AbortSignal): Promise<Comparison | undefined>;
  /** The first recording against the second; undefined where there is one only. */
  difference(signal?: AbortSignal): Promise<Difference | undefined>;
  /** Stops what is under way and lets go of all memory. */
  close(): void;
}

export interface Progress {
  /** What is being done, a few words for people: "reading trace.dat". */
  readonly doing: string;
  /** 0 to 1; undefined where the end is not known. */
  readonly fraction: number | undefined;
  readonly records: number;
  readonly recordsPerSecond: number;
  /** Milliseconds that are left, an estimate; undefined where the end is not known. */
  readonly leftMs: number | undefined;
}

export interface Workspace {
  /** Version of vmtoll that answers. */
  readonly version: string;
  /** One, or two to be compared. Empty where only benchmarks were given. */
  readonly recordings: readonly RecordingInfo[];
  readonly hasComparison: boolean;
  readonly hasDifference: boolean;
  /** Whether `explanation` can be asked for parts of a recording: not in a report. */
  readonly ranges: boolean;
  /** What is not as it would be elsewhere and why: sentences for people, for example a limit of the browser. */
  readonly limits: readonly string[];
}

export interface RecordingInfo {
  /** Names of its files, as given. Untrusted. */
  readonly names: readonly string[];
  /** Length of T. */
  readonly lengthNs: number;
  /** As in the Explanation: all times are cycles where nobody says how many make a second. */
  readonly timeUnit: 'ns' | 'cycles';
}

export interface ExplanationQuery {
  readonly recording: RecordingIndex;
  /** Since the first event of the recording. Both absent: all of it. */
  readonly fromNs?: number;
  readonly toNs?: number;
  /** Only this machine (its id), or one vCPU of it. */
  readonly machine?: string;
  readonly vcpu?: number;
}

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

/** Bins of one lane in one tile; more are refused. */
export const MOST_COLUMNS = 8192;

export interface TileRequest {
  readonly recording: RecordingIndex;
  /** Positions in `TimelineInfo.lanes`. */
  readonly lanes: readonly number[];
  readonly fromNs: number;
  readonly toNs: number;
  /** Nanoseconds per pixel; rounded down to a power of two. */
  readonly resolutionNs: number;
}

export interface SumsRequest {
  readonly recording: RecordingIndex;
  readonly lanes: readonly number[];
  readonly fromNs: number;
  readonly toNs: number;
}

export interface LaneSums {
  readonly lane: number;
  /** By position in KINDS_OF[type of the lane]. */
  readonly ns: readonly number[];
  /** Greatest error of one number where it is not exact: only single segments were kept no longer. */
  readonly errorNs: number;
}

export interface EpisodeRequest {
  readonly recording: RecordingIndex;
  readonly lane: number;
  readonly timeNs: number;
  /** -1 and 1: the episode before it and after it; 0: itself. */
  readonly step?: -1 | 0 | 1;
}

/** From an exit of the guest to the next entry; on a pCPU lane how long one thread or handler had the pCPU. */
export interface EpisodeChain {
  readonly lane: number;
  readonly startNs: number;
  readonly endNs: number;
  /** False: a summary only, since single segments were not kept (`TimelineInfo.finestNs`) or the end is not in the recording. */
  readonly complete: boolean;
  /** vCPU lanes: what it was about, position in `exits`; pCPU lanes: position in `occupants`. NO_LABEL: not known. */
  readonly label: number;
  /** Guest instruction address in hexadecimal, and its function where symbols are given; vCPU lanes only. */
  readonly guestAddress: string | null;
  readonly guestFunction: string | null;
  readonly reachedVmm: boolean;
  /** By account, of vCPU lanes; null for pCPUs. */
  readonly ledgerNs: OutsideGuest | null;
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
  readonly others: readonly { readonly occupant: number; readonly ns: number }[];
}

/** What woke the vCPU's thread: draw a link from (fromLane, timeNs) to (lane of the episode, timeNs). */
export interface WakeLink {
  readonly timeNs: number;
  /** Lane of the pCPU that woke it; -1 where that has none. */
  readonly fromLane: number;
  /** Lane of the vCPU whose thread woke it, where it was one's; -1 otherwise. */
  readonly fromVcpuLane: number;
  /** Who did: position in `occupants`; NO_LABEL not known. */
  readonly occupant: number;
}

export interface HeatRequest {
  readonly recording: RecordingIndex;
  /** `latency`: time × length of episodes, logarithmic. `offset`: periods × offset in the period. */
  readonly kind: 'latency' | 'offset';
  /** vCPU lanes to count; empty: all of them. */
  readonly lanes: readonly number[];
  readonly fromNs: number;
  readonly toNs: number;
  /** The most there may be; a map has at least half as many where the recording tells that much apart. */
  readonly columns: number;
  /** Of `offset` only: rows of a period; `latency` has HEAT_ROWS_PER_OCTAVE. */
  readonly rows?: number;
  /** Of `offset` only: what lies above each other; 1e9 by default. */
  readonly periodNs?: number;
  /** What of the vCPU to count; `exits` by default. `delay`: nanoseconds of guest delay, of `offset` only. */
  readonly count?: 'exits' | 'delay';
}

export interface HeatMap {
  readonly kind: 'latency' | 'offset';
  /** Start of the first column and length of each. */
  readonly fromNs: number;
  readonly columnNs: number;
  readonly columns: number;
  readonly rows: number;
  /** Lower border of each row and upper border of the last, ns: `rows` + 1 numbers. */
  readonly bordersNs: readonly number[];
  /** Episodes that begin there, or nanoseconds; by column, then row. */
  readonly counts: Float64Array;
  readonly most: number;
  /** By how much an episode may be counted too early or too late: 0 where single segments were looked at. */
  readonly errorNs: number;
}

/** Why something could not be answered: `code` for programs, `message` and `hint` for people. */
export class EngineError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
    this.hint = hint;
  }
}

export type { AccountName, AccountSums, Cause, OutsideGuest };
