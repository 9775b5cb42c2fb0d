/** Rows of a Difference as a table. */

import { formatCount, formatPercent } from '../../base/quantities.js';
import { type Change, type Difference, type DifferenceRow, SIDES } from '../../differences/difference.js';
import { printable } from '../untrusted.js';
import type { Style } from './style.js';
import { type Column, tableLines } from './table.js';

/** @param full with verdicts, p and vCPUs */
export function rowTable(rows: readonly DifferenceRow[], difference: Difference, style: Style, full = false): string[] {
  const { machines } = difference.alignment;
  const name = (row: DifferenceRow) =>
    [
      ...(machines.length > 1 ? [printable(row.machine)] : []),
      ...(row.vcpu === null ? [] : [`vCPU ${row.vcpu}`]),
      nameOf(row, difference, full),
    ].join(' ');
  const columns: Column<DifferenceRow>[] = [
    ...(full ? [{ title: '', align: 'left' as const, cell: ({ verdict }: DifferenceRow) => verdict }] : []),
    { title: full ? 'what' : '', align: 'left', cell: name, isKey: true },
    { title: 'time', align: 'right', cell: ({ time }) => shares(time) },
    { title: 'exits /s', align: 'right', cell: ({ rate }) => (rate === null ? '' : rates(rate)) },
    full ? { title: 'p', align: 'right', cell: leastP } : { title: 'per guest time', align: 'right', cell: perGuest },
  ];
  return tableLines(rows, columns, style);
}

function nameOf(row: DifferenceRow, difference: Difference, full: boolean): string {
  if (row.kind === 'account') return `account ${row.account}`;
  if (row.kind === 'detail') return `${row.cause}, ${detailOf(row)}`;
  if (full || row.vcpu !== null) return `${row.cause}, all`;
  const part = largestPart(row, difference);
  if (part === undefined) return `${row.cause}, all`;
  if (isAllOf(part, row)) return `${row.cause}: ${detailOf(part)}`;
  const numbers = isByRate(row) && part.rate !== null ? `${rates(part.rate)} exits /s` : shares(part.time);
  return `${row.cause}, all (largest part: ${detailOf(part)}, ${numbers})`;
}

/** The detail that has most of the change of its cause; undefined where none changed that way, or details cannot be compared. */
function largestPart(row: DifferenceRow, { rows, method }: Difference): DifferenceRow | undefined {
  const changeOf = ({ time, rate }: DifferenceRow): number =>
    isByRate(row) && rate !== null ? rate.after - rate.before : time.after - time.before;
  const whole = changeOf(row);
  const [largest] = rows
    .filter(({ kind, machine, cause }) => kind === 'detail' && machine === row.machine && cause === row.cause)
    .filter((detail) => (method.tests === 0 || detail.verdict !== 'untested') && changeOf(detail) * whole > 0)
    .toSorted((a, b) => Math.abs(changeOf(b)) - Math.abs(changeOf(a)));
  return largest;
}

/** Whether the change of its exits is surer than that of its time. */
const isByRate = ({ time, rate }: DifferenceRow): boolean => rate !== null && (rate.p ?? 1) < (time.p ?? 1);

/** The numbers of both are the same. */
const isAllOf = (detail: DifferenceRow, { time, exits }: DifferenceRow): boolean =>
  SIDES.every((side) => detail.time[side] === time[side] && detail.exits?.[side] === exits?.[side]);

const detailOf = ({ device, detail, reason }: DifferenceRow): string =>
  [detail ?? reason ?? '', ...(device === null ? [] : [device])].map(printable).join(', ');

const shares = ({ before, after }: Change): string => `${formatShare(before)} → ${formatShare(after)}`;

/** Where nothing was awake there is nothing to have a share of. */
const formatShare = (share: number): string => (Number.isNaN(share) ? '–' : formatPercent(share * 100));

const rates = ({ before, after }: Change): string => `${formatRate(before)} → ${formatRate(after)}`;

function formatRate(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  return value >= 99.95 ? formatCount(value) : value.toPrecision(value < 0.1 ? 1 : 2);
}

/** By which factor the time per guest time changed, and the exits where there are any. */
function perGuest({ timePerGuest, ratePerGuest }: DifferenceRow): string {
  const [time, exits] = [factorOf(timePerGuest), factorOf(ratePerGuest)];
  return exits === '' || exits === time ? time : `${time}${time === '' ? '' : ', '}exits ${exits}`;
}

function factorOf(change: Change | null): string {
  if (change === null || Number.isNaN(change.before + change.after)) return '';
  const { before, after } = change;
  if (before === 0 || after === 0) return before === after ? '' : before === 0 ? 'new' : 'none';
  const factor = after / before;
  return `×${factor >= 99.95 ? formatCount(factor) : factor.toPrecision(2)}`;
}

/** Of the two numbers of a row. */
function leastP({ time, rate }: DifferenceRow): string {
  const known = [time.p, rate?.p ?? null].filter((p) => p !== null);
  if (known.length === 0) return '–';
  const least = Math.min(...known);
  return least < 0.001 ? '<0.001' : least.toFixed(3);
}
