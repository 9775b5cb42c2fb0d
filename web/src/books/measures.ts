/** Whose time counts, and how much of it rows of the books hold. */
import type { Explanation, OutsideGuest } from '../../../src/explain/explanation.js';
import { lostTimeNs } from '../../../src/explain/sources.js';
import { type AccountName, GUEST_DELAY, HOST_COST, sumOf } from '../../../src/ledger/accounts.js';

/** What guests suffer, or what the host burns beside guest code. */
export type CostKind = 'delay' | 'host';

export const COST_ACCOUNTS: Readonly<Record<CostKind, readonly AccountName[]>> = {
  delay: GUEST_DELAY,
  host: HOST_COST,
};

export const COST_NAMES: Readonly<Record<CostKind, string>> = { delay: 'guest delay', host: 'host cost' };

export const costOf = (ledgerNs: OutsideGuest, kind: CostKind): number =>
  sumOf({ guest: 0, ...ledgerNs }, COST_ACCOUNTS[kind]);

/** The time in which guests wanted to run: they ran, or lost it. */
export const wantedNs = ({ totals, sources }: Explanation): number => totals.ledgerNs.guest + lostTimeNs(sources);
