/** A budget: what a recording may cost at most, or must reach at least, limit by limit. */
import type { Grade } from '../explain/explanation.js';
import { ACCOUNTS, type AccountName, GUEST_DELAY } from '../ledger/accounts.js';
import type { Cause } from '../recording/causes.js';

export interface Budget {
  /** As the user named the file. */
  readonly source: string;
  readonly limits: readonly Limit[];
}

/** Time kept out by the VMM, which is in no account then; see docs/checking.md. */
export const KEPT_OUT = 'kept-out';
/** Accounts of work on exits, and of waits in them: time kept out by the VMM would be in these. */
export const HANDLING = ['hypervisor', 'vmm', 'blocked'] as const;
/** Sums of accounts that have a name of their own. */
export const SUMS = ['lost', 'guest-exits', 'interrupts', 'overload', 'guest-delay', 'host-cost', KEPT_OUT] as const;
export type SumName = (typeof SUMS)[number];

/** Times that some exits can be asked for: what of it is theirs. Accounts outside the guest, and sums of them that hold for any exit. */
export const TIMES_OF_EXITS: readonly TimeName[] = [
  ...ACCOUNTS.filter((account) => account !== 'guest' && account !== 'unknown'),
  'lost',
  'guest-delay',
  'host-cost',
];

export const TIME_NAMES = [...ACCOUNTS, ...SUMS] as const;
export type TimeName = AccountName | SumName;
export const RATES = ['exits', 'vmm-exits'] as const;
export const LENGTHS = ['p50', 'p90', 'p99', 'p99.9', 'max'] as const;
export type LengthName = (typeof LENGTHS)[number];
export const QUALITIES = ['grade', 'lost-events', 'unknown'] as const;
/** As in findings. */
export const CONFIDENCES = ['high', 'medium', 'low'] as const;

/** Times of which each moment of T is in exactly one, so that they can be added up. */
export const TIMES_APART: readonly TimeName[] = [...ACCOUNTS, KEPT_OUT];

/** What a time is a share of: T of all vCPUs, or the time in which the guests wanted to run. */
export const WHOLES = ['T', 'wanted'] as const;

/** Parts of the time in which the guests wanted to run: what they do of it, and what they lose. */
export const TIMES_OF_WANTED: readonly TimeName[] = [
  'guest',
  ...GUEST_DELAY,
  'lost',
  'guest-exits',
  'interrupts',
  'overload',
  'guest-delay',
];

/** Every machine has a limit of its own. */
export const EACH_MACHINE = 'each';

interface LimitBase {
  /** Untrusted text, as everything in a budget. */
  readonly name: string | null;
  /** Where it stands in the budget, from 1. */
  readonly line: number;
  /** Id or name of a machine, or `EACH_MACHINE`; null: all machines together. */
  readonly machine: string | null;
}

/** Only exits that agree in all that is given. */
export interface ExitFilter {
  readonly cause?: Cause;
  readonly reason?: string;
  readonly detail?: string;
  readonly device?: string;
}

/** `most`: no more than that; `least`: no less. */
export interface Threshold<Value = number> {
  readonly sense: 'most' | 'least';
  readonly value: Value;
}

/** A share from 0 to 1, or nanoseconds. */
export interface TimeAmount {
  readonly unit: 'share' | 'ns';
  readonly amount: number;
}

export interface TimeLimit extends LimitBase {
  readonly kind: 'time';
  /** Several accounts are added up. */
  readonly of: readonly TimeName[];
  readonly whole: (typeof WHOLES)[number];
  readonly where: ExitFilter;
  readonly threshold: Threshold<TimeAmount>;
}

export interface RateLimit extends LimitBase {
  readonly kind: 'rate';
  readonly of: (typeof RATES)[number];
  readonly where: ExitFilter;
  /** Per second of T. */
  readonly threshold: Threshold;
}

export interface LengthLimit extends LimitBase {
  readonly kind: 'length';
  readonly of: LengthName;
  readonly where: ExitFilter;
  /** Nanoseconds. */
  readonly threshold: Threshold;
}

export interface FindingsLimit extends LimitBase {
  readonly kind: 'findings';
  /** Id of the rule; null: of all rules. */
  readonly rule: string | null;
  /** Only findings of this confidence. */
  readonly confidence: (typeof CONFIDENCES)[number] | null;
  /** Only findings that cost more than this; the share is one of T. */
  readonly above: TimeAmount | null;
  /** How many. */
  readonly threshold: Threshold;
}

export interface QualityLimit extends LimitBase {
  readonly kind: 'quality';
  readonly of: (typeof QUALITIES)[number];
  /** A grade, a number of events, a share from 0 to 1. */
  readonly threshold: Threshold<number | Grade>;
}

export type Limit = TimeLimit | RateLimit | LengthLimit | FindingsLimit | QualityLimit;
