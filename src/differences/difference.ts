/** What differs between two recordings: plain data that text and JSON are made of. All times are nanoseconds. */
import type { Issue } from '../base/issue.js';
import type { Explanation } from '../explain/explanation.js';
import type { Series } from '../explain/series.js';
import type { AccountName } from '../ledger/accounts.js';
import type { Cause } from '../recording/causes.js';

/** A recording, explained, with how much its books vary. */
export interface Side {
  readonly explanation: Explanation;
  readonly series: Series;
}

export const SIDES = ['before', 'after'] as const;
export type SideName = (typeof SIDES)[number];
export type Both<Value> = Readonly<Record<SideName, Value>>;

export interface DifferenceOptions {
  /** The chance that anything at all is called different by mistake where nothing is. */
  readonly level: number;
  readonly resamples: number;
  readonly seed: number;
}

export const DEFAULT_OPTIONS: DifferenceOptions = { level: 0.05, resamples: 1999, seed: 1 };

/**
 * `better`, `worse`: more than variation explains, and it is time that guests lose, host time, or exits, by share and per
 * guest time alike; `new`, `gone`: likewise, and one side has none of it; `changed`: likewise, and it is neither good nor bad
 * in itself, or its measures do not agree; `unclear`: windows of the same recording differ that much as well; `untested`: there is nothing to tell the variation from, or the sides
 * recorded different events, so that the account does not hold the same.
 */
export const VERDICTS = ['better', 'worse', 'new', 'gone', 'changed', 'unclear', 'untested'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Difference {
  readonly version: 1;
  readonly before: SideSummary;
  readonly after: SideSummary;
  readonly alignment: Alignment;
  readonly method: Method;
  /** Of the time in which the guests wanted to run, the share that they lost; null where they never wanted to. */
  readonly lost: Change | null;
  /** What is surely different first, then by how much. */
  readonly rows: readonly DifferenceRow[];
  readonly findings: FindingChanges;
  readonly placement: readonly PlacementChange[];
  readonly issues: readonly Issue[];
}

export interface SideSummary {
  readonly sources: readonly string[];
  readonly durationNs: number;
  /** T × vCPUs without unknown time and without time in which VMMs kept them out: what rates are rates of. */
  readonly awakeNs: number;
  readonly guestNs: number;
  readonly exits: number;
  readonly grade: Explanation['quality']['grade'];
  /** Windows of equal awake time into which it was cut. */
  readonly windows: number;
  /** False: its exits or guest time rise, fall or change in the course of it. */
  readonly isSteady: boolean;
}

export interface Alignment {
  /** Machines that are taken for the same one. */
  readonly machines: readonly AlignedMachine[];
  /** Ids of machines that the other side does not have. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

export interface AlignedMachine {
  /** Ids, and names (untrusted text). */
  readonly before: { readonly id: string; readonly name: string };
  readonly after: { readonly id: string; readonly name: string };
  /** What that rests on. */
  readonly by: 'name' | 'order';
  /** Numbers of vCPUs that only one side has. */
  readonly vcpusOnlyBefore: readonly number[];
  readonly vcpusOnlyAfter: readonly number[];
}

export interface Method extends DifferenceOptions {
  /** How many comparisons share the level. */
  readonly tests: number;
}

/**
 * A number on both sides; NaN, in JSON null, of a side on which there is nothing to have a share of or a rate in: it was never
 * awake.
 */
export interface Change {
  readonly before: number;
  readonly after: number;
  /** 95 % interval of after − before, for who asks of this number alone; null where nothing is known of the variation. */
  readonly low: number | null;
  readonly high: number | null;
  /**
   * The wider one that holds for all comparisons at once, with the chance 1 − level: it is without 0 where p is at most the
   * level. null as well where the draws are too few for such a level.
   */
  readonly correctedLow: number | null;
  readonly correctedHigh: number | null;
  /** Of no difference, corrected for all comparisons; null where it was not tested. */
  readonly p: number | null;
}

export const ROW_KINDS = ['account', 'cause', 'detail'] as const;

export interface DifferenceRow {
  readonly kind: (typeof ROW_KINDS)[number];
  /** Id of the machine before (of one that is only there after: its id after). */
  readonly machine: string;
  /** null: all vCPUs of the machine that both sides have. */
  readonly vcpu: number | null;
  readonly account: AccountName | null;
  readonly cause: Cause | null;
  readonly reason: string | null;
  /** Untrusted text, as `device`. */
  readonly detail: string | null;
  readonly device: string | null;
  readonly verdict: Verdict;
  /** Time of the account, or guest delay in these exits but for waiting for a pCPU: share of the awake time. */
  readonly time: Change;
  /** Exits per second of awake time of a vCPU; null for accounts. */
  readonly rate: Change | null;
  /** The same per guest time, which is the measure where the guests did more, or less; null where there is no guest time. */
  readonly timePerGuest: Change | null;
  readonly ratePerGuest: Change | null;
  readonly exits: Both<number> | null;
}

export interface FindingChanges {
  readonly appeared: readonly ChangedFinding[];
  readonly gone: readonly ChangedFinding[];
  /** Found before; after, it is not told, and what it is about costs the guests time all the same. */
  readonly untoldAfter: readonly Untold[];
  /** Found after; before, likewise. */
  readonly untoldBefore: readonly Untold[];
  /** Found before; after, what would show it was not recorded. */
  readonly cannotTellAfter: readonly Untellable[];
  /** Found after; before, likewise. */
  readonly cannotTellBefore: readonly Untellable[];
  /** On both sides, with what it costs. */
  readonly stayed: readonly (ChangedFinding & { readonly costNsBefore: number })[];
}

export interface ChangedFinding {
  readonly rule: string;
  /** Id of the machine on the side where it was found; null: the host, or the recording. */
  readonly machine: string | null;
  /** Untrusted text. */
  readonly title: string;
  readonly costNs: number;
}

/**
 * Why a finding of one side is not told on the other. `threshold`: its rule counts the same there, and it is too little to be told;
 * `other findings`: these count the exits there that it is about; `rule is silent`: none does.
 */
export const UNTOLD_BECAUSE = ['threshold', 'other findings', 'rule is silent'] as const;

/** A finding of one side alone, though what it is about costs something on the other too. */
export interface Untold {
  readonly finding: ChangedFinding;
  /** On the side where it was found. */
  readonly here: FindingCost;
  /** What its rule counts on the other side, or what the exits cost there that it is about. */
  readonly there: FindingCost;
  readonly because: (typeof UNTOLD_BECAUSE)[number];
  /** Rules of the other findings. */
  readonly by: readonly string[];
}

/**
 * What one side lacks to show a finding of the other: the machine that it is about, exits, how long they took, what exactly
 * they were for, or the events that tell an account.
 */
export type NotRecorded = (typeof WITHOUT_ACCOUNT)[number] | AccountName;
export const WITHOUT_ACCOUNT = ['machine', 'exits', 'lengths of exits', 'details of exits'] as const;

/** A finding of one side of which nobody can say whether it is on the other. */
export interface Untellable {
  readonly finding: ChangedFinding;
  /** On the other side. */
  readonly notRecorded: readonly NotRecorded[];
}

export interface FindingCost {
  readonly costNs: number;
  /** Of the time in which its machine, or without one all machines, wanted to run. */
  readonly share: number;
}

/** How often a vCPU thread moved to another pCPU: counted, not tested. */
export interface PlacementChange {
  readonly machine: string;
  readonly vcpu: number;
  readonly moves: Both<number>;
  readonly movesPerSecond: Both<number>;
  /** How many pCPUs it ran on. */
  readonly pcpus: Both<number>;
}
