/**
 * How much of what a benchmark lost in the VM a recording of that time explains: plain data, part of the Explanation.
 *
 * All times are nanoseconds per operation of the benchmark, unless a name says otherwise; means, since only means add up.
 */
import type { Issue } from '../../base/issue.js';
import type { AccountSums, GUEST_DELAY } from '../../ledger/accounts.js';
import type { Cause } from '../../recording/causes.js';

/** An estimate with its interval at `Reconciliation.confidence`; null where there is too little data for one. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * What the benchmarks say: `lost`: V is significantly above N; `gained`: below; `not-significant`: they cannot be told apart;
 * `not-testable`: one side was measured only once.
 */
export const OUTCOMES = ['lost', 'gained', 'not-significant', 'not-testable'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * Where the window comes from. `times`: the files say when the benchmark ran; `asked`: the interval that was asked for;
 * `busiest-stretch`: as long as all repetitions together, where most was going on; `busy-part`: from where the busiest vCPU
 * began to be busy to where it ended; `whole`: all of the recording, since it cannot be read twice.
 */
export const WINDOW_BASES = ['times', 'asked', 'busiest-stretch', 'busy-part', 'whole'] as const;
export type WindowBasis = (typeof WINDOW_BASES)[number];

export interface Reconciliation {
  /** Untrusted text. */
  readonly benchmark: string;
  readonly metric: string;
  /** Id of a mechanism; null where unknown. */
  readonly mechanism: string | null;
  readonly sources: {
    readonly native: readonly string[];
    readonly vm: readonly string[];
    readonly unrecorded: readonly string[];
  };
  /** Of all intervals. */
  readonly confidence: number;
  readonly outcome: Outcome;
  readonly window: ReconciledWindow;
  /** The vCPUs of the machine in which the benchmark ran. */
  readonly vcpus: readonly ReconciledVcpu[];
  /** In the window, by the pace that the benchmark reports; whole only by chance. */
  readonly operations: number;
  readonly perOperation: PerOperation;
  /** Of `perOperation.eventsNs`, largest first. */
  readonly causes: readonly ReconciledCause[];
  readonly switches: Switches;
  readonly coverage: Coverage;
  readonly recordingCost: RecordingCost;
  readonly remarks: readonly Issue[];
}

export interface ReconciledWindow {
  readonly basis: WindowBasis;
  /** Since the first event of the recording. */
  readonly fromNs: number;
  readonly toNs: number;
  readonly durationNs: number;
  /** All repetitions together, by the guest's clock; null where the files do not tell. */
  readonly repetitionsNs: number | null;
  /** For how long the busiest vCPU was not kept out by the VMM, in all that was explained. */
  readonly awakeNs: number;
  /** Whether V was measured in this window, as far as can be told; else it is of another time. */
  readonly sameRun: boolean;
}

export interface ReconciledVcpu {
  readonly machine: string;
  readonly vcpu: number;
  /** guest + guest delay in the window. */
  readonly busyNs: number;
  /** Whether it took part in the benchmark, and its ledger is counted. */
  readonly counted: boolean;
}

export interface PerOperation {
  readonly nativeNs: Estimate;
  readonly vmNs: Estimate;
  /** V − N. */
  readonly lostNs: Estimate;
  /** The ledger of the vCPUs counted, without time in which the VMM kept them out. */
  readonly ledgerNs: AccountSums;
  /** Guest delay in that ledger: what events show. */
  readonly eventsNs: Estimate;
  /** Estimate of what going into and out of the guest takes, which no event shows; null where it cannot be estimated. */
  readonly switchesNs: number | null;
  /** eventsNs + switchesNs. */
  readonly explainedNs: Estimate;
  /** lostNs − explainedNs; negative where more is explained than was lost. */
  readonly restNs: Estimate;
}

/** The accounts of guest delay. */
export type DelaySums = Pick<AccountSums, (typeof GUEST_DELAY)[number]>;

export interface ReconciledCause {
  readonly cause: Cause;
  readonly ns: number;
  readonly ledgerNs: DelaySums;
  /** Guest exits. */
  readonly exits: number;
}

/** World switches: each exit costs one out of and one into the guest, between the two events that are recorded. */
export interface Switches {
  /** Exits per operation. */
  readonly count: number;
  /** The shortest stays in the guest that were recorded (of the very shortest 0.1 %, at most ten, are passed over), ns each; null where they say nothing. */
  readonly shortestStayNs: number | null;
  /** Of so many. */
  readonly stays: number;
}

/** Shares of lostNs; null where nothing significant was lost. */
export interface Coverage {
  readonly events: Estimate | null;
  /** With world switches. */
  readonly explained: Estimate | null;
}

/** What recording itself cost; it is inside of what was measured while recording, and must not be added. */
export interface RecordingCost {
  /** Events that vCPU threads wrote. */
  readonly events: number;
  /** How close two events of a vCPU thread can be (1 % quantile), ns: about the most that writing one takes. */
  readonly closestNs: number | null;
  /** events × closestNs. */
  readonly atMostNs: number | null;
  /** Recorded − unrecorded V; null without an unrecorded run. */
  readonly measuredNs: Estimate | null;
}
