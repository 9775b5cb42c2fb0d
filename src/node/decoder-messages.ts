/** What a decoding thread is told and what it tells. All of it survives structured cloning. */
import type { Issue } from '../base/issue.js';
import type { Recording } from '../recording/recording.js';
import type { ThreadEntry } from '../recording/threads.js';
import type { TracepointCatalog } from '../recording/tracepoint.js';
import type { SharedRing } from './shared-batches.js';

export interface DecoderTask {
  readonly path: string;
  readonly catalog: TracepointCatalog;
  readonly clockHz?: number;
  readonly ring: SharedRing;
}

export type RecordingHead = Pick<Recording, 'format' | 'sources' | 'clock' | 'cycles' | 'host' | 'guests' | 'originNs'>;

export interface RecordingTail {
  readonly issues: readonly Issue[];
  readonly totals: Recording['totals'];
  readonly threads: readonly ThreadEntry[];
  readonly processNames: readonly (readonly [process: number, name: string])[];
}

export type DecoderMessage =
  | { readonly kind: 'failed'; readonly issue: Issue }
  | { readonly kind: 'opened'; readonly head: RecordingHead }
  /** Just before the first batch: the time of the first event is known. */
  | { readonly kind: 'started'; readonly firstNs: number }
  | { readonly kind: 'ended'; readonly tail: RecordingTail };
