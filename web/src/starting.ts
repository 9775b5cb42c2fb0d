/** Which engine is behind the page. */
import { type Engine, EngineError } from './engine/engine.js';
import { reportEngine } from './engine/report-engine.js';
import { serverEngine } from './engine/server-engine.js';

/** What the page was opened with; undefined: nothing, it waits for files. */
export const firstEngine = (): Engine | undefined => serverEngine() ?? reportEngine();

/** Analyses files in this browser. @throws {EngineError} where that cannot be done */
export function engineForFiles(_files: readonly File[]): Engine {
  throw new EngineError('no-worker', 'This page cannot analyse files.', 'vmtoll open FILE shows them.');
}
