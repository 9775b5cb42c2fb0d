/** What the timeline is given to show and to draw on, and what it tells about that. */
import type { Engine, TimelineInfo } from '../../engine/engine.js';
import type { Scene } from './picture.js';

export interface TimelineElements {
  /** Scrolls; as high as there is room. */
  readonly scroller: HTMLElement;
  /** In the scroller, as high as all rows. */
  readonly sheet: HTMLElement;
  /** Stays in view: the canvases are in it. */
  readonly stage: HTMLElement;
  readonly base: HTMLCanvasElement;
  readonly overlay: HTMLCanvasElement;
  readonly minimap: HTMLCanvasElement;
}

export interface TimelineData {
  readonly engine: Engine;
  readonly recording: number;
  readonly info: TimelineInfo;
  readonly unit: 'ns' | 'cycles';
  /** Names of machines by id. Untrusted. */
  readonly names: ReadonlyMap<string, string>;
}

/** What is in view, for words beside the picture. */
export interface InView {
  readonly scene: Scene;
  readonly isComplete: boolean;
  /** Nanoseconds a pixel of the screen stands for. */
  readonly columnNs: number;
  /** Length of the bins that are drawn: 0 where all are single segments. */
  readonly binNs: number;
}
