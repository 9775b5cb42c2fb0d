/** Batches whose numbers lie in the shared memory of a ring: of records as they were recorded, or of neutral events. */
import { EVENT_COLUMNS, EVENTS_PER_RECORD, EventBatch } from '../recording/event-batch.js';
import { BATCH_ROWS, FIELD_SLOTS, RecordBatch } from '../recording/record-batch.js';
import { createRing, type SharedRing } from './shared-ring.js';

/** Enough for neither side to wait long for the other. */
const RECORD_SLOTS = 64;
/**
 * While the code that reads is not compiled yet, the other side gets half a million events ahead. Of the memory of a slot only
 * what is used is there.
 */
const EVENT_SLOTS = 512;

/** Bytes per row: time, eight fields, pCPU, thread, kind. */
const RECORD_BYTES = 8 + FIELD_SLOTS * 8 + 4 + 4 + 1;
const RECORD_SLOT_BYTES = BATCH_ROWS * RECORD_BYTES;

/** Events that may become of a batch of records. */
const EVENT_ROWS = BATCH_ROWS * EVENTS_PER_RECORD;
/** Numbers that are told of a batch of events: see SharedEvents. */
const FACTS = 2;
const EVENT_SLOT_BYTES = EVENT_ROWS * EVENT_COLUMNS * 8 + FACTS * 4;

/** Pieces of memory, one after the other: the widest numbers come first, so that all are aligned. */
class Pieces {
  readonly #memory: SharedArrayBuffer;
  #offset: number;

  constructor(memory: SharedArrayBuffer, offset: number) {
    this.#memory = memory;
    this.#offset = offset;
  }

  doubles(count: number): Float64Array {
    return new Float64Array(this.#memory, this.#take(8 * count), count);
  }

  integers(count: number): Int32Array {
    return new Int32Array(this.#memory, this.#take(4 * count), count);
  }

  bytes(count: number): Uint8Array {
    return new Uint8Array(this.#memory, this.#take(count), count);
  }

  #take(bytes: number): number {
    const start = this.#offset;
    this.#offset += bytes;
    return start;
  }
}

export const createRecordRing = (): SharedRing => createRing(RECORD_SLOTS, RECORD_SLOT_BYTES);

export const recordBatchesOf = ({ rows }: SharedRing): RecordBatch[] =>
  Array.from({ length: RECORD_SLOTS }, (_, slot) => {
    const pieces = new Pieces(rows, slot * RECORD_SLOT_BYTES);
    return new RecordBatch({
      time: pieces.doubles(BATCH_ROWS),
      fields: pieces.doubles(BATCH_ROWS * FIELD_SLOTS),
      pcpu: pieces.integers(BATCH_ROWS),
      thread: pieces.integers(BATCH_ROWS),
      kind: pieces.bytes(BATCH_ROWS),
    });
  });

export const createEventRing = (): SharedRing => createRing(EVENT_SLOTS, EVENT_SLOT_BYTES);

/** Neutral events that were made in another thread, and what was true there when they were complete. */
export class SharedEvents extends EventBatch {
  readonly #facts: Int32Array;

  constructor(numbers: Float64Array, facts: Int32Array) {
    super(EVENT_ROWS, numbers);
    this.#facts = facts;
  }

  /** Of how many records they are. */
  get recordCount(): number {
    return this.#facts[0];
  }

  /** How many reasons the translator had: the events may refer to each of them. */
  get reasonCount(): number {
    return this.#facts[1];
  }

  tell(recordCount: number, reasonCount: number): void {
    this.#facts[0] = recordCount;
    this.#facts[1] = reasonCount;
  }
}

export const eventBatchesOf = ({ rows }: SharedRing): SharedEvents[] =>
  Array.from({ length: EVENT_SLOTS }, (_, slot) => {
    const pieces = new Pieces(rows, slot * EVENT_SLOT_BYTES);
    return new SharedEvents(pieces.doubles(EVENT_ROWS * EVENT_COLUMNS), pieces.integers(FACTS));
  });
