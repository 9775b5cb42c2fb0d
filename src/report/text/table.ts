/** Tables for a terminal: numbers to the right, words to the left, never wider than needed. */
import { formatCount } from '../../base/quantities.js';
import type { Style } from './style.js';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  cell(row: Row): string;
  /** Longer cells are cut with an ellipsis. */
  readonly widest?: number;
}

/** Lines of a table with a title line; cells must be printable already. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string[] {
  const cells = rows.map((row) => columns.map((column) => cut(column.cell(row), column.widest)));
  const widths = columns.map((column, index) =>
    Math.max(length(column.title), ...cells.map((line) => length(line[index]))),
  );
  const layOut = (line: readonly string[]) =>
    line
      .map((cell, index) => pad(cell, widths[index], columns[index].align))
      .join('  ')
      .trimEnd();
  return [style.dim(`  ${layOut(columns.map((column) => column.title))}`), ...cells.map((line) => `  ${layOut(line)}`)];
}

export function cut(text: string, widest = Infinity): string {
  const characters = Array.from(text);
  return characters.length <= widest ? text : `${characters.slice(0, widest - 1).join('')}…`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - length(text)));
  return align === 'left' ? text + space : space + text;
}

/** Characters on the screen; colours are put on after the layout, so none are counted. */
const length = (text: string): number => Array.from(text).length;

/** Says how many rows are not shown. */
export function omitted(count: number, style: Style): string[] {
  return count > 0 ? [style.dim(`  … and ${formatCount(count)} more (--top, or --json for all)`)] : [];
}
