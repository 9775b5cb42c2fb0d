/** Two Explanations of the same work beside each other: what became less. */

import { formatCount, formatNs, formatShare } from '../../base/quantities.js';
import type { ExitGroup, Explanation } from '../../explain/explanation.js';
import { printable } from '../untrusted.js';
import type { Style } from './style.js';
import { type Column, tableLines } from './table.js';

export interface NamedExplanation {
  readonly name: string;
  readonly explanation: Explanation;
}

interface Row {
  readonly title: string;
  readonly before: number;
  readonly after: number;
  readonly format: (value: number) => string;
}

/** Devices with the most guest delay that get rows of their own. */
const DEVICES_SHOWN = 3;

export function sideBySideLines(before: NamedExplanation, after: NamedExplanation, style: Style): string[] {
  const both = [before.explanation, after.explanation] as const;
  const row = (title: string, value: (explanation: Explanation) => number, format: Row['format']): Row => ({
    title,
    before: value(both[0]),
    after: value(both[1]),
    format,
  });
  const rows = [
    row('time that the guest wanted to run', wantedNs, formatNs),
    row(
      'of it lost',
      (one) => lostNs(one) / wantedNs(one),
      (share) => formatShare(share, 1),
    ),
    row('  in guest exits', ({ sources }) => sources.guestExitsNs, formatNs),
    row('  in interrupts', ({ sources }) => sources.interruptsNs, formatNs),
    row('  in hypervisor overload', ({ sources }) => sources.overloadNs, formatNs),
    row('host cost', ({ totals }) => totals.hostCostNs, formatNs),
    row('exits', ({ totals }) => totals.exits, formatCount),
    ...devicesOf(both).flatMap((device) => [
      row(`exits to ${printable(device)}`, (one) => groupOf(one, device)?.count ?? 0, formatCount),
      row('  their guest delay', (one) => groupOf(one, device)?.guestDelayNs ?? 0, formatNs),
    ]),
  ];
  const columns: Column<Row>[] = [
    { title: '', align: 'left', cell: ({ title }) => title },
    { title: before.name, align: 'right', cell: ({ before: value, format }) => format(value) },
    { title: after.name, align: 'right', cell: ({ after: value, format }) => format(value) },
    { title: 'change', align: 'right', cell: change },
  ];
  return tableLines(rows, columns, style);
}

export const lostNs = ({ sources }: Explanation): number =>
  sources.guestExitsNs + sources.interruptsNs + sources.overloadNs;

/** Never 0, so that shares of it are numbers. */
export const wantedNs = (explanation: Explanation): number =>
  Math.max(1, explanation.totals.ledgerNs.guest + lostNs(explanation));

/** Named devices of either, those with the most guest delay. */
function devicesOf(both: readonly Explanation[]): string[] {
  const delays = new Map<string, number>();
  for (const { groups } of both) {
    for (const { device, guestDelayNs } of groups.device) {
      if (device !== null) delays.set(device, (delays.get(device) ?? 0) + guestDelayNs);
    }
  }
  return [...delays]
    .sort((a, b) => b[1] - a[1])
    .slice(0, DEVICES_SHOWN)
    .map(([device]) => device);
}

const groupOf = ({ groups }: Explanation, device: string): ExitGroup | undefined =>
  groups.device.find((group) => group.device === device);

/** For example "−89 %", "+5 %", "new", "gone". */
function change({ before, after }: Row): string {
  if (before === 0) return after === 0 ? '·' : 'new';
  if (after === 0) return 'gone';
  const percent = Math.round((after / before - 1) * 100);
  if (percent === 0) return '·';
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`;
}
