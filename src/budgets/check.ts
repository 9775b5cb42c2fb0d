/** A budget against an Explanation: which limits hold, which are broken, and which this recording cannot tell. */
import { type Explanation, GRADES, type Grade } from '../explain/explanation.js';
import { type Budget, EACH_MACHINE, type ExitFilter, type Limit } from './budget.js';
import { describeLimit } from './describe.js';
import type { Measured } from './measured.js';
import { gradeNumber, measurementsOf } from './measurements.js';
import { doubtOfReason } from './reason-words.js';
import { exitsWhere, isFiltered, type Scope, scopeOf } from './scope.js';

/** `unjudged`: the recording does not tell. */
export const VERDICTS = ['ok', 'broken', 'unjudged'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** `share`: from 0 to 1; `rate`: per second of T. */
export const UNITS = ['share', 'ns', 'rate', 'count', 'grade'] as const;
export type Unit = (typeof UNITS)[number];

export interface CheckedLimit {
  /** Its name in the budget, or what it limits, in words. Untrusted text. */
  readonly name: string;
  /** Its line in the budget, from 1. */
  readonly line: number;
  readonly kind: Limit['kind'];
  /** Id of the machine; null: all together. Untrusted text where there is no such machine. */
  readonly machine: string | null;
  readonly verdict: Verdict;
  readonly unit: Unit;
  readonly sense: 'most' | 'least';
  readonly limit: number | Grade;
  /** null where nothing was measured. */
  readonly measured: number | Grade | null;
  /** Between these the true value lies, as far as the recording tells; null: without a bound, or a grade. */
  readonly lowest: number | null;
  readonly highest: number | null;
  /** Why it cannot be judged, what makes most of a number that is too large, or that nothing matched. Untrusted text. */
  readonly note: string | null;
  /** How to record it so that it can be judged; null where it can, or nothing is known to help. Untrusted text. */
  readonly remedy: string | null;
}

export interface Check {
  readonly version: 1;
  readonly budget: string;
  readonly recordings: readonly string[];
  /** `broken` where any limit is, or cannot be judged and that was not allowed. */
  readonly verdict: 'ok' | 'broken';
  /** Whether limits that cannot be judged are allowed. */
  readonly allowsUnjudged: boolean;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly limits: readonly CheckedLimit[];
}

export interface CheckOptions {
  readonly allowUnjudged?: boolean;
}

export function check(budget: Budget, explanation: Explanation, { allowUnjudged = false }: CheckOptions = {}): Check {
  const limits = budget.limits.flatMap((limit) => checkedLimits(limit, explanation));
  const count = (verdict: Verdict) => limits.filter((limit) => limit.verdict === verdict).length;
  const counts = { ok: count('ok'), broken: count('broken'), unjudged: count('unjudged') };
  const isBroken = counts.broken > 0 || (counts.unjudged > 0 && !allowUnjudged);
  return {
    version: 1,
    budget: budget.source,
    recordings: explanation.recording.sources,
    verdict: isBroken ? 'broken' : 'ok',
    allowsUnjudged: allowUnjudged,
    counts,
    limits,
  };
}

function checkedLimits(limit: Limit, explanation: Explanation): CheckedLimit[] {
  const { machines } = explanation;
  if (limit.machine === EACH_MACHINE) {
    return machines.map(({ id }) => checkedLimit(limit, explanation, id));
  }
  if (limit.machine === null) return [checkedLimit(limit, explanation, null)];
  const named = machines.filter(({ id, name }) => id === limit.machine || name === limit.machine);
  if (named.length === 0)
    return [withoutMeasure(limit, limit.machine, `there is no machine "${limit.machine}" in the recording`)];
  if (named.length > 1) return [withoutMeasure(limit, limit.machine, `${named.length} machines have this name`)];
  return [checkedLimit(limit, explanation, named[0].id)];
}

function checkedLimit(limit: Limit, explanation: Explanation, machine: string | null): CheckedLimit {
  const where: ExitFilter = 'where' in limit ? limit.where : {};
  const wrongWord = where.reason === undefined ? null : doubtOfReason(where.reason, explanation);
  if (wrongWord !== null) return withoutMeasure(limit, machine, wrongWord);
  const scope = scopeOf(explanation, machine);
  const measured = measurementsOf(limit, scope);
  const verdict = verdictOf(limit, measured);
  const none = measured.value === null || matchesNothing(where, scope) ? NONE : null;
  return {
    ...stated(limit),
    ...numbersOf(limit, measured),
    machine,
    verdict,
    note: { ok: none, broken: measured.largest ?? none, unjudged: measured.doubt?.reason ?? null }[verdict],
    remedy: verdict === 'unjudged' ? (measured.doubt?.remedy ?? null) : null,
  };
}

/** It may be absent for good reason, such as a device at most 0 /s, or be misspelt: so it is said. */
const NONE = 'no such exit occurred';

const matchesNothing = (where: ExitFilter, scope: Scope): boolean =>
  isFiltered(where) && exitsWhere(scope, where).length === 0;

function verdictOf(
  { threshold: { sense, value: limit } }: Limit,
  { value, lowest, highest, doubt }: Measured,
): Verdict {
  if (value === null) return doubt === null ? 'ok' : 'unjudged';
  const at = typeof limit === 'object' ? limit.amount : typeof limit === 'string' ? gradeNumber(limit) : limit;
  const isWithin = sense === 'most' ? highest <= at : lowest >= at;
  const isBeyond = sense === 'most' ? lowest > at : highest < at;
  return isWithin ? 'ok' : isBeyond ? 'broken' : 'unjudged';
}

function numbersOf(limit: Limit, { value, lowest, highest }: Measured) {
  if (unitOf(limit) !== 'grade') {
    return {
      measured: value,
      lowest: value === null ? null : lowest,
      highest: value === null ? null : finite(highest),
    };
  }
  const grade = GRADES.find((one) => gradeNumber(one) === value) ?? null;
  return { measured: grade, lowest: null, highest: null };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function withoutMeasure(limit: Limit, machine: string | null, note: string): CheckedLimit {
  return {
    ...stated(limit),
    machine,
    verdict: 'unjudged',
    measured: null,
    lowest: null,
    highest: null,
    note,
    remedy: null,
  };
}

/** What is known before anything is measured. */
function stated(limit: Limit) {
  const { sense, value } = limit.threshold;
  return {
    name: limit.name ?? describeLimit(limit),
    line: limit.line,
    kind: limit.kind,
    unit: unitOf(limit),
    sense,
    limit: typeof value === 'object' ? value.amount : value,
  };
}

function unitOf(limit: Limit): Unit {
  switch (limit.kind) {
    case 'time':
      return limit.threshold.value.unit;
    case 'rate':
      return 'rate';
    case 'length':
      return 'ns';
    case 'findings':
      return 'count';
    default:
      return ({ grade: 'grade', 'lost-events': 'count', unknown: 'share' } as const)[limit.of];
  }
}
