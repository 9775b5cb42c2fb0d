/** Where in the guest exits come from: told where symbols of its kernel are given. */

import { counted } from '../base/quantities.js';
import type { Evidence, ExitRow } from './evidence.js';

const NAMED = 3;

/**
 * A sentence about the exits of these rows, with a space before it; empty where no symbols are given.
 * Untrusted text: it names functions.
 */
export function originText({ functions }: Pick<Evidence, 'functions'>, rows: readonly ExitRow[]): string {
  const own = new Set(rows.map((row) => keyOf(row)));
  const counts = new Map<string, number>();
  for (const row of functions) {
    const { function: name, module, inKernel, count } = row;
    if (!own.has(keyOf(row))) continue;
    const where = placeText(name, module, inKernel);
    counts.set(where, (counts.get(where) ?? 0) + count);
  }
  if (counts.size === 0) return '';
  const places = [...counts].sort(([, a], [, b]) => b - a).slice(0, NAMED);
  return ` They come from ${places.map(([where, count]) => `${where} (${counted(count, 'time')})`).join(', ')}.`;
}

const keyOf = (row: Pick<ExitRow, 'machine' | 'vcpu' | 'cause' | 'reason' | 'detail'>): string =>
  JSON.stringify([row.machine, row.vcpu, row.cause, row.reason, row.detail]);

function placeText(name: string | null, module: string | null, inKernel: boolean | null): string {
  if (name !== null) return module === null ? `${name}()` : `${name}() of the module ${module}`;
  if (inKernel === null) return 'addresses that are not recorded';
  return inKernel ? 'parts of the guest kernel without a symbol' : "the guest's programs, not its kernel";
}
