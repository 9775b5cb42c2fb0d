/** No nanosecond belongs to two findings: what a specific rule has found, a general one after it leaves out. */
import type { AccountName } from '../ledger/accounts.js';
import { workOf } from './costs.js';
import type { ExitRow } from './evidence.js';
import type { ExitsReference } from './finding.js';
import type { Draft } from './rule.js';

/** One reference to each of these rows, and to those of other vCPUs that are alike. */
export function referencesTo(rows: readonly ExitRow[]): ExitsReference[] {
  const references = new Map<string, ExitsReference>();
  for (const { machine, cause, reason, detail, device } of rows) {
    const reference = { kind: 'exits', machine, vcpu: null, cause, reason, detail, device } as const;
    references.set(JSON.stringify(reference), reference);
  }
  return [...references.values()];
}

/** The rows with the accounts set to 0 that a finding which refers to them has counted; those with no work left are gone. */
export function unclaimed(rows: readonly ExitRow[], others: readonly Draft[]): ExitRow[] {
  const byMachine = claimsOf(others);
  if (byMachine.size === 0) return rows.filter((row) => workOf(row) > 0);
  return rows
    .map((row) => {
      const accounts = byMachine.get(row.machine)?.accountsOf(row) ?? [];
      if (accounts.length === 0) return row;
      const ledgerNs = { ...row.ledgerNs };
      for (const account of accounts) if (account !== 'guest') ledgerNs[account] = 0;
      return { ...row, ledgerNs };
    })
    .filter((row) => workOf(row) > 0);
}

/** Every rule asks for those of every machine, and there can be thousands. */
const known = new WeakMap<readonly Draft[], ReadonlyMap<string, Claims>>();

function claimsOf(others: readonly Draft[]): ReadonlyMap<string, Claims> {
  const before = known.get(others);
  if (before !== undefined) return before;
  const byMachine = new Map<string, Claims>();
  for (const { accounts, references } of others) {
    for (const reference of references) {
      if (reference.kind !== 'exits') continue;
      const claims = byMachine.get(reference.machine) ?? new Claims();
      byMachine.set(reference.machine, claims);
      claims.add(reference, accounts);
    }
  }
  known.set(others, byMachine);
  return byMachine;
}

/** What a reference can leave open. */
const COLUMNS = ['vcpu', 'reason', 'detail', 'device'] as const;
type Column = (typeof COLUMNS)[number];

/** @param open columns whose values do not count */
const keyOf = (row: Pick<ExitsReference, 'cause' | Column>, open: readonly Column[] = []): string =>
  JSON.stringify([row.cause, ...COLUMNS.map((column) => (open.includes(column) ? null : row[column]))]);

/** Of one machine. */
class Claims {
  readonly #accounts = new Map<string, AccountName[]>();
  /** By cause the sets of columns that references leave open: few, and for most causes none. */
  readonly #open = new Map<string, Map<string, readonly Column[]>>();
  /** Of rows that were asked for, since many rules ask for the same ones. */
  readonly #ofRow = new WeakMap<ExitRow, readonly AccountName[]>();

  add(reference: ExitsReference, accounts: readonly AccountName[]): void {
    const open = COLUMNS.filter((column) => reference[column] === null);
    const ofCause = this.#open.get(reference.cause) ?? new Map<string, readonly Column[]>();
    this.#open.set(reference.cause, ofCause.set(open.join(), open));
    const key = keyOf(reference);
    this.#accounts.set(key, [...(this.#accounts.get(key) ?? []), ...accounts]);
  }

  accountsOf(row: ExitRow): readonly AccountName[] {
    const open = this.#open.get(row.cause);
    if (open === undefined) return [];
    const before = this.#ofRow.get(row);
    if (before !== undefined) return before;
    const accounts = [...open.values()].flatMap((columns) => this.#accounts.get(keyOf(row, columns)) ?? []);
    this.#ofRow.set(row, accounts);
    return accounts;
  }
}
