/** What the ways into the guest and out of it cost, where the recording shows that. */
import type { Explanation, SwitchCost, WorldSwitchCounts } from '../../explain/explanation.js';
import { formatCount, formatNs, formatShare } from '../quantities.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

interface Row extends WorldSwitchCounts {
  readonly name: string;
}

export function worldSwitchLines({ worldSwitches, totals }: Explanation, top: number, style: Style): string[] {
  if (worldSwitches === null) return [];
  const vcpus = worldSwitches.vcpus.map((vcpu): Row => ({ ...vcpu, name: `${vcpu.machine}/${vcpu.vcpu}` }));
  const rows = vcpus.length === 1 ? vcpus : [{ ...worldSwitches, name: 'all' }, ...vcpus.slice(0, top)];
  const columns: Column<Row>[] = [
    { title: 'vCPU', align: 'left', cell: (row) => row.name },
    ...ofWay('entry', 'entries'),
    ...ofWay('exit', 'exits'),
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
  ];
}

function ofWay(way: 'entry' | 'exit', title: string): Column<Row>[] {
  const column = (name: string, cell: (cost: SwitchCost) => string): Column<Row> => ({
    title: name,
    align: 'right',
    cell: (row) => cell(row[way]),
  });
  return [
    column(title, ({ count }) => formatCount(count)),
    column('p50', ({ p50Ns }) => formatNs(p50Ns)),
    column('p99', ({ p99Ns }) => formatNs(p99Ns)),
    column('max', ({ maxNs }) => formatNs(maxNs)),
    column('in all', ({ totalNs }) => formatNs(totalNs)),
  ];
}
