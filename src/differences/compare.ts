/** Two recordings → what differs, and whether that is more than variation explains. */
import { changePointOf } from '../benchmarks/statistics/change-point.js';
import { Random } from '../benchmarks/statistics/random.js';
import { trendOf } from '../benchmarks/statistics/trend.js';
import { type AccountName, GUEST_DELAY } from '../ledger/accounts.js';
import { alignedMachines } from './alignment.js';
import {
  type Alignment,
  type Both,
  type Change,
  DEFAULT_OPTIONS,
  type Difference,
  type DifferenceOptions,
  type DifferenceRow,
  type PlacementChange,
  SIDES,
  type Side,
  type SideName,
  type SideSummary,
  type Verdict,
} from './difference.js';
import { findingChanges } from './finding-changes.js';
import { HANDLING, issuesOf } from './issues.js';
import { type RecordedOfBoth, recordedAlike, recordedOfBoth } from './recorded-alike.js';
import { areOfOneRecording, recordingIssues } from './recordings.js';
import { type ComparedRow, rowsOf } from './rows.js';
import { type Ratio, testedChanges, untestedChanges } from './significance.js';
import { AWAKE, addTo, awakeNs, LEAST_WINDOWS, type Windows, windowsOf } from './windows.js';

const NS_PER_S = 1e9;

export function difference(before: Side, after: Side, asked: Partial<DifferenceOptions> = {}): Difference {
  const options = { ...DEFAULT_OPTIONS, ...asked };
  const sides = { before, after };
  const alignment = alignedMachines(before.explanation.machines, after.explanation.machines, {
    areOfOne: areOfOneRecording(before.explanation, after.explanation),
  });
  const series = { before: before.series, after: after.series };
  const rows = alignment.machines.flatMap((machine) => rowsOf(machine, series));
  const windows = both((side) => windowsOf(series[side]));
  const summaries = both((side) => summaryOf(sides[side], windows[side], options.seed));
  const isTested = SIDES.every((side) => windows[side].count >= LEAST_WINDOWS);
  const recorded = alignment.machines.map((machine) => recordedOfBoth(machine, sides));
  const events = new Map(recorded.map((pair) => [pair.machine, comparedEvents(pair)]));
  const lost = lostRatio(rows, windows);
  const ratios = rows.map((row) => ratiosOf(row, windows));
  const isLostComparable = recorded.every((pair) => recordedAlike(GUEST_DELAY, pair));
  const tested = [
    ...(lost !== null && isLostComparable ? [lost] : []),
    ...rows.flatMap((row, index) => {
      const { isComparable, hasOtherEvents, isCountedAlike } = events.get(row.machine)!;
      // Details may be there only because the events that tell them were recorded.
      if (row.kind === 'detail' && hasOtherEvents) return [];
      const { time, timePerGuest, rate, ratePerGuest } = ratios[index];
      return [
        ...(isCountedAlike ? [rate, ratePerGuest] : []),
        ...(isComparable(accountsOf(row)) ? [time, timePerGuest] : []),
      ];
    }),
  ].filter((ratio) => ratio !== null);
  const all = [lost, ...ratios.flatMap((own) => Object.values(own) as (Ratio | null)[])].filter(
    (ratio) => ratio !== null,
  );
  const changes = new Map(zipped(all, untestedChanges(all)));
  if (isTested)
    for (const [ratio, change] of zipped(tested, testedChanges(tested, options))) changes.set(ratio, change);
  const found = (ratio: Ratio | null): Change | null => (ratio === null ? null : (changes.get(ratio) ?? null));
  return {
    version: 1,
    ...summaries,
    alignment,
    method: { ...options, tests: isTested ? tested.length : 0 },
    lost: found(lost),
    rows: rows.map((row, index) => rowOf(row, ratios[index], found, options.level)).sort(bySureness),
    findings: findingChanges(before.explanation, after.explanation, alignment),
    placement: placementChanges(alignment, sides),
    issues: [
      ...recordingIssues(before.explanation, after.explanation),
      ...issuesOf(summaries, alignment, isTested, recorded),
    ],
  };
}

const both = <Value>(of: (side: SideName) => Value): Both<Value> => ({ before: of('before'), after: of('after') });

const zipped = <Key, Value>(keys: readonly Key[], values: readonly Value[]): [Key, Value][] =>
  keys.map((key, index) => [key, values[index]]);

/** What of a machine's rows is the same on both sides. */
function comparedEvents(recorded: RecordedOfBoth) {
  const isComparable = (accounts: readonly AccountName[]) => recordedAlike(accounts, recorded);
  return {
    isComparable,
    hasOtherEvents: AWAKE.some((account) => !isComparable([account])),
    isCountedAlike: recorded.before.exits === recorded.after.exits,
  };
}

const accountsOf = ({ account }: ComparedRow): readonly AccountName[] => (account === null ? HANDLING : [account]);

function summaryOf({ explanation, series }: Side, windows: Windows, seed: number): SideSummary {
  const { recording, totals, quality } = explanation;
  const awake = awakeNs(series.vcpus, series.lengthsNs.length);
  return {
    sources: recording.sources,
    durationNs: recording.durationNs,
    awakeNs: awake.reduce((sum, ns) => sum + ns, 0),
    guestNs: totals.ledgerNs.guest,
    exits: totals.exits,
    grade: quality.grade,
    windows: windows.count,
    isSteady: isSteady(series, windows, awake, seed),
  };
}

/** Neither exits nor guest time, per awake time, have a trend or a change of level from window to window. */
function isSteady({ vcpus }: Side['series'], windows: Windows, awake: Float64Array, seed: number): boolean {
  const exits = new Float64Array(awake.length);
  const guest = new Float64Array(awake.length);
  for (const vcpu of vcpus) {
    addTo(guest, vcpu.accounts.guest);
    for (const { slices } of vcpu.exits) if (slices !== null) addTo(exits, slices.exits);
  }
  const below = windows.sum(awake);
  return [exits, guest].every((values) => {
    const rates = windows.sum(values).map((sum, window) => sum / below[window]);
    return trendOf(rates) === 0 && changePointOf(rates, Random.fromSeed(seed)) === null;
  });
}

/** Of the time in which the guests wanted to run, all machines together. */
function lostRatio(rows: readonly ComparedRow[], windows: Both<Windows>): Ratio | null {
  const scopes = new Set(
    rows.filter(({ kind, vcpu }) => kind === 'account' && vcpu === null).map(({ scope }) => scope),
  );
  const sums = both((side) => {
    const delay = new Float64Array(windows[side].count);
    const wanted = new Float64Array(windows[side].count);
    for (const scope of scopes) {
      const own = windows[side].sum(scope[side].delayNs);
      addTo(delay, own);
      addTo(wanted, own);
      addTo(wanted, windows[side].sum(scope[side].guestNs));
    }
    return { delay, wanted };
  });
  if (!SIDES.every((side) => sums[side].wanted.some((ns) => ns > 0))) return null;
  return { above: both((side) => sums[side].delay), below: both((side) => sums[side].wanted), counts: false };
}

interface RowRatios {
  readonly time: Ratio;
  readonly rate: Ratio | null;
  readonly timePerGuest: Ratio | null;
  readonly ratePerGuest: Ratio | null;
}

function ratiosOf({ slices, scope, account }: ComparedRow, windows: Both<Windows>): RowRatios {
  const sums = (of: (side: SideName) => Float64Array) => both((side) => windows[side].sum(of(side)));
  const time = sums((side) => slices[side].timeNs);
  const awake = sums((side) => scope[side].awakeNs);
  const guest = sums((side) => scope[side].guestNs);
  const hasGuest = account !== 'guest' && SIDES.every((side) => guest[side].some((ns) => ns > 0));
  const { before, after } = slices;
  const exits = before.exits === null || after.exits === null ? null : { before: before.exits, after: after.exits };
  const counted = exits && sums((side) => exits[side]);
  // Per second of a vCPU, so that it does not depend on how many there are.
  const seconds = (of: Both<Float64Array>) => both((side) => of[side].map((ns) => ns / NS_PER_S / scope[side].vcpus));
  return {
    time: { above: time, below: awake, counts: false },
    rate: counted && { above: counted, below: seconds(awake), counts: true },
    timePerGuest: hasGuest ? { above: time, below: guest, counts: false } : null,
    ratePerGuest: hasGuest && counted ? { above: counted, below: seconds(guest), counts: true } : null,
  };
}

function rowOf(
  row: ComparedRow,
  { time, rate, timePerGuest, ratePerGuest }: RowRatios,
  found: (ratio: Ratio | null) => Change | null,
  level: number,
): DifferenceRow {
  const { slices, scope: _, ...names } = row;
  const changes: RowChanges = {
    time: found(time)!,
    rate: found(rate),
    timePerGuest: found(timePerGuest),
    ratePerGuest: found(ratePerGuest),
  };
  const countOf = (side: SideName) => slices[side].exits?.reduce((sum, count) => sum + count, 0) ?? 0;
  return {
    ...names,
    verdict: verdictOf(row.account, changes, level),
    ...changes,
    exits: row.kind === 'account' ? null : both(countOf),
  };
}

type RowChanges = Pick<DifferenceRow, 'time' | 'rate' | 'timePerGuest' | 'ratePerGuest'>;

/** Neither good nor bad in themselves. */
const NEUTRAL: readonly (AccountName | null)[] = ['guest', 'idle'];

/** What a row's changes say, by the rules of docs/differences.md. */
export function verdictOf(account: AccountName | null, changes: RowChanges, level: number): Verdict {
  const { time, rate, timePerGuest, ratePerGuest } = changes;
  const ofAwake = [time, rate].filter((change) => change !== null);
  const perGuest = [timePerGuest, ratePerGuest].filter((change) => change !== null);
  const isKnown = ({ p }: Change) => p !== null && p <= level;
  if (ofAwake.every(({ p }) => p === null)) return 'untested';
  if (!ofAwake.some(isKnown)) return 'unclear';
  if (NEUTRAL.includes(account)) return 'changed';
  if (ofAwake.every(({ before }) => before === 0)) return 'new';
  if (ofAwake.every(({ after }) => after === 0)) return 'gone';
  // More work done in a smaller share of the time, or less of it, is told by the time that the guests had.
  const isKnownPerGuest = perGuest.length === 0 || perGuest.some(isKnown);
  // Time is what guests lose: where it goes the other way, surely or not, fewer exits are nothing better.
  const telling = [time, timePerGuest, ...[rate, ratePerGuest].filter((change) => change !== null && isKnown(change))];
  const directions = new Set(telling.flatMap((change) => (change === null ? [] : directionOf(change))));
  if (!isKnownPerGuest || directions.size !== 1) return 'changed';
  return directions.has(1) ? 'worse' : 'better';
}

/** −1, 1, or nothing where both sides are equal, or one has no number. */
function directionOf({ before, after }: Change): number[] {
  const sign = Math.sign(after - before);
  return sign === 0 || Number.isNaN(sign) ? [] : [sign];
}

export const isSure = ({ verdict }: Pick<DifferenceRow, 'verdict'>): boolean =>
  verdict !== 'unclear' && verdict !== 'untested';

/**
 * How much of the time it is about: the change of the time, or as large a part of the time as exits became more or fewer,
 * whichever is sure and larger.
 */
export function weightOf({ time, rate }: Pick<DifferenceRow, 'time' | 'rate'>): number {
  const changeOfTime = Math.abs(time.after - time.before);
  if (rate === null) return changeOfTime;
  const most = Math.max(rate.before, rate.after);
  const part = most === 0 ? 0 : Math.abs(rate.after - rate.before) / most;
  const isSurer = (rate.p ?? 1) < (time.p ?? 1);
  return isSurer ? Math.max(changeOfTime, part * Math.max(time.before, time.after)) : changeOfTime;
}

function bySureness(a: DifferenceRow, b: DifferenceRow): number {
  return Number(isSure(b)) - Number(isSure(a)) || weightOf(b) - weightOf(a);
}

function placementChanges({ machines }: Alignment, { before, after }: Both<Side>): PlacementChange[] {
  return machines.flatMap((pair) =>
    before.explanation.placement.vcpus.flatMap((own): PlacementChange[] => {
      if (own.machine !== pair.before.id) return [];
      const other = after.explanation.placement.vcpus.find(
        ({ machine, vcpu }) => machine === pair.after.id && vcpu === own.vcpu,
      );
      if (other === undefined) return [];
      const moves = { before: own.moves, after: other.moves };
      const seconds = both((side) => ({ before, after })[side].explanation.recording.durationNs / NS_PER_S);
      const pcpus = { before: own.pcpus.length, after: other.pcpus.length };
      const movesPerSecond = both((side) => (seconds[side] > 0 ? moves[side] / seconds[side] : 0));
      return [{ machine: own.machine, vcpu: own.vcpu, moves, movesPerSecond, pcpus }];
    }),
  );
}
