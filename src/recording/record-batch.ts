/**
 * Records: what a recorder wrote down, in the order of time, before anybody says what it means.
 *
 * A batch is a set of columns. It is filled by a format, read by a hypervisor's translator and then reused,
 * so that no object is made per record.
 */

/** Numeric slots per record. A tracepoint declares at most so many (a `u64` field takes two). */
export const FIELD_SLOTS = 8;

/** Rows per batch: large enough to hide the cost of handing it over, small enough for the second-level cache. */
export const BATCH_ROWS = 4096;

/**
 * The one record kind that is not a tracepoint: events were lost on a CPU.
 * `time` is when recording works again (the first event after the gap, or the end of the recording);
 * field 0 the time of the last event before the gap; field 1 how many were lost, NaN where nobody knows.
 */
export const LOSS_RECORD = 0;

export class RecordBatch {
  count = 0;
  /** Nanoseconds since the origin of the recording; integers, never falling from row to row. */
  readonly time = new Float64Array(BATCH_ROWS);
  /** The pCPU that wrote the record. */
  readonly pcpu = new Int32Array(BATCH_ROWS);
  /** The thread that ran there (TID); -1 where the recording does not say. */
  readonly thread = new Int32Array(BATCH_ROWS);
  /** LOSS_RECORD, or the `kind` of a TracepointSpec. */
  readonly kind = new Uint8Array(BATCH_ROWS);
  /**
   * FIELD_SLOTS numbers per row, in the order of the spec's fields. NaN: this recording lacks the field.
   * A negative integer -1 - n in an unsigned field stands for symbol n of the recording: text where a number was expected.
   */
  readonly fields = new Float64Array(BATCH_ROWS * FIELD_SLOTS);

  get full(): boolean {
    return this.count === BATCH_ROWS;
  }
}
