/**
 * The canvases of the timeline: keeps what is drawn in step with what is to be seen, and draws no more than has changed. Data
 * are on one canvas; what the pointer does is on another above it, which is redrawn without touching the first.
 */
import type { Tile as EngineTile } from '../../../../src/episodes/tile.js';
import { CanvasSurface } from '../../drawing/canvas-surface.js';
import { drawnTile } from '../../drawing/columns.js';
import { resolutionOf, tilesOf } from '../../drawing/resolution.js';
import type { Span } from '../../drawing/span.js';
import { TileCache, type Wanted, wholeLevelOf } from '../../drawing/tile-cache.js';
import type { Engine, TimelineInfo } from '../../engine/engine.js';
import type { LaneColours } from './colours.js';
import { type CachedTile, LaneView } from './lane-view.js';
import { AXIS_HEIGHT, drawRows, drawScene, gutterWidth, laneColumns, type Scene } from './picture.js';
import { heightOf, type LaneRow, type Row, rowsBetween } from './rows.js';

/** The minimap is about no more vCPUs than these. */
export const MOST_OVERVIEW_LANES = 256;
/** Bytes of a row of a tile beside its sums, and of one of the sums. */
const ROW_BYTES = 31;
const SUM_BYTES = 8;

export interface StageOptions {
  readonly engine: Engine;
  readonly recording: number;
  readonly info: TimelineInfo;
  readonly unit: 'ns' | 'cycles';
  readonly base: HTMLCanvasElement;
  readonly overlay: HTMLCanvasElement;
  /** Draws what is above the data; called whenever something below has moved. */
  readonly drawOverlay: (surface: CanvasSurface, scene: Scene) => void;
  /** The data of the whole of T changed, or the span. */
  readonly drawMinimap: () => void;
  readonly failed: (error: unknown) => void;
  /** Something of what is in view changed. */
  readonly drawn: () => void;
}

export class Stage {
  readonly cache: TileCache<CachedTile>;
  readonly #options: StageOptions;
  readonly #base: CanvasSurface;
  readonly #overlay: CanvasSurface;
  readonly #views = new Map<number, LaneView>();
  readonly #overviewLanes: readonly number[];
  #rows: readonly Row[] = [];
  #span: Span = { fromNs: 0, toNs: 1 };
  #colours: LaneColours;
  #scrollY = 0;
  #focused: number | undefined;
  #scene: Scene | undefined;
  #frame = 0;
  #isAllDirty = true;
  readonly #dirtyLanes = new Set<number>();
  #isOverlayDirty = true;

  constructor(options: StageOptions, colours: LaneColours) {
    this.#options = options;
    this.#colours = colours;
    this.#base = new CanvasSurface(options.base.getContext('2d', { alpha: false })!);
    this.#overlay = new CanvasSurface(options.overlay.getContext('2d')!);
    const { info } = options;
    const vcpus = info.lanes.flatMap(({ type }, lane) => (type === 'vcpu' ? [lane] : []));
    this.#overviewLanes = vcpus.slice(0, MOST_OVERVIEW_LANES);
    this.cache = new TileCache<CachedTile>({
      load: (lanes, span, level, signal) => this.#load(lanes, span, level, signal),
      arrived: (lanes) => this.#arrived(lanes),
      failed: options.failed,
      wholeLevel: wholeLevelOf(info.lengthNs),
    });
  }

  /** As it was drawn last; undefined before the first time. */
  get scene(): Scene | undefined {
    return this.#scene;
  }

  /** Lanes of the minimap. */
  get overviewLanes(): readonly number[] {
    return this.#overviewLanes;
  }

  get surface(): CanvasSurface {
    return this.#base;
  }

  /** Whether everything that is in view is there, as fine as it can be drawn. */
  get isComplete(): boolean {
    return (
      this.#scene !== undefined &&
      !this.cache.isLoading &&
      [...this.#scene.views.values()].every((one) => one.isComplete)
    );
  }

  show(change: {
    readonly rows?: readonly Row[];
    readonly span?: Span;
    readonly colours?: LaneColours;
    readonly scrollY?: number;
    readonly focused?: number | undefined;
  }): void {
    if (change.rows !== undefined) this.#rows = change.rows;
    if (change.span !== undefined) this.#span = change.span;
    if (change.colours !== undefined) this.#colours = change.colours;
    if (change.scrollY !== undefined) this.#scrollY = change.scrollY;
    if ('focused' in change) this.#focused = change.focused;
    this.#isAllDirty = true;
    this.#schedule();
  }

  resize(width: number, height: number, scale: number): void {
    const isNew = this.#base.resize(width, height, scale);
    this.#overlay.resize(width, height, scale);
    if (isNew) this.show({});
  }

  redrawOverlay(): void {
    this.#isOverlayDirty = true;
    this.#schedule();
  }

  /** Draws what is dirty now instead of in the next frame. */
  drawNow(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#draw();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.cache.clear();
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    if (this.#base.width === 0) return;
    const { info, unit } = this.#options;
    if (this.#isAllDirty) {
      const visible = rowsBetween(this.#rows, this.#scrollY, this.#scrollY + this.#base.height - AXIS_HEIGHT);
      const views = new Map<number, LaneView>();
      for (const row of visible) if (row.type === 'lane') views.set(row.lane, this.#view(row.lane));
      const gutter = gutterWidth(this.#base, this.#rows);
      const { scale } = this.#base;
      const [rows, span, colours, scrollY, focused] = [
        visible,
        this.#span,
        this.#colours,
        this.#scrollY,
        this.#focused,
      ];
      this.#scene = { info, rows, views, span, colours, unit, gutter, scrollY, scale, focused };
      for (const view of views.values()) this.#update(view, this.#scene);
      drawScene(this.#base, this.#scene);
      this.#want(this.#scene);
    } else if (this.#dirtyLanes.size > 0 && this.#scene !== undefined) {
      const scene = this.#scene;
      const dirty = scene.rows.filter((row): row is LaneRow => row.type === 'lane' && this.#dirtyLanes.has(row.lane));
      for (const { lane } of dirty) this.#update(this.#view(lane), scene);
      drawRows(this.#base, scene, dirty);
    }
    const isDataChanged = this.#isAllDirty || this.#dirtyLanes.size > 0;
    this.#isAllDirty = false;
    this.#dirtyLanes.clear();
    if (this.#scene !== undefined && (isDataChanged || this.#isOverlayDirty)) {
      this.#overlay.clear();
      this.#options.drawOverlay(this.#overlay, this.#scene);
    }
    this.#isOverlayDirty = false;
    if (!isDataChanged) return;
    this.#options.drawMinimap();
    this.#options.drawn();
  }

  #update(view: LaneView, scene: Scene): void {
    view.update(this.cache, scene.span, laneColumns(this.#base, scene), this.#options.info.lengthNs);
  }

  #view(lane: number): LaneView {
    const known = this.#views.get(lane);
    if (known !== undefined) return known;
    const view = new LaneView(lane, this.#options.info.lanes[lane].type);
    this.#views.set(lane, view);
    return view;
  }

  /** The whole of T first, so that something can stand in for everything; then what is in view, then what is beside it. */
  #want(scene: Scene): void {
    const lanes = [...scene.views.keys()];
    const wholeLevel = wholeLevelOf(this.#options.info.lengthNs);
    const level = this.cache.levelFor(scene.span, laneColumns(this.#base, scene));
    const { first, last } = tilesOf(scene.span, level);
    const most = tilesOf({ fromNs: 0, toNs: this.#options.info.lengthNs }, level).last;
    const all = [...new Set([...lanes, ...this.#overviewLanes])];
    const wanted: Wanted[] = [
      { lanes: all, level: wholeLevel, first: 0, last: 0 },
      { lanes, level, first, last: Math.min(last, most) },
    ];
    if (last < most) wanted.push({ lanes, level, first: last + 1, last: last + 1 });
    if (first > 0) wanted.push({ lanes, level, first: first - 1, last: first - 1 });
    this.cache.want(wanted);
  }

  #arrived(lanes: readonly number[]): void {
    for (const lane of lanes) this.#dirtyLanes.add(lane);
    this.#schedule();
  }

  async #load(lanes: readonly number[], span: Span, level: number, signal: AbortSignal): Promise<CachedTile[]> {
    const { engine, recording, info } = this.#options;
    const toNs = Math.min(span.toNs, Math.ceil(info.lengthNs));
    const request = { recording, lanes, fromNs: span.fromNs, toNs, resolutionNs: resolutionOf(level) };
    return cachedTiles(await engine.tile(request, signal));
  }
}

/** One tile a lane, each with what it takes. */
export function cachedTiles(tile: EngineTile): CachedTile[] {
  return tile.lanes.map((rows) => ({
    rows: drawnTile(rows),
    resolutionNs: tile.resolutionNs,
    bytes: rows.count * ROW_BYTES + rows.sums.length * SUM_BYTES,
  }));
}

export const sheetHeight = (rows: readonly Row[]): number => AXIS_HEIGHT + heightOf(rows);
