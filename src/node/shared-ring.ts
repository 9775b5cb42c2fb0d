/**
 * A ring of batches in shared memory: one thread fills it, another one reads it, nothing is copied.
 */

/** Waking a thread costs more than a batch: a side that has to wait does so until there is room, or work, for a while. */
const A_WHILE = 32;

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

/** A batch whose columns lie in shared memory; how many of its rows are used goes with it. */
export interface SharedBatch {
  count: number;
}

/**
 * @param slots more than A_WHILE
 * @param slotBytes of one batch
 */
export const createRing = (slots: number, slotBytes: number): SharedRing => ({
  control: new SharedArrayBuffer((FIRST_COUNT + slots) * 4),
  rows: new SharedArrayBuffer(slots * slotBytes),
});

/** The side that fills the ring; blocks its thread while the ring is full. */
export class RingWriter<Batch extends SharedBatch> {
  readonly #control: Int32Array;
  readonly #batches: readonly Batch[];
  #written = 0;

  /** @param batches those of the slots */
  constructor(ring: SharedRing, batches: readonly Batch[]) {
    this.#control = new Int32Array(ring.control);
    this.#batches = batches;
  }

  /** The batch to fill next, empty: a BatchSupply. */
  readonly next = (): Batch => {
    const control = this.#control;
    const slots = this.#batches.length;
    let read = Atomics.load(control, READ);
    if (this.#written - read === slots) {
      const enough = this.#written - slots + A_WHILE;
      Atomics.store(control, WAKE_AT_READ, enough);
      for (read = Atomics.load(control, READ); read < enough; read = Atomics.load(control, READ)) {
        Atomics.wait(control, READ, read);
      }
    }
    const batch = this.#batches[this.#written % slots];
    batch.count = 0;
    return batch;
  };

  /** Hands over the batch that `next` gave. */
  publish(): void {
    const slot = this.#written % this.#batches.length;
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
export class RingReader<Batch extends SharedBatch> {
  readonly #control: Int32Array;
  readonly #batches: readonly Batch[];
  #read = 0;

  /** @param batches those of the slots */
  constructor(ring: SharedRing, batches: readonly Batch[]) {
    this.#control = new Int32Array(ring.control);
    this.#batches = batches;
  }

  /**
   * The next batch, valid until `release`; undefined after the last one; 'late' if none came within `patienceMs`.
   */
  next(patienceMs: number): Batch | 'late' | undefined {
    const control = this.#control;
    if (Atomics.load(control, WRITTEN) === this.#read) {
      Atomics.store(control, WAKE_AT_WRITTEN, this.#read + A_WHILE);
      const hasEnded = Atomics.load(control, ENDED) === 1;
      const written = Atomics.load(control, WRITTEN);
      if (hasEnded && written === this.#read) return undefined;
      if (!hasEnded && written === this.#read) Atomics.wait(control, WRITTEN, this.#read, patienceMs);
      if (Atomics.load(control, WRITTEN) === this.#read) return 'late';
    }
    const slot = this.#read % this.#batches.length;
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
