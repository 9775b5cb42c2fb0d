/** What is drawn above the data: the pointer's time, what it points at, the selected episode and its wake-up, range and marks. */
import { lengthOf, type Span } from '../../drawing/span.js';
import type { Surface } from '../../drawing/surface.js';
import type { EpisodeChain } from '../../engine/engine.js';
import type { Hit } from './lane-view.js';
import { AXIS_HEIGHT, type Scene, sceneX } from './picture.js';
import { LANE_GAP, type Row, rowOfLane } from './rows.js';
import type { Marks } from './state.js';

export interface Overlay {
  /** X of the pointer in pixels, where it is over the lanes. */
  readonly pointerX: number | undefined;
  readonly hit: Hit | undefined;
  readonly chain: EpisodeChain | undefined;
  /** The range that counts, or the one that is being drawn. */
  readonly range: Span | undefined;
  readonly isRangeNew: boolean;
  readonly marks: Marks;
  readonly timeText: (ns: number) => string;
  /** All rows, in view or not. */
  readonly rows: readonly Row[];
}

const LABEL_SIZE = 11;
const FLAG_WIDTH = 8;

export function drawOverlay(surface: Surface, scene: Scene, overlay: Overlay): void {
  const { gutter } = scene;
  surface.clipped(gutter, 0, surface.width - gutter, surface.height, () => {
    if (overlay.range !== undefined) drawRange(surface, scene, overlay.range, overlay);
    if (overlay.hit !== undefined) drawSegment(surface, scene, overlay, overlay.hit);
    if (overlay.chain !== undefined) drawChain(surface, scene, overlay, overlay.chain);
    drawMarks(surface, scene, overlay);
    if (overlay.pointerX !== undefined) {
      surface.rect(
        Math.round(overlay.pointerX),
        AXIS_HEIGHT,
        1,
        surface.height - AXIS_HEIGHT,
        scene.colours.surfaces.text,
        0.35,
      );
    }
  });
}

function drawRange(surface: Surface, scene: Scene, range: Span, { isRangeNew, timeText }: Overlay): void {
  const { surfaces } = scene.colours;
  const [left, right] = [range.fromNs, range.toNs].map((time) => sceneX(scene, surface.width, time));
  for (const row of scene.rows) {
    if (row.type !== 'lane') continue;
    const y = AXIS_HEIGHT + row.y - scene.scrollY;
    const shade = (from: number, to: number): void => {
      if (to > from) surface.rect(from, y, to - from, row.height - LANE_GAP, surfaces.page, 0.6);
    };
    shade(scene.gutter, Math.min(left, surface.width));
    shade(Math.max(right, scene.gutter), surface.width);
  }
  surface.rect(left, 0, Math.max(1, right - left), AXIS_HEIGHT, surfaces.accent, isRangeNew ? 0.35 : 0.22);
  for (const x of [left, right]) surface.rect(Math.round(x), 0, 1, surface.height, surfaces.accent);
  const text = timeText(lengthOf(range));
  const from = Math.max(left, scene.gutter);
  const to = Math.min(right, surface.width);
  if (to - from > surface.textWidth(text, LABEL_SIZE) + 12) label(surface, scene, text, (from + to) / 2, 12);
}

/** Text on a plate of its own: readable on anything. */
function label(surface: Surface, scene: Scene, text: string, x: number, y: number): void {
  const { surfaces } = scene.colours;
  const width = surface.textWidth(text, LABEL_SIZE) * 1.06 + 8;
  const left = Math.max(scene.gutter + 1, Math.min(x - width / 2, surface.width - width - 1));
  surface.rect(left, y - 11, width, 16, surfaces.accent);
  surface.text(text, left + width / 2, y + 1, { colour: surfaces.onAccent, size: LABEL_SIZE, anchor: 'middle' });
}

function boxOf(surface: Surface, scene: Scene, rows: readonly Row[], lane: number, span: Span) {
  const row = rowOfLane(rows, lane);
  if (row === undefined) return undefined;
  const x = sceneX(scene, surface.width, span.fromNs);
  const width = Math.max(2, sceneX(scene, surface.width, span.toNs) - x);
  const y = AXIS_HEIGHT + row.y - scene.scrollY;
  return { x, y, width, height: row.height - LANE_GAP, isLane: row.type === 'lane' };
}

function drawSegment(surface: Surface, scene: Scene, { rows }: Overlay, hit: Hit): void {
  const span = { fromNs: hit.startNs, toNs: hit.startNs + hit.durationNs };
  const box = boxOf(surface, scene, rows, hit.lane, span);
  if (box === undefined || !box.isLane || box.y < AXIS_HEIGHT - box.height) return;
  surface.outline(box.x + 0.5, Math.max(AXIS_HEIGHT, box.y) + 0.5, box.width - 1, box.height - 1, {
    colour: scene.colours.surfaces.text,
    width: 1.5,
  });
}

function drawChain(surface: Surface, scene: Scene, { rows }: Overlay, chain: EpisodeChain): void {
  const { surfaces } = scene.colours;
  const box = boxOf(surface, scene, rows, chain.lane, { fromNs: chain.startNs, toNs: chain.endNs });
  if (box === undefined) return;
  const frame = { colour: surfaces.accent, width: 2 };
  if (box.y + box.height > AXIS_HEIGHT) {
    surface.outline(box.x - 1, box.y - 1, box.width + 2, box.height + 2, { colour: surfaces.surface, width: 4 });
    surface.outline(box.x - 1, box.y - 1, box.width + 2, box.height + 2, frame);
  }
  for (const wake of chain.wakes) {
    const lane = wake.fromVcpuLane >= 0 ? wake.fromVcpuLane : wake.fromLane;
    const from = boxOf(surface, scene, rows, lane, { fromNs: wake.timeNs, toNs: wake.timeNs });
    if (lane >= 0 && from !== undefined) drawWake(surface, scene, from, box);
  }
}

/** An arrow from the waker to the woken: straight down or up, since both are at the same time. */
function drawWake(
  surface: Surface,
  scene: Scene,
  from: { x: number; y: number; height: number },
  to: { y: number; height: number },
): void {
  const { surfaces } = scene.colours;
  const isBelow = to.y > from.y;
  const start = from.y + from.height / 2;
  const end = isBelow ? to.y - 3 : to.y + to.height + 3;
  const head = isBelow ? -7 : 7;
  for (const style of [
    { colour: surfaces.surface, width: 5 },
    { colour: surfaces.accent, width: 2 },
  ]) {
    surface.line([from.x, start, from.x, end + head / 2], style);
  }
  // A light edge, since what is below may have the same colour.
  surface.polygon(
    [from.x - 8, end + head * 1.3, from.x + 8, end + head * 1.3, from.x, end - head / 2],
    surfaces.surface,
  );
  surface.polygon([from.x - 5, end + head, from.x + 5, end + head, from.x, end], surfaces.accent);
  surface.rect(from.x - 5, start - 5, 10, 10, surfaces.surface);
  surface.rect(from.x - 3, start - 3, 6, 6, surfaces.accent);
}

function drawMarks(surface: Surface, scene: Scene, { marks, timeText }: Overlay): void {
  const { surfaces } = scene.colours;
  const at = (time: number): number => Math.round(sceneX(scene, surface.width, time));
  for (const flag of marks.flags) {
    const x = at(flag);
    surface.rect(x, 0, 1, surface.height, surfaces.worse, 0.8);
    surface.polygon([x, 1, x + FLAG_WIDTH, 5, x, 9], surfaces.worse);
  }
  const { a, b } = marks;
  for (const [name, time] of [['A', a] as const, ['B', b] as const]) {
    if (time === null) continue;
    surface.rect(at(time), 0, 1, surface.height, surfaces.accent);
    label(surface, scene, name, at(time), 12);
  }
  if (a === null || b === null) return;
  const y = AXIS_HEIGHT + 6;
  surface.line([at(a), y, at(b), y], { colour: surfaces.accent, width: 1 });
  label(surface, scene, `B − A = ${b < a ? '−' : ''}${timeText(Math.abs(b - a))}`, (at(a) + at(b)) / 2, y + 4);
}
