/** What the events of a recording tell of machines, and what they leave open. */
import type { EventClass, MissingPart, Remark } from '../hypervisors/translator.js';
import type { AccountName, AccountSums } from '../ledger/accounts.js';
import { lostTimeBound } from './bounds.js';
import { EXIT_RECORDS, type ExitRecord, type Recorded, type UpperBound } from './explanation.js';
import { ACCOUNTS_OF_CLASS, UNSEEN, WITHOUT_CLASS, WITHOUT_PART } from './missing-events.js';

/** What the hypervisor's translator has to say of the events. */
export interface SeenEvents {
  readonly classes: readonly EventClass[];
  readonly remarks: readonly Remark[];
}

/** Those remarks that are about one of these machines. @param processes as in Machine */
export const remarksOn = (remarks: readonly Remark[], processes: readonly (number | undefined)[]): Remark[] =>
  remarks.filter(({ processes: about }) => about?.some((process) => processes.includes(process)) ?? true);

/** @param ledgerNs of the machines that the remarks are about: what is missing of what is 0 anyway is nothing */
export function recordedOf({ classes, remarks }: SeenEvents, ledgerNs: AccountSums): Recorded {
  const upperBounds = mergedBounds([
    ...absentClasses(classes, ledgerNs).flatMap(({ id }) => WITHOUT_CLASS[id].upperBounds),
    ...missingParts(classes, ledgerNs).flatMap(({ part }) => WITHOUT_PART[part].upperBounds ?? []),
    ...remarks.flatMap(({ code }) => UNSEEN[code]?.upperBounds.filter(({ account }) => ledgerNs[account] > 0) ?? []),
  ]);
  return {
    upperBounds,
    notRecorded: notRecorded({ classes, remarks }, ledgerNs),
    lostTime: lostTimeBound(upperBounds),
    exits: exitRecord({ classes, remarks }),
  };
}

/** The ends of halts are missed only where there are halts. */
export const absentClasses = (classes: readonly EventClass[], { idle }: AccountSums): EventClass[] =>
  classes.filter(({ id, seen }) => !seen && (id !== 'halts' || idle > 0));

export const missingParts = (classes: readonly EventClass[], { idle }: AccountSums): MissingPart[] =>
  classes.flatMap(({ missing }) => missing).filter(({ part }) => part !== 'poll-limits' || idle > 0);

function mergedBounds(bounds: readonly UpperBound[]): UpperBound[] {
  const accounts = [...new Set(bounds.map(({ account }) => account))];
  return accounts.map((account) => {
    const contains = bounds.filter((bound) => bound.account === account).flatMap((bound) => bound.contains);
    return { account, contains: [...new Set(contains)] };
  });
}

/** An account that other events tell all the same has a number of its own. */
function notRecorded({ classes, remarks }: SeenEvents, ledgerNs: AccountSums): AccountName[] {
  const accounts = absentClasses(classes, ledgerNs).flatMap(({ id }) => ACCOUNTS_OF_CLASS[id]);
  const unseen = remarks.flatMap(({ code }) => UNSEEN[code]?.notRecorded ?? []);
  return [...new Set([...accounts, ...unseen])].filter((account) => ledgerNs[account] === 0);
}

/** The worst that holds. */
function exitRecord({ classes, remarks }: SeenEvents): ExitRecord {
  const parts = classes.flatMap(({ id, seen, missing }): ExitRecord[] => {
    if (id === 'exits' && !seen) return ['missing'];
    return missing.some(({ part }) => part === 'entries') ? ['without lengths'] : [];
  });
  const found = [...parts, ...remarks.flatMap(({ code }) => UNSEEN[code]?.exits ?? [])];
  return EXIT_RECORDS.findLast((record) => found.includes(record)) ?? 'complete';
}
