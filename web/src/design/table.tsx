/**
 * The table of the page: sorts, unfolds, copies. Arrow keys move between rows, Enter opens, left and right fold; the order
 * and what is unfolded are in the address.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { parameter, setParameters } from '../state/address.js';
import { type ColumnValues, csvOf, formatOrder, jsonOf, type Order, ordered, parseOrder } from '../state/tables.js';
import { CopyButton } from './copy.jsx';

export interface Column<Row> extends ColumnValues<Row> {
  /** What the numbers mean. */
  readonly hint?: string;
  readonly align?: 'number';
  /** Folded away where the table is less wide than that: see the style of `.room-…`. Absent: always shown. */
  readonly room?: Room;
  /** Below the title. */
  readonly head?: ComponentChildren;
  /** Absent: the value as text. */
  readonly show?: (row: Row) => ComponentChildren;
}

type Room = 'narrow' | 'medium' | 'wide';

export interface TableProps<Row> {
  /** In the address, and for tests. */
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly order: Order;
  /** Rows that come after all others, in any order. */
  readonly isLast?: (row: Row) => boolean;
  readonly childrenOf?: (row: Row) => readonly Row[];
  readonly onOpen?: (row: Row) => void;
  readonly isOpen?: (row: Row) => boolean;
  /** Shown below an open row, over its whole width. */
  readonly opened?: (row: Row) => ComponentChildren;
  /** Instead of rows where there are none. */
  readonly empty?: string;
  /** Beside the copy buttons. */
  readonly tools?: ComponentChildren;
}

interface Line<Row> {
  readonly row: Row;
  readonly key: string;
  readonly depth: number;
  readonly folds: boolean;
  readonly isUnfolded: boolean;
}

/** Rows that are shown at once; more on request, so that large tables stay quick. */
const SHOWN_AT_ONCE = 60;

export function Table<Row>(props: TableProps<Row>) {
  const { name, label, columns, rows, empty, tools, childrenOf } = props;
  const limit = useSignal(SHOWN_AT_ONCE);
  const order = parseOrder(parameter(`${name}.sort`), props.order);
  const unfolded = parameter(`${name}.unfolded`) ?? '';
  const lines = useMemo(
    () => linesOf(props, rows, order, new Set(unfolded.split('|'))),
    [rows, columns, order.column, order.isDescending, unfolded],
  );
  const shown = lines.slice(0, limit.value);
  const all = () => lines.map(({ row }) => row);
  const isWhole = parameter(`${name}.columns`) === 'all';
  return (
    <div class={isWhole ? 'table-frame whole' : 'table-frame'}>
      <div class="table-tools">
        {tools}
        <span class="spring" />
        <AllColumns name={name} columns={columns} isWhole={isWhole} />
        <CopyButton label="Copy CSV" what={label} text={() => csvOf(all(), columns)} />
        <CopyButton label="Copy JSON" what={label} text={() => jsonOf(all(), columns)} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="table-scroll" aria-label={label} tabIndex={0}>
        <table
          data-table={name}
          role={childrenOf === undefined ? 'table' : 'treegrid'}
          aria-rowcount={lines.length + 1}
        >
          <Head columns={columns} order={order} name={name} />
          <tbody>
            {shown.map((line, index) => (
              <Row key={line.key} line={line} index={index} props={props} unfolded={unfolded} />
            ))}
          </tbody>
        </table>
      </section>
      {lines.length === 0 && <p class="quiet none">{empty ?? 'Nothing.'}</p>}
      {lines.length > shown.length && (
        <button
          type="button"
          onClick={() => {
            limit.value = limit.value * 4;
          }}
        >
          Show more: {shown.length} of {lines.length} rows are shown
        </button>
      )}
    </div>
  );
}

function linesOf<Row>(
  props: TableProps<Row>,
  rows: readonly Row[],
  order: Order,
  unfolded: ReadonlySet<string>,
  depth = 0,
): Line<Row>[] {
  const { columns, keyOf, childrenOf, isLast } = props;
  return ordered(rows, columns, order, isLast).flatMap((row) => {
    const key = keyOf(row);
    const below = childrenOf?.(row) ?? [];
    const isUnfolded = below.length > 0 && unfolded.has(key);
    const line = { row, key, depth, folds: below.length > 0, isUnfolded };
    return isUnfolded ? [line, ...linesOf(props, below, order, unfolded, depth + 1)] : [line];
  });
}

interface AllColumnsProps<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly isWhole: boolean;
}

/** Only there where columns are folded away, or were. */
function AllColumns<Row>({ name, columns, isWhole }: AllColumnsProps<Row>) {
  const widest = ROOMS.find((room) => columns.some((column) => column.room === room));
  if (widest === undefined) return null;
  const toggle = () => setParameters({ [`${name}.columns`]: isWhole ? null : 'all' }, true);
  return (
    <button type="button" class={`plain copy unless-${widest}`} aria-pressed={isWhole} onClick={toggle}>
      {isWhole ? 'Fewer columns' : 'All columns'}
    </button>
  );
}

/** The widest first. */
const ROOMS: readonly Room[] = ['wide', 'medium', 'narrow'];

const classOf = <Row,>({ align, room }: Column<Row>): string | undefined =>
  [align, room && `room-${room}`].filter(Boolean).join(' ') || undefined;

interface HeadProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly order: Order;
  readonly name: string;
}

function Head<Row>({ columns, order, name }: HeadProps<Row>) {
  return (
    <thead>
      <tr>
        {columns.map((column) => {
          const { id, title, hint, align, head } = column;
          const isSorted = order.column === id;
          // Numbers are of interest from the largest on.
          const isDescending = isSorted ? !order.isDescending : align === 'number';
          const sort = () => setParameters({ [`${name}.sort`]: formatOrder({ column: id, isDescending }) }, true);
          return (
            <th
              key={id}
              scope="col"
              class={classOf(column)}
              aria-sort={isSorted ? (order.isDescending ? 'descending' : 'ascending') : 'none'}
            >
              <button type="button" class="sort" title={hint} onClick={sort}>
                {title}
                <span class="arrow" aria-hidden="true">
                  {isSorted ? (order.isDescending ? '▼' : '▲') : ''}
                </span>
              </button>
              {head}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface RowProps<Row> {
  readonly line: Line<Row>;
  readonly index: number;
  readonly props: TableProps<Row>;
  readonly unfolded: string;
}

function Row<Row>({ line, index, props, unfolded }: RowProps<Row>) {
  const { row, key, depth, folds, isUnfolded } = line;
  const { name, columns, childrenOf, onOpen, isOpen, opened } = props;
  const isActive = folds || onOpen !== undefined;
  const isShown = isOpen?.(row) === true;
  const fold = (wanted: boolean) => {
    if (!folds || wanted === isUnfolded) return;
    const keys = unfolded.split('|').filter((one) => one !== '' && one !== key);
    setParameters({ [`${name}.unfolded`]: (wanted ? [...keys, key] : keys).join('|') || null }, true);
  };
  const activate = () => (folds ? fold(!isUnfolded) : onOpen?.(row));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const handle = handlerOf(event.key, activate, fold, event.currentTarget as HTMLElement);
    if (handle === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    handle();
  };
  return (
    <>
      <tr
        class={isShown ? 'active open' : isActive ? 'active' : undefined}
        aria-level={childrenOf === undefined ? undefined : depth + 1}
        aria-expanded={folds ? isUnfolded : opened !== undefined && onOpen !== undefined ? isShown : undefined}
        tabIndex={isActive || index === 0 ? 0 : -1}
        onClick={isActive ? activate : undefined}
        onKeyDown={onKeyDown}
      >
        {columns.map((column, position) => {
          const content = column.show === undefined ? column.value(row) : column.show(row);
          return (
            <td key={column.id} class={classOf(column)}>
              {position === 0 && childrenOf !== undefined ? (
                <div class="folding" style={{ paddingLeft: `${depth * 1.1}rem` }}>
                  <span class="fold" aria-hidden="true">
                    {folds ? (isUnfolded ? '▾' : '▸') : ''}
                  </span>
                  {content}
                </div>
              ) : (
                content
              )}
            </td>
          );
        })}
      </tr>
      {isShown && opened !== undefined && (
        <tr class="opened">
          <td colSpan={columns.length}>{opened(row)}</td>
        </tr>
      )}
    </>
  );
}

function handlerOf(
  key: string,
  activate: () => void,
  fold: (wanted: boolean) => void,
  element: HTMLElement,
): (() => void) | undefined {
  if (key === 'Enter' || key === ' ') return activate;
  if (key === 'ArrowRight') return () => fold(true);
  if (key === 'ArrowLeft') return () => fold(false);
  if (key === 'ArrowDown' || key === 'ArrowUp') return () => focusBeside(element, key === 'ArrowDown');
  return undefined;
}

function focusBeside(element: HTMLElement, forward: boolean): void {
  const sibling = (one: Element | null) => (forward ? one?.nextElementSibling : one?.previousElementSibling) ?? null;
  let next = sibling(element);
  while (next?.classList.contains('opened') === true) next = sibling(next);
  if (next instanceof HTMLElement) next.focus();
}
