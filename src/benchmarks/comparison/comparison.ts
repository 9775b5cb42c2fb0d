/**
 * The result of comparing the native side (N) with the VM's (V): plain data, the contract of `compare --json`.
 *
 * Slowdowns are ratios turned so that above 1 always means that V is worse: V/N where lower is better, N/V where higher is.
 */
import type { Issue } from '../../base/issue.js';
import type { Better, FactName, Role, SystemFacts } from '../model.js';

/** What the data supports: `equivalent` is a positive finding (TOST), `inconclusive` is the lack of one. */
export const VERDICTS = ['slower', 'faster', 'equivalent', 'inconclusive', 'not-testable'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const METHODS = ['hodges-lehmann', 'hierarchical-bootstrap'] as const;
export type Method = (typeof METHODS)[number];

/** One side of a pair, in the unit of the pair. */
export interface SideSummary {
  readonly runs: number;
  /** Of each run, in the order in which they ran; a run with several repetitions counts with their geometric mean. */
  readonly values: readonly number[];
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** 1-based positions of runs far from the others (modified z-score). */
  readonly outliers: readonly number[];
  /** 1-based position of the first run after a change of level in the order of runs; null where none was found, or where a drift describes them at least as well. */
  readonly changeAt: number | null;
  /** Whether later runs are steadily slower or faster; `none` where no trend was found. */
  readonly drift: 'slower' | 'faster' | 'none';
  /** How many times slower the first repetition inside a run is than the others (warm-up); null where it is not. */
  readonly firstRepetition: number | null;
}

export interface Pair {
  readonly benchmark: string;
  readonly metric: string;
  readonly unit: string;
  readonly better: Better;
  readonly role: Role;
  /** null where it cannot be computed, for example for values of zero. */
  readonly slowdown: number | null;
  /** Interval of the slowdown at the confidence of `Comparison.options`; null where the runs are too few for one. */
  readonly ciLow: number | null;
  readonly ciHigh: number | null;
  /** Two-sided Mann-Whitney test of the runs; null where it was not made. */
  readonly p: number | null;
  /** Benjamini-Hochberg over all pairs of the comparison; null where p is. */
  readonly q: number | null;
  readonly verdict: Verdict;
  /** Runs (or boots, where runs are nested in them) of the native side and the VM's. */
  readonly n: readonly [native: number, vm: number];
  /** 1 = worst: by the lower bound of the slowdown, then by the time lost; null for pairs without an interval. */
  readonly rank: number | null;
  /** Id of mechanisms.ts, or one of the user's own; null where unknown. */
  readonly mechanism: string | null;
  readonly method: Method;
  /** For inconclusive pairs, an estimate: how many more runs per side would decide; null where not even that can be said. */
  readonly moreRuns: number | null;
  /** V − N of the medians, ns per value (per operation where the file tells operations); null for units other than time. */
  readonly lostNs: number | null;
  readonly native: SideSummary;
  readonly vm: SideSummary;
}

export interface Unpaired {
  readonly benchmark: string;
  readonly metric: string;
  readonly unit: string;
  readonly side: 'native' | 'vm';
  /** The unit in which the other side has a metric of this name, which is why they are no pair; null where it has none. */
  readonly otherUnit: string | null;
}

export interface GeometricMean {
  /** Of the slowdowns of all primary pairs that have one. */
  readonly slowdown: number;
  /** Bootstrap over benchmarks; null for fewer than three pairs. */
  readonly ciLow: number | null;
  readonly ciHigh: number | null;
  readonly pairs: number;
}

/** All pairs that exercise one mechanism: what the general rule can be checked by. */
export interface MechanismSummary {
  /** Id of mechanisms.ts, or one of the user's own. */
  readonly mechanism: string;
  readonly name: string;
  /** What it should cost in a guest; null for one of the user's own. */
  readonly expectation: string | null;
  /** Primary metrics that have a slowdown, and how many of them are called slower. */
  readonly pairs: number;
  readonly slower: number;
  /** Geometric mean of the slowdowns of primary metrics, the least and the greatest of them. */
  readonly slowdown: number;
  readonly least: number;
  readonly most: number;
}

/** Something that differs between the systems of the two sides. */
export interface Difference {
  readonly fact: FactName;
  readonly native: string | number;
  readonly vm: string | number;
  /** What that can do to a comparison, one sentence. */
  readonly why: string;
}

export interface ComparisonOptions {
  /** Of intervals; 0.95. */
  readonly confidence: number;
  /** Benjamini-Hochberg: expected share of false alarms among those called slower or faster; 0.05. */
  readonly falseDiscoveryRate: number;
  /** Slowdowns within ± this count as equal; 0.02. */
  readonly equivalence: number;
  /** Repetitions at the start of every run that are left out, as warm-up; 0. */
  readonly skippedRepetitions: number;
  readonly resamples: number;
  readonly seed: number;
}

export interface Comparison {
  readonly version: 1;
  readonly sources: { readonly native: readonly string[]; readonly vm: readonly string[] };
  readonly options: ComparisonOptions;
  /** By rank; those without one last, by their slowdown. */
  readonly pairs: readonly Pair[];
  readonly unpaired: readonly Unpaired[];
  readonly geomean: GeometricMean | null;
  /** In the order of the general rule, from computation to device registers. */
  readonly mechanisms: readonly MechanismSummary[];
  /** What is known of the two systems. */
  readonly facts: { readonly native: SystemFacts; readonly vm: SystemFacts };
  readonly differences: readonly Difference[];
  readonly issues: readonly Issue[];
}
