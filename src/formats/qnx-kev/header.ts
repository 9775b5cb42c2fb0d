/**
 * The text at the beginning of a .kev file: TRACE_KEY::value, one after the other without anything between them, then the
 * system page. A value may hold anything, also what looks like another key.
 */
import type { Issue } from '../../base/issue.js';
import {
  CLASS_MASK,
  CLASS_SHIFT,
  ControlEvent,
  EVENT_BYTES,
  eventKey,
  KEY_MASK,
  TraceClass,
} from '../qnx/trace-classes.js';
import { decimalOf, frequencyOf, type TraceAttributes } from '../qnx/trace-header.js';

export const HEADER_BEGIN = 'TRACE_HEADER_BEGIN::';
const HEADER_END = 'TRACE_HEADER_END::';
/** The mark may end a value, too: the last one before the colons counts. */
const ATTRIBUTE = /TRACE_((?:(?!TRACE_)[A-Z0-9_]){1,64})::/g;
/** The value of FILE_NAME is a path, which may hold anything. After it comes mostly a date, which begins with the name of a day. */
const PATH_AND_DATE = /TRACE_FILE_NAME::([\s\S]*?)TRACE_DATE::(?=[A-Z][a-z]{2} [A-Z][a-z]{2} )/;
const SYSPAGE_LENGTH = 'TRACE_SYSPAGE_LEN::';
/** The first event of a buffer: whole, whatever CPU and flag. */
const BUFFER = eventKey(TraceClass.Control, ControlEvent.Buffer);
const BUFFER_MASK = 0xc0fe_ffff | 0;
/** Bits of the first word of an event that no release uses. */
const UNUSED_BITS = 0x00fe_8000;
/** So many events tell the byte order. */
const EVENTS_CHECKED = 64;
/** The sizes of a system page are 16-bit numbers; more is damage. */
const LARGEST_SYSPAGE = 1 << 20;

export interface KevHeader {
  readonly attributes: TraceAttributes;
  readonly littleEndian: boolean;
  readonly syspageStart: number;
  /** 0 where the header states a length that cannot be. */
  readonly syspageBytes: number;
  /** Offset of the first event. */
  readonly eventsStart: number;
  /** What is wrong in it, without the name of the file. */
  readonly issues: readonly Issue[];
}

/** Undefined where `head`, the beginning of the file, has no whole header. `size`: bytes of the file. */
export function readHeader(head: Uint8Array, size: number): KevHeader | undefined {
  // Latin-1, so that positions in the text are those of the bytes.
  const text = new TextDecoder('latin1').decode(head);
  let first: Draft | undefined;
  for (let end = text.indexOf(HEADER_END); end >= 0; end = text.indexOf(HEADER_END, end + 1)) {
    const draft = draftEndingAt(text, end, size);
    if (draft.syspageBytes !== undefined && beginsEvents(head, draft.syspageStart + draft.syspageBytes)) {
      return finished(head, draft, draft.syspageStart + draft.syspageBytes);
    }
    first ??= draft;
  }
  return first === undefined ? undefined : finished(head, first, eventsStartOf(head, first));
}

/** A header that may end there. */
interface Draft {
  readonly attributes: TraceAttributes;
  readonly syspageStart: number;
  /** Undefined where what is stated cannot be. */
  readonly syspageBytes: number | undefined;
  /** Where the length is stated, and how. */
  readonly lengthOffset: number;
  readonly stated: string;
}

function draftEndingAt(text: string, end: number, size: number): Draft {
  const attributes = attributesOf(text.slice(0, end));
  const syspageStart = end + HEADER_END.length;
  const stated = attributes.get('SYSPAGE_LEN') ?? '';
  const length = decimalOf(stated);
  const isPossible = length !== undefined && length <= LARGEST_SYSPAGE && syspageStart + length <= size;
  return {
    attributes,
    syspageStart,
    syspageBytes: isPossible ? length : attributes.has('SYSPAGE_LEN') ? undefined : 0,
    lengthOffset: Math.max(0, text.lastIndexOf(SYSPAGE_LENGTH, end)),
    stated,
  };
}

/** Where events begin although the header does not say it right: at the first buffer; else right after the header. */
function eventsStartOf(head: Uint8Array, { syspageStart, syspageBytes }: Draft): number {
  for (let at = syspageStart; at + EVENT_BYTES <= head.length; at++) if (beginsBuffer(head, at)) return at;
  return syspageStart + (syspageBytes ?? 0);
}

function finished(head: Uint8Array, draft: Draft, eventsStart: number): KevHeader {
  const { attributes, syspageStart, syspageBytes, lengthOffset, stated } = draft;
  const issues: Issue[] = [];
  const stretch = eventsStart - syspageStart;
  if (stretch !== syspageBytes) {
    const message = `The header states a system page of "${stated.slice(0, 32)}" bytes, but events begin ${stretch} bytes after it: they are read from there.`;
    issues.push({ code: 'kev-syspage-length', severity: 'warning', message, offset: lengthOffset });
  }
  const isStatedLittle = statesLittleEndian(attributes);
  const littleEndian = orderOfEvents(head, eventsStart) ?? isStatedLittle;
  if (littleEndian !== isStatedLittle) {
    const order = littleEndian ? 'little' : 'big';
    const message = `The header states another byte order than the events have: they are read as ${order} endian.`;
    issues.push({ code: 'kev-byte-order', severity: 'warning', message, offset: eventsStart });
  }
  const bytes = stretch === syspageBytes || stretch <= LARGEST_SYSPAGE ? stretch : 0;
  return { attributes, littleEndian, syspageStart, syspageBytes: bytes, eventsStart, issues };
}

/** The first of the two keys counts: the other one may be part of a value. */
function statesLittleEndian(attributes: TraceAttributes): boolean {
  const [order] = [...attributes].find(([key, value]) => /^(LITTLE|BIG)_ENDIAN$/.test(key) && value === 'TRUE') ?? [];
  return order !== 'BIG_ENDIAN';
}

/** Whether the bytes there are little endian; undefined where they look alike in both orders. */
function orderOfEvents(head: Uint8Array, start: number): boolean | undefined {
  const counts = [true, false].map((littleEndian) => {
    let events = 0;
    for (let event = 0; event < EVENTS_CHECKED; event++) {
      const at = start + event * EVENT_BYTES;
      if (at + EVENT_BYTES <= head.length && isEvent(head, at, littleEndian)) events++;
    }
    return events;
  });
  return counts[0] === counts[1] ? undefined : counts[0] > counts[1];
}

interface Attribute {
  readonly key: string;
  readonly value: string;
}

/** What a value must look like, as far as that is known. */
const PLAUSIBLE: Readonly<Record<string, RegExp>> = {
  CYCLES_PER_SEC: /^\d{1,15}$/,
  CPU_NUM: /^\d{1,15}$/,
  SYSPAGE_LEN: /^\d{1,15}$/,
  SYS_RELEASE: /^[\w.+-]+$/,
  LITTLE_ENDIAN: /^TRUE$/,
  BIG_ENDIAN: /^TRUE$/,
};

/** By key. Of several with one key the first counts whose value can be: the others are part of other values. */
function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const { key, value } of foundIn(text)) {
    const known = attributes.get(key);
    if (known === undefined || plausibility(key, value) > plausibility(key, known)) attributes.set(key, value);
  }
  return attributes;
}

/** 0: no such value can be; 1: with blanks around it; 2: it is as tracelogger writes it. */
function plausibility(key: string, value: string): number {
  const bare = value.trim();
  const isPossible =
    (PLAUSIBLE[key]?.test(bare) ?? true) && (key !== 'CYCLES_PER_SEC' || frequencyOf(bare) !== undefined);
  return isPossible ? (bare === value ? 2 : 1) : 0;
}

/** Whatever looks like an attribute, in its order, but for what is in the path and stands outside of it, too. */
function foundIn(text: string): Attribute[] {
  const path = PATH_AND_DATE.exec(text)?.[1] ?? '';
  const outside = splitAt(text.replace(PATH_AND_DATE, 'TRACE_DATE::'));
  const keys = new Set(outside.map(({ key }) => key));
  return [...outside, ...splitAt(path).filter(({ key }) => !keys.has(key))];
}

function splitAt(text: string): Attribute[] {
  const found = [...text.matchAll(ATTRIBUTE)];
  return found.map((match, index) => {
    const key = match[1];
    return { key, value: text.slice(match.index + match[0].length, found[index + 1]?.index) };
  });
}

/** Whether a buffer begins there, or at least an event of a known class, in one of the byte orders. */
const beginsEvents = (head: Uint8Array, at: number): boolean => isEvent(head, at, true) || isEvent(head, at, false);

/** Whether a buffer begins there, and an event follows. */
function beginsBuffer(head: Uint8Array, at: number): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  return [true, false].some((littleEndian) => {
    const isBuffer = (view.getUint32(at, littleEndian) & BUFFER_MASK) === BUFFER;
    return isBuffer && (at + 2 * EVENT_BYTES > head.length || isEvent(head, at + EVENT_BYTES, littleEndian));
  });
}

function isEvent(head: Uint8Array, at: number, littleEndian: boolean): boolean {
  if (at + EVENT_BYTES > head.length) return false;
  const word = new DataView(head.buffer, head.byteOffset).getUint32(at, littleEndian);
  if ((word & KEY_MASK) === BUFFER) return true;
  const traceClass = (word >>> CLASS_SHIFT) & CLASS_MASK;
  return (word & UNUSED_BITS) === 0 && traceClass > 0 && traceClass <= TraceClass.Counters;
}
