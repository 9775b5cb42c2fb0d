/**
 * Rows that wait for their place: text recordings show small inversions between CPUs, which a bounded window heals.
 *
 * The columns are those of a RecordBatch. A row that is older than the window reaches back is moved up in time.
 */
import { BATCH_ROWS, FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';

/** How many rows a late one may pass. `trace_pipe` inverts neighbours; a thousand rows are some milliseconds of load. */
export const REORDER_ROWS = 1024;
/** One line makes at most two rows, a loss and an event. */
const CAPACITY = BATCH_ROWS + REORDER_ROWS + 2;

export class RowWindow {
  count = 0;
  readonly fields = new Float64Array(CAPACITY * FIELD_SLOTS);
  readonly #time = new Float64Array(CAPACITY);
  readonly #pcpu = new Int32Array(CAPACITY);
  readonly #thread = new Int32Array(CAPACITY);
  readonly #kind = new Uint8Array(CAPACITY);
  /** Time of the last row that was handed out: no row may be before it. */
  #handedOut = 0;

  /** A batch can be taken, and rows that arrive late still find a window of REORDER_ROWS. */
  get ready(): boolean {
    return this.count >= BATCH_ROWS + REORDER_ROWS;
  }

  /**
   * Opens a row at its place in time, after all rows of the same time, and returns its number. Its fields are NaN.
   * `timeOf(row)` differs from `time` where the row came too late.
   */
  insert(time: number, pcpu: number, thread: number, kind: number): number {
    const row = this.#place(time);
    if (row < this.count) this.#makeRoom(row);
    this.count++;
    this.#time[row] = Math.max(time, row > 0 ? this.#time[row - 1] : this.#handedOut);
    this.#pcpu[row] = pcpu;
    this.#thread[row] = thread;
    this.#kind[row] = kind;
    this.fields.fill(Number.NaN, row * FIELD_SLOTS, (row + 1) * FIELD_SLOTS);
    return row;
  }

  timeOf(row: number): number {
    return this.#time[row];
  }

  setKind(row: number, kind: number): void {
    this.#kind[row] = kind;
  }

  /** Moves up to BATCH_ROWS of the oldest rows into `batch`. */
  take(batch: RecordBatch): void {
    const rows = Math.min(BATCH_ROWS, this.count);
    batch.count = rows;
    batch.time.set(this.#time.subarray(0, rows));
    batch.pcpu.set(this.#pcpu.subarray(0, rows));
    batch.thread.set(this.#thread.subarray(0, rows));
    batch.kind.set(this.#kind.subarray(0, rows));
    batch.fields.set(this.fields.subarray(0, rows * FIELD_SLOTS));
    if (rows > 0) this.#handedOut = this.#time[rows - 1];
    this.#move(0, rows, this.count);
    this.count -= rows;
  }

  #place(time: number): number {
    const oldest = Math.max(0, this.count - REORDER_ROWS);
    let row = this.count;
    while (row > oldest && this.#time[row - 1] > time) row--;
    return row;
  }

  #makeRoom(row: number): void {
    this.#move(row + 1, row, this.count);
  }

  #move(target: number, from: number, to: number): void {
    this.#time.copyWithin(target, from, to);
    this.#pcpu.copyWithin(target, from, to);
    this.#thread.copyWithin(target, from, to);
    this.#kind.copyWithin(target, from, to);
    this.fields.copyWithin(target * FIELD_SLOTS, from * FIELD_SLOTS, to * FIELD_SLOTS);
  }
}
