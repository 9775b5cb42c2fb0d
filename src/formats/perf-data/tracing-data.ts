/**
 * The tracing data inside a perf.data file: the descriptions of the recorded tracepoints, as `trace-cmd` writes them
 * (magic, version, byte order; then header_page, header_event, ftrace formats, event formats, kallsyms, …).
 */
import type { Issue } from '../../base/issue.js';
import { type EventFormat, parseEventFormat } from '../tracefs/event-format.js';
import { ByteCursor, OutOfBytes } from './byte-cursor.js';

export interface TracepointFormat {
  readonly system: string;
  readonly format: EventFormat;
}

export interface TracingData {
  /** By the tracepoint's identifier. */
  readonly formats: ReadonlyMap<number, TracepointFormat>;
  /** Byte order of the raw records. */
  readonly littleEndian: boolean;
  readonly issues: readonly Issue[];
}

const MAGIC = [0x17, 0x08, 0x44, ...new TextEncoder().encode('tracing')];
const decoder = new TextDecoder();

export function parseTracingData(bytes: Uint8Array): TracingData {
  const formats = new Map<number, TracepointFormat>();
  const issues: Issue[] = [];
  const damaged = (message: string): void => {
    issues.push({ code: 'bad-tracing-data', severity: 'error', message: `The descriptions of tracepoints ${message}` });
  };
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    damaged('do not begin as they should');
    return { formats, littleEndian: true, issues };
  }
  const head = new ByteCursor(bytes.subarray(MAGIC.length), true);
  let littleEndian = true;
  try {
    head.terminated(); // the version: what follows is alike in all of perf's
    littleEndian = head.u8() === 0;
    const cursor = new ByteCursor(head.bytes(head.remaining), littleEndian);
    cursor.skip(1 + 4); // size of a long, size of a page
    readFormats(cursor, formats, () => damaged('hold one that cannot be understood'));
  } catch (error) {
    if (!(error instanceof OutOfBytes)) throw error;
    damaged(`end too early (${error.message})`);
  }
  return { formats, littleEndian, issues };
}

function readFormats(cursor: ByteCursor, formats: Map<number, TracepointFormat>, onDamage: () => void): void {
  for (let part = 0; part < 2; part++) {
    cursor.terminated(); // "header_page", "header_event": the ring buffer's, which perf does not use
    cursor.skip(cursor.u64());
  }
  const add = (system: string): void => {
    const format = parseEventFormat(decoder.decode(cursor.bytes(cursor.u64())));
    if (format === undefined) onDamage();
    else formats.set(format.id, { system, format });
  };
  const ftraceEvents = cursor.u32();
  for (let index = 0; index < ftraceEvents; index++) add('ftrace');
  const systems = cursor.u32();
  for (let index = 0; index < systems; index++) {
    const system = cursor.terminated();
    const events = cursor.u32();
    for (let event = 0; event < events; event++) add(system);
  }
}
