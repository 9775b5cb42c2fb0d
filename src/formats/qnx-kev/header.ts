/**
 * The text at the beginning of a .kev file: TRACE_KEY::value, one after the other without anything between them, then the
 * system page. A value may hold anything, also what looks like another key.
 */
import {
  CLASS_MASK,
  CLASS_SHIFT,
  ControlEvent,
  EVENT_BYTES,
  eventKey,
  KEY_MASK,
  TraceClass,
} from '../qnx/trace-classes.js';
import { decimalOf, type TraceAttributes } from '../qnx/trace-header.js';

export const HEADER_BEGIN = 'TRACE_HEADER_BEGIN::';
const HEADER_END = 'TRACE_HEADER_END::';
const ATTRIBUTE = /TRACE_([A-Z0-9_]{1,64})::/g;
/** The first value is a path, which may hold anything; the attribute after it begins with the name of a day. */
const PATH_AND_DATE = /TRACE_FILE_NAME::[\s\S]*?TRACE_DATE::(?=[A-Z][a-z]{2} [A-Z][a-z]{2} )/;
/** The sizes of a system page are 16-bit numbers; more is damage. */
const LARGEST_SYSPAGE = 1 << 20;

export interface KevHeader {
  readonly attributes: TraceAttributes;
  readonly littleEndian: boolean;
  readonly syspageStart: number;
  readonly syspageBytes: number;
  /** Offset of the first event. */
  readonly eventsStart: number;
}

/** Undefined where `head`, the beginning of the file, has no whole header. */
export function readHeader(head: Uint8Array): KevHeader | undefined {
  // Latin-1, so that positions in the text are those of the bytes.
  const text = new TextDecoder('latin1').decode(head);
  let first: KevHeader | undefined;
  for (let end = text.indexOf(HEADER_END); end >= 0; end = text.indexOf(HEADER_END, end + 1)) {
    const header = headerEndingAt(text, end);
    if (looksLikeEvent(head, header)) return header;
    first ??= header;
  }
  return first;
}

function headerEndingAt(text: string, end: number): KevHeader {
  const attributes = attributesOf(text.slice(0, end));
  const syspageStart = end + HEADER_END.length;
  const stated = decimalOf(attributes.get('SYSPAGE_LEN')) ?? 0;
  const syspageBytes = stated <= LARGEST_SYSPAGE ? stated : 0;
  return {
    attributes,
    littleEndian: attributes.get('BIG_ENDIAN') !== 'TRUE',
    syspageStart,
    syspageBytes,
    eventsStart: syspageStart + syspageBytes,
  };
}

/** Keys that have a number for a value: anything else under them is part of another value. */
const NUMBERS = ['CYCLES_PER_SEC', 'CPU_NUM', 'SYSPAGE_LEN'];

function attributesOf(text: string): Map<string, string> {
  const path = PATH_AND_DATE.exec(text);
  const rest = path === null ? text : text.slice(0, path.index) + text.slice(path.index + path[0].length);
  const attributes = new Map<string, string>();
  const keys = [...rest.matchAll(ATTRIBUTE)];
  keys.forEach((match, index) => {
    const key = match[1];
    const value = rest.slice(match.index + match[0].length, keys[index + 1]?.index);
    if (attributes.has(key) || (NUMBERS.includes(key) && decimalOf(value) === undefined)) return;
    attributes.set(key, value);
  });
  return attributes;
}

/** Whether a buffer begins where the header says that events do, or at least an event of a known class. */
function looksLikeEvent(head: Uint8Array, { eventsStart, littleEndian }: KevHeader): boolean {
  if (eventsStart + EVENT_BYTES > head.length) return false;
  const word = new DataView(head.buffer, head.byteOffset).getUint32(eventsStart, littleEndian);
  if ((word & KEY_MASK) === eventKey(TraceClass.Control, ControlEvent.Buffer)) return true;
  const traceClass = (word >>> CLASS_SHIFT) & CLASS_MASK;
  return (word & 0x00fe_8000) === 0 && traceClass > 0 && traceClass <= TraceClass.Counters;
}
