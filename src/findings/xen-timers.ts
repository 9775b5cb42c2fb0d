/**
 * What the timers of guests on Xen cost beside setting them: Xen serves each with a timer of its own, whose interrupt the guest
 * is left for, and the guest ends the interrupt that Xen then injects. Which interrupt an exit was for is not written down.
 *
 * Source: Xen, xen/common/sched/core.c (vcpu_singleshot_timer_fn), xen/common/domain.c (VCPUOP_set_singleshot_timer).
 */
import { sumExits } from './costs.js';
import type { ExitRow } from './evidence.js';
import { vectorOf } from './vectors.js';

/**
 * Guests on Xen set their timer by a hypercall. Of HVM and PVH guests Xen does not write down which operation of vcpu_op it is:
 * a Linux that is up uses no other.
 */
export const isXenTimerCall = ({ cause, detail }: ExitRow): boolean =>
  cause === 'hypercall' &&
  /\bset_timer_op$|\bvcpu_op(?:$|, (?:set|stop)_(?:singleshot|periodic)_timer$)/.test(detail ?? '');

/** Exits for interrupts that are not told apart. */
const isInterrupt = (row: ExitRow): boolean => row.cause === 'interrupt' && vectorOf(row) === undefined;
const isEnd = ({ cause, detail }: ExitRow): boolean =>
  cause === 'interrupt-control' && /IA32_X2APIC_EOI write$|^APIC EOI write$/.test(detail ?? '');

/** @returns exits for timers that went off and their ends: of each sort no more than timers were set, the costs in proportion */
export const xenTimerEffects = (rows: readonly ExitRow[], set: number): ExitRow[] =>
  [isInterrupt, isEnd].flatMap((isOfSort) => {
    const sort = rows.filter(isOfSort);
    return scaled(sort, set / sumExits(sort).count);
  });

/** @returns exits for interrupts that cannot have been for timers of the guest, since more came than it set timers */
export function withoutXenTimers(interrupts: readonly ExitRow[], rows: readonly ExitRow[]): ExitRow[] {
  const set = sumExits(rows.filter(isXenTimerCall)).count;
  return scaled(interrupts, 1 - set / sumExits(interrupts).count);
}

/** Rows with this part of their exits and times; all of it from 1 on. */
function scaled(rows: readonly ExitRow[], part: number): ExitRow[] {
  if (!(part > 0)) return [];
  if (part >= 1) return [...rows];
  return rows.map((row) => ({
    ...row,
    count: Math.round(part * row.count),
    ledgerNs: {
      hypervisor: Math.round(part * row.ledgerNs.hypervisor),
      vmm: Math.round(part * row.ledgerNs.vmm),
      interrupt: Math.round(part * row.ledgerNs.interrupt),
      poll: Math.round(part * row.ledgerNs.poll),
      idle: Math.round(part * row.ledgerNs.idle),
      blocked: Math.round(part * row.ledgerNs.blocked),
      wakeup: Math.round(part * row.ledgerNs.wakeup),
      preempted: Math.round(part * row.ledgerNs.preempted),
      unknown: Math.round(part * row.ledgerNs.unknown),
    },
  }));
}
