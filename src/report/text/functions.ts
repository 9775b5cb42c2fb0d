/** Which functions of the guests' kernels exits come from. */
import { groupedBy } from '../../base/grouped-by.js';
import { formatCount, formatNs, formatShare } from '../../base/quantities.js';
import type { Explanation } from '../../explain/explanation.js';
import type { FunctionRow, SymbolsUse } from '../../explain/functions.js';
import { printable } from '../untrusted.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

/** The rows of all vCPUs that have everything else in common. */
interface Summed extends Omit<FunctionRow, 'vcpu'> {
  readonly title: string;
}

export function functionLines(
  { functions, symbols, machines, totals }: Explanation,
  top: number,
  style: Style,
): string[] {
  if (symbols.length === 0) return [];
  const rows = summed(functions);
  const columns: Column<Summed>[] = [
    ...(machines.length > 1 ? [{ title: 'machine', align: 'left', cell: (row: Summed) => row.machine } as const] : []),
    { title: 'function', align: 'left', cell: ({ title }) => title },
    {
      title: 'what',
      align: 'left',
      cell: ({ cause, reason, detail }) => printable(`${cause}: ${detail ?? reason}`),
    },
    { title: 'exits', align: 'right', cell: ({ count }) => formatCount(count) },
    { title: 'guest delay', align: 'right', cell: ({ guestDelayNs }) => formatNs(guestDelayNs) },
    { title: 'of all T', align: 'right', cell: ({ guestDelayNs }) => formatShare(guestDelayNs, totals.durationNs) },
  ];
  return [
    style.bold("Functions of the guests' kernels that exits come from, most guest delay first"),
    ...tableLines(rows.slice(0, top), columns, style),
    ...omitted(rows.length - top, style),
    ...symbols.map((use) => style.dim(`  ${symbolsText(use, machines.length > 1)}`)),
  ];
}

function summed(functions: readonly FunctionRow[]): Summed[] {
  const keyOf = ({ vcpu: _vcpu, count: _count, guestDelayNs: _delay, ...names }: FunctionRow) => JSON.stringify(names);
  return [...groupedBy(functions, keyOf).values()]
    .map(
      (rows): Summed => ({
        ...rows[0],
        title: titleOf(rows[0]),
        count: rows.reduce((sum, { count }) => sum + count, 0),
        guestDelayNs: rows.reduce((sum, { guestDelayNs }) => sum + guestDelayNs, 0),
      }),
    )
    .sort((a, b) => b.guestDelayNs - a.guestDelayNs || b.count - a.count);
}

function titleOf({ function: name, module, inKernel }: FunctionRow): string {
  if (name !== null) return printable(module === null ? name : `${name} [${module}]`);
  if (inKernel === null) return '(address not known)';
  return inKernel ? '(no symbol)' : '(outside the kernel)';
}

function symbolsText(
  { machine, source, offset, offsetFrom, confidence, ...exits }: SymbolsUse,
  isOne: boolean,
): string {
  const of = isOne ? `${machine}: ` : '';
  const moved = offset === '0x0' ? 'not moved' : `moved by ${offset}`;
  const checked = `${formatCount(exits.matchedExits)} of ${formatCount(exits.knownExits)} exits of known sorts lie in functions made for them`;
  const how =
    offsetFrom === 'given' ? 'as given' : confidence === 'unverified' ? 'not verified' : `found, ${confidence}`;
  return `${of}${printable(source)}, ${moved} (${how}): ${checked}`;
}
