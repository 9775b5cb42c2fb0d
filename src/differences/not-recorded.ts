/** What a recording lacks to tell whether a finding of the other one is there as well. */
import { EXIT_RECORDS, type Explanation, type Recorded } from '../explain/explanation.js';
import type { AccountName } from '../ledger/accounts.js';
import type { NotRecorded } from './difference.js';
import { type Finding, subjectOf, subjectsOf } from './finding-keys.js';

/** They are about where vCPUs ran, and so of no account; that is told by the events that tell this one. */
const OF_PLACEMENT: ReadonlySet<string> = new Set(['floating-vcpus', 'pinning-plan']);
const PLACED_BY: AccountName = 'preempted';

/** Accounts that are 0 wherever exits, or their lengths, were not recorded. */
const OF_EXITS: ReadonlySet<AccountName> = new Set(['hypervisor', 'interrupt']);

/**
 * @param own findings of one side that are the same one
 * @param machineThere id that their machine has on the other side; null: they are about all; undefined: it is not there
 * @returns nothing where the other side could show them
 */
export function notRecordedOf(
  own: readonly Finding[],
  here: Explanation,
  there: Explanation,
  machineThere: string | null | undefined,
): NotRecorded[] {
  if (machineThere === undefined) return ['machine'];
  const [mine, theirs] = [recordedOf(here, own[0].machine), recordedOf(there, machineThere)];
  const exits = own.some(isAboutExits) && isWorse(theirs.exits, mine.exits) ? EXITS[theirs.exits] : [];
  const details = lacksDetails(own, there, machineThere) ? (['details of exits'] as const) : [];
  const accounts = new Set(own.flatMap((finding) => (OF_PLACEMENT.has(finding.rule) ? [PLACED_BY] : finding.accounts)));
  const lacking = [...accounts].filter((name) =>
    name === 'vmm'
      ? isNewlyMissing(name, mine, theirs) && reachesVmm(own, here)
      : isLacking(name, accounts, mine, theirs),
  );
  return [...exits, ...details, ...lacking.filter((name) => exits.length === 0 || !OF_EXITS.has(name))];
}

const recordedOf = ({ machines, quality }: Explanation, machine: string | null): Recorded =>
  machines.find(({ id }) => id === machine)?.recorded ?? quality;

/** An episode begins with an exit, and what the hypervisor works for is exits. */
const isAboutExits = ({ references, accounts }: Finding): boolean =>
  references.some(({ kind }) => kind === 'exits' || kind === 'worst') || accounts.includes('hypervisor');

/** There are exits of these reasons, and of none of them anybody wrote down what exactly it was for. */
function lacksDetails(own: readonly Finding[], { exits }: Explanation, machineThere: string | null): boolean {
  const detailed = own.flatMap(({ references }) =>
    references.flatMap((one) => (one.kind === 'exits' && (one.detail ?? one.device) !== null ? [one] : [])),
  );
  const same = exits.filter(
    (row) =>
      (machineThere === null || row.machine === machineThere) &&
      detailed.some(({ cause, reason }) => row.cause === cause && (reason === null || row.reason === reason)),
  );
  return same.length > 0 && same.every(({ detail, device }) => (detail ?? device) === null);
}

const EXITS: Readonly<Record<Recorded['exits'], readonly NotRecorded[]>> = {
  complete: [],
  'without lengths': ['lengths of exits'],
  missing: ['exits'],
};

const isWorse = (one: Recorded['exits'], other: Recorded['exits']): boolean =>
  EXIT_RECORDS.indexOf(one) > EXIT_RECORDS.indexOf(other);

/** It is 0 there only because nobody wrote it down. */
const isNewlyMissing = (name: AccountName, here: Recorded, there: Recorded): boolean =>
  there.notRecorded.includes(name) && !here.notRecorded.includes(name);

/** And its time is in no other account that the finding is about. */
const isLacking = (name: AccountName, accounts: ReadonlySet<AccountName>, here: Recorded, there: Recorded): boolean =>
  isNewlyMissing(name, here, there) &&
  !there.upperBounds.some(({ account, contains }) => accounts.has(account) && contains.includes(name));

/** Which exits reached the VMM is a thing by itself, whatever account its time is in; without exits its time is meant. */
function reachesVmm(own: readonly Finding[], { exits }: Explanation): boolean {
  const subjects = new Set(own.flatMap((one) => subjectsOf(one)));
  return subjects.size === 0 || exits.some((row) => row.reachedVmm > 0 && subjects.has(subjectOf(row)));
}
