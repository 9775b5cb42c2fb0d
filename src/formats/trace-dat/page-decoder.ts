/**
 * Decodes one page of the kernel's ring buffer into columns. This is the hot loop: once through all bytes, no
 * object, string or BigInt per event.
 *
 * A page is a time stamp, a commit counter and events. An event is a word of 5 bits type/length and 27 bits time since
 * the event before, then its data (`struct ring_buffer_event` of the kernel).
 */
import type { PageLayout } from './trace-file.js';

/** Types 1..28 are the length of the data in words, 0 means that the length follows. */
const LARGEST_WORD_COUNT = 28;
const PADDING = 29;
const TIME_EXTEND = 30;
const DELTA_BITS = 2 ** 27;
const DELTA_MASK = DELTA_BITS - 1;
/** Absolute time stamps have 59 bits: the upper five are those of the time before. */
const UPPER_TIME_BITS = 0xf8000000;

/** In the low word of the commit counter: bytes of data, events are missing before this page, and their number is stored. */
const COMMIT_MASK = 2 ** 27 - 1;
const MISSED_EVENTS = 0x80000000;
const MISSED_STORED = 0x40000000;

const TWO_32 = 2 ** 32;
/** A trillion events between two pages of one CPU: a number above that is damage. */
const LARGEST_MISSED_HIGH = 255;
/** Larger distances are no exact doubles (104 days of nanoseconds). */
const LARGEST_TICKS = 2 ** 53;
/**
 * A page cannot reach beyond the start of the next one. Unsynchronized clocks may fall back a little; more than
 * 2^32 ticks (4 s of nanoseconds) is damage.
 */
export const TIME_TOLERANCE = TWO_32;
const NO_LIMIT = Infinity;

/** Behind the end of every page. */
const LARGEST_OFFSET = 0x7fff_ffff;

/** Bytes of the smallest event: its word and one word of data. */
export const SMALLEST_EVENT = 8;

/** What it takes to read the header of a page. */
export interface PageReading {
  readonly littleEndian: boolean;
  readonly layout: PageLayout;
}

/** What all CPUs of a recording share. */
export interface Decoding extends PageReading {
  /** Where `common_type` is in the data of an event: in the first word. */
  readonly typeOffset: number;
  /** By event type: 0 not wanted, otherwise 1 + the index of its extractor. */
  readonly handlers: Uint8Array;
  /** Events met, by event type. */
  readonly counts: Float64Array;
  /** Time zero, as the two halves of a 64-bit number of ticks. */
  readonly originHigh: number;
  readonly originLow: number;
  /** Turns ticks since the origin into nanoseconds; undefined where a tick is a nanosecond. */
  readonly toNs: ((ticks: number) => number) | undefined;
}

/** The wanted events of one page, and what is known about the CPU's time. */
export class DecodedPage {
  /** Ticks since the origin, never falling. */
  readonly time: Float64Array;
  /** Where the data of the event begin in the block, and how many bytes they have. */
  readonly offset: Int32Array;
  readonly size: Int32Array;
  readonly handler: Uint8Array;
  rows = 0;
  /** The last time stamp that stands by itself: of this page, or in it. */
  ticks = NaN;
  /** Time of the first event of this page; NaN where it has none. */
  firstTicks = NaN;

  /** Of this CPU so far: its events, its last time (0: none yet), how often time went back, runs of one and the same time. */
  events = 0;
  lastTicks = 0;
  wentBack = 0;
  run = 0;
  longestRun = 0;

  constructor(pageSize: number) {
    const most = Math.ceil(pageSize / SMALLEST_EVENT);
    this.time = new Float64Array(most);
    this.offset = new Int32Array(most);
    this.size = new Int32Array(most);
    this.handler = new Uint8Array(most);
  }
}

/** The header of a page. */
export interface PageHeader {
  readonly dataBytes: number;
  /** Events are missing before this page: how many, NaN where it does not say; 0 where none are missing. */
  readonly missed: number;
}

/** Undefined where the page is damaged: it states more data than fit. */
export function readPageHeader(
  view: DataView,
  start: number,
  pageSize: number,
  reading: PageReading,
): PageHeader | undefined {
  const { littleEndian, layout } = reading;
  const commitAt = start + layout.commitOffset;
  const lowWord = layout.commitSize === 8 && !littleEndian ? commitAt + 4 : commitAt;
  const commit = view.getUint32(lowWord, littleEndian);
  const dataBytes = commit & COMMIT_MASK;
  if (layout.dataOffset + dataBytes > pageSize) return undefined;
  if ((commit & MISSED_EVENTS) === 0) return { dataBytes, missed: 0 };
  const end = layout.dataOffset + dataBytes;
  const isStored = (commit & MISSED_STORED) !== 0 && end + layout.commitSize <= pageSize;
  return { dataBytes, missed: isStored ? readMissed(view, start + end, reading) : NaN };
}

/** How many events are missing; NaN where the number cannot be meant. */
function readMissed(view: DataView, at: number, { littleEndian, layout }: PageReading): number {
  if (layout.commitSize === 4) return view.getUint32(at, littleEndian) || NaN;
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  return high <= LARGEST_MISSED_HIGH ? high * TWO_32 + low || NaN : NaN;
}

/** The time stamp of a page, in ticks since the origin. */
export function pageTicks(view: DataView, start: number, decoding: Decoding): number {
  const { littleEndian } = decoding;
  const high = view.getUint32(littleEndian ? start + 4 : start, littleEndian);
  const low = view.getUint32(littleEndian ? start : start + 4, littleEndian);
  return (high - decoding.originHigh) * TWO_32 + (low - decoding.originLow);
}

/** What no time of a page may be beyond, from the time stamp of the page after it (NaN where that is not known). */
export function timeLimit(nextTicks: number, lastTicks: number): number {
  const isPlausible = nextTicks < LARGEST_TICKS && nextTicks >= lastTicks - TIME_TOLERANCE;
  return isPlausible ? nextTicks + TIME_TOLERANCE : NO_LIMIT;
}

/**
 * Appends the wanted events of the page at `start` to `page`, whose rows the caller has reset.
 * Returns -1, or the place in the block from which on the page is damaged.
 */
export function decodePage(
  view: DataView,
  start: number,
  dataBytes: number,
  limit: number,
  decoding: Decoding,
  page: DecodedPage,
): number {
  const { littleEndian, typeOffset, handlers, counts } = decoding;
  const { time, offset, size, handler } = page;
  let at = start + decoding.layout.dataOffset;
  const end = at + dataBytes;
  // By way of a field, which is known to hold a double: what a call returns may be anything, and each time would be boxed.
  page.ticks = pageTicks(view, start, decoding);
  let { ticks } = page;
  page.firstTicks = NaN;
  const latest = Math.min(limit, LARGEST_TICKS);
  if (!(ticks > -LARGEST_TICKS && ticks < latest)) return start;

  let rows = page.rows;
  let last = page.lastTicks;
  let run = page.run;
  let longestRun = page.longestRun;
  let events = 0;
  let first = NaN;
  let damagedAt = -1;

  while (at < end) {
    if (at + SMALLEST_EVENT > end) {
      // Fewer bytes than an event has: only the padding word that ends a page fits here.
      if (at + 4 > end || !isPadding(view.getUint32(at, littleEndian), littleEndian)) damagedAt = at;
      break;
    }
    const word = view.getUint32(at, littleEndian);
    const type = littleEndian ? word & 31 : word >>> 27;
    const delta = littleEndian ? word >>> 5 : word & DELTA_MASK;
    let data = at + 4;
    if (type <= LARGEST_WORD_COUNT) {
      let length = type << 2;
      let next = data + length;
      if (type === 0) {
        length = view.getUint32(data, littleEndian) - 4;
        data += 4;
        next = length > end - data ? LARGEST_OFFSET : data + ((length + 3) & ~3);
      }
      ticks += delta;
      if (length < 4 || next > end || ticks > latest) {
        damagedAt = at;
        break;
      }
      if (ticks > last) {
        last = ticks;
        if (run > longestRun) longestRun = run;
        run = 1;
      } else {
        if (ticks < last) page.wentBack++;
        run++;
      }
      if (events++ === 0) first = last;
      const eventType = view.getUint16(data + typeOffset, littleEndian);
      counts[eventType]++;
      const wanted = handlers[eventType];
      if (wanted !== 0) {
        time[rows] = last;
        offset[rows] = data;
        size[rows] = length;
        handler[rows] = wanted;
        rows++;
      }
      at = next;
    } else if (type === PADDING) {
      // Without a time it fills the rest of the page; with one it was an event that the kernel discarded.
      if (delta === 0) break;
      ticks += delta;
      const length = view.getUint32(data, littleEndian);
      at = length > end - data ? LARGEST_OFFSET : data + ((length + 3) & ~3);
      if (at > end || ticks > latest) {
        damagedAt = data - 4;
        break;
      }
    } else {
      const upper = view.getUint32(data, littleEndian);
      const isExtension = type === TIME_EXTEND;
      page.ticks = isExtension ? ticks + upper * DELTA_BITS + delta : absoluteTicks(upper, delta, ticks, decoding);
      ticks = page.ticks;
      if (!(ticks > -LARGEST_TICKS && ticks < latest)) {
        damagedAt = at;
        break;
      }
      at = data + 4;
    }
  }

  page.rows = rows;
  page.firstTicks = first;
  page.lastTicks = last;
  page.events += events;
  page.run = run;
  page.longestRun = Math.max(run, longestRun);
  return damagedAt;
}

function isPadding(word: number, littleEndian: boolean): boolean {
  return (littleEndian ? word & 31 : word >>> 27) === PADDING;
}

/** `upper` are 32 bits, `lower` 27; the five bits above them are those of the time before. */
function absoluteTicks(upper: number, lower: number, before: number, decoding: Decoding): number {
  const highBefore = decoding.originHigh + Math.floor((decoding.originLow + before) / TWO_32);
  const high = ((upper >>> 5) | (highBefore & UPPER_TIME_BITS)) >>> 0;
  const low = ((upper << 27) | lower) >>> 0;
  return (high - decoding.originHigh) * TWO_32 + (low - decoding.originLow);
}
