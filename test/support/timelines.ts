/** Timelines of real recordings, recorded in this process. */
import { MemoryBlockStore } from '../../src/episodes/block-store.js';
import type { EpisodeTimeline } from '../../src/episodes/timeline.js';
import { EpisodeObserver } from '../../src/explain/episodes.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { hypervisorOf } from '../../src/hypervisors/registry.js';
import { openInputs } from '../../src/node/inputs.js';

export interface Recorded {
  readonly explanation: Explanation;
  readonly timeline: EpisodeTimeline;
}

/** @param mostBytes that single segments may take; @param mostBins of all lanes together */
export async function recordTimeline(
  path: string,
  { mostBytes = 2 ** 30, mostBins, ...options }: ExplainOptions & { mostBytes?: number; mostBins?: number } = {},
): Promise<Recorded> {
  const episodes = new EpisodeObserver(new MemoryBlockStore(mostBytes), mostBins);
  const explanation = await explained(path, { ...options, episodes });
  return { explanation, timeline: episodes.timeline };
}

export async function explained(path: string, options: ExplainOptions): Promise<Explanation> {
  const opened = await openInputs([path]);
  if (!opened.ok) throw new Error(opened.issue.message);
  const { recording } = opened.value;
  const result = await explain(recording, hypervisorOf(recording.format), options);
  opened.value.close();
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}
