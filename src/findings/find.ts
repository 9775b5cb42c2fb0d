/** Runs all rules and ranks what they find. */
import { availableNs, isIdle, wantedNs } from './costs.js';
import type { Evidence, Machine } from './evidence.js';
import type { Finding } from './finding.js';
import { knobsFor } from './knobs.js';
import { RULES } from './registry.js';
import type { Draft, Rule } from './rule.js';

/** Findings that are likely to bring less than this share of the time in which the guests wanted to run are not told (see worthOf). */
export const DEFAULT_LEAST_GAIN = 0.01;

export interface FindingOptions {
  /** Ids of rules. */
  readonly ignore?: readonly string[];
  /** A share of the time in which the guests wanted to run, 0 to 1. Not given, the default holds for what promises a gain. */
  readonly leastGain?: number;
}

/** Of an idle machine even much is little: it counts as if it wanted all of the time. */
const worthOf = (machine: Machine): number => (isIdle(machine) ? availableNs(machine) : wantedNs(machine));

/** @returns findings by their likely gain, largest first, after what all others rest on; those that promise none come last */
export function findAll(
  evidence: Evidence,
  { ignore = [], leastGain }: FindingOptions = {},
  rules: readonly Rule[] = RULES,
): Finding[] {
  const base = evidence.machines.reduce((total, machine) => total + worthOf(machine), 0);
  const least = (leastGain ?? DEFAULT_LEAST_GAIN) * base;
  const isWorthTelling = ({ gain, told }: Draft) => {
    if (told === 'unless limited') return leastGain === undefined || gain.mostNs >= least;
    return told === 'always' || gain.likelyNs >= least;
  };
  let drafts: readonly Draft[] = [];
  const sources = new Map<string, readonly string[]>();
  for (const rule of rules) {
    if (ignore.includes(rule.id)) continue;
    const found = rule.find(evidence, drafts).filter((draft) => isWorthTelling(draft));
    // One and the same list as long as nothing is new: what follows from it is kept with it (see claims.ts).
    if (found.length > 0) drafts = [...drafts, ...found];
    sources.set(rule.id, rule.sources);
  }
  const total = evidence.totals.durationNs;
  return drafts.toSorted(byGain).map((draft) => ({
    ...withoutMarks(draft),
    knobs: knobsFor(evidence, draft.machine, draft.knobs),
    share: total > 0 ? draft.costNs / total : 0,
    sources: sources.get(draft.rule) ?? [],
  }));
}

const byGain = (a: Draft, b: Draft): number =>
  Number(b.isPremise ?? false) - Number(a.isPremise ?? false) ||
  b.gain.likelyNs - a.gain.likelyNs ||
  b.costNs - a.costNs;

function withoutMarks({ told: _told, isPremise: _isPremise, ...finding }: Draft): Omit<Draft, 'told' | 'isPremise'> {
  return finding;
}
