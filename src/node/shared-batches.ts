/**
 * A ring of record batches in shared memory: one thread fills it, another one reads it, nothing is copied.
 */
import { BATCH_ROWS, FIELD_SLOTS, RecordBatch } from '../recording/record-batch.js';

/** Enough for neither side to wait long for the other. */
const SLOTS = 64;
/** Waking a thread costs more than a batch: a side that has to wait does so until there is work for a while. */
const HALF = SLOTS / 2;
/** Bytes per row: time, eight fields, pCPU, thread, kind. */
const ROW_BYTES = 8 + FIELD_SLOTS * 8 + 4 + 4 + 1;
const SLOT_BYTES = BATCH_ROWS * ROW_BYTES;

/** Positions in the control words: how many batches were written, and read, in all. */
const WRITTEN = 0;
const READ = 1;
const ENDED = 2;
/** When WRITTEN, or READ, reaches this the other side wants to be woken. */
const WAKE_AT_WRITTEN = 3;
const WAKE_AT_READ = 4;
const FIRST_COUNT = 5;

export interface SharedRing {
  readonly control: SharedArrayBuffer;
  readonly rows: SharedArrayBuffer;
}

export const createRing = (): SharedRing => ({
  control: new SharedArrayBuffer((FIRST_COUNT + SLOTS) * 4),
  rows: new SharedArrayBuffer(SLOTS * SLOT_BYTES),
});

/** A RecordBatch whose columns lie in shared memory. */
function batchAt(rows: SharedArrayBuffer, slot: number): RecordBatch {
  let offset = slot * SLOT_BYTES;
  const take = (bytes: number): number => {
    const start = offset;
    offset += bytes * BATCH_ROWS;
    return start;
  };
  return new RecordBatch({
    time: new Float64Array(rows, take(8), BATCH_ROWS),
    fields: new Float64Array(rows, take(8 * FIELD_SLOTS), BATCH_ROWS * FIELD_SLOTS),
    pcpu: new Int32Array(rows, take(4), BATCH_ROWS),
    thread: new Int32Array(rows, take(4), BATCH_ROWS),
    kind: new Uint8Array(rows, take(1), BATCH_ROWS),
  });
}

const batchesOf = ({ rows }: SharedRing): RecordBatch[] =>
  Array.from({ length: SLOTS }, (_, slot) => batchAt(rows, slot));

/** The side that fills the ring; blocks its thread while the ring is full. */
export class RingWriter {
  readonly #control: Int32Array;
  readonly #batches: RecordBatch[];
  #written = 0;

  constructor(ring: SharedRing) {
    this.#control = new Int32Array(ring.control);
    this.#batches = batchesOf(ring);
  }

  /** The batch to fill next, empty: a BatchSupply. */
  readonly next = (): RecordBatch => {
    const control = this.#control;
    let read = Atomics.load(control, READ);
    if (this.#written - read === SLOTS) {
      const enough = this.#written - HALF;
      Atomics.store(control, WAKE_AT_READ, enough);
      for (read = Atomics.load(control, READ); read < enough; read = Atomics.load(control, READ)) {
        Atomics.wait(control, READ, read);
      }
    }
    const batch = this.#batches[this.#written % SLOTS];
    batch.count = 0;
    return batch;
  };

  /** Hands over the batch that `next` gave. */
  publish(): void {
    const slot = this.#written % SLOTS;
    this.#control[FIRST_COUNT + slot] = this.#batches[slot].count;
    this.#written++;
    Atomics.store(this.#control, WRITTEN, this.#written);
    if (Atomics.load(this.#control, WAKE_AT_WRITTEN) === this.#written) Atomics.notify(this.#control, WRITTEN);
  }

  end(): void {
    Atomics.store(this.#control, ENDED, 1);
    Atomics.notify(this.#control, WRITTEN);
  }
}

/** The side that empties it. */
export class RingReader {
  readonly #control: Int32Array;
  readonly #batches: RecordBatch[];
  #read = 0;

  constructor(ring: SharedRing) {
    this.#control = new Int32Array(ring.control);
    this.#batches = batchesOf(ring);
  }

  /**
   * The next batch, valid until `release`; undefined after the last one; 'late' if none came within `patienceMs`.
   */
  next(patienceMs: number): RecordBatch | 'late' | undefined {
    const control = this.#control;
    if (Atomics.load(control, WRITTEN) === this.#read) {
      Atomics.store(control, WAKE_AT_WRITTEN, this.#read + HALF);
      const hasEnded = Atomics.load(control, ENDED) === 1;
      const written = Atomics.load(control, WRITTEN);
      if (hasEnded && written === this.#read) return undefined;
      if (!hasEnded && written === this.#read) Atomics.wait(control, WRITTEN, this.#read, patienceMs);
      if (Atomics.load(control, WRITTEN) === this.#read) return 'late';
    }
    const slot = this.#read % SLOTS;
    const batch = this.#batches[slot];
    batch.count = this.#control[FIRST_COUNT + slot]!;
    return batch;
  }

  release(): void {
    this.#read++;
    Atomics.store(this.#control, READ, this.#read);
    if (Atomics.load(this.#control, WAKE_AT_READ) === this.#read) Atomics.notify(this.#control, READ);
  }
}
