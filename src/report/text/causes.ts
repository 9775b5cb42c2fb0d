/** The largest causes: what handling exits cost, by device or detail, and what waiting cost, by who had the pCPU. */

import { counted, formatCount } from '../../base/quantities.js';
import type { CulpritKind, CulpritRow, ExitRow, Explanation } from '../../explain/explanation.js';
import { culpritKindText } from '../culprit-kinds.js';
import { printable } from '../untrusted.js';

export interface LargestCause {
  /** `id` of the machine that lost the time. */
  readonly machine: string;
  readonly ns: number;
  readonly title: string;
  /** What more there is to say, after the numbers. */
  readonly note: string;
}

/** All causes of lost time of each machine, largest first; together they are all of it. */
export function largestCauses({ exits, culprits, recording }: Explanation): LargestCause[] {
  return [...exitCauses(exits), ...waitCauses(culprits, recording.hypervisor)].sort((a, b) => b.ns - a.ns);
}

/** Exits of one device count together; its busiest detail is named. */
function exitCauses(rows: readonly ExitRow[]): LargestCause[] {
  const byDevice = new Map<string, ExitRow[]>();
  for (const row of rows) {
    const key = `${row.machine} ${row.cause} ${row.device ?? row.detail ?? row.reason}`;
    const members = byDevice.get(key);
    if (members === undefined) byDevice.set(key, [row]);
    else members.push(row);
  }
  return [...byDevice.values()].map((members) => {
    const [{ machine, cause, device }] = members;
    const details = new Map<string, number>();
    for (const row of members) {
      const detail = row.detail ?? row.reason;
      details.set(detail, (details.get(detail) ?? 0) + handlingNs(row));
    }
    const [busiest] = [...details].reduce((a, b) => (b[1] > a[1] ? b : a));
    const exits = members.reduce((sum, row) => sum + row.count, 0);
    const reachedVmm = members.reduce((sum, row) => sum + row.reachedVmm, 0);
    return {
      machine,
      ns: members.reduce((sum, row) => sum + handlingNs(row), 0),
      title: `${cause}, ${where(device, busiest, details.size)}`,
      note: `${counted(exits, 'exit')}${toVmm(exits, reachedVmm)}`,
    };
  });
}

/** An exit before the interval may reach the VMM within it: then there are more of these than of exits. */
function toVmm(exits: number, reachedVmm: number): string {
  if (reachedVmm === 0) return '';
  return reachedVmm >= exits ? ', all to the VMM' : `, ${formatCount(reachedVmm)} of them to the VMM`;
}

function where(device: string | null, busiest: string, details: number): string {
  const what = printable(busiest);
  if (device === null) return what;
  const name = printable(device);
  return details === 1 ? `${name}: ${what}` : `${name}: mostly ${what}`;
}

/**
 * Guest delay without waiting for a pCPU, which is nobody's exit's fault. Of time kept out by the VMM only the interrupts
 * in between are a cost.
 */
const handlingNs = ({ cause, guestDelayNs, ledgerNs }: ExitRow): number =>
  cause === 'vm-control' ? ledgerNs.interrupt : guestDelayNs - ledgerNs.wakeup - ledgerNs.preempted;

const IDLE = 'nobody';
const BUDGET = ' (partition budget)';
/** Kinds of culprits that count together. */
const WHO: Partial<Record<CulpritKind, string>> = {
  'sibling vCPU': 'sibling vCPUs of the same machine',
  'idle pCPU': IDLE,
};

function waitCauses(culprits: readonly CulpritRow[], hypervisor: string): LargestCause[] {
  const sums = new Map<string, { machine: string; who: string; ns: number; count: number }>();
  for (const { machine, kind, name, ns, count } of culprits) {
    const who = WHO[kind] ?? `${printable(name)} (${culpritKindText(hypervisor, kind)})`;
    const key = `${machine} ${who}`;
    const sum = sums.get(key) ?? { machine, who, ns: 0, count: 0 };
    sums.set(key, { ...sum, ns: sum.ns + ns, count: sum.count + count });
  }
  return [...sums.values()].map(({ machine, who, ns, count }) => ({
    machine,
    ns,
    title:
      who === IDLE
        ? 'wake-up latency, the pCPU was idle and had to wake up itself'
        : `overload, ${who.endsWith(BUDGET) ? who.slice(0, -BUDGET.length) : `the pCPU ran ${who}`}`,
    note: `in ${counted(count, 'piece')}`,
  }));
}
