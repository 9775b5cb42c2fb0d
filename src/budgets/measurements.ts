/** What a limit measures in a scope, and how sure that is. */
import { boundOf } from '../explain/bounds.js';
import { type ExitRow, GRADES } from '../explain/explanation.js';
import type { FindingsLimit, Limit, QualityLimit, RateLimit, TimeAmount } from './budget.js';
import { largestOf, nameOf } from './largest.js';
import { lengthOf, unseenExits } from './lengths.js';
import { allOf, doubted, exactly, type Measured, nothing } from './measured.js';
import { allMissingEvents, missingEvents, tooMuchUnknown } from './missing.js';
import { exitsWhere, isMuchUnknown, type Scope, unknownShare } from './scope.js';
import { timeOf } from './times.js';

export function measurementsOf(limit: Limit, scope: Scope): Measured {
  const { clockMeasuresTime, clock } = scope.explanation.recording;
  if (limit.kind !== 'quality' && !clockMeasuresTime)
    return nothing(doubted(`the clock "${clock}" does not measure time`));
  const isContradicted = scope.explanation.quality.issues.some(({ code }) => code === 'clock-contradicted');
  if (isContradicted && isInSeconds(limit))
    return nothing(doubted('the recording contradicts the frequency of its clock'));
  switch (limit.kind) {
    case 'time':
      return timeOf(limit, scope);
    case 'rate':
      return rateOf(limit, scope);
    case 'length':
      return lengthOf(limit, scope);
    case 'findings':
      return findingsOf(limit, scope);
    default:
      return qualityOf(limit, scope);
  }
}

/** Shares hold whatever the frequency is. */
const isInSeconds = (limit: Limit): boolean =>
  limit.kind === 'rate' || limit.kind === 'length' || (limit.kind === 'time' && limit.threshold.value.unit === 'ns');

function rateOf({ of, where }: RateLimit, scope: Scope): Measured {
  const rows = exitsWhere(scope, where);
  const { durationNs } = scope.explanation.recording;
  if (durationNs === 0) return nothing(doubted('T is empty'));
  const countOf = (row: ExitRow) => (of === 'exits' ? row.count : row.reachedVmm);
  const value = rows.reduce((sum, row) => sum + countOf(row), 0) / (durationNs / 1e9);
  const largest = largestOf(rows.map((row) => ({ name: nameOf(row), amount: countOf(row) })));
  const { upperBounds, notRecorded } = scope.recorded;
  const isVmmUnseen = boundOf(['vmm'], upperBounds) !== 'measured' || notRecorded.includes('vmm');
  if (of === 'vmm-exits' && isVmmUnseen && value === 0) {
    return { value, lowest: 0, highest: Infinity, doubt: missingEvents(['vmm'], scope), largest };
  }
  const unseen = unseenExits(where, scope);
  if (unseen !== null) return { value, lowest: value, highest: Infinity, doubt: doubted(unseen), largest };
  // How often something happened while nobody looked has no bound.
  if (!isMuchUnknown(scope)) return exactly(value, largest);
  return { value, lowest: value, highest: Infinity, doubt: tooMuchUnknown(scope), largest };
}

function findingsOf({ rule, confidence, above }: FindingsLimit, scope: Scope): Measured {
  const { explanation, machine } = scope;
  const costs = (cost: number) => above === null || cost > nanosecondsOf(above, scope);
  const found = explanation.findings.filter(
    (finding) =>
      (machine === null || finding.machine === machine) &&
      (rule === null ? finding.gain.likelyNs > 0 : finding.rule === rule) &&
      (confidence === null || finding.confidence === confidence) &&
      costs(finding.costNs),
  );
  const largest = found.length === 0 ? null : found[0].title;
  const doubt = allOf([
    ...(scope.recorded.upperBounds.length > 0 ? [allMissingEvents(scope)] : []),
    ...(isMuchUnknown(scope) ? [tooMuchUnknown(scope)] : []),
  ]);
  if (doubt === null) return exactly(found.length, largest);
  const reason = `a rule that lacks what it looks at is silent: ${doubt.reason}`;
  return { value: found.length, lowest: found.length, highest: Infinity, doubt: { ...doubt, reason }, largest };
}

const nanosecondsOf = ({ unit, amount }: TimeAmount, { explanation }: Scope): number =>
  unit === 'ns' ? amount : amount * explanation.totals.durationNs;

/** Grades as numbers: the higher the better. */
export const gradeNumber = (grade: (typeof GRADES)[number]): number => GRADES.length - 1 - GRADES.indexOf(grade);

function qualityOf({ of }: QualityLimit, scope: Scope): Measured {
  const { recording, quality } = scope.explanation;
  const concern = quality.issues.find(({ severity }) => severity !== 'note');
  if (of === 'grade') return exactly(gradeNumber(quality.grade), concern?.message ?? null);
  if (of === 'unknown') return exactly(unknownShare(scope));
  if (recording.gaps === 0) return exactly(recording.lostEvents);
  const doubt = doubted(`it has gaps (${recording.gaps}) of which not all tell how many events they lost`);
  return {
    value: recording.lostEvents,
    lowest: Math.max(1, recording.lostEvents),
    highest: Infinity,
    doubt,
    largest: null,
  };
}
