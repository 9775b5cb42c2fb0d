/** Writes a trace as tracelogger does: a header in text, the system page, then events of 16 bytes. */
import {
  CLASS_SHIFT,
  ControlEvent,
  CPU_SHIFT,
  INJECTED_FLAG,
  PART_SHIFT,
  Part,
  TraceClass,
} from '../../../formats/qnx/trace-classes.js';
import type { Trace } from '../trace-event.js';
import { type KernelBody, partsOf, type WrittenEvent, writtenEvents } from './kernel-buffers.js';
import { type HeaderOptions, headerAttributes, type KernelOptions } from './options.js';
import type { Payload } from './payload.js';

export interface KevOptions extends KernelOptions, HeaderOptions {
  readonly littleEndian?: boolean;
  /** The system page, as `syspageBytes` makes it; empty by default. */
  readonly syspage?: Uint8Array;
}

/** What closes a buffer in 8.0. */
const COOKIE = 0xe6e6e6e6;
const WORD_BYTES = 4;
const EVENT_WORDS = 4;
/** Words of a part that hold data. */
const DATA_WORDS = 2;

export function kevBytes(trace: Trace, options: KevOptions = {}): Uint8Array {
  const littleEndian = options.littleEndian ?? true;
  const syspage = options.syspage ?? new Uint8Array(0);
  const attributes = headerAttributes(trace.host, littleEndian, syspage.length, options);
  const pairs = [['HEADER_BEGIN', ''], ...attributes, ['HEADER_END', '']];
  const header = new TextEncoder().encode(pairs.map(([key, value]) => `TRACE_${key}::${value}`).join(''));
  const events = eventBytes(writtenEvents(trace, littleEndian, options), littleEndian);
  const bytes = new Uint8Array(header.length + syspage.length + events.length);
  bytes.set(header);
  bytes.set(syspage, header.length);
  bytes.set(events, header.length + syspage.length);
  return bytes;
}

/** The stream of events alone. */
function eventBytes(events: readonly WrittenEvent[], littleEndian: boolean): Uint8Array {
  const parts = events.reduce((sum, event) => sum + partsOf(event), 0);
  const view = new DataView(new ArrayBuffer(parts * EVENT_WORDS * WORD_BYTES));
  let at = 0;
  for (const event of events) {
    const { traceClass, event: number, words } = event.payload ?? kernelPayload(event.body as KernelBody);
    const count = partsOf(event);
    const time = Number(BigInt.asUintN(32, event.cycles));
    const flags = event.injected === true ? INJECTED_FLAG : 0;
    for (let part = 0; part < count; part++) {
      const head =
        (partKind(part, count) << PART_SHIFT) | (event.cpu << CPU_SHIFT) | flags | (traceClass << CLASS_SHIFT) | number;
      const data = words.slice(part * DATA_WORDS, (part + 1) * DATA_WORDS);
      for (const word of [head, time, data[0] ?? 0, data[1] ?? 0]) {
        view.setUint32(at, word, littleEndian);
        at += WORD_BYTES;
      }
    }
  }
  return new Uint8Array(view.buffer);
}

function partKind(part: number, count: number): number {
  if (count === 1) return Part.Simple;
  if (part === 0) return Part.Begin;
  return part === count - 1 ? Part.End : Part.Continue;
}

function kernelPayload(body: KernelBody): Payload {
  const control = (event: number, words: number[]): Payload => ({ traceClass: TraceClass.Control, event, words });
  switch (body.kind) {
    case 'buffer':
      return control(ControlEvent.Buffer, [body.sequence, body.events]);
    case 'time':
      return control(ControlEvent.Time, [Number(body.cycles >> 32n), Number(BigInt.asUintN(32, body.cycles))]);
    default:
      return control(ControlEvent.BufferEnd, [COOKIE, COOKIE]);
  }
}
