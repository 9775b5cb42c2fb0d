/** What the ways into the guest and out of it cost, where the recording shows that. */

import { formatCount, formatNs, formatShare } from '../../base/quantities.js';
import type { Explanation, SwitchCost, WorldSwitchCounts } from '../../explain/explanation.js';
import { whoRan } from './ledger-table.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

interface Row extends WorldSwitchCounts {
  readonly name: string;
}

export function worldSwitchLines(explanation: Explanation, top: number, style: Style): string[] {
  const { worldSwitches, totals } = explanation;
  if (worldSwitches === null) return [];
  const vcpus = worldSwitches.vcpus.map((vcpu): Row => ({ ...vcpu, name: `${vcpu.machine}/${vcpu.vcpu}` }));
  const rows = vcpus.length === 1 ? vcpus : [{ ...worldSwitches, name: 'all' }, ...vcpus.slice(0, top)];
  const columns: Column<Row>[] = [
    { title: whoRan(explanation), align: 'left', cell: (row) => row.name },
    ...columnsOf('inGuest', 'in guest', ['p50', 'in all']),
    ...columnsOf('entry', 'entries', ['p50', 'p99', 'max', 'in all']),
    ...columnsOf('exit', 'exits', ['p50', 'p99', 'max', 'in all']),
    ...columnsOf('exitToCycles', 'to CYCLES', ['p50', 'in all']),
    { title: 'not entered', align: 'right', cell: (row) => formatCount(row.notEntered) },
    { title: 'untimed', align: 'right', cell: (row) => formatCount(row.broken) },
  ];
  const both = worldSwitches.entry.totalNs + worldSwitches.exit.totalNs;
  return [
    style.bold(
      `World switches: the ways into the guest and out of it, ${formatShare(both, totals.ledgerNs.hypervisor)} of hypervisor`,
    ),
    ...tableLines(rows, columns, style),
    ...(vcpus.length === 1 ? [] : omitted(vcpus.length - top, style)),
    style.dim(
      '  entries: GUEST_ENTER until the guest runs \u00b7 exits: from its end until GUEST_EXIT \u00b7 to CYCLES: the part of exits until CYCLES',
    ),
  ];
}

const SHOWN = {
  p50: ({ p50Ns }: SwitchCost) => formatNs(p50Ns),
  p99: ({ p99Ns }: SwitchCost) => formatNs(p99Ns),
  max: ({ maxNs }: SwitchCost) => formatNs(maxNs),
  'in all': ({ totalNs }: SwitchCost) => formatNs(totalNs),
};

/** Its count under the title, and then what is shown of it. */
function columnsOf(
  part: 'inGuest' | 'entry' | 'exit' | 'exitToCycles',
  title: string,
  shown: readonly (keyof typeof SHOWN)[],
): Column<Row>[] {
  const column = (name: string, cell: (cost: SwitchCost) => string): Column<Row> => ({
    title: name,
    align: 'right',
    cell: (row) => cell(row[part]),
    group: part,
  });
  return [column(title, ({ count }) => formatCount(count)), ...shown.map((name) => column(name, SHOWN[name]))];
}
