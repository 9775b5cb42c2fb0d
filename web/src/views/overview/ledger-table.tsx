/** The ledger in numbers, to be sorted and copied. */
import { ACCOUNTS } from '../../design/accounts.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatTime, shownName } from '../../design/text.js';
import type { AccountName, Explanation } from '../../engine/engine.js';

type Machine = Explanation['machines'][number];
type Row = Machine['vcpus'][number] & { readonly machine: string; readonly recorded: Machine['recorded'] };

const time = (id: string, title: string, value: (row: Row) => number, hint?: string): Column<Row> => ({
  id,
  title,
  unit: 'ns',
  align: 'number',
  value,
  show: (row) => formatTime(value(row)),
  ...(hint !== undefined && { hint }),
});

/** Nothing is only known to be nothing where its events were recorded. */
const ofAccount = (account: AccountName): Column<Row> => ({
  ...time(account, account, ({ ledgerNs }) => ledgerNs[account]),
  show: ({ ledgerNs, recorded }) =>
    formatTime(ledgerNs[account] === 0 && recorded.notRecorded.includes(account) ? null : ledgerNs[account]),
});

const COLUMNS: readonly Column<Row>[] = [
  { id: 'machine', title: 'machine', value: ({ machine }) => machine, show: ({ machine }) => shownName(machine) },
  { id: 'vcpu', title: 'vCPU', align: 'number', value: ({ id }) => id },
  ...ACCOUNTS.map(ofAccount),
  time('keptOut', 'kept out', ({ keptOutNs }) => keptOutNs, 'Part of hypervisor, vmm and blocked'),
  time(
    'guestDelay',
    'guest delay',
    ({ guestDelayNs }) => guestDelayNs,
    'With time kept out by the VMM, which is part of the accounts',
  ),
  time('hostCost', 'host cost', ({ hostCostNs }) => hostCostNs),
  time('duration', 'T', ({ durationNs }) => durationNs, 'The sum of all accounts'),
  {
    id: 'exits',
    title: 'exits',
    align: 'number',
    value: ({ exits }) => exits,
    show: ({ exits }) => formatCount(exits),
  },
];

export function LedgerTable({ explanation: { machines } }: { explanation: Explanation }) {
  const rows = machines.flatMap(({ id, vcpus, recorded }) =>
    vcpus.map((vcpu): Row => ({ ...vcpu, machine: id, recorded })),
  );
  return (
    <Table
      name="ledger"
      label="The ledger in numbers"
      columns={COLUMNS}
      rows={rows}
      keyOf={({ machine, id }) => `${machine}/${id}`}
      order={{ column: 'machine', isDescending: false }}
    />
  );
}
