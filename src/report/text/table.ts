/** Tables for a terminal: numbers to the right, words to the left, no wider than the terminal, and nothing of them is cut off. */
import { formatCount } from '../../base/quantities.js';
import type { Style } from './style.js';
import { BREAK } from './wrap.js';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  cell(row: Row): string;
  /** Longer cells are cut with an ellipsis; cells of other columns of words go on in the next line where room is short. */
  readonly widest?: number;
  /** It stands in front of each part of a table that is too wide to be shown at once. Without such columns the first one does. */
  readonly isKey?: boolean;
  /** Columns next to each other of the same group stay together in such a part, where they can. */
  readonly group?: string;
}

/** A column as it is printed. */
interface Printed {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly isKey: boolean;
  readonly group: string | undefined;
  /** Cells may go on in further lines. */
  readonly wraps: boolean;
  readonly cells: readonly string[];
  readonly width: number;
}

/** Characters: what is longer is no name or address, but whatever somebody wrote into a file. */
const LONGEST_CELL = 1000;

const INDENT = 2;
const SPACE = 2;

/** Lines of a table with a title line; cells must be printable already. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string[] {
  const all = columns.map((column) => printed(rows, column));
  if (widthOf(all) <= style.width) return linesOf(all, style);
  const shown = all.filter((column) => column.isKey || nothingIn(column) === undefined);
  const whole = narrowed(shown, style.width);
  const parts = whole === undefined ? inParts(shown, style.width) : [whole];
  return [...parts.flatMap((part) => linesOf(part, style)), ...leftOutLines(all, shown, style)];
}

function printed<Row>(rows: readonly Row[], column: Column<Row>): Printed {
  const { title, align, widest, isKey = false, group } = column;
  const cells = rows.map((row) => cut(column.cell(row), widest ?? LONGEST_CELL));
  const width = Math.max(length(title), ...cells.map(length));
  return { title, align, isKey, group, wraps: align === 'left' && widest === undefined, cells, width };
}

const widthOf = (columns: readonly Printed[]): number =>
  columns.reduce((sum, { width }) => sum + width + SPACE, INDENT - SPACE);

/** What stands in all cells of a column that says nothing: "0", of numbers, or "–"; undefined where it says something. */
function nothingIn({ align, cells }: Printed): '0' | '–' | undefined {
  if (cells.length === 0) return undefined;
  if (cells.every((cell) => cell === '–')) return '–';
  return align === 'right' && cells.every((cell) => cell === '0' || cell === '·' || cell === '') ? '0' : undefined;
}

function leftOutLines(all: readonly Printed[], shown: readonly Printed[], style: Style): string[] {
  return (['0', '–'] as const).flatMap((nothing) => {
    const names = all.filter((column) => !shown.includes(column) && nothingIn(column) === nothing);
    if (names.length === 0) return [];
    return [style.dim(`  ${nothing} in every row, and not shown: ${names.map(({ title }) => title).join(', ')}`)];
  });
}

/** A column of words is made no narrower than this, or than its longest word where that is shorter. */
const LEAST_WORDS = 24;

const leastWidth = ({ wraps, title, cells, width }: Printed): number =>
  wraps ? Math.min(width, Math.max(length(title), Math.min(LEAST_WORDS, longestWord(cells)))) : width;

const longestWord = (cells: readonly string[]): number =>
  Math.max(1, ...cells.flatMap((cell) => cell.split(BREAK).map(length)));

/** With narrower columns of words, the widest first, so that they fit; undefined where they cannot. */
function narrowed(columns: readonly Printed[], width: number): Printed[] | undefined {
  const widths = columns.map((column) => column.width);
  const least = columns.map(leastWidth);
  for (let excess = widthOf(columns) - width; excess > 0; excess--) {
    const most = Math.max(...widths.map((own, index) => (own > least[index] ? own : 0)));
    if (most === 0) return undefined;
    widths[widths.findIndex((own, index) => own === most && own > least[index])]--;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] }));
}

/** Of the room at most this part is for the columns that stand in front of each part. */
const KEY_PART = 0.4;

/** As many parts as it takes, one below the other. */
function inParts(columns: readonly Printed[], width: number): Printed[][] {
  const keys = columns.some(({ isKey }) => isKey) ? columns.filter(({ isKey }) => isKey) : columns.slice(0, 1);
  const room = Math.max(widthOf(keys.map(asNarrow)), Math.floor(width * KEY_PART));
  const front = (narrowed(keys, room) ?? keys.map(asNarrow)).map(asItIs);
  const parts: Printed[][] = [];
  let part = front;
  const others = columns.filter((column) => !keys.includes(column));
  const isOneTooWide = ({ group }: Printed) =>
    narrowed([...front, ...others.filter((other) => other.group === group)], width) === undefined;
  for (const run of runsOf(others, isOneTooWide)) {
    const longer = narrowed([...part, ...run], width);
    if (longer === undefined && part.length > front.length) {
      parts.push(part);
      part = narrowed([...front, ...run], width) ?? [...front, ...run.map(asNarrow)];
    } else part = longer ?? [...part, ...run.map(asNarrow)];
  }
  return [...parts, part];
}

/** Columns that stay together: those of a group, unless that is too wide by itself. */
function runsOf(columns: readonly Printed[], isTooWide: (column: Printed) => boolean): Printed[][] {
  const runs: Printed[][] = [];
  for (const column of columns) {
    const last = runs.at(-1);
    const belongs = column.group !== undefined && last?.[0].group === column.group && !isTooWide(column);
    if (last !== undefined && belongs) last.push(column);
    else runs.push([column]);
  }
  return runs;
}

/** It keeps its width from here on. */
const asItIs = (column: Printed): Printed => ({ ...column, wraps: false });

const asNarrow = (column: Printed): Printed => ({ ...column, width: leastWidth(column) });

function linesOf(columns: readonly Printed[], style: Style): string[] {
  const layOut = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, columns[index].width, columns[index].align))
      .join(' '.repeat(SPACE))
      .trimEnd();
  const rows = columns[0].cells.map((_, row) => columns.map(({ cells, width }) => cellLines(cells[row], width)));
  return [
    style.dim(`  ${layOut(columns.map(({ title }) => title))}`),
    ...rows.flatMap((cells) =>
      Array.from({ length: Math.max(...cells.map((lines) => lines.length)) }, (_, line) => {
        return `  ${layOut(cells.map((lines) => lines[line] ?? ''))}`;
      }),
    ),
  ];
}

/** Broken between words; a word that is too long for a line is broken as well. */
function cellLines(text: string, width: number): string[] {
  if (length(text) <= width) return [text];
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(BREAK).flatMap((one) => pieces(one, width))) {
    if (current === '') current = word;
    else if (length(current) + 1 + length(word) <= width) current += ` ${word}`;
    else {
      lines.push(current);
      current = word;
    }
  }
  return [...lines, current];
}

function pieces(word: string, width: number): string[] {
  const characters = Array.from(word);
  const count = Math.max(1, Math.ceil(characters.length / width));
  return Array.from({ length: count }, (_, index) => characters.slice(index * width, (index + 1) * width).join(''));
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
