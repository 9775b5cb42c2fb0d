/**
 * The picture of the timeline without what the pointer does to it: names of lanes, axis, lanes. It is drawn on any surface,
 * so the page, PNG and SVG are the same picture.
 */

import { OccupantKind } from '../../../../src/episodes/lanes.js';
import type { LaneTile } from '../../../../src/episodes/tile.js';
import { textColourOn } from '../../drawing/lane-image.js';
import { lengthOf, type Span, xOf } from '../../drawing/span.js';
import { fitText, type Surface } from '../../drawing/surface.js';
import { type TimeAxis, timeAxis } from '../../drawing/time-axis.js';
import type { TimelineInfo } from '../../engine/engine.js';
import type { LaneColours } from './colours.js';
import { type LaneView, tintOf } from './lane-view.js';
import { type GroupRow, LANE_GAP, type LaneRow, type Row } from './rows.js';
import { isKeptOut, segmentLabel } from './words.js';

export const AXIS_HEIGHT = 26;
/** Room for the base of the axis, pixels. */
const LEAST_GUTTER = 84;
/** A segment narrower than this has no text, in pixels. */
const LEAST_LABEL = 26;
const LABEL_PADDING = 4;
const LABEL_SIZE = 11;
/** Bold text is so much wider. */
const BOLDER = 1.12;
/** A lane less tall than this has no text in it. */
const LEAST_LABEL_HEIGHT = 13;

export interface Scene {
  readonly info: TimelineInfo;
  readonly rows: readonly Row[];
  /** By position in the list of lanes: those that are in view. */
  readonly views: ReadonlyMap<number, LaneView>;
  readonly span: Span;
  readonly colours: LaneColours;
  readonly unit: 'ns' | 'cycles';
  /** Pixels at the left that names of lanes take. */
  readonly gutter: number;
  /** What of the rows is scrolled out above. */
  readonly scrollY: number;
  /** Device pixels per pixel: lanes are drawn as fine as the screen is. */
  readonly scale: number;
  /** The lane that keys are about; undefined where there is none. */
  readonly focused: number | undefined;
}

/** The longest name of a lane decides. */
export function gutterWidth(surface: Surface, rows: readonly Row[]): number {
  let widest = 0;
  for (const row of rows) if (row.type === 'lane') widest = Math.max(widest, surface.textWidth(row.title));
  return Math.max(LEAST_GUTTER, Math.ceil(widest) + 28);
}

/** Device pixels of the lanes' part of the picture. */
export const laneColumns = (surface: Surface, scene: Pick<Scene, 'gutter' | 'scale'>): number =>
  Math.max(1, Math.round((surface.width - scene.gutter) * scene.scale));

export function drawScene(surface: Surface, scene: Scene): void {
  const { surfaces } = scene.colours;
  surface.rect(0, 0, surface.width, surface.height, surfaces.surface);
  for (const { x, label } of axisOf(surface, scene).ticks) {
    if (label === '') continue;
    surface.rect(Math.round(scene.gutter + x), AXIS_HEIGHT, 1, surface.height - AXIS_HEIGHT, surfaces.line);
  }
  drawRows(surface, scene, scene.rows);
}

/** Draws some of the rows again, and the axis, under which rows may be scrolled. */
export function drawRows(surface: Surface, scene: Scene, rows: readonly Row[]): void {
  for (const row of rows) {
    const y = AXIS_HEIGHT + row.y - scene.scrollY;
    if (y >= surface.height || y + row.height <= AXIS_HEIGHT) continue;
    if (row.type === 'group') drawHead(surface, scene, row, y);
    else drawLane(surface, scene, row, y);
  }
  drawAxis(surface, scene);
}

const axisOf = (surface: Surface, { span, gutter, unit }: Scene): TimeAxis =>
  timeAxis(span, surface.width - gutter, (text) => surface.textWidth(text, LABEL_SIZE), unit);

function drawAxis(surface: Surface, scene: Scene): void {
  const { surfaces } = scene.colours;
  const { ticks, base } = axisOf(surface, scene);
  const baseline = AXIS_HEIGHT - 10;
  surface.rect(0, 0, surface.width, AXIS_HEIGHT, surfaces.surface);
  for (const { x, label } of ticks) {
    const length = label === '' ? 3 : 5;
    surface.rect(Math.round(scene.gutter + x), AXIS_HEIGHT - length, 1, length, surfaces.strongLine);
    surface.text(label, scene.gutter + x, baseline, { colour: surfaces.quiet, size: LABEL_SIZE, anchor: 'middle' });
  }
  if (base !== '') {
    const text = fitText(surface, base, scene.gutter - 12, LABEL_SIZE);
    surface.text(text, scene.gutter - 6, baseline, { colour: surfaces.text, size: LABEL_SIZE, anchor: 'end' });
  }
  surface.rect(0, AXIS_HEIGHT - 1, surface.width, 1, surfaces.line);
}

function drawHead(surface: Surface, scene: Scene, row: GroupRow, y: number): void {
  const { surfaces } = scene.colours;
  surface.rect(0, y, surface.width, row.height - 2, surfaces.raised);
  const middle = y + (row.height - 2) / 2;
  const arrow = row.isOpen
    ? [8, middle - 2, 16, middle - 2, 12, middle + 3]
    : [10, middle - 4, 15, middle, 10, middle + 4];
  surface.polygon(arrow, surfaces.quiet);
  const title = fitText(surface, row.title, Math.max(40, surface.width / 3));
  surface.text(title, 22, middle + 4, { colour: surfaces.text, weight: 600 });
  if (row.id !== 'pcpus' || !row.isOpen) {
    const count = `${row.count} ${row.id === 'pcpus' ? 'pCPU' : 'vCPU'}${row.count === 1 ? '' : 's'}`;
    const x = 22 + surface.textWidth(title) * BOLDER + 10;
    surface.text(count, x, middle + 4, { colour: surfaces.quiet, size: LABEL_SIZE });
  }
}

function drawLane(surface: Surface, scene: Scene, row: LaneRow, y: number): void {
  const { colours, gutter, scale } = scene;
  const height = row.height - LANE_GAP;
  const isFocused = scene.focused === row.lane;
  surface.rect(0, y, gutter, row.height, isFocused ? colours.surfaces.selected : colours.surfaces.surface);
  const title = fitText(surface, row.title, gutter - 24);
  surface.text(title, 14, y + height / 2 + 4, { colour: colours.surfaces.text });
  const view = scene.views.get(row.lane);
  if (view === undefined) return;
  const columns = view.columns.width;
  const rows = Math.round(height * scale);
  const pixels = scratch(columns * rows);
  view.paint(pixels, rows, scale, colours, scene.info);
  surface.image(pixels, columns, rows, gutter, y, surface.width - gutter, height);
  if (height >= LEAST_LABEL_HEIGHT) drawLabels(surface, scene, row, view, y, height);
}

function drawLabels(surface: Surface, scene: Scene, row: LaneRow, view: LaneView, y: number, height: number): void {
  const { gutter, scale, span, colours, info } = scene;
  const lane = info.lanes[row.lane];
  const width = surface.width - gutter;
  const perNs = width / lengthOf(span);
  view.eachRun((from, until, rows, index) => {
    const room = (until - from) / scale;
    const isWhole = view.isSolid((from + until) >> 1) && fillsColumns(rows, index, perNs, room);
    if (room < LEAST_LABEL || !isWhole) return;
    const text = fitText(
      surface,
      segmentLabel(info, lane, rows.kind[index], rows.label[index]),
      room - 2 * LABEL_PADDING,
      LABEL_SIZE,
    );
    if (text === '') return;
    const isTinted = lane.type === 'pcpu' && rows.kind[index] === OccupantKind.vcpu;
    const colour = isTinted
      ? textColourOn(colours.vcpuTints[tintOf(rows.label[index], info.occupants, colours.vcpuTints.length)])
      : colours.texts[lane.type][rows.kind[index]];
    // Where the segment begins before the view, its text begins with the view.
    const x = gutter + from / scale + LABEL_PADDING;
    if (lane.type === 'vcpu' && isKeptOut(info, rows.label[index])) {
      // Text on stripes needs a ground of its own.
      const ground = colours.kinds.vcpu[rows.kind[index]];
      surface.rect(x - 2, y + height / 2 - 7, surface.textWidth(text, LABEL_SIZE) + 4, 15, ground);
    }
    surface.text(text, x, y + height / 2 + 4, { colour, size: LABEL_SIZE });
  });
}

/** Whether the run is one segment and not many of which this one is the longest. */
const fillsColumns = (rows: LaneTile, index: number, perNs: number, room: number): boolean =>
  rows.duration[index] * perNs >= room - 1.5;

/** Where a time is in the picture. */
export const sceneX = (scene: Pick<Scene, 'span' | 'gutter'>, width: number, timeNs: number): number =>
  scene.gutter + xOf(scene.span, width - scene.gutter, timeNs);

let pixelRoom = new Uint32Array(0);

/** Room for pixels that is used again and again: lanes are painted one after another. */
function scratch(length: number): Uint32Array {
  if (pixelRoom.length < length) pixelRoom = new Uint32Array(length);
  return pixelRoom;
}
