/** What a limit on lengths measures, and what exits that nobody timed can change of that. */
import { hidesExits } from '../explain/bounds.js';
import type { ExitFilter, LengthLimit, LengthName } from './budget.js';
import { nameOf } from './largest.js';
import { allOf, doubted, type Measured, nothing } from './measured.js';
import { hintOf } from './missing.js';
import {
  type Bounds,
  EVERYTHING_TIMED,
  type Lengths,
  lengthsOf,
  percentileBounds,
  type Untimed,
} from './percentiles.js';
import { exitsWhere, isFiltered, mayHideKeptOut, type Scope } from './scope.js';
import { untimedExits } from './untimed.js';

const INTERRUPTS: readonly (string | undefined)[] = ['interrupt', 'interrupt-control', 'timer'];
const NO_EXITS = 'exits were not recorded';
const NO_LENGTHS = 'how long exits took was not recorded';

/** Why there may have been more exits than were counted; null: there were not. */
export function unseenExits(where: ExitFilter, { recorded }: Scope): string | null {
  if (recorded.exits === 'missing') return NO_EXITS;
  if (!hidesExits(recorded)) return null;
  // Of PV guests of Xen all but interrupts are counted.
  const isOfGuest = isFiltered(where) && (where.cause !== undefined ? !INTERRUPTS.includes(where.cause) : true);
  return isOfGuest ? null : 'interrupts of PV guests were not recorded';
}

const UNSEEN_RETURNS = 'returns to the VMM were not recorded, so it may have kept vCPUs out meanwhile';

const SHARES = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 } as const;

export function lengthOf({ of, where, threshold }: LengthLimit, scope: Scope): Measured {
  const parts = distributionsOf(where, scope).flatMap((part) => {
    const lengths = lengthsOf(part);
    return lengths === null ? [] : [{ ...lengths, name: nameOf(part) }];
  });
  const unmeasured = unseenExits(where, scope) ?? (hasLengths(where, scope) ? null : NO_LENGTHS);
  const untimed = untimedExits(where, scope);
  if (parts.length === 0) {
    const mayDecide = of === 'max' ? untimed.longestNs > threshold.value : untimed.exits > 0 || untimed.hiddenNs > 0;
    if (unmeasured !== null) return nothing(doubted(unmeasured));
    return nothing(mayDecide ? untimed.doubt : null);
  }
  const longest = parts.reduce((a, b) => (b.maxNs > a.maxNs ? b : a));
  const seen = boundsOf(of, parts, EVERYTHING_TIMED, threshold.value);
  const value = seen.highest;
  if (unmeasured !== null) {
    return { value, lowest: of === 'max' ? value : 0, highest: Infinity, doubt: doubted(unmeasured), largest: null };
  }
  const real = boundsOf(of, parts, untimed, threshold.value);
  const mayBeKeptOut = mayHideKeptOut(scope);
  const doubts = [
    ...(seen.lowest === seen.highest
      ? []
      : [doubted(`${parts.length} kinds of exits were timed apart, not all together`)]),
    ...(isWider(real, seen) && untimed.doubt !== null ? [untimed.doubt] : []),
    ...(mayBeKeptOut ? [doubted(UNSEEN_RETURNS, hintOf('no-vmm', scope))] : []),
  ];
  return {
    value,
    lowest: mayBeKeptOut ? 0 : real.lowest,
    highest: real.highest,
    doubt: allOf(doubts),
    largest: parts.length > 1 ? `the longest: ${longest.name}` : null,
  };
}

const isWider = (a: Bounds, b: Bounds): boolean => a.highest > b.highest || a.lowest < b.lowest;

/** @param limit as in percentileBounds */
function boundsOf(of: LengthName, parts: readonly Lengths[], untimed: Untimed, limit: number): Bounds {
  if (of !== 'max') return percentileBounds(SHARES[of], parts, untimed, limit);
  const longest = Math.max(...parts.map(({ maxNs }) => maxNs));
  return { lowest: longest, highest: Math.max(longest, untimed.longestNs) };
}

/** Whether all of these exits have lengths, where the recording has some that have none. */
const hasLengths = (where: ExitFilter, scope: Scope): boolean =>
  scope.recorded.exits === 'complete' || exitsWhere(scope, where).every(({ timed, episodes }) => timed === episodes);

/** Where one group is just what is asked for it has the exact percentiles; else those of all its rows. */
function distributionsOf(where: LengthLimit['where'], scope: Scope) {
  const { groups } = scope.explanation;
  const { cause, reason, detail, device } = where;
  if (!scope.isAll) return exitsWhere(scope, where);
  if (detail === undefined && device === undefined) {
    if (reason === undefined) return groups.cause.filter((group) => cause === undefined || group.cause === cause);
    return groups.reason.filter((group) => group.reason === reason && (cause === undefined || group.cause === cause));
  }
  const isDeviceAlone = cause === undefined && reason === undefined && detail === undefined;
  return isDeviceAlone ? groups.device.filter((group) => group.device === device) : exitsWhere(scope, where);
}
