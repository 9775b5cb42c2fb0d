/** The canvas of the minimap, and what hands do on it: drag the part in view, or its ends, or press where to go. */
import { effect } from '@preact/signals';
import { theme } from '../../design/theme.js';
import { CanvasSurface } from '../../drawing/canvas-surface.js';
import { keptWithin, lengthOf, type Span, spanBetween, timeAt } from '../../drawing/span.js';
import type { TimelineInfo } from '../../engine/engine.js';
import { range } from '../../state/workspace.js';
import { laneColours } from './colours.js';
import { MINIMAP_HEIGHT, Minimap, windowOf } from './minimap.js';
import type { Stage } from './stage.js';
import { showSpan, view, whole } from './state.js';

/** So close to an end of the part in view one has hold of the end, pixels. */
const HANDLE = 6;

type Grip = 'from' | 'to' | 'all';

export class MinimapStage {
  readonly #canvas: HTMLCanvasElement;
  readonly #surface: CanvasSurface;
  readonly #stage: Stage;
  readonly #minimap: Minimap;
  readonly #off = new AbortController();
  readonly #stop: () => void;
  #grip: { readonly grip: Grip; readonly x: number; readonly span: Span } | undefined;

  constructor(canvas: HTMLCanvasElement, stage: Stage, info: TimelineInfo) {
    this.#canvas = canvas;
    this.#surface = new CanvasSurface(canvas.getContext('2d', { alpha: false })!);
    this.#stage = stage;
    this.#minimap = new Minimap(stage.overviewLanes, info);
    this.#stop = effect(() => {
      void theme.value;
      this.update();
    });
    this.#listen();
  }

  /** As wide as there is room, above the lanes: their names are as wide as `gutter`. */
  resize(gutter: number): void {
    this.#canvas.style.marginLeft = `${gutter}px`;
    const { width, scale } = this.#stage.surface;
    const own = Math.max(1, width - gutter);
    this.#canvas.style.width = `${own}px`;
    this.#surface.resize(own, MINIMAP_HEIGHT, scale);
  }

  /** Something of what it shows has been loaded. */
  update(): void {
    if (this.#surface.width === 0) return;
    const { width, height, scale } = this.#surface;
    this.#minimap.update(this.#stage.cache, width, height, scale, laneColours(theme.peek()));
    this.draw();
  }

  draw(): void {
    if (this.#surface.width === 0) return;
    this.#minimap.draw(this.#surface, view.peek(), range.peek(), laneColours(theme.peek()));
  }

  close(): void {
    this.#stop();
    this.#off.abort();
  }

  #listen(): void {
    const { signal } = this.#off;
    const on = (
      type: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel',
      run: (event: PointerEvent) => void,
    ) => this.#canvas.addEventListener(type, run, { signal });
    on('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.#canvas.setPointerCapture(event.pointerId);
      this.#press(event.offsetX);
    });
    on('pointermove', (event) => {
      this.#canvas.style.cursor = this.#gripAt(event.offsetX) === 'all' ? 'grab' : 'ew-resize';
      if (this.#grip !== undefined) this.#drag(event.offsetX);
    });
    const release = (): void => {
      this.#grip = undefined;
    };
    on('pointerup', release);
    on('pointercancel', release);
  }

  #timeAt(x: number): number {
    const { width } = this.#surface;
    return timeAt(whole.peek(), width, Math.max(0, Math.min(width, x)));
  }

  #gripAt(x: number): Grip {
    const { left, right } = windowOf(view.peek(), whole.peek(), this.#surface.width);
    // In a narrow window there is no room for its ends: it moves as a whole.
    if (right - left < 3 * HANDLE) return 'all';
    if (Math.abs(x - left) <= HANDLE) return 'from';
    return Math.abs(x - right) <= HANDLE ? 'to' : 'all';
  }

  #press(x: number): void {
    const { left, right } = windowOf(view.peek(), whole.peek(), this.#surface.width);
    if (x < left - HANDLE || x > right + HANDLE) {
      const half = lengthOf(view.peek()) / 2;
      const time = this.#timeAt(x);
      showSpan(keptWithin({ fromNs: time - half, toNs: time + half }, whole.peek()));
    }
    this.#grip = { grip: this.#gripAt(x), x, span: view.peek() };
  }

  #drag(x: number): void {
    const { grip, x: startX, span } = this.#grip!;
    const ns = this.#timeAt(x) - this.#timeAt(startX);
    if (grip === 'all') showSpan(keptWithin({ fromNs: span.fromNs + ns, toNs: span.toNs + ns }, whole.peek()));
    else {
      const fixed = grip === 'from' ? span.toNs : span.fromNs;
      showSpan(keptWithin(spanBetween(fixed, (grip === 'from' ? span.fromNs : span.toNs) + ns), whole.peek()));
    }
  }
}
