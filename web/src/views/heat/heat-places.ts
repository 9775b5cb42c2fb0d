/** Where in a heat map something is: cells, their times, and which times a selection of cells means. */

import { type Span, timeAt, xOf } from '../../drawing/span.js';
import type { HeatMap } from '../../engine/engine.js';
import type { Box, RowRange } from './heat-picture.js';

export interface Cell {
  readonly column: number;
  readonly row: number;
}

/** The cell at a place; the nearest one where that is outside. */
export function cellAt(map: HeatMap, rows: RowRange, span: Span, box: Box, x: number, y: number): Cell {
  const timeNs = timeAt(span, box.width, Math.max(0, Math.min(box.width - 0.01, x - box.x)));
  const column = Math.floor((timeNs - map.fromNs) / map.columnNs);
  const fromTop = Math.floor(((y - box.y) / box.height) * (rows.end - rows.first));
  return {
    column: Math.max(0, Math.min(map.columns - 1, column)),
    row: Math.max(rows.first, Math.min(rows.end - 1, rows.end - 1 - fromTop)),
  };
}

/** Where a cell is in the picture, with the cells up to another one. */
export function boxOfCell(map: HeatMap, rows: RowRange, span: Span, box: Box, { column, row }: Cell): Box {
  const x = box.x + xOf(span, box.width, map.fromNs + column * map.columnNs);
  const right = box.x + xOf(span, box.width, map.fromNs + (column + 1) * map.columnNs);
  const height = box.height / (rows.end - rows.first);
  return { x, y: box.y + (rows.end - 1 - row) * height, width: right - x, height };
}

/** Times that a cell is about: of lengths its column, of offsets its part of the period. */
export function spanOfCell({ kind, fromNs, columnNs, bordersNs }: HeatMap, { column, row }: Cell): Span {
  const start = fromNs + column * columnNs;
  if (kind === 'latency') return { fromNs: start, toNs: start + columnNs };
  return { fromNs: start + bordersNs[row], toNs: start + bordersNs[row + 1] };
}

/** From the earlier of two cells to the end of the later one. */
export function spanOfCells(map: HeatMap, one: Cell, other: Cell): Span {
  const [first, second] = [spanOfCell(map, one), spanOfCell(map, other)];
  return { fromNs: Math.min(first.fromNs, second.fromNs), toNs: Math.max(first.toNs, second.toNs) };
}

/** The rectangles that a span of time takes: one of lengths, one a period of offsets. */
export function boxesOfSpan(map: HeatMap, span: Span, box: Box, part: Span): Box[] {
  const x = (timeNs: number): number => box.x + Math.max(0, Math.min(box.width, xOf(span, box.width, timeNs)));
  if (map.kind === 'latency') {
    const [left, right] = [x(part.fromNs), x(part.toNs)];
    return right > left ? [{ x: left, y: box.y, width: right - left, height: box.height }] : [];
  }
  const boxes: Box[] = [];
  const first = Math.max(0, Math.floor((part.fromNs - map.fromNs) / map.columnNs));
  const last = Math.min(map.columns - 1, Math.ceil((part.toNs - map.fromNs) / map.columnNs) - 1);
  for (let column = first; column <= last; column++) {
    const start = map.fromNs + column * map.columnNs;
    const [from, to] = [Math.max(0, part.fromNs - start), Math.min(map.columnNs, part.toNs - start)];
    const [left, right] = [x(start), x(start + map.columnNs)];
    const top = box.y + box.height * (1 - to / map.columnNs);
    boxes.push({ x: left, y: top, width: right - left, height: (box.height * (to - from)) / map.columnNs });
  }
  return boxes;
}
