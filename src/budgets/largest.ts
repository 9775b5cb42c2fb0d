/** What makes most of what a limit measures. All names are untrusted text. */
import type { CulpritRow, ExitRow } from '../explain/explanation.js';
import type { AccountName } from '../ledger/accounts.js';
import type { Scope } from './scope.js';

export interface Part {
  readonly name: string;
  /** In the unit of the limit. */
  readonly amount: number;
}

export const nameOf = (
  part: Pick<ExitRow, 'device' | 'cause'> & { reason: string | null; detail: string | null },
): string => [part.cause, part.detail ?? part.reason, part.device].filter((name) => name !== null).join(', ');

/** The accounts that are waits for a pCPU: not exits explain them, but who had it. */
export const WAITS = ['wakeup', 'preempted'] as const;

/** @param accounts those that count, of all */
export function waitsOf({ explanation, machine }: Scope, accounts: readonly AccountName[]): Part[] {
  return explanation.culprits
    .filter((row) => (machine === null || row.machine === machine) && accounts.includes(row.account))
    .map((row) => ({ name: waitOf(row), amount: row.ns }));
}

function waitOf({ kind, name }: CulpritRow): string {
  if (kind === 'partition budget') return name;
  if (kind === 'idle pCPU') return 'waiting for a pCPU that slept';
  return `waiting while ${kind === 'sibling vCPU' ? 'sibling vCPUs' : name} had the pCPU`;
}

/** What makes the largest part, if there are several; null where nothing does. */
export function largestOf(parts: readonly Part[]): string | null {
  const sums = new Map<string, number>();
  for (const { name, amount } of parts) sums.set(name, (sums.get(name) ?? 0) + amount);
  const total = [...sums.values()].reduce((sum, amount) => sum + amount, 0);
  if (sums.size === 0 || total === 0) return null;
  const [name, amount] = [...sums].reduce((a, b) => (b[1] > a[1] ? b : a));
  return amount === total ? name : `${((100 * amount) / total).toFixed(1)} % of it: ${name}`;
}
