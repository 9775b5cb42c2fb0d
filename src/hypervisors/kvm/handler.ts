/** How one kind of record becomes events. */
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import type { RecordBatch } from '../../recording/record-batch.js';
import type { TracepointName } from './tracepoints.js';

/** Appends the events of one record. Runs for every record: it must not make objects. */
export type Handler = (records: RecordBatch, row: number, events: EventBatch) => void;

/** Handlers by tracepoint; a tracepoint without one is read for its names, or not at all. */
export type Handlers = Partial<Record<TracepointName, Handler>>;

/** Cause of a Detail event that leaves the cause of the exit reason in force. */
export const KEEP_CAUSE = -1;

/** Appends an event about the thread that the record belongs to. */
export function pushEvent(
  events: EventBatch,
  kind: EventKind,
  records: RecordBatch,
  row: number,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  events.push(kind, records.time[row], records.pcpu[row], records.thread[row], a, b, c, d);
}

export function pushDetail(
  events: EventBatch,
  records: RecordBatch,
  row: number,
  detailClass: number,
  value: number,
  cause: number,
  rank: number,
): void {
  pushEvent(events, EventKind.Detail, records, row, detailClass, value, cause, rank);
}
