/** Ties the timeline together: state, canvases, hands and keys. The component around it only holds the elements. */
import { batch, effect, type ReadonlySignal, signal } from '@preact/signals';
import { formatTime } from '../../design/text.js';
import { theme } from '../../design/theme.js';
import { hideTooltip, showTooltip } from '../../design/tooltip.jsx';
import {
  broughtIntoView,
  fittedTo,
  lengthOf,
  pannedBy,
  type Span,
  sameSpan,
  spanBetween,
  timeAt,
  zoomedAround,
} from '../../drawing/span.js';
import type { EpisodeChain } from '../../engine/engine.js';
import { type Fault, faultOf, LOADING, type Loadable, latest } from '../../state/loading.js';
import { range, selectRange } from '../../state/workspace.js';
import { laneColours } from './colours.js';
import { listenToHands } from './gestures.js';
import type { InView, TimelineData, TimelineElements } from './given.js';
import { HitTip } from './hit-tip.jsx';
import type { Hit } from './lane-view.js';
import { MinimapStage } from './minimap-stage.js';
import { drawOverlay } from './overlay.js';
import { AXIS_HEIGHT, laneColumns } from './picture.js';
import { type LaneRow, type Row, rowAt, rowOfLane, timelineRows } from './rows.js';
import { followSelected } from './selected-chain.js';
import { followSize } from './sizes.js';
import { Stage } from './stage.js';
import {
  closed,
  followAddress,
  marks,
  select,
  selected,
  setMark,
  showSpan,
  toggleFlag,
  toggleGroup,
  view,
  whole,
} from './state.js';

const KEY_PAN = 0.12;
const KEY_ZOOM = 0.7;
/** Nothing has moved for so long: it stands still. */
const SETTLE_MS = 150;
/** Marks this close to the pointer are meant by it, pixels. */
const FLAG_PIXELS = 6;

export class TimelineController {
  readonly data: TimelineData;
  readonly stage: Stage;
  readonly #elements: TimelineElements;
  readonly #minimap: MinimapStage;
  readonly #stops: (() => void)[] = [];
  #rows: readonly Row[] = [];
  #pointer: { x: number; y: number } | undefined;
  #hit: Hit | undefined;
  #drawnRange: Span | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;

  readonly #inView = signal<InView | undefined>(undefined);
  readonly #settled = signal<InView | undefined>(undefined);
  readonly #chain = signal<Loadable<EpisodeChain | undefined> | undefined>(undefined);
  readonly #focused = signal<number | undefined>(undefined);
  readonly #room = signal(0);
  readonly #fault = signal<Fault | undefined>(undefined);
  readonly #said = signal('');

  readonly inView: ReadonlySignal<InView | undefined> = this.#inView;
  /** The same, since it last stood still: for words that take time to make. */
  readonly settled: ReadonlySignal<InView | undefined> = this.#settled;
  /** Of the episode that is selected; undefined where none is. */
  readonly chain: ReadonlySignal<Loadable<EpisodeChain | undefined> | undefined> = this.#chain;
  /** Position of the lane that keys are about. */
  readonly focused: ReadonlySignal<number | undefined> = this.#focused;
  /** Why a piece is missing; undefined where none is. */
  readonly fault: ReadonlySignal<Fault | undefined> = this.#fault;
  /** For screen readers: what just happened. */
  readonly said: ReadonlySignal<string> = this.#said;

  constructor(data: TimelineData, elements: TimelineElements) {
    this.data = data;
    this.#elements = elements;
    const { engine, recording, info, unit } = data;
    this.stage = new Stage(
      {
        engine,
        recording,
        info,
        unit,
        base: elements.base,
        overlay: elements.overlay,
        drawOverlay: (surface, scene) => drawOverlay(surface, scene, this.#overlay()),
        drawMinimap: () => {
          this.#minimap.resize(this.#gutter);
          this.#minimap.update();
        },
        failed: (error) => {
          this.#fault.value = faultOf(error);
        },
        drawn: () => this.#drawn(),
      },
      laneColours(theme.peek()),
    );
    this.#minimap = new MinimapStage(elements.minimap, this.stage, info);
    this.#stops.push(
      followAddress(),
      followSize(elements, this.stage, this.#room, () => {
        this.#rows = timelineRows(info.lanes, closed.value, this.#room.value - AXIS_HEIGHT, data.names);
        return this.#rows;
      }),
      ...this.#followState(),
      listenToHands(elements.stage, () => this.#gutter, {
        grab: (x, y, isShift) => this.#grab(x, y, isShift),
        pan: (pixels) => this.pan(-pixels * this.#nsPerPixel),
        range: (from, to, isOver) => this.#dragRange(from, to, isOver),
        click: (x, y) => this.#click(x, y),
        doubleClick: (x, y) => this.#doubleClick(x, y),
        hover: (place) => this.#hover(place),
        zoom: (x, factor) => this.zoom(factor, this.#timeAt(x)),
      }),
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#settling);
    hideTooltip();
    this.stage.close();
    this.#minimap.close();
  }

  get #gutter(): number {
    return this.stage.scene?.gutter ?? 0;
  }

  get #width(): number {
    return Math.max(1, this.stage.surface.width - this.#gutter);
  }

  get #nsPerPixel(): number {
    return lengthOf(view.peek()) / this.#width;
  }

  #timeAt(x: number): number {
    return timeAt(view.peek(), this.#width, Math.max(0, Math.min(this.#width, x - this.#gutter)));
  }

  /** The time that keys are about: under the pointer, or else in the middle. */
  get #keyTime(): number {
    const { fromNs, toNs } = view.peek();
    return this.#pointer === undefined ? (fromNs + toNs) / 2 : this.#timeAt(this.#pointer.x);
  }

  pan(ns: number): void {
    showSpan(pannedBy(view.peek(), whole.peek(), ns));
  }

  panByKey(direction: -1 | 1): void {
    this.pan(direction * KEY_PAN * lengthOf(view.peek()));
  }

  zoom(factor: number, timeNs: number): void {
    showSpan(zoomedAround(view.peek(), whole.peek(), timeNs, factor));
  }

  zoomByKey(isIn: boolean): void {
    this.zoom(isIn ? KEY_ZOOM : 1 / KEY_ZOOM, this.#keyTime);
  }

  /** The selected episode, then the range that counts, then all of T: each press shows the next of them. */
  fitNext(): void {
    const chain = latest(this.#chain.peek() ?? LOADING);
    const targets: Span[] = [];
    if (chain !== undefined) targets.push(fittedTo({ fromNs: chain.startNs, toNs: chain.endNs }, whole.peek(), 0.3));
    const part = range.peek();
    if (part !== undefined) targets.push(fittedTo(part, whole.peek(), 0.02));
    targets.push(whole.peek());
    const now = targets.findIndex((target) => sameSpan(target, view.peek()));
    showSpan(targets[(now + 1) % targets.length]);
  }

  fitAll(): void {
    showSpan(whole.peek());
  }

  mark(): void {
    toggleFlag(this.#keyTime, this.#nsPerPixel * FLAG_PIXELS);
  }

  setMark(name: 'a' | 'b'): void {
    const time = Math.round(this.#keyTime);
    setMark(name, marks.peek()[name] === time ? null : time);
  }

  /** Everything in view counts, nothing else. */
  selectView(): void {
    selectRange(view.peek());
  }

  deselect(): void {
    if (selected.peek() !== undefined) select(undefined);
    else if (marks.peek().a !== null || marks.peek().b !== null) {
      setMark('a', null);
      setMark('b', null);
    }
  }

  moveFocus(direction: -1 | 1): void {
    const lanes = this.#rows.filter((row): row is LaneRow => row.type === 'lane');
    if (lanes.length === 0) return;
    const now = lanes.findIndex(({ lane }) => lane === this.#focused.peek());
    const next = lanes[Math.max(0, Math.min(lanes.length - 1, now < 0 ? 0 : now + direction))];
    this.focus(next.lane);
  }

  focus(lane: number): void {
    this.#focused.value = lane;
    const row = rowOfLane(this.#rows, lane);
    if (row === undefined) return;
    const { scroller } = this.#elements;
    const [top, bottom] = [scroller.scrollTop, scroller.scrollTop + scroller.clientHeight - AXIS_HEIGHT];
    if (row.y < top) scroller.scrollTop = row.y - 24;
    else if (row.y + row.height > bottom) scroller.scrollTop = row.y + row.height - (bottom - top) + 8;
    this.#said.value = this.data.info.lanes[lane].name;
  }

  /** The longest segment of the focused lane that is in view. */
  selectLongest(): void {
    const lane = this.#focused.peek() ?? this.#rows.find((row): row is LaneRow => row.type === 'lane')?.lane;
    if (lane === undefined) return;
    this.focus(lane);
    const longest = this.stage.scene?.views.get(lane)?.longest();
    if (longest !== undefined) select({ lane, timeNs: Math.max(longest.startNs, 0) });
  }

  /** The episode before or after the selected one; the first in view where none is selected. */
  async step(direction: -1 | 1): Promise<void> {
    const now = selected.peek();
    const lane = now?.lane ?? this.#focused.peek() ?? 0;
    const { engine, recording } = this.data;
    const timeNs = now?.timeNs ?? view.peek().fromNs;
    try {
      const chain = await engine.episode({ recording, lane, timeNs, step: direction });
      if (chain === undefined) this.#said.value = direction > 0 ? 'There is no later one' : 'There is no earlier one';
      else this.show(lane, chain.startNs, chain.endNs);
    } catch (error) {
      this.#fault.value = faultOf(error);
    }
  }

  /** Selects what is on a lane at a time, and moves so that it can be seen. */
  show(lane: number, startNs: number, endNs: number): void {
    batch(() => {
      select({ lane, timeNs: Math.max(0, startNs) });
      showSpan(broughtIntoView(view.peek(), whole.peek(), { fromNs: startNs, toNs: endNs }));
    });
    this.focus(lane);
  }

  /** Zooms to the selected episode. */
  zoomTo(span: Span): void {
    showSpan(fittedTo(span, whole.peek(), 0.3));
  }

  #followState(): (() => void)[] {
    return [
      effect(() => this.stage.show({ span: view.value })),
      effect(() => this.stage.show({ colours: laneColours(theme.value) })),
      effect(() => this.stage.show({ focused: this.#focused.value })),
      effect(() => {
        void [range.value, marks.value, this.#chain.value];
        this.stage.redrawOverlay();
        this.#minimap.draw();
      }),
      followSelected(this.data, this.#chain, this.#focused),
    ];
  }

  #overlay(): Parameters<typeof drawOverlay>[2] {
    const chain = this.#chain.peek();
    return {
      pointerX: this.#pointer !== undefined && this.#pointer.x >= this.#gutter ? this.#pointer.x : undefined,
      hit: this.#hit,
      chain: chain?.state === 'ready' ? chain.value : undefined,
      range: this.#drawnRange ?? range.peek(),
      isRangeNew: this.#drawnRange !== undefined,
      marks: marks.peek(),
      timeText: formatTime,
      rows: this.#rows,
    };
  }

  #drawn(): void {
    const { scene } = this.stage;
    if (scene === undefined) return;
    const columns = laneColumns(this.stage.surface, scene);
    const bins = [...scene.views.values()].map((one) => one.coarsestBinNs);
    this.#inView.value = {
      scene,
      isComplete: this.stage.isComplete,
      columnNs: lengthOf(scene.span) / columns,
      binNs: Math.max(0, ...bins),
    };
    if (this.stage.isComplete) this.#fault.value = undefined;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settled.value = this.#inView.peek();
    }, SETTLE_MS);
    this.#hitAgain();
  }

  #grab(x: number, y: number, isShift: boolean): 'pan' | 'range' | 'none' {
    if (x < this.#gutter) return 'none';
    return isShift || y < AXIS_HEIGHT ? 'range' : 'pan';
  }

  #dragRange(fromX: number, toX: number, isOver: boolean): void {
    const span = spanBetween(this.#timeAt(fromX), this.#timeAt(toX));
    this.#drawnRange = isOver ? undefined : span;
    if (isOver && lengthOf(span) > 0) selectRange(span);
    this.stage.redrawOverlay();
  }

  #rowAt(y: number): Row | undefined {
    if (y < AXIS_HEIGHT) return undefined;
    return rowAt(this.#rows, y - AXIS_HEIGHT + (this.stage.scene?.scrollY ?? 0));
  }

  #hitAt(x: number, y: number): Hit | undefined {
    const row = this.#rowAt(y);
    const { scene } = this.stage;
    if (row?.type !== 'lane' || scene === undefined || x < scene.gutter) return undefined;
    return scene.views.get(row.lane)?.at(Math.floor((x - scene.gutter) * scene.scale));
  }

  #click(x: number, y: number): void {
    const row = this.#rowAt(y);
    if (row?.type === 'group') toggleGroup(row.id);
    if (row?.type !== 'lane') return;
    this.#focused.value = row.lane;
    if (x < this.#gutter) return;
    const hit = this.#hitAt(x, y);
    if (hit === undefined || hit.isBackground) select(undefined);
    else select({ lane: hit.lane, timeNs: Math.max(0, hit.startNs) });
  }

  #doubleClick(x: number, y: number): void {
    const hit = this.#hitAt(x, y);
    if (hit !== undefined && hit.durationNs > 0)
      this.zoomTo({ fromNs: hit.startNs, toNs: hit.startNs + hit.durationNs });
  }

  #hover(place: { x: number; y: number; clientX: number; clientY: number } | undefined): void {
    this.#pointer = place;
    this.#hit = place === undefined ? undefined : this.#hitAt(place.x, place.y);
    if (place === undefined || this.#hit === undefined) hideTooltip();
    else {
      const lane = this.data.info.lanes[this.#hit.lane];
      showTooltip(
        place.clientX,
        place.clientY,
        HitTip({ hit: this.#hit, lane, info: this.data.info, timeNs: this.#timeAt(place.x) }),
      );
    }
    const isHead = place !== undefined && this.#rowAt(place.y)?.type === 'group';
    this.#elements.stage.style.cursor = isHead
      ? 'pointer'
      : place !== undefined && place.y < AXIS_HEIGHT
        ? 'ew-resize'
        : '';
    this.stage.redrawOverlay();
  }

  /** The data below the pointer changed: what it points at is something else now. */
  #hitAgain(): void {
    if (this.#pointer === undefined) return;
    this.#hit = this.#hitAt(this.#pointer.x, this.#pointer.y);
    this.stage.redrawOverlay();
  }
}
