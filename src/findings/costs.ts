/** Sums over rows of exits, and what part of them could be saved. */
import type { AccountName } from '../ledger/accounts.js';
import { type Evidence, type ExitRow, isRecorded, type Machine } from './evidence.js';

/** What an exit costs the guest by itself: being kept waiting for a pCPU meanwhile is not the exit's doing. */
export const WORK: readonly Exclude<AccountName, 'guest'>[] = ['hypervisor', 'vmm', 'blocked'];

export interface ExitSums {
  readonly count: number;
  readonly reachedVmm: number;
  /** Nanoseconds of WORK. */
  readonly workNs: number;
  /** Nanoseconds of `vmm` and `blocked` alone. */
  readonly vmmNs: number;
}

export function sumExits(rows: readonly ExitRow[]): ExitSums {
  let [count, reachedVmm, workNs, vmmNs] = [0, 0, 0, 0];
  for (const row of rows) {
    count += row.count;
    reachedVmm += row.reachedVmm;
    vmmNs += row.ledgerNs.vmm + row.ledgerNs.blocked;
    workNs += workOf(row);
  }
  return { count, reachedVmm, workNs, vmmNs };
}

/** Asked for by every rule of every row. */
export const workOf = ({ ledgerNs: { hypervisor, vmm, blocked } }: ExitRow): number => hypervisor + vmm + blocked;

/** The median over rows of the median of each: nanoseconds of an episode; undefined where none was timed. */
export function medianOf(rows: readonly ExitRow[]): number | undefined {
  const timed = rows
    .flatMap(({ p50Ns, timed: count }) => (p50Ns === null ? [] : [{ p50Ns, count }]))
    .sort((a, b) => a.p50Ns - b.p50Ns);
  const total = timed.reduce((sum, { count }) => sum + count, 0);
  let below = 0;
  return timed.find(({ count }) => {
    below += count;
    return below >= total / 2;
  })?.p50Ns;
}

/**
 * Nanoseconds of WORK of exits for interrupts of the host. Without the scheduler's events what a vCPU waits for its pCPU is
 * inside them, because the interrupt is what makes it lose that: each then counts as long as the median one, or as that of the
 * other exits of the recording where that is shorter, because even half of them can be such.
 */
export function interruptWorkNs(evidence: Evidence, rows: readonly ExitRow[]): number {
  const { workNs, count } = sumExits(rows);
  if (isRecorded(evidence, 'preempted')) return workNs;
  const others = evidence.exits.filter(({ cause }) => cause !== 'interrupt' && cause !== 'halt');
  const medians = [rows, others].flatMap((some) => medianOf(some) ?? []);
  return Math.min(workNs, ...medians.map((ns) => ns * count));
}

/** Time in which a machine's vCPUs wanted to run: in the guest, or kept from it by something that is not the VMM's will. */
export function wantedNs({ vcpus }: Machine): number {
  let total = 0;
  for (const { ledgerNs, guestDelayNs, keptOutNs } of vcpus) total += ledgerNs.guest + guestDelayNs - keptOutNs;
  return total;
}

/** Rows by a property of theirs, largest work first; rows without it are left out. */
export function grouped(
  rows: readonly ExitRow[],
  by: (row: ExitRow) => string | null,
): { readonly key: string; readonly rows: readonly ExitRow[]; readonly sums: ExitSums }[] {
  const groups = new Map<string, ExitRow[]>();
  for (const row of rows) {
    const key = by(row);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups]
    .map(([key, members]) => ({ key, rows: members, sums: sumExits(members) }))
    .sort((a, b) => b.sums.workNs - a.sums.workNs);
}

/** What the VMM did not want and the guest lost: see wantedNs. */
export function lostNs({ vcpus }: Machine): number {
  let total = 0;
  for (const { guestDelayNs, keptOutNs } of vcpus) total += guestDelayNs - keptOutNs;
  return total;
}

/** T of all vCPUs of a machine without what its VMM kept them out of the guest and what is unknown. */
export function activeNs({ vcpus }: Machine): number {
  let total = 0;
  for (const { durationNs, keptOutNs, ledgerNs } of vcpus) total += durationNs - keptOutNs - ledgerNs.unknown;
  return total;
}

/** A machine that wants to run for less than this share of the time in which it could is idle. Own judgement. */
export const IDLE = 0.1;

/** Whether nothing that the machine can lose is much: what is unknown counts as if it wanted to run. */
export const isIdle = (machine: Machine): boolean =>
  wantedNs(machine) + machine.vcpus.reduce((total, { ledgerNs }) => total + ledgerNs.unknown, 0) <
  IDLE * availableNs(machine);

/** Time in which a machine's vCPUs could have run: all of T but what the VMM kept them out. */
export const availableNs = ({ vcpus }: Machine): number =>
  vcpus.reduce((total, { durationNs, keptOutNs }) => total + durationNs - keptOutNs, 0);
