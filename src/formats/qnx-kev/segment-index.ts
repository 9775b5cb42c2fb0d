/**
 * Where the kernel's buffers are in the file, and when each begins: a first light pass that looks at their beginnings
 * only. Buffers are written when they are full, so those of a CPU with little to do come long after the events in them.
 */
import type { ByteSource } from '../../base/byte-source.js';
import { ControlEvent, CPU_MASK, CPU_SHIFT, EVENT_BYTES, eventKey, TraceClass } from '../qnx/trace-classes.js';
import { areEvents } from './alignment.js';

/** Part, unused bits, class and number: of BUFFER and TIME only whole events exist. CPU and flag may be anything. */
const HEAD_MASK = 0xc0fe_ffff;
const BUFFER = eventKey(TraceClass.Control, ControlEvent.Buffer);
const TIME = eventKey(TraceClass.Control, ControlEvent.Time);

/** The event BUFFER, and those after it among which its TIME is. */
const BEGINNING_BYTES = 4 * EVENT_BYTES;
/** Buffers that claim to be longer are searched for their end. The kernel's have 1023 events. */
const LONGEST_BUFFER = 1 << 16;
/** A file with more buffers than this is read in its own order from there on. */
const MOST_SEGMENTS = 1 << 20;
/** A search begins with a short stretch, since mostly it ends soon; each further one is twice as long. */
const FIRST_SEARCH_BYTES = 1 << 10;
const SEARCH_BYTES = 1 << 18;
/** Events after a beginning that are looked at to be sure of it. */
const OVERLAP_BYTES = 16 * EVENT_BYTES;
const WRAP = 2 ** 32;

/** A stretch of the file: one buffer, or what cannot be told apart. Its events begin where it does. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  /** The CPU that opened it. */
  readonly cpu: number;
  /** Its number in its chain; NaN where it does not begin as a buffer. */
  readonly sequence: number;
  /** When it begins, in cycles; NaN where it does not say. */
  readonly time: number;
  /** Bytes that the buffer should have and the file lacks. */
  readonly missingBytes: number;
}

/**
 * @param sorts by class and flags of the first word of an event
 * @param slack cycles between the time that TIME tells and its own, at most
 */
export async function indexSegments(
  source: ByteSource,
  eventsStart: number,
  sorts: Uint8Array,
  littleEndian: boolean,
  slack: number,
): Promise<Segment[]> {
  const segments: Segment[] = [];
  const end = Math.max(eventsStart, source.size);
  const beginningAt = async (at: number): Promise<DataView> => {
    const bytes = await source.read(at, Math.max(0, Math.min(BEGINNING_BYTES, end - at)));
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  };
  let start = eventsStart;
  let view = await beginningAt(start);
  while (view.byteLength >= EVENT_BYTES) {
    if (segments.length === MOST_SEGMENTS) {
      segments.push({ start, end, cpu: 0, sequence: NaN, time: NaN, missingBytes: 0 });
      break;
    }
    const stated = isBuffer(view, 0, littleEndian) ? view.getUint32(12, littleEndian) : 0;
    const isPlausible = stated > 0 && stated <= LONGEST_BUFFER;
    const statedEnd = start + stated * EVENT_BYTES;
    let next = isPlausible ? statedEnd : end;
    let nextView = await beginningAt(next);
    // The next buffer must begin where this one says that it ends, or else the file.
    const isRight =
      isPlausible && (nextView.byteLength >= EVENT_BYTES ? isBuffer(nextView, 0, littleEndian) : next <= end);
    if (!isRight) {
      next = await nextBuffer(source, start, end, sorts, littleEndian, slack);
      nextView = await beginningAt(next);
    } else if (nextView.byteLength < EVENT_BYTES) next = end;
    const missingBytes = isPlausible ? Math.max(0, statedEnd - next) : 0;
    const cpu = (view.getUint32(0, littleEndian) >>> CPU_SHIFT) & CPU_MASK;
    const sequence = isBuffer(view, 0, littleEndian) ? view.getUint32(8, littleEndian) : NaN;
    segments.push({ start, end: next, cpu, sequence, time: beginningOf(view, littleEndian, slack), missingBytes });
    start = next;
    view = nextView;
  }
  return segments;
}

const isBuffer = (view: DataView, at: number, littleEndian: boolean): boolean =>
  (view.getUint32(at, littleEndian) & HEAD_MASK) === BUFFER;

/** Where the next buffer begins after the event at `start`: also in the middle of what would be an event, where bytes are missing. */
async function nextBuffer(
  source: ByteSource,
  start: number,
  end: number,
  sorts: Uint8Array,
  littleEndian: boolean,
  slack: number,
): Promise<number> {
  let at = start + EVENT_BYTES;
  let length = FIRST_SEARCH_BYTES;
  while (at + EVENT_BYTES <= end) {
    const bytes = await source.read(at, Math.min(length + OVERLAP_BYTES, end - at));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const last = Math.min(length - 1, bytes.length - EVENT_BYTES);
    for (let inside = 0; inside <= last; inside++) {
      // The number and the class of BUFFER: cheap to look for.
      if (bytes[inside + (littleEndian ? 1 : 2)] !== BUFFER >> 8 || !isBuffer(view, inside, littleEndian)) continue;
      const isAligned = (at + inside - start) % EVENT_BYTES === 0;
      if (isAligned || areEvents(view, inside, sorts, littleEndian)) return at + inside;
      // A buffer may be too short for that; its beginning tells the same time twice.
      const length = Math.min(BEGINNING_BYTES, view.byteLength - inside);
      const beginning = new DataView(bytes.buffer, bytes.byteOffset + inside, length);
      if (!Number.isNaN(beginningOf(beginning, littleEndian, slack))) return at + inside;
    }
    if (bytes.length < EVENT_BYTES) break;
    at += length;
    length = Math.min(2 * length, SEARCH_BYTES);
  }
  return end;
}

/** What the first TIME of a buffer says, if it is at its beginning and its own time has the same low half, nearly. */
function beginningOf(view: DataView, littleEndian: boolean, slack: number): number {
  for (let at = 0; at + EVENT_BYTES <= view.byteLength; at += EVENT_BYTES) {
    if ((view.getUint32(at, littleEndian) & HEAD_MASK) !== TIME) continue;
    const apart = (view.getUint32(at + 4, littleEndian) - view.getUint32(at + 12, littleEndian)) | 0;
    if (Math.abs(apart) > slack) return NaN;
    return view.getUint32(at + 8, littleEndian) * WRAP + view.getUint32(at + 12, littleEndian);
  }
  return NaN;
}
