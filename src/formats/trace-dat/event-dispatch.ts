/** Which event types are wanted, and how each is read. */
import { specFor, specsByName, type TracepointCatalog } from '../../recording/tracepoint.js';
import { findField } from '../tracefs/event-format.js';
import { type FieldExtractor, fieldExtractor } from '../tracefs/field-extractor.js';
import type { DescribedEvent, TraceFile } from './trace-file.js';

/** `common_type` has 16 bits. */
const EVENT_TYPES = 65_536;

export interface EventDispatch {
  /** By event type: 0 not wanted, otherwise 1 + the index of its extractor. */
  readonly handlers: Uint8Array;
  readonly extractors: readonly FieldExtractor[];
  /** Events met, by event type. */
  readonly counts: Float64Array;
  /** `system:name` by event type. */
  readonly names: ReadonlyMap<number, string>;
  /** Where `common_type` and `common_pid` are: alike in all events of a kernel. */
  readonly typeOffset: number;
  readonly threadOffset: number;
}

/** Undefined where no event is described with a type in its first word and a thread. */
export function buildDispatch(file: TraceFile, catalog: TracepointCatalog): EventDispatch | undefined {
  const common = commonFields(file.events);
  if (common === undefined) return undefined;
  const wanted = specsByName(catalog);
  const handlers = new Uint8Array(EVENT_TYPES);
  const extractors: FieldExtractor[] = [];
  const names = new Map<number, string>();
  for (const { system, format } of file.events) {
    const name = `${system}:${format.name}`;
    if (names.has(format.id)) continue;
    names.set(format.id, name);
    const spec = specFor(wanted.get(name), format.fields);
    if (spec !== undefined) handlers[format.id] = extractors.push(fieldExtractor(spec, format, file.littleEndian));
  }
  return { handlers, extractors, counts: new Float64Array(EVENT_TYPES), names, ...common };
}

function commonFields(events: readonly DescribedEvent[]): { typeOffset: number; threadOffset: number } | undefined {
  for (const { format } of events) {
    const type = findField(format.fields, 'common_type');
    const thread = findField(format.fields, 'common_pid');
    if (type === undefined || thread === undefined) continue;
    if (type.size === 2 && type.offset <= 2 && thread.size === 4) {
      return { typeOffset: type.offset, threadOffset: thread.offset };
    }
  }
  return undefined;
}

/** Adds the counts under their names; returns how many of the `total` events have none. */
export function nameCounts({ counts, names }: EventDispatch, total: number, into: Map<string, number>): number {
  let undescribed = total;
  for (const [type, name] of names) {
    const count = counts[type];
    if (count === 0) continue;
    undescribed -= count;
    into.set(name, (into.get(name) ?? 0) + count);
  }
  if (undescribed > 0) into.set('undescribed', undescribed);
  return undescribed;
}
