/** What the threads of vCPUs slept for, and who woke them, where the host tells that. */
import type { SleepRow } from '../../../../src/explain/explanation.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatTime, shownName } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';

const COLUMNS: readonly Column<SleepRow>[] = [
  { id: 'machine', title: 'machine', value: ({ machine }) => machine, show: ({ machine }) => shownName(machine) },
  { id: 'vcpu', title: 'vCPU', align: 'number', value: ({ vcpu }) => vcpu },
  { id: 'account', title: 'account', value: ({ account }) => account },
  { id: 'state', title: 'waited for', value: ({ state }) => state, show: ({ state }) => shownName(state) },
  { id: 'wokenBy', title: 'woken by', value: ({ wokenBy }) => wokenBy, show: ({ wokenBy }) => shownName(wokenBy) },
  { id: 'kind', title: 'what that is', value: ({ kind }) => kind },
  { id: 'time', title: 'time', unit: 'ns', align: 'number', value: ({ ns }) => ns, show: ({ ns }) => formatTime(ns) },
  {
    id: 'count',
    title: 'times',
    align: 'number',
    value: ({ count }) => count,
    show: ({ count }) => formatCount(count),
  },
];

export function Sleeps({ explanation }: { explanation: Explanation }) {
  return (
    <section class="card" aria-label="Sleeps">
      <h2>What vCPU threads slept for, and who woke them</h2>
      <Table
        name="sleeps"
        label="Sleeps"
        columns={COLUMNS}
        rows={explanation.sleeps}
        keyOf={({ machine, vcpu, account, state, wokenBy }) => `${machine} ${vcpu} ${account} ${state} ${wokenBy}`}
        order={{ column: 'time', isDescending: true }}
      />
    </section>
  );
}
