/** Two sides → a Comparison. */
import type { Issue } from '../../base/issue.js';
import { systemFacts } from '../facts.js';
import { KNOWN_RULES, MECHANISMS, type MechanismRule } from '../mechanisms.js';
import type { Side } from '../reading.js';
import { mean } from '../statistics/quantile.js';
import type { Comparison, ComparisonOptions, MechanismSummary, Pair } from './comparison.js';
import { differencesOf, exchangedSides, sideIssues } from './differences.js';
import { pairUp } from './pairing.js';
import { comparePairs, DEFAULT_OPTIONS } from './suite.js';
import { timesApart } from './times-apart.js';

export interface CompareRequest {
  readonly native: Side;
  readonly vm: Side;
  readonly options?: Partial<ComparisonOptions>;
  /** Asked before the known ones. */
  readonly mechanisms?: readonly MechanismRule[];
}

export function compare({ native, vm, options: asked = {}, mechanisms = [] }: CompareRequest): Comparison {
  const options = { ...DEFAULT_OPTIONS, ...asked };
  const pairing = pairUp(native.series, vm.series, [...mechanisms, ...KNOWN_RULES]);
  const compared = comparePairs(pairing.pairs, options);
  const ofSides = [
    ...native.issues,
    ...vm.issues,
    ...sideIssues(native.facts, vm.facts),
    ...timesApart(native.series, vm.series),
  ];
  return {
    version: 1,
    sources: { native: native.sources, vm: vm.sources },
    options,
    pairs: compared.pairs,
    unpaired: pairing.unpaired,
    geomean: compared.geomean,
    mechanisms: summarize(compared.pairs),
    facts: { native: systemFacts(native.facts), vm: systemFacts(vm.facts) },
    differences: differencesOf(native.facts, vm.facts),
    issues: unique([...ofSides, ...exchangedSides(compared.pairs), ...pairing.issues, ...compared.issues]),
  };
}

/** By mechanism, in the order of the general rule and then the user's own, over primary metrics. */
function summarize(pairs: readonly Pair[]): MechanismSummary[] {
  const byMechanism = new Map<string, { readonly slowdowns: number[]; slower: number }>();
  for (const { mechanism, role, slowdown, verdict } of pairs) {
    if (mechanism === null || role !== 'primary' || slowdown === null) continue;
    const found = byMechanism.get(mechanism) ?? { slowdowns: [], slower: 0 };
    byMechanism.set(mechanism, found);
    found.slowdowns.push(slowdown);
    if (verdict === 'slower') found.slower++;
  }
  const known = MECHANISMS.map(({ id }) => id);
  const own = [...byMechanism.keys()].filter((id) => !known.includes(id)).sort();
  return [...known, ...own].flatMap((id) => {
    const { slowdowns, slower } = byMechanism.get(id) ?? { slowdowns: [], slower: 0 };
    if (slowdowns.length === 0) return [];
    const { name, expectation } = MECHANISMS.find((mechanism) => mechanism.id === id) ?? {
      name: id,
      expectation: null,
    };
    return [{ mechanism: id, name, expectation, slower, ...spreadOf(slowdowns) }];
  });
}

const spreadOf = (slowdowns: readonly number[]) => ({
  pairs: slowdowns.length,
  slowdown: Math.exp(mean(slowdowns.map(Math.log))),
  least: slowdowns.reduce((least, slowdown) => Math.min(least, slowdown)),
  most: slowdowns.reduce((most, slowdown) => Math.max(most, slowdown)),
});

/** Several files of one tool tell the same: once is enough. */
function unique(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ code, message }) => {
    const key = `${code} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}
