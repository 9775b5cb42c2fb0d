/** One heat map on the page: its canvas, what pointer and keys do on it, and the same as a list. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { SURFACES } from '../../design/palette.js';
import { save } from '../../design/picture.jsx';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatShare, formatTime, plural } from '../../design/text.js';
import { theme } from '../../design/theme.js';
import { Facts, hideTooltip, showTooltip } from '../../design/tooltip.jsx';
import { CanvasSurface } from '../../drawing/canvas-surface.js';
import { pngOf, svgOf } from '../../drawing/save.js';
import { lengthOf, type Span } from '../../drawing/span.js';
import { clockText } from '../../drawing/time-axis.js';
import type { HeatMap } from '../../engine/engine.js';
import { linkTo } from '../../state/address.js';
import { latest } from '../../state/loading.js';
import { range, selectRange, workspace } from '../../state/workspace.js';
import { cellsBox, drawHeat, type HeatScene, usedRows } from './heat-picture.js';
import { boxesOfSpan, boxOfCell, type Cell, cellAt, spanOfCell, spanOfCells } from './heat-places.js';

export interface HeatMapProps {
  readonly map: HeatMap;
  readonly unit: 'exits' | 'ns';
  readonly span: Span;
  readonly timeUnit: 'ns' | 'cycles';
  /** Of the picture, for files and screen readers. */
  readonly title: string;
  readonly name: string;
}

const HEIGHT = 300;
/** Cells of the list. */
const MOST_LISTED = 10;

export function HeatMapPicture(props: HeatMapProps) {
  const { map, unit, span, title, name, timeUnit } = props;
  const frame = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const cursor = useSignal<Cell | undefined>(undefined);
  const anchor = useSignal<Cell | undefined>(undefined);
  const countText = unit === 'exits' ? formatCount : formatTime;
  const rows = usedRows(map);
  const scene: HeatScene = {
    map,
    unit,
    span,
    rows,
    theme: theme.value,
    surfaces: SURFACES[theme.value],
    timeUnit,
    countText,
  };
  const box = cellsBox(width.value, HEIGHT);
  // Read here, so that the picture follows them.
  const [pointed, grabbed, part] = [cursor.value, anchor.value, range.value];
  const total = map.counts.reduce((sum, count) => sum + count, 0);

  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = (): void => {
      width.value = element.clientWidth;
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (width.value === 0) return;
    const surface = new CanvasSurface(base.current!.getContext('2d', { alpha: false })!);
    surface.resize(width.value, HEIGHT, devicePixelRatio);
    drawHeat(surface, scene);
  }, [map, unit, span.fromNs, span.toNs, theme.value, width.value]);

  useLayoutEffect(() => {
    if (width.value === 0) return;
    const surface = new CanvasSurface(overlay.current!.getContext('2d')!);
    surface.resize(width.value, HEIGHT, devicePixelRatio);
    surface.clear();
    const { accent, text } = scene.surfaces;
    const chosen = grabbed !== undefined && pointed !== undefined ? spanOfCells(map, grabbed, pointed) : part;
    const boxes = chosen === undefined ? [] : boxesOfSpan(map, span, box, chosen);
    for (const { x, y, width: wide, height } of boxes) {
      surface.rect(x, y, Math.max(1, wide), Math.max(1, height), accent, 0.25);
      // Outlines beside each other would hide what is in them.
      if (boxes.length > 1) continue;
      surface.outline(x + 0.5, y + 0.5, Math.max(1, wide - 1), Math.max(1, height - 1), { colour: accent });
    }
    if (pointed === undefined) return;
    const cell = boxOfCell(map, rows, span, box, pointed);
    surface.outline(cell.x - 0.5, cell.y - 0.5, cell.width + 1, cell.height + 1, { colour: text, width: 1.5 });
  });

  const describe = (cell: Cell) => <CellTip cell={cell} map={map} total={total} countText={countText} unit={unit} />;
  const cellOf = (event: PointerEvent): Cell => {
    const { left, top } = base.current!.getBoundingClientRect();
    return cellAt(map, rows, span, box, event.clientX - left, event.clientY - top);
  };
  const finish = (cell: Cell): void => {
    const from = anchor.value;
    anchor.value = undefined;
    if (from !== undefined) selectRange(spanOfCells(map, from, cell));
  };
  const onPointerMove = (event: PointerEvent): void => {
    cursor.value = cellOf(event);
    showTooltip(event.clientX, event.clientY, describe(cursor.value));
  };
  const onPointerLeave = (): void => {
    if (anchor.value === undefined) cursor.value = undefined;
    hideTooltip();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const now = cursor.value ?? { column: 0, row: rows.first };
    const next = moved(now, event.key);
    const limited = next && {
      column: Math.max(0, Math.min(map.columns - 1, next.column)),
      row: Math.max(rows.first, Math.min(rows.end - 1, next.row)),
    };
    if (limited !== undefined) {
      if (event.shiftKey) anchor.value ??= now;
      else anchor.value = undefined;
      cursor.value = limited;
      const cell = boxOfCell(map, rows, span, box, limited);
      const { left, top } = base.current!.getBoundingClientRect();
      showTooltip(left + cell.x, top + cell.y, describe(limited));
    } else if (event.key === 'Enter') {
      anchor.value ??= now;
      finish(now);
    } else if (event.key === 'Escape' && anchor.value !== undefined) anchor.value = undefined;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const picture = (format: 'svg' | 'png'): void => {
    const draw = (surface: Parameters<typeof drawHeat>[0]): void => drawHeat(surface, scene);
    if (format === 'svg') save(svgOf(draw, width.value, HEIGHT, title), `${name}.svg`);
    else void pngOf(draw, width.value, HEIGHT, devicePixelRatio).then((blob) => save(blob, `${name}.png`));
  };
  return (
    <figure class="heat-figure" data-heat={name} data-total={total}>
      <div
        class="heat-frame"
        ref={frame}
        style={{ height: `${HEIGHT}px` }}
        role="application"
        aria-label={`${title}. Arrow keys move from cell to cell, Shift extends, Enter selects the range; a list is below.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move in it
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={onPointerLeave}
        onPointerMove={onPointerMove}
        onPointerLeave={onPointerLeave}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          anchor.value = cellOf(event);
        }}
        onPointerUp={(event) => finish(cellOf(event))}
        onPointerCancel={() => {
          anchor.value = undefined;
        }}
      >
        <canvas ref={base} />
        <canvas ref={overlay} />
      </div>
      <div class="picture-tools">
        <SelectedRange />
        <span class="spring" />
        <button type="button" class="plain" aria-label={`Save as SVG: ${title}`} onClick={() => picture('svg')}>
          SVG
        </button>
        <button type="button" class="plain" aria-label={`Save as PNG: ${title}`} onClick={() => picture('png')}>
          PNG
        </button>
      </div>
      <FullestCells map={map} total={total} unit={unit} countText={countText} />
    </figure>
  );
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

function moved({ column, row }: Cell, key: string): Cell | undefined {
  const step = STEPS[key];
  return step === undefined ? undefined : { column: column + step[0], row: row + step[1] };
}

interface CellTipProps {
  readonly cell: Cell;
  readonly map: HeatMap;
  readonly total: number;
  readonly unit: 'exits' | 'ns';
  readonly countText: (count: number) => string;
}

function CellTip({ cell, map, total, unit, countText }: CellTipProps) {
  const count = map.counts[cell.column * map.rows + cell.row];
  const { fromNs } = spanOfCell(map, cell);
  const [low, high] = [map.bordersNs[cell.row], map.bordersNs[cell.row + 1]];
  return (
    <div>
      <p class="hit-title">
        {countText(count)} {unit === 'exits' ? (count === 1 ? 'episode' : 'episodes') : 'of guest delay'}
      </p>
      <Facts
        rows={[
          [map.kind === 'latency' ? 'length' : 'offset', `${formatTime(low)} to ${formatTime(high)}`],
          ['from', clockText(Math.floor(fromNs))],
          ['of all shown', formatShare(count, total)],
        ]}
      />
    </div>
  );
}

function SelectedRange() {
  const part = range.value;
  if (part === undefined) {
    const isCounted = latest(workspace.value)?.ranges === true;
    return (
      <span class="quiet">
        Drag over cells to {isCounted ? 'count that range only, in every view' : 'select that range'}.
      </span>
    );
  }
  const view = `${Math.floor(part.fromNs)}-${Math.ceil(part.toNs)}`;
  return (
    <span>
      Selected: {formatTime(lengthOf(part))} from {clockText(Math.floor(part.fromNs))} ·{' '}
      <a href={linkTo('timeline', { view })}>see it on the timeline</a>
    </span>
  );
}

interface FullestProps {
  readonly map: HeatMap;
  readonly total: number;
  readonly unit: 'exits' | 'ns';
  readonly countText: (count: number) => string;
}

function FullestCells({ map, total, unit, countText }: FullestProps) {
  return (
    <details>
      <summary>The fullest cells, as a list</summary>
      <Table
        name={`fullest-${map.kind}`}
        label={map.kind === 'latency' ? 'The fullest cells by length' : 'The fullest cells by offset'}
        columns={columnsOf({ map, total, unit, countText })}
        rows={fullest(map)}
        keyOf={({ column, row }) => `${column}/${row}`}
        order={{ column: 'count', isDescending: true }}
        onOpen={(cell) => selectRange(spanOfCell(map, cell))}
      />
      <p class="quiet">Of {plural(map.columns, 'column')}; select one to count its time only.</p>
    </details>
  );
}

interface FullCell extends Cell {
  readonly count: number;
}

const columnsOf = ({ map, total, unit, countText }: FullestProps): readonly Column<FullCell>[] => [
  {
    id: 'from',
    title: 'from',
    unit: 'ns',
    value: (cell) => Math.floor(spanOfCell(map, cell).fromNs),
    show: (cell) => clockText(Math.floor(spanOfCell(map, cell).fromNs)),
  },
  {
    id: 'row',
    title: map.kind === 'latency' ? 'length' : 'offset',
    unit: 'ns',
    value: ({ row }) => map.bordersNs[row],
    show: ({ row }) => `${formatTime(map.bordersNs[row])} to ${formatTime(map.bordersNs[row + 1])}`,
  },
  {
    id: 'count',
    title: 'count',
    ...(unit !== 'exits' && { unit: 'ns' }),
    align: 'number',
    value: ({ count }) => count,
    show: ({ count }) => countText(count),
  },
  {
    id: 'share',
    title: 'share',
    align: 'number',
    value: ({ count }) => count / total,
    show: ({ count }) => formatShare(count, total),
  },
];

function fullest(map: HeatMap): FullCell[] {
  const cells: FullCell[] = [];
  for (let index = 0; index < map.counts.length; index++) {
    const count = map.counts[index];
    if (count > 0) cells.push({ column: Math.floor(index / map.rows), row: index % map.rows, count });
  }
  return cells.sort((one, other) => other.count - one.count).slice(0, MOST_LISTED);
}
