/** What vCPUs slept for, where the host tells. */

import { formatCount, formatNs, formatShare } from '../../base/quantities.js';
import type { Explanation, SleepRow } from '../../explain/explanation.js';
import { printable } from '../untrusted.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

export function sleepLines({ sleeps, recording }: Explanation, top: number, style: Style): string[] {
  if (sleeps.length === 0) return [];
  const columns: Column<SleepRow>[] = [
    { title: 'vCPU', align: 'left', cell: (row) => `${row.machine}/${row.vcpu}` },
    { title: 'account', align: 'left', cell: (row) => row.account },
    { title: 'waited for', align: 'left', cell: (row) => row.state },
    { title: 'who ran where it was woken', align: 'left', cell: (row) => printable(row.wokenBy) },
    { title: 'kind', align: 'left', cell: (row) => row.kind },
    { title: 'time', align: 'right', cell: (row) => formatNs(row.ns) },
    { title: 'of T', align: 'right', cell: (row) => formatShare(row.ns, recording.durationNs) },
    { title: 'times', align: 'right', cell: (row) => formatCount(row.count) },
  ];
  return [
    style.bold('Sleeps: what the threads of vCPUs waited for, what the guest suffered from first'),
    ...tableLines(sleeps.slice(0, top), columns, style),
    ...omitted(sleeps.length - top, style),
  ];
}
