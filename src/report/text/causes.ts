/** The largest causes: what handling exits cost, by device or detail, and what waiting cost, by who had the pCPU. */
import type { CulpritKind, CulpritRow, ExitGroup, Explanation } from '../../explain/explanation.js';
import { counted, formatCount } from '../quantities.js';
import { printable } from '../untrusted.js';

export interface LargestCause {
  readonly ns: number;
  readonly title: string;
  /** What more there is to say, after the numbers. */
  readonly note: string;
}

/** All causes of lost time, largest first; together they are all of it. */
export function largestCauses({ groups, culprits }: Explanation): LargestCause[] {
  return [...exitCauses(groups.detail), ...waitCauses(culprits)].sort((a, b) => b.ns - a.ns);
}

/** Exits of one device count together; its busiest detail is named. */
function exitCauses(details: readonly ExitGroup[]): LargestCause[] {
  const byDevice = new Map<string, ExitGroup[]>();
  for (const group of details) {
    const key = `${group.cause} ${group.device ?? group.key}`;
    const members = byDevice.get(key);
    if (members === undefined) byDevice.set(key, [group]);
    else members.push(group);
  }
  return [...byDevice.values()].map((members) => {
    const busiest = members.reduce((a, b) => (handlingNs(b) > handlingNs(a) ? b : a));
    const exits = members.reduce((sum, group) => sum + group.count, 0);
    const reachedVmm = members.reduce((sum, group) => sum + group.reachedVmm, 0);
    return {
      ns: members.reduce((sum, group) => sum + handlingNs(group), 0),
      title: `${busiest.cause}, ${where(busiest, members.length)}`,
      note: `${counted(exits, 'exit')}${toVmm(exits, reachedVmm)}`,
    };
  });
}

/** An exit before the interval may reach the VMM within it: then there are more of these than of exits. */
function toVmm(exits: number, reachedVmm: number): string {
  if (reachedVmm === 0) return '';
  return reachedVmm >= exits ? ', all to the VMM' : `, ${formatCount(reachedVmm)} of them to the VMM`;
}

function where({ device, detail, reason }: ExitGroup, members: number): string {
  const what = detail === null ? (reason ?? '') : printable(detail);
  if (device === null) return what;
  const name = printable(device);
  return members === 1 ? `${name}: ${what}` : `${name}: mostly ${what}`;
}

/**
 * Guest delay without waiting for a pCPU, which is nobody's exit's fault. Of time kept out by the VMM only the interrupts
 * in between are a cost.
 */
const handlingNs = ({ cause, guestDelayNs, ledgerNs }: ExitGroup): number =>
  cause === 'vm-control' ? ledgerNs.interrupt : guestDelayNs - ledgerNs.wakeup - ledgerNs.preempted;

const IDLE = 'nobody';
/** Kinds of culprits that count together. */
const WHO: Partial<Record<CulpritKind, string>> = {
  'sibling vCPU': 'sibling vCPUs of the same machine',
  'idle pCPU': IDLE,
};

function waitCauses(culprits: readonly CulpritRow[]): LargestCause[] {
  const byName = new Map<string, { ns: number; count: number }>();
  for (const { kind, name, ns, count } of culprits) {
    const who = WHO[kind] ?? `${printable(name)} (${kind})`;
    const sum = byName.get(who) ?? { ns: 0, count: 0 };
    byName.set(who, { ns: sum.ns + ns, count: sum.count + count });
  }
  return [...byName].map(([who, { ns, count }]) => ({
    ns,
    title:
      who === IDLE ? 'wake-up latency, the pCPU was idle and had to wake up itself' : `overload, the pCPU ran ${who}`,
    note: `in ${counted(count, 'piece')}`,
  }));
}
