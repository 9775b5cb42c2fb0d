/** Which engine is behind the page. */
import type { Engine } from './engine/engine.js';
import { recordedEngine } from './recorded-engine.js';

/** What the page was opened with; undefined: nothing, it waits for files. */
export const firstEngine = (): Engine | undefined => recordedEngine();

/** Analyses files in this browser. */
export function engineForFiles(_files: readonly File[]): Engine {
  throw new Error('not yet');
}
