/** What tables do with their rows: order, unfold, write down. No part of it knows how they look. */

export type CellValue = string | number | null;

export interface ColumnValues<Row> {
  readonly id: string;
  readonly title: string;
  /** Unit of the values, for the files: "ns". */
  readonly unit?: string;
  readonly value: (row: Row) => CellValue;
}

export interface Order {
  readonly column: string;
  readonly isDescending: boolean;
}

/** "count" or "-count". */
export function parseOrder(text: string | undefined, otherwise: Order): Order {
  if (text === undefined || text === '') return otherwise;
  return text.startsWith('-') ? { column: text.slice(1), isDescending: true } : { column: text, isDescending: false };
}

export const formatOrder = ({ column, isDescending }: Order): string => `${isDescending ? '-' : ''}${column}`;

/** Rows without a value come last, whichever way, and after them what `isLast`. */
export function ordered<Row>(
  rows: readonly Row[],
  columns: readonly ColumnValues<Row>[],
  order: Order,
  isLast: (row: Row) => boolean = () => false,
): Row[] {
  const column = columns.find(({ id }) => id === order.column);
  if (column === undefined) return [...rows];
  const sign = order.isDescending ? -1 : 1;
  return rows.toSorted((a, b) => {
    if (isLast(a) !== isLast(b)) return isLast(a) ? 1 : -1;
    const [one, other] = [column.value(a), column.value(b)];
    if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
    if (typeof one === 'number' && typeof other === 'number') return sign * (one - other);
    return sign * String(one).localeCompare(String(other), 'en', { numeric: true });
  });
}

export function csvOf<Row>(rows: readonly Row[], columns: readonly ColumnValues<Row>[]): string {
  const head = columns.map(({ title, unit }) => (unit === undefined ? title : `${title} (${unit})`));
  const lines = [head, ...rows.map((row) => columns.map(({ value }) => value(row)))];
  return `${lines.map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

/** Spreadsheets run text that begins like a formula, and the names of a recording are anybody's. */
function csvCell(value: CellValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function jsonOf<Row>(rows: readonly Row[], columns: readonly ColumnValues<Row>[]): string {
  const keyOf = ({ id, unit }: ColumnValues<Row>): string => (unit === 'ns' ? `${id}Ns` : id);
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((column) => [keyOf(column), column.value(row)]))),
    null,
    2,
  );
}
