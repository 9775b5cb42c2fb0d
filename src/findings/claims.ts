/** No nanosecond belongs to two findings: what a specific rule has found, a general one after it leaves out. */
import type { AccountName, AccountName } from '../ledger/accounts.js';
import { workOf } from './costs.js';
import type { ExitRow } from './evidence.js';
import type { ExitsReference } from './finding.js';
import type { Draft } from './rule.js';

/** One reference to each of these rows, and to those of other vCPUs that are alike. */
export function referencesTo(rows: readonly ExitRow[]): ExitsReference[] {
  const references = new Map<string, ExitsReference>();
  for (const { machine, cause, reason, detail, device } of rows) {
    const reference = { kind: 'exits', machine, vcpu: null, cause, reason, detail, device } as const;
    references.set(keyOf(reference), reference);
  }
  return [...references.values()];
}

/** The rows with the accounts set to 0 that a finding which refers to them has counted; those with no work left are gone. */
export function unclaimed(rows: readonly ExitRow[], others: readonly Draft[]): ExitRow[] {
  const claimed = claimedAccounts(others);
  if (claimed.size === 0) return rows.filter((row) => workOf(row) > 0);
  return rows
    .map((row) => {
      const accounts = waysToReferTo(row).flatMap((key) => claimed.get(key) ?? []);
      if (accounts.length === 0) return row;
      const ledgerNs = { ...row.ledgerNs };
      for (const account of accounts) if (account !== 'guest') ledgerNs[account] = 0;
      return { ...row, ledgerNs };
    })
    .filter((row) => workOf(row) > 0);
}

/** By the key of a reference. */
function claimedAccounts(others: readonly Draft[]): Map<string, AccountName[]> {
  const claimed = new Map<string, AccountName[]>();
  for (const { accounts, references } of others) {
    for (const reference of references) {
      if (reference.kind !== 'exits') continue;
      const key = keyOf(reference);
      const sofar = claimed.get(key);
      if (sofar === undefined) claimed.set(key, [...accounts]);
      else sofar.push(...accounts);
    }
  }
  return claimed;
}

/** What a reference can leave open. */
const COLUMNS = ['vcpu', 'reason', 'detail', 'device'] as const;
type Columns = Pick<ExitsReference, 'machine' | 'cause' | (typeof COLUMNS)[number]>;

const keyOf = ({ machine, cause, vcpu, reason, detail, device }: Columns): string =>
  JSON.stringify([machine, cause, vcpu, reason, detail, device]);

/** Keys of all references that a row agrees with: each of its columns given, or left open. */
function waysToReferTo(row: ExitRow): string[] {
  let ways: Columns[] = [row];
  for (const column of COLUMNS) {
    const given = ways.filter((way) => way[column] !== null);
    ways = [...ways, ...given.map((way) => ({ ...way, [column]: null }))];
  }
  return ways.map((way) => keyOf(way));
}
