/** A heat map as a picture: cells, axes, legend, on any surface. */

import type { Surfaces, Theme } from '../../design/palette.js';
import { type Span, xOf } from '../../drawing/span.js';
import type { Surface } from '../../drawing/surface.js';
import { timeAxis } from '../../drawing/time-axis.js';
import { latencyTicks, type ValueTick } from '../../drawing/value-axis.js';
import type { HeatMap } from '../../engine/engine.js';
import { leastOf, legendCounts, MOST_STEPS, rampColour, rampPixels, shareOf } from './heat-scale.js';

export const HEAT_MARGINS = { left: 64, right: 12, top: 8, bottom: 26 } as const;
export const LEGEND_HEIGHT = 34;
const LABEL_SIZE = 11;

/** Rows of a map that are shown: from the lowest that has something to the highest, with a row of air. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

export interface HeatScene {
  readonly map: HeatMap;
  readonly unit: 'exits' | 'ns';
  /** What the width shows. */
  readonly span: Span;
  readonly rows: RowRange;
  readonly theme: Theme;
  readonly surfaces: Surfaces;
  readonly timeUnit: 'ns' | 'cycles';
  readonly countText: (count: number) => string;
}

/** In pixels of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function cellsBox(width: number, height: number): Box {
  const { left, right, top, bottom } = HEAT_MARGINS;
  return {
    x: left,
    y: top,
    width: Math.max(1, width - left - right),
    height: Math.max(1, height - top - bottom - LEGEND_HEIGHT),
  };
}

export function usedRows({ kind, counts, columns, rows }: HeatMap): RowRange {
  // Every offset of a period is worth showing, also where nothing happens.
  if (kind === 'offset') return { first: 0, end: rows };
  const isUsed = Array.from({ length: rows }, (_, row) => {
    for (let column = 0; column < columns; column++) if (counts[column * rows + row] > 0) return true;
    return false;
  });
  const first = isUsed.indexOf(true);
  if (first < 0) return { first: 0, end: rows };
  return { first: Math.max(0, first - 1), end: Math.min(rows, isUsed.lastIndexOf(true) + 2) };
}

export function drawHeat(surface: Surface, scene: HeatScene): void {
  const { surfaces } = scene;
  const box = cellsBox(surface.width, surface.height);
  surface.rect(0, 0, surface.width, surface.height, surfaces.surface);
  drawCells(surface, scene, box);
  surface.outline(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1, { colour: surfaces.line });
  drawTimeAxis(surface, scene, box);
  for (const { y, label } of valueTicks(scene, box)) {
    surface.rect(box.x - 5, Math.round(y), 5, 1, surfaces.strongLine);
    surface.text(label, box.x - 8, y + 4, { colour: surfaces.quiet, size: LABEL_SIZE, anchor: 'end' });
  }
  drawLegend(surface, scene, box);
}

function drawCells(surface: Surface, { map, rows, span, theme, unit }: HeatScene, box: Box): void {
  const ramp = rampPixels(theme);
  const shown = rows.end - rows.first;
  const pixels = new Uint32Array(map.columns * shown);
  const least = leastOf(unit);
  for (let row = 0; row < shown; row++) {
    for (let column = 0; column < map.columns; column++) {
      const count = map.counts[column * map.rows + (rows.end - 1 - row)];
      if (count <= 0) continue;
      pixels[row * map.columns + column] = ramp[Math.round(shareOf(count, least, map.most) * (ramp.length - 1))];
    }
  }
  const left = box.x + xOf(span, box.width, map.fromNs);
  const right = box.x + xOf(span, box.width, map.fromNs + map.columns * map.columnNs);
  surface.clipped(box.x, box.y, box.width, box.height, () => {
    surface.image(pixels, map.columns, shown, left, box.y, right - left, box.height);
  });
}

function drawTimeAxis(surface: Surface, { span, surfaces, timeUnit }: HeatScene, box: Box): void {
  const bottom = box.y + box.height;
  const axis = timeAxis(span, box.width, (text) => surface.textWidth(text, LABEL_SIZE), timeUnit);
  for (const { x, label } of axis.ticks) {
    surface.rect(Math.round(box.x + x), bottom, 1, label === '' ? 3 : 5, surfaces.strongLine);
    surface.text(label, box.x + x, bottom + 17, { colour: surfaces.quiet, size: LABEL_SIZE, anchor: 'middle' });
  }
  if (axis.base === '') return;
  surface.text(axis.base, box.x - 8, bottom + 17, { colour: surfaces.text, size: LABEL_SIZE, anchor: 'end' });
}

function valueTicks({ map, rows, timeUnit }: HeatScene, box: Box): readonly ValueTick[] {
  const [from, to] = [map.bordersNs[rows.first], map.bordersNs[rows.end]];
  if (map.kind === 'latency') return latencyTicks(from, to, box.height, timeUnit).map((tick) => below(tick, box));
  // Offsets are times of their own: an axis of time, stood on end.
  const axis = timeAxis({ fromNs: from, toNs: to }, box.height, () => LABEL_SIZE, timeUnit);
  return axis.ticks.filter(({ label }) => label !== '').map(({ x, label }) => below({ y: x, label }, box));
}

/** Ticks count from the bottom, pictures from the top. */
const below = ({ y, label }: ValueTick, box: Box): ValueTick => ({ y: box.y + box.height - y, label });

function drawLegend(surface: Surface, scene: HeatScene, box: Box): void {
  const { map, surfaces, theme, unit } = scene;
  const top = surface.height - LEGEND_HEIGHT + 6;
  const least = leastOf(unit);
  const what = unit === 'exits' ? 'episodes in a cell:' : 'guest delay in a cell:';
  surface.text(what, box.x, top + 10, { colour: surfaces.quiet, size: LABEL_SIZE });
  let x = box.x + surface.textWidth(what, LABEL_SIZE) + 12;
  if (map.most <= 0) {
    surface.text('none', x, top + 10, { colour: surfaces.quiet, size: LABEL_SIZE });
    return;
  }
  for (const { count, text, width } of legendSteps(surface, scene, least, surface.width - x)) {
    surface.rect(x, top, 14, 13, rampColour(theme, shareOf(count, least, map.most)));
    surface.outline(x + 0.5, top + 0.5, 13, 12, { colour: surfaces.strongLine, width: 0.75 });
    surface.text(text, x + 19, top + 10, { colour: surfaces.text, size: LABEL_SIZE });
    x += width;
  }
}

/** As many as there is room for, the first and the last at least. */
function legendSteps(surface: Surface, { map, countText }: HeatScene, least: number, room: number) {
  for (let steps = MOST_STEPS; ; steps--) {
    const shown = legendCounts(Math.min(least, map.most), map.most, steps).map((count) => {
      const text = countText(count);
      return { count, text, width: 19 + surface.textWidth(text, LABEL_SIZE) + 14 };
    });
    const width = shown.reduce((sum, step) => sum + step.width, 0);
    if (width <= room || steps === 1) return shown;
  }
}
