/**
 * The fast way through a file. Nearly all of its records are samples whose parts lie at fixed places; this reads runs of
 * them in one loop that finds what it must know of an event in columns of numbers, not in objects.
 *
 * It stops in front of any record that is different, and of any sample that is not right. RecordReader reads those, and
 * would read all others to the same effect: big-endian recordings go that way, to which the tests compare this one.
 */

import type { RowQueue } from '../queue/row-queue.js';
import { type FieldExtractor, isLittleEndian, type RecordNames } from '../tracefs/field-extractor.js';
import { RECORD_HEADER_BYTES, RecordType } from './constants.js';
import type { EventSource } from './event-table.js';
import type { PcpuClocks } from './pcpu-clocks.js';
import { LARGEST_DISTANCE, type RecordClock } from './record-clock.js';
import type { ThreadProcesses } from './thread-processes.js';

const TWO_32 = 2 ** 32;

/** Columns of `PlainSources.places`: bytes from the start of a sample, and what must be there. */
const CPU = 0;
const TIME = 1;
const THREAD = 2;
/** Where the parts at fixed places end, which is where RAW begins. */
const RAW = 3;
/** Bytes of the record in RAW up to its last wanted field; 0 where nobody wants the event. */
const RECORD_SIZE = 4;
const COLUMNS = 5;

/** What a sample's identifier says about it, for those events whose samples are plain. */
export class PlainSources {
  /** Where the identifier is in every sample. */
  readonly idOffset: number;
  /** The smallest identifier: its high half is that of all others too. */
  readonly idHigh: number;
  readonly idLow: number;
  /** By identifier less the smallest one: the number of its source, -1 where its samples are not plain. */
  readonly sources: Int32Array;
  /** COLUMNS numbers for each source. */
  readonly places: Int32Array;
  readonly extractors: readonly (FieldExtractor | undefined)[];
  /** Samples read, by source. */
  readonly counts: Float64Array;

  constructor(
    idOffset: number,
    smallestId: number,
    byId: readonly (EventSource | undefined)[],
    sources: readonly EventSource[],
  ) {
    this.idOffset = idOffset;
    this.idHigh = Math.floor(smallestId / TWO_32);
    this.idLow = smallestId % TWO_32;
    const numbers = new Map(sources.map((source, index) => [source, isPlain(source) ? index : -1]));
    this.sources = Int32Array.from({ length: byId.length }, (_, id) => {
      const source = byId[id];
      return source === undefined ? -1 : (numbers.get(source) ?? -1);
    });
    this.places = Int32Array.from(
      sources.flatMap(({ layout, extractor }) => [
        layout.cpu,
        layout.time,
        layout.tid,
        layout.fixedSize,
        extractor?.recordSize ?? 0,
      ]),
    );
    this.extractors = sources.map(({ extractor }) => extractor);
    this.counts = new Float64Array(sources.length);
  }
}

function isPlain({ layout, extractor, repetitions }: EventSource): boolean {
  if (layout.tid < 0 || layout.time < 0 || layout.cpu < 0 || repetitions !== undefined) return false;
  return extractor === undefined || (layout.hasRaw && !layout.hasVariablePart && isLittleEndian(extractor));
}

/** Where plain samples go. */
export interface SampleSink {
  readonly queue: RowQueue;
  readonly clock: RecordClock;
  readonly pcpus: PcpuClocks;
  readonly processes: ThreadProcesses;
  readonly names: RecordNames;
}

/**
 * Reads the plain samples at `from` of a little-endian view, up to the first other record or until the queue is full.
 * Not before the clock has its base, and not while a loss waits for its place.
 * @returns where it stopped: `from` where that is no plain sample
 */
export function readPlainSamples(view: DataView, from: number, known: PlainSources, sink: SampleSink): number {
  const { idOffset, idHigh, idLow, sources, places, extractors, counts } = known;
  const { queue, pcpus, processes, names } = sink;
  const { baseHigh, baseLow } = sink.clock;
  const end = view.byteLength;
  let { newest, oldest } = queue;
  let at = from;
  while (at + RECORD_HEADER_BYTES <= end && view.getUint32(at, true) === RecordType.Sample) {
    const next = at + view.getUint16(at + 6, true);
    if (next > end || at + idOffset + 8 > next) break;
    const id = (view.getUint32(at + idOffset, true) - idLow) >>> 0;
    if (id >= sources.length || view.getUint32(at + idOffset + 4, true) !== idHigh) break;
    const source = sources[id];
    if (source < 0) break;
    const place = source * COLUMNS;
    const raw = at + places[place + RAW];
    if (raw > next) break;

    const pcpu = view.getUint32(at + places[place + CPU], true);
    if (!pcpus.hasRoomFor(pcpu)) break;
    const timeAt = at + places[place + TIME];
    const low = view.getUint32(timeAt, true) - baseLow;
    const time = (view.getUint32(timeAt + 4, true) - baseHigh) * TWO_32 + low;
    if (Math.abs(time) > LARGEST_DISTANCE) break;
    const threadAt = at + places[place + THREAD];
    const thread = view.getInt32(threadAt + 4, true);

    const recordSize = places[place + RECORD_SIZE];
    if (recordSize > 0) {
      if (raw + 4 > next) break;
      const record = raw + 4;
      const size = view.getUint32(raw, true);
      if (size < recordSize || record + size > next || !queue.reserve()) break;
      const extractor = extractors[source] as FieldExtractor;
      const slot = queue.add(time, extractor.kind, pcpu, thread);
      extractor.extractWhole(view, record, queue.fields, slot);
      if (extractor.hasNames) extractor.noteNames(view, record, size, names);
    }
    processes.note(thread, view.getInt32(threadAt, true));
    counts[source]++;
    pcpus.note(pcpu, time);
    if (time > newest) newest = time;
    if (time < oldest) oldest = time;
    at = next;
  }
  queue.newest = newest;
  queue.oldest = oldest;
  return at;
}
