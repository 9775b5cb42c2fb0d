/** Tables as comma-separated values: RFC 4180, with a head. */
import type { Explanation, OutsideGuest } from '../explain/explanation.js';
import { ACCOUNTS } from '../ledger/accounts.js';

const OUTSIDE = ACCOUNTS.filter((name): name is keyof OutsideGuest => name !== 'guest');

/** The rows of `exits`, in the order of the Explanation. */
export function exitsCsv({ exits }: Explanation): string {
  const head = [
    'machine',
    'vcpu',
    'cause',
    'reason',
    'detail',
    'device',
    'count',
    ...OUTSIDE.map((name) => `${name}_ns`),
    'guest_delay_ns',
    'p50_ns',
    'p99_ns',
    'max_ns',
  ];
  const rows = exits.map((row) => [
    row.machine,
    row.vcpu,
    row.cause,
    row.reason,
    row.detail,
    row.device,
    row.count,
    ...OUTSIDE.map((name) => row.ledgerNs[name]),
    row.guestDelayNs,
    row.p50Ns,
    row.p99Ns,
    row.maxNs,
  ]);
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** Spreadsheets take a field that begins so for a formula, and names in a recording are anybody's. */
const FORMULA = /^[=+\-@\t\r]/;

function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
