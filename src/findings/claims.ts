/** No nanosecond belongs to two findings: what a specific rule has found, a general one after it leaves out. */
import { workOf } from './costs.js';
import type { ExitRow } from './evidence.js';
import type { ExitsReference } from './finding.js';
import type { Draft } from './rule.js';

/** One reference to each of these rows. */
export function referencesTo(rows: readonly ExitRow[]): ExitsReference[] {
  return rows.map(({ machine, vcpu, cause, reason, detail, device }) => ({
    kind: 'exits',
    machine,
    vcpu,
    cause,
    reason,
    detail,
    device,
  }));
}

/** The rows with the accounts set to 0 that a finding which refers to them has counted; those with no work left are gone. */
export function unclaimed(rows: readonly ExitRow[], others: readonly Draft[]): ExitRow[] {
  const claims = others.flatMap(({ accounts, references }) =>
    references.flatMap((reference) => (reference.kind === 'exits' ? [{ accounts, reference }] : [])),
  );
  return rows
    .map((row) => {
      const accounts = claims.filter(({ reference }) => covers(reference, row)).flatMap((claim) => claim.accounts);
      if (accounts.length === 0) return row;
      const ledgerNs = { ...row.ledgerNs };
      for (const account of accounts) if (account !== 'guest') ledgerNs[account] = 0;
      return { ...row, ledgerNs };
    })
    .filter((row) => workOf(row) > 0);
}

const COLUMNS = ['vcpu', 'reason', 'detail', 'device'] as const;

const covers = (reference: ExitsReference, row: ExitRow): boolean =>
  reference.machine === row.machine &&
  reference.cause === row.cause &&
  COLUMNS.every((column) => reference[column] === null || reference[column] === row[column]);
