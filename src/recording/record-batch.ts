/**
 * Records: what a recorder wrote down, in the order of time, before anybody says what it means.
 *
 * A batch is a set of columns. It is filled by a format, read by a hypervisor's translator and then reused,
 * so that no object is made per record.
 */

/** Numeric slots per record. A tracepoint declares at most so many (a `u64` field takes two). */
export const FIELD_SLOTS = 8;

/**
 * Rows per batch: large enough to hide the cost of handing it over, small enough for the second-level cache together with
 * the events that are made of it, and for a small recording to cost little.
 */
export const BATCH_ROWS = 1024;

/**
 * The one record kind that is not a tracepoint: events were lost on a CPU.
 * `time` is when recording works again (the first event after the gap, or the end of the recording);
 * field 0 the time of the last event before the gap; field 1 how many were lost, NaN where nobody knows.
 */
export const LOSS_RECORD = 0;

/** The memory of a batch, where it is not its own. */
export interface BatchColumns {
  readonly time: Float64Array;
  readonly fields: Float64Array;
  readonly pcpu: Int32Array;
  readonly thread: Int32Array;
  readonly kind: Uint8Array;
}

export class RecordBatch implements BatchColumns {
  count = 0;
  /** Nanoseconds since the origin of the recording; integers, never falling from row to row. */
  readonly time: Float64Array;
  /** The pCPU that wrote the record. */
  readonly pcpu: Int32Array;
  /** The thread that ran there (TID); -1 where the recording does not say. */
  readonly thread: Int32Array;
  /** LOSS_RECORD, or the `kind` of a TracepointSpec. */
  readonly kind: Uint8Array;
  /**
   * FIELD_SLOTS numbers per row, in the order of the spec's fields. NaN: this recording lacks the field.
   * A negative integer -1 - n in an unsigned field stands for symbol n of the recording: text where a number was expected.
   */
  readonly fields: Float64Array;

  constructor(columns?: BatchColumns) {
    this.time = columns?.time ?? new Float64Array(BATCH_ROWS);
    this.pcpu = columns?.pcpu ?? new Int32Array(BATCH_ROWS);
    this.thread = columns?.thread ?? new Int32Array(BATCH_ROWS);
    this.kind = columns?.kind ?? new Uint8Array(BATCH_ROWS);
    this.fields = columns?.fields ?? new Float64Array(BATCH_ROWS * FIELD_SLOTS);
  }

  get full(): boolean {
    return this.count === BATCH_ROWS;
  }
}

/** Gives the batch to fill next, empty. */
export type BatchSupply = () => RecordBatch;

/** One and the same batch again and again. */
export function reuseOneBatch(): BatchSupply {
  const batch = new RecordBatch();
  return () => {
    batch.count = 0;
    return batch;
  };
}
