/** Quantities in the sentences of findings. */
import { counted, formatCount, formatNs, formatShare } from '../base/quantities.js';
import { wantedNs } from './costs.js';
import type { ExitRow, Machine } from './evidence.js';

/** A share of the time in which a machine's vCPUs wanted to run. */
export const percent = (ns: number, machine: Machine): string => formatShare(ns, wantedNs(machine));

/** Events per second of T: "2,660/s", "12.5/s". */
export function rate(count: number, durationNs: number): string {
  if (durationNs <= 0) return '–';
  const value = count / (durationNs / 1e9);
  return `${value >= 99.95 ? formatCount(value) : value.toPrecision(3)}/s`;
}

/**
 * What lies in the middle of exits and is not counted as their work, so that a reader finds the sums of tables again; begins
 * with a space, empty where there is none.
 */
export function besideWork(rows: readonly ExitRow[]): string {
  let [interrupts, waits] = [0, 0];
  for (const { ledgerNs } of rows) {
    interrupts += ledgerNs.interrupt;
    waits += ledgerNs.wakeup + ledgerNs.preempted;
  }
  const parts = [
    ...(interrupts > 0 ? [`${formatNs(interrupts)} of interrupts of the host`] : []),
    ...(waits > 0 ? [`${formatNs(waits)} of waits for a pCPU`] : []),
  ];
  return parts.length === 0 ? '' : ` Not counted: ${parts.join(' and ')} in the middle of these exits.`;
}

/** The detail that cost most, without waits for a pCPU, as the largest causes have it: "port 0x3f8, 1-byte write (3,485 exits)". */
export function costliestDetail(rows: readonly ExitRow[]): string {
  const details = new Map<string, { ns: number; count: number }>();
  for (const { detail, reason, guestDelayNs, ledgerNs, count } of rows) {
    const sum = details.get(detail ?? reason) ?? { ns: 0, count: 0 };
    sum.ns += guestDelayNs - ledgerNs.wakeup - ledgerNs.preempted;
    sum.count += count;
    details.set(detail ?? reason, sum);
  }
  const [name, { count }] = [...details].reduce((a, b) => (b[1].ns > a[1].ns ? b : a));
  return `${name} (${counted(count, 'exit')})`;
}
