/** What a limit measures in a scope, and how sure that is. */
import { boundOf, hidesExits } from '../explain/bounds.js';
import { type Bound, type ExitRow, GRADES } from '../explain/explanation.js';
import { lostTimeNs } from '../explain/sources.js';
import { type AccountName, GUEST_DELAY, HOST_COST, sumOf } from '../ledger/accounts.js';
import type {
  ExitFilter,
  FindingsLimit,
  LengthLimit,
  LengthName,
  Limit,
  QualityLimit,
  RateLimit,
  TimeAmount,
  TimeLimit,
  TimeName,
} from './budget.js';
import { largestOf, nameOf, WAITS, waitsOf } from './largest.js';
import { exitsWhere, isFiltered, type Scope, unknownShare } from './scope.js';

export interface Measured {
  /** null where there is nothing to measure. */
  readonly value: number | null;
  /** Between these the true value lies; `highest` may be Infinity. */
  readonly lowest: number;
  readonly highest: number;
  /** Why it is not known better; null where it is exact. */
  readonly doubt: string | null;
  /** What makes most of it; null where nothing stands out. Untrusted text. */
  readonly largest: string | null;
}

/** So much unknown time may lie anywhere: below it the data counts as complete (quality A or B), as a share. */
const UNKNOWN_THAT_COUNTS = 0.01;

export function measurementsOf(limit: Limit, scope: Scope): Measured {
  const { clockMeasuresTime, clock } = scope.explanation.recording;
  if (limit.kind !== 'quality' && !clockMeasuresTime) return nothing(`the clock "${clock}" does not measure time`);
  const isContradicted = scope.explanation.quality.issues.some(({ code }) => code === 'clock-contradicted');
  if (isContradicted && isInSeconds(limit)) return nothing('the recording contradicts the frequency of its clock');
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

const exactly = (value: number, largest: string | null = null): Measured => ({
  value,
  lowest: value,
  highest: value,
  doubt: null,
  largest,
});

const nothing = (doubt: string | null): Measured => ({ value: null, lowest: 0, highest: 0, doubt, largest: null });

function timeOf({ of, whole, where, threshold }: TimeLimit, scope: Scope): Measured {
  const rows = exitsWhere(scope, where);
  const ns = isFiltered(where)
    ? rows.reduce((sum, row) => sum + of.reduce((own, name) => own + partOf(name, row), 0), 0)
    : of.reduce((sum, name) => sum + namedNs(name, scope), 0);
  const wanted = scope.ledgerNs.guest + lostTimeNs(scope.sources);
  const scale = threshold.value.unit === 'ns' ? 1 : whole === 'T' ? scope.durationNs : wanted;
  if (scale === 0) return nothing(whole === 'T' ? 'T is empty' : 'no guest wanted to run, as far as is known');
  const largest = largestTimes(of, where, rows, scope);
  return inDoubt(ns / scale, scope.ledgerNs.unknown / scale, boundOfTimes(of, scope), accountsOf(of), scope, largest);
}

function namedNs(name: TimeName, { ledgerNs, sources, keptOutNs }: Scope): number {
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
      return sumOf(ledgerNs, HOST_COST);
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
    amount:
      of.reduce((sum, name) => sum + partOf(name, row), 0) - told.reduce((sum, name) => sum + row.ledgerNs[name], 0),
  }));
  return largestOf([...handling, ...waits]);
}

const HANDLING = ['hypervisor', 'vmm', 'blocked'] as const;

/** What a row adds to it. */
function partOf(name: TimeName, { cause, ledgerNs }: ExitRow): number {
  const ns = { ...ledgerNs, guest: 0 };
  const isKeptOut = cause === 'vm-control';
  const isInterrupt = cause === 'interrupt' || cause === 'interrupt-control';
  const handling = sumOf(ns, HANDLING);
  switch (name) {
    case 'lost':
      return sumOf(ns, GUEST_DELAY) - (isKeptOut ? handling : 0);
    case 'guest-exits':
      return isKeptOut || isInterrupt ? 0 : handling;
    case 'interrupts':
      return ns.interrupt + (isInterrupt ? handling : 0);
    case 'kept-out':
      return isKeptOut ? handling : 0;
    default:
      return sumOf(ns, accountsOf([name]));
  }
}

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

function boundOfTimes(names: readonly TimeName[], { recorded }: Scope): Bound {
  if (names[0] === 'lost') return recorded.lostTime;
  // Without returns to the VMM the hypervisor's time contains what is no cost of exits: being kept out.
  const foreign: readonly AccountName[] = names[0] === 'guest-exits' ? ['vmm', 'blocked'] : [];
  return boundOf(accountsOf(names), recorded.upperBounds, foreign);
}

/** @param unknown how much of it may lie in the account unknown, in the unit of `value` */
function inDoubt(
  value: number,
  unknown: number,
  bound: Bound,
  accounts: readonly AccountName[],
  scope: Scope,
  largest: string | null,
): Measured {
  const isUnknown = accounts.includes('unknown') || unknownShare(scope) <= UNKNOWN_THAT_COUNTS;
  const missing = isUnknown ? 0 : unknown;
  const lowest = bound === 'at most' || bound === 'rough' ? 0 : value;
  const highest = bound === 'at least' || bound === 'rough' ? Infinity : value + missing;
  const doubt = bound !== 'measured' ? mixed(accounts, scope) : missing > 0 ? tooMuchUnknown(scope) : null;
  return { value, lowest, highest, doubt, largest };
}

/** Which accounts are mixed. */
function mixed(accounts: readonly AccountName[], { recorded }: Scope): string {
  const parts = recorded.upperBounds.flatMap(({ account, contains }) => {
    if (accounts.includes(account)) return [`${account} also contains ${contains.join(', ')}`];
    const hidden = contains.filter((name) => accounts.includes(name));
    return hidden.length === 0 ? [] : [`${hidden.join(', ')} may be inside ${account}`];
  });
  return `${parts.join('; ')}: the events that tell were not recorded`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const tooMuchUnknown = (scope: Scope): string => `${percent(unknownShare(scope))} of the time is unknown`;

function rateOf({ of, where }: RateLimit, scope: Scope): Measured {
  const rows = exitsWhere(scope, where);
  const { durationNs } = scope.explanation.recording;
  if (durationNs === 0) return nothing('T is empty');
  const countOf = (row: ExitRow) => (of === 'exits' ? row.count : row.reachedVmm);
  const value = rows.reduce((sum, row) => sum + countOf(row), 0) / (durationNs / 1e9);
  const largest = largestOf(rows.map((row) => ({ name: nameOf(row), amount: countOf(row) })));
  const { upperBounds } = scope.recorded;
  if (of === 'vmm-exits' && boundOf(['vmm'], upperBounds) !== 'measured' && value === 0) {
    return { value, lowest: 0, highest: Infinity, doubt: mixed(['vmm'], scope), largest };
  }
  const unseen = unseenExits(where, scope);
  if (unseen !== null) return { value, lowest: value, highest: Infinity, doubt: unseen, largest };
  // How often something happened while nobody looked has no bound.
  const isComplete = unknownShare(scope) <= UNKNOWN_THAT_COUNTS;
  if (isComplete) return exactly(value, largest);
  return { value, lowest: value, highest: Infinity, doubt: tooMuchUnknown(scope), largest };
}

const INTERRUPTS: readonly (string | undefined)[] = ['interrupt', 'interrupt-control', 'timer'];
const NO_EXITS = 'exits were not recorded';
const NO_LENGTHS = 'how long exits took was not recorded';

/** Why there may have been more exits than were counted; null: there were not. */
function unseenExits(where: ExitFilter, { recorded }: Scope): string | null {
  if (recorded.exits === 'missing') return NO_EXITS;
  if (!hidesExits(recorded)) return null;
  // Of PV guests of Xen all but interrupts are counted.
  const isOfGuest = isFiltered(where) && (where.cause !== undefined ? !INTERRUPTS.includes(where.cause) : true);
  return isOfGuest ? null : 'interrupts of PV guests were not recorded';
}

const KEY_OF_LENGTH = {
  p50: 'p50Ns',
  p90: 'p90Ns',
  p99: 'p99Ns',
  'p99.9': 'p999Ns',
  max: 'maxNs',
} as const satisfies Record<LengthName, string>;

function lengthOf({ of, where }: LengthLimit, scope: Scope): Measured {
  const key = KEY_OF_LENGTH[of];
  const parts = distributionsOf(where, scope).flatMap((part) => {
    const ns = part[key];
    return ns === null ? [] : [{ ns, name: nameOf(part) }];
  });
  const unmeasured = unseenExits(where, scope) ?? (hasLengths(where, scope) ? null : NO_LENGTHS);
  if (parts.length === 0) {
    const isComplete = unknownShare(scope) <= UNKNOWN_THAT_COUNTS;
    return nothing(unmeasured ?? (isComplete ? null : tooMuchUnknown(scope)));
  }
  const largest = parts.reduce((a, b) => (b.ns > a.ns ? b : a));
  if (unmeasured !== null) {
    const lowest = of === 'max' ? largest.ns : 0;
    return { value: largest.ns, lowest, highest: Infinity, doubt: unmeasured, largest: null };
  }
  const smallest = Math.min(...parts.map(({ ns }) => ns));
  const isExact = of === 'max' || parts.length === 1;
  const mayBeKeptOut = scope.recorded.upperBounds.some(
    ({ account, contains }) => account === 'hypervisor' && contains.includes('vmm'),
  );
  const doubts = [
    ...(isExact ? [] : [`only those of ${parts.length} kinds of exits are known, not of all together`]),
    ...(mayBeKeptOut ? ['returns to the VMM were not recorded, so it may have kept vCPUs out meanwhile'] : []),
  ];
  return {
    value: largest.ns,
    // A percentile of a mixture lies between those of its parts.
    lowest: mayBeKeptOut ? 0 : isExact ? largest.ns : smallest,
    highest: largest.ns,
    doubt: doubts.length === 0 ? null : doubts.join('; '),
    largest: parts.length > 1 ? `the longest: ${largest.name}` : null,
  };
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
  const { upperBounds } = scope.recorded;
  if (upperBounds.length === 0) return exactly(found.length, largest);
  // A rule that lacks its evidence is silent.
  const apart = upperBounds.map(({ account, contains }) => `${contains.join(', ')} from ${account}`);
  const doubt = `rules may lack what they look at: no event tells ${apart.join('; ')}`;
  return { value: found.length, lowest: found.length, highest: Infinity, doubt, largest };
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
  const doubt = `it has gaps (${recording.gaps}) of which not all tell how many events they lost`;
  return {
    value: recording.lostEvents,
    lowest: Math.max(1, recording.lostEvents),
    highest: Infinity,
    doubt,
    largest: null,
  };
}
