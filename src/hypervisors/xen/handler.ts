/** How one kind of record becomes events. */
import type { EventBatch } from '../../recording/event-batch.js';
import type { RecordBatch } from '../../recording/record-batch.js';
import type { TraceEventName } from './trace-events.js';

/** Appends the events of one record. Runs for every record: it must not make objects. */
export type Handler = (records: RecordBatch, row: number, events: EventBatch) => void;

/** Handlers by event; an event without one is only counted. */
export type Handlers = Partial<Record<TraceEventName, Handler>>;
