/** What a decoding thread is told and what it tells. All of it survives structured cloning. */
import type { Issue } from '../base/issue.js';
import type { Told } from '../hypervisors/translator.js';
import type { Reason } from '../recording/causes.js';
import type { InterruptEntry } from '../recording/interrupt-names.js';
import type { Recording } from '../recording/recording.js';
import type { ThreadEntry } from '../recording/threads.js';
import type { TracepointCatalog } from '../recording/tracepoint.js';
import type { MeterCells } from './read-meter.js';
import type { SharedRing } from './shared-ring.js';

/** What it knows from the beginning. */
export interface DecoderData {
  /** The path that its task will most likely be about. */
  readonly foretold: string | undefined;
}

export interface DecoderTask {
  readonly path: string;
  /** What to read; by default all that matters of the hypervisor whose recording it is. */
  readonly catalog?: TracepointCatalog;
  readonly clockHz?: number;
  readonly meter?: MeterCells;
}

/** What is wanted of the opened recording: what to fill the ring with. */
export type DecoderOrder =
  | { readonly kind: 'records'; readonly ring: SharedRing }
  | { readonly kind: 'events'; readonly ring: SharedRing; readonly hypervisor: string; readonly told: Told };

export type RecordingHead = Pick<Recording, 'format' | 'sources' | 'clock' | 'cycles' | 'host' | 'guests' | 'originNs'>;

export interface RecordingTail {
  readonly issues: readonly Issue[];
  readonly totals: Recording['totals'];
  readonly threads: readonly ThreadEntry[];
  readonly interruptNames: readonly InterruptEntry[];
  readonly processNames: readonly (readonly [process: number, name: string])[];
}

/** A row of a translator's ReasonTable. */
export interface ReasonRow {
  readonly reason: Reason;
  readonly mayBeHalt: boolean;
}

export type DecoderMessage =
  | { readonly kind: 'failed'; readonly issue: Issue }
  | { readonly kind: 'opened'; readonly head: RecordingHead }
  /** Just before the first batch: the time of the first event is known. */
  | { readonly kind: 'started'; readonly firstNs: number }
  /** Just before a batch of events that refers to them. */
  | { readonly kind: 'reasons'; readonly rows: readonly ReasonRow[] }
  /** @param learnt of the translator, where there is one */
  | { readonly kind: 'ended'; readonly tail: RecordingTail; readonly learnt?: unknown };
