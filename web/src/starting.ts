/** Which engine is behind the page. */
import { type Engine, EngineError } from './engine/engine.js';
import { reportEngine } from './engine/report-engine.js';
import { serverEngine } from './engine/server-engine.js';
import { canAnalyse, type DroppedFile, workerEngine } from './engine/worker-engine.js';

/** What the page was opened with; undefined: nothing, it waits for files. */
export const firstEngine = (): Engine | undefined => serverEngine() ?? reportEngine();

/** Analyses files in this browser. @throws {EngineError} where that cannot be done */
export function engineForFiles(files: readonly DroppedFile[]): Engine {
  if (canAnalyse()) return workerEngine(files);
  throw new EngineError('no-worker', 'A page in a single file cannot analyse files.', 'vmtoll open FILE shows them.');
}
