/** What recording itself costs a benchmark. */
import type { Histogram } from '../../base/histogram.js';
import { Track } from '../../ledger/timeline.js';
import { differenceEstimate, type Side } from './estimates.js';
import type { Located } from './locate.js';
import type { RecordingCost } from './reconciliation.js';
import type { WindowLedger } from './share.js';
import type { View } from './window.js';

/** A value that so few of all are below; null where there are none, or where it is zero because the clock stands still. */
export function lowest(values: Histogram, share: number): number | null {
  const [value] = values.percentiles([share]);
  return value > 0 ? value : null;
}

/** The shortest distances between events are those with next to no work in between. */
const CLOSE = 0.01;

/**
 * An event is stamped before it is written, so the time to the next event of the same thread holds the writing of one, by
 * every recorder that listens, and the work in between: where that is least it is an upper limit of what writing takes.
 *
 * @param whole the whole recording, for these distances and for the share of events that vmtoll understands
 * @param unrecorded V without a recorder, where it was measured
 */
export function recordingCostOf(
  whole: View,
  { view }: Located,
  ledger: WindowLedger,
  operations: number,
  recorded: Side,
  unrecorded: Side | undefined,
): RecordingCost {
  const { durationNs } = view.explanation.recording;
  let seen = 0;
  for (const { id, thread } of ledger.machine.vcpus) {
    if (ledger.counted.has(id)) seen += view.observation.timeline.lane(thread)?.sum(Track.records, 0, durationNs) ?? 0;
  }
  const { records, gaps } = whole.observation;
  const eventsPerRecord = records > 0 ? whole.explanation.recording.events / records : 1;
  const events = (seen * eventsPerRecord) / operations;
  const closestNs = lowest(gaps, CLOSE);
  return {
    events,
    closestNs,
    atMostNs: closestNs === null ? null : events * closestNs,
    measuredNs: unrecorded === undefined ? null : differenceEstimate(unrecorded, recorded),
  };
}
