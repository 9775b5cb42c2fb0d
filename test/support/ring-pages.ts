/** Writes pages of the kernel's ring buffer (`struct buffer_data_page`), as tests and benchmarks need them. */

export interface PageShape {
  readonly littleEndian: boolean;
  /** Bytes of the kernel's long. */
  readonly longSize: 4 | 8;
  readonly pageSize: number;
}

const DELTA_BITS = 27n;
const DELTA_MASK = (1n << DELTA_BITS) - 1n;
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
const LARGEST_SMALL_EVENT = 28 * 4;
const MISSED_EVENTS = 0x80000000;
const MISSED_STORED = 0x40000000;

export const pageHeaderBytes = (longSize: 4 | 8): number => 8 + longSize;

export class RingPages {
  readonly #shape: PageShape;
  readonly #emit: (page: Uint8Array) => void;
  #page: DataView;
  #at: number;
  #time = 0n;
  #isOpen = false;
  #missed: number | 'unknown' | undefined;

  /** `emit` gets every finished page, an array of its own. */
  constructor(shape: PageShape, emit: (page: Uint8Array) => void) {
    this.#shape = shape;
    this.#emit = emit;
    this.#page = new DataView(new ArrayBuffer(shape.pageSize));
    this.#at = pageHeaderBytes(shape.longSize);
  }

  /** An event with its data, whose length is a multiple of 4. Opens a new page where the current one is full. */
  event(time: bigint, data: Uint8Array): void {
    const isBig = data.length > LARGEST_SMALL_EVENT || data.length === 0;
    const size = 4 + (isBig ? 4 : 0) + data.length;
    const delta = this.#reach(time, size);
    this.#word(isBig ? 0 : data.length / 4, delta);
    if (isBig) this.#u32(data.length + 4);
    new Uint8Array(this.#page.buffer, this.#at, data.length).set(data);
    this.#at += data.length;
  }

  /** An absolute time stamp: 59 bits; the events after it count from there. */
  absoluteTime(time: bigint): void {
    this.#makeRoom(time, 8);
    this.#word(TIME_STAMP, time & DELTA_MASK);
    this.#u32(Number((time >> DELTA_BITS) & 0xffffffffn));
    this.#time = time;
  }

  /** An event of `bytes` data that the kernel discarded. */
  discarded(time: bigint, bytes: number): void {
    const delta = this.#reach(time, 8 + bytes);
    this.#word(PADDING, delta === 0n ? 1n : delta);
    if (delta === 0n) this.#time += 1n;
    this.#u32(bytes + 4);
    this.#at += bytes;
  }

  /** Ends the page with padding that has no time, as the kernel does where the next event does not fit. */
  endWithPadding(): void {
    if (!this.#isOpen || this.#at + 4 > this.#shape.pageSize) return;
    this.#word(PADDING, 0n);
    this.finishPage();
  }

  /** Events are missing before the next page, which then has room for their number. */
  missedBeforeNext(count: number | 'unknown'): void {
    this.finishPage();
    this.#missed = count;
  }

  finishPage(): void {
    if (!this.#isOpen) return;
    const { longSize, pageSize } = this.#shape;
    const header = pageHeaderBytes(longSize);
    let commit = this.#at - header;
    if (this.#missed !== undefined) {
      commit += MISSED_EVENTS;
      if (this.#missed !== 'unknown') {
        commit += MISSED_STORED;
        this.#long(this.#at, this.#missed);
      }
    }
    this.#long(8, commit);
    this.#emit(new Uint8Array(this.#page.buffer));
    this.#page = new DataView(new ArrayBuffer(pageSize), 0);
    this.#at = header;
    this.#isOpen = false;
    this.#missed = undefined;
  }

  /** The time to write into an event of `size` bytes, after room and a time extend were made for it. */
  #reach(time: bigint, size: number): bigint {
    this.#makeRoom(time, size + 8);
    let delta = time - this.#time;
    if (delta > DELTA_MASK) {
      this.#word(TIME_EXTEND, delta & DELTA_MASK);
      this.#u32(Number(delta >> DELTA_BITS));
      delta = 0n;
    }
    this.#time = time;
    return delta;
  }

  #makeRoom(time: bigint, size: number): void {
    const { pageSize, longSize } = this.#shape;
    const limit = typeof this.#missed === 'number' ? pageSize - longSize : pageSize;
    if (this.#isOpen && this.#at + size > limit) this.finishPage();
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#time = time;
    this.#page.setBigUint64(0, time, this.#shape.littleEndian);
  }

  #word(type: number, delta: bigint): void {
    const word = this.#shape.littleEndian ? (Number(delta) * 32 + type) >>> 0 : (type * 2 ** 27 + Number(delta)) >>> 0;
    this.#u32(word);
  }

  #u32(value: number): void {
    this.#page.setUint32(this.#at, value, this.#shape.littleEndian);
    this.#at += 4;
  }

  #long(at: number, value: number): void {
    const { longSize, littleEndian } = this.#shape;
    if (longSize === 4) this.#page.setUint32(at, value, littleEndian);
    else this.#page.setBigUint64(at, BigInt(value), littleEndian);
  }
}
