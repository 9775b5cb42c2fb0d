/** Which metrics of the two sides belong together, and which are left over. */
import { type Issue, IssueLog } from '../../base/issue.js';
import { type MechanismRule, mechanismOf } from '../mechanisms.js';
import type { Series } from '../model.js';
import { isSameKind, keyOf } from '../reading.js';
import type { Unpaired } from './comparison.js';
import type { SeriesPair } from './pair.js';

export interface Pairing {
  readonly pairs: readonly SeriesPair[];
  readonly unpaired: readonly Unpaired[];
  readonly issues: readonly Issue[];
}

/**
 * Pairs by benchmark, metric and unit. Issues: `not-the-same-kind` (equal names, but another direction, or only one side
 * tells its operations: neither paired nor unpaired), `nothing-in-common` (an error: no metric is on both sides).
 * @param rules of the mechanisms, the first that fits counts
 */
export function pairUp(native: readonly Series[], vm: readonly Series[], rules: readonly MechanismRule[]): Pairing {
  const issues = new IssueLog();
  const ofVm = new Map(vm.map((series) => [keyOf(series), series]));
  const pairs = native.flatMap((series) => {
    const other = ofVm.get(keyOf(series));
    if (other === undefined) return [];
    if (isSameKind(series, other)) return [{ native: series, vm: other, mechanism: mechanismOf(series, rules) }];
    issues.add(notTheSameKind(series));
    return [];
  });
  const unpaired = [...leftOver(native, vm, 'native'), ...leftOver(vm, native, 'vm')];
  if (pairs.length === 0 && native.length > 0 && vm.length > 0) issues.add(nothingInCommon(native, vm));
  return { pairs, unpaired, issues: issues.list() };
}

const nameOf = ({ benchmark, metric }: Series): string => JSON.stringify([benchmark, metric]);

function leftOver(side: readonly Series[], other: readonly Series[], name: Unpaired['side']): Unpaired[] {
  const keys = new Set(other.map(keyOf));
  const units = new Map(other.map((series) => [nameOf(series), series.unit]));
  return side
    .filter((series) => !keys.has(keyOf(series)))
    .map((series) => ({
      benchmark: series.benchmark,
      metric: series.metric,
      unit: series.unit,
      side: name,
      otherUnit: units.get(nameOf(series)) ?? null,
    }));
}

const notTheSameKind = ({ benchmark, metric }: Series): Issue => ({
  code: 'not-the-same-kind',
  severity: 'warning',
  message: `"${benchmark}", ${metric} cannot be compared: the directions differ, or only one side tells its operations`,
});

/** How many names the issue shows. */
const NAMED = 3;

function nothingInCommon(native: readonly Series[], vm: readonly Series[]): Issue {
  const ofNative = new Set(native.map(({ benchmark }) => benchmark));
  // Where benchmarks are called alike, their metrics or units are not.
  const areInCommon = vm.some(({ benchmark }) => ofNative.has(benchmark));
  const names = (side: readonly Series[]) => {
    const unlike = side.map(({ benchmark, metric, unit }) =>
      areInCommon ? `"${benchmark}", ${metric} in ${unit}` : `"${benchmark}"`,
    );
    const each = [...new Set(unlike)];
    const more = each.length > NAMED ? ` and ${each.length - NAMED} more` : '';
    return each.slice(0, NAMED).join(areInCommon ? '; ' : ', ') + more;
  };
  return {
    code: 'nothing-in-common',
    severity: 'error',
    message: `No metric is on both sides: the native one has ${names(native)}, the VM's has ${names(vm)}`,
    hint: 'Benchmark, metric and unit must have equal names on both sides (hyperfine -n NAME, fio --name=NAME, …).',
  };
}
