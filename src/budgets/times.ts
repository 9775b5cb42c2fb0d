/** What a limit on times measures. */
import { boundOf } from '../explain/bounds.js';
import type { Bound, ExitRow } from '../explain/explanation.js';
import { lostTimeNs } from '../explain/sources.js';
import { type AccountName, GUEST_DELAY, HOST_COST, sumOf } from '../ledger/accounts.js';
import { type ExitFilter, HANDLING, KEPT_OUT, type TimeLimit, type TimeName } from './budget.js';
import { largestOf, nameOf, WAITS, waitsOf } from './largest.js';
import { allOf, doubted, type Measured, nothing } from './measured.js';
import { missingEvents, tooMuchUnknown } from './missing.js';
import { exitsWhere, isFiltered, isKeptOut, isMuchUnknown, mayHideKeptOut, type Scope } from './scope.js';

export function timeOf({ of, whole, where, threshold }: TimeLimit, scope: Scope): Measured {
  const rows = exitsWhere(scope, where);
  if (whole === 'wanted' && isFiltered(where) && rows.some((row) => partsOf(of, row, true) > partsOf(of, row, false))) {
    return nothing(doubted('what the VMM kept out wanted nothing, so it is no part of the time that guests wanted'));
  }
  const ns = isFiltered(where)
    ? rows.reduce((sum, row) => sum + partsOf(of, row, true), 0)
    : of.reduce((sum, name) => sum + namedNs(name, scope), 0);
  const wanted = scope.ledgerNs.guest + lostTimeNs(scope.sources);
  const scale = threshold.value.unit === 'ns' ? 1 : whole === 'T' ? scope.durationNs : wanted;
  if (scale === 0) return nothing(doubted(whole === 'T' ? 'T is empty' : 'no guest wanted to run, as far as is known'));
  const largest = largestTimes(of, where, rows, scope);
  return inDoubt(ns / scale, scope.ledgerNs.unknown / scale, of, scope, largest);
}

function namedNs(name: TimeName, { ledgerNs, sources, keptOutNs, hostCostNs }: Scope): number {
  switch (name) {
    case 'lost':
      return lostTimeNs(sources);
    case 'guest-exits':
      return sources.guestExitsNs;
    case 'interrupts':
      return sources.interruptsNs;
    case 'overload':
      return sources.overloadNs;
    case 'guest-delay':
      return sumOf(ledgerNs, GUEST_DELAY);
    case 'host-cost':
      return hostCostNs;
    case 'kept-out':
      return keptOutNs;
    default:
      return ledgerNs[name];
  }
}

/** Time in which a vCPU waited for its pCPU is told by who had that, all other by the exits that took it. */
function largestTimes(of: readonly TimeName[], where: ExitFilter, rows: readonly ExitRow[], scope: Scope) {
  const accounts = accountsOf(of);
  const waits = isFiltered(where) ? [] : waitsOf(scope, accounts);
  const told = waits.length === 0 ? [] : WAITS.filter((account) => accounts.includes(account));
  const handling = rows.map((row) => ({
    name: nameOf(row),
    amount: partsOf(of, row, isFiltered(where)) - told.reduce((sum, name) => sum + row.ledgerNs[name], 0),
  }));
  return largestOf([...handling, ...waits]);
}

const partsOf = (names: readonly TimeName[], row: ExitRow, isChosen: boolean): number =>
  names.reduce((sum, name) => sum + partOf(name, row, isChosen), 0);

/**
 * What a row adds to it.
 * @param isChosen whether certain exits are asked for: then time kept out is theirs, if it is what they are about
 */
function partOf(name: TimeName, row: ExitRow, isChosen: boolean): number {
  const ns = { ...row.ledgerNs, guest: 0 };
  const isInterrupt = row.cause === 'interrupt' || row.cause === 'interrupt-control';
  const handling = sumOf(ns, HANDLING);
  switch (name) {
    case 'lost':
      return sumOf(ns, GUEST_DELAY) - (isKeptOut(row) ? handling : 0);
    case 'guest-exits':
      return isKeptOut(row) || isInterrupt ? 0 : handling;
    case 'interrupts':
      return ns.interrupt + (isInterrupt ? handling : 0);
    case 'kept-out':
      return isKeptOut(row) ? handling : 0;
    case 'host-cost':
      return sumOf(ns, HOST_COST);
    default: {
      const accounts = accountsOf([name]);
      const isElsewhere = (account: AccountName) => isKeptOut(row) && !isChosen && isHandling(account);
      return sumOf(
        ns,
        accounts.filter((account) => !isElsewhere(account)),
      );
    }
  }
}

const isHandling = (name: TimeName): boolean => HANDLING.some((account) => account === name);

/** The accounts that a name adds up, at least in part. */
function accountsOf(names: readonly TimeName[]): readonly AccountName[] {
  return names.flatMap((name): readonly AccountName[] => {
    switch (name) {
      case 'lost':
      case 'guest-delay':
        return GUEST_DELAY;
      case 'guest-exits':
        return HANDLING;
      case 'interrupts':
        return ['interrupt', ...HANDLING];
      case 'overload':
        return ['wakeup', 'preempted'];
      case 'host-cost':
        return HOST_COST;
      case 'kept-out':
        return ['vmm', 'blocked'];
      default:
        return [name];
    }
  });
}

function boundOfTimes(names: readonly TimeName[], scope: Scope): Bound {
  const { upperBounds, lostTime } = scope.recorded;
  if (names[0] === 'lost' || names[0] === 'guest-delay') return lostTime;
  // Without returns to the VMM the hypervisor's time contains what is no cost of exits: being kept out.
  if (names[0] === 'guest-exits') return boundOf(HANDLING, upperBounds, ['vmm', 'blocked']);
  const apart = names.length > 1 ? names.filter((name) => name !== KEPT_OUT) : names;
  const bound = eitherBound(boundOf(accountsOf(apart), upperBounds), keptOutBound(names, scope));
  return isUnseen(names, scope) ? eitherBound(bound, 'at least') : bound;
}

/**
 * Whether some of it is 0 only because no event tells it, and no account is marked as the one that contains it: time in the VMM
 * on QNX, which is inside hypervisor.
 */
function isUnseen(names: readonly TimeName[], { recorded: { notRecorded, upperBounds } }: Scope): boolean {
  const unmarked = notRecorded.filter((account) => !upperBounds.some(({ contains }) => contains.includes(account)));
  const isOneOf = (name: TimeName) => unmarked.some((account) => account === (name === KEPT_OUT ? 'vmm' : name));
  return !names.includes('hypervisor') && names.some(isOneOf);
}

/** Where it does not show which work and which waits are time kept out: all of these together hold, parts of them do not. */
function keptOutBound(names: readonly TimeName[], scope: Scope): Bound {
  const handling = names.filter(isHandling);
  const hasKeptOut = names.includes(KEPT_OUT);
  const isAllOrNothing = hasKeptOut ? handling.length === HANDLING.length : handling.length === 0;
  if (isAllOrNothing || !mayHideKeptOut(scope)) return 'measured';
  if (!hasKeptOut) return 'at most';
  return handling.length === 0 ? 'at least' : 'rough';
}

const eitherBound = (a: Bound, b: Bound): Bound => (a === b || b === 'measured' ? a : a === 'measured' ? b : 'rough');

/** @param unknown how much of it may lie in the account unknown, in the unit of `value` */
function inDoubt(
  value: number,
  unknown: number,
  names: readonly TimeName[],
  scope: Scope,
  largest: string | null,
): Measured {
  const bound = boundOfTimes(names, scope);
  const missing = names.includes('unknown') || !isMuchUnknown(scope) ? 0 : unknown;
  const lowest = bound === 'at most' || bound === 'rough' ? 0 : value;
  const highest = bound === 'at least' || bound === 'rough' ? Infinity : value + missing;
  const isApart = accountsOf(names).some(isHandling) && !names.includes('host-cost');
  const doubts = [
    ...(bound === 'measured' ? [] : [missingEvents(accountsOf(names), scope, isApart)]),
    ...(missing > 0 ? [tooMuchUnknown(scope)] : []),
  ];
  return { value, lowest, highest, doubt: allOf(doubts), largest };
}
