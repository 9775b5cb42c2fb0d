/** Two sides → a Comparison: pairs what both measured, and says what differs, what is missing and what the rule is. */
import type { Issue } from '../../base/issue.js';
import { KNOWN_RULES, MECHANISMS, type MechanismRule, mechanismOf } from '../mechanisms.js';
import type { Series } from '../model.js';
import { keyOf, type Side } from '../reading.js';
import type { Comparison, ComparisonOptions, MechanismSummary, Pair, Unpaired } from './comparison.js';
import { differencesOf, sideIssues } from './differences.js';
import type { SeriesPair } from './pair.js';
import { comparePairs, DEFAULT_OPTIONS } from './suite.js';

export interface CompareRequest {
  readonly native: Side;
  readonly vm: Side;
  readonly options?: Partial<ComparisonOptions>;
  /** Asked before the known ones. */
  readonly mechanisms?: readonly MechanismRule[];
}

export function compare({ native, vm, options: asked = {}, mechanisms = [] }: CompareRequest): Comparison {
  const options = { ...DEFAULT_OPTIONS, ...asked };
  const issues: Issue[] = [...native.issues, ...vm.issues, ...sideIssues(native.facts, vm.facts)];
  const rules = [...mechanisms, ...KNOWN_RULES];
  const seriesPairs = pairUp(native.series, vm.series, rules, issues);
  const compared = comparePairs(seriesPairs, options);
  return {
    version: 1,
    sources: { native: native.sources, vm: vm.sources },
    options,
    pairs: compared.pairs,
    unpaired: [...missing(native.series, vm.series, 'native'), ...missing(vm.series, native.series, 'vm')],
    geomean: compared.geomean,
    mechanisms: summarize(compared.pairs),
    differences: differencesOf(native.facts, vm.facts),
    issues: unique([...issues, ...compared.issues]),
  };
}

function pairUp(
  native: readonly Series[],
  vm: readonly Series[],
  rules: readonly MechanismRule[],
  issues: Issue[],
): SeriesPair[] {
  const ofVm = new Map(vm.map((series) => [keyOf(series), series]));
  return native.flatMap((series) => {
    const other = ofVm.get(keyOf(series));
    if (other === undefined) return [];
    const isSameKind = series.better === other.better && series.operationsPerValue === other.operationsPerValue;
    if (isSameKind) return [{ native: series, vm: other, mechanism: mechanismOf(series, rules) }];
    issues.push({
      code: 'not-the-same-kind',
      severity: 'warning',
      message: `"${series.benchmark}", ${series.metric} cannot be compared: only one side tells its operations, or the directions differ`,
    });
    return [];
  });
}

function missing(side: readonly Series[], other: readonly Series[], name: Unpaired['side']): Unpaired[] {
  const keys = new Set(other.map(keyOf));
  return side
    .filter((series) => !keys.has(keyOf(series)))
    .map(({ benchmark, metric, unit }) => ({ benchmark, metric, unit, side: name }));
}

/** By mechanism, in the order of the general rule, over primary metrics. */
function summarize(pairs: readonly Pair[]): MechanismSummary[] {
  return MECHANISMS.flatMap(({ id, name, expectation }) => {
    const slowdowns = pairs.flatMap(({ mechanism, role, slowdown }) =>
      mechanism === id && role === 'primary' && slowdown !== null ? [slowdown] : [],
    );
    if (slowdowns.length === 0) return [];
    const mean = Math.exp(slowdowns.reduce((sum, slowdown) => sum + Math.log(slowdown), 0) / slowdowns.length);
    const [least, most] = [Math.min(...slowdowns), Math.max(...slowdowns)];
    return [{ mechanism: id, name, expectation, pairs: slowdowns.length, slowdown: mean, least, most }];
  });
}

/** Several files of one tool tell the same: once is enough. */
function unique(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ code, message }) => {
    const key = `${code} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}
