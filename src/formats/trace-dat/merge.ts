/** Many CPUs, one order: their rows as record batches in the order of time. */
import type { Marker } from '../../recording/markers.js';
import { type BatchSupply, FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { FieldExtractor, RecordNames } from '../tracefs/field-extractor.js';
import { type CpuStream, GAP_ROW } from './cpu-stream.js';
import type { Decoding } from './page-decoder.js';

export interface MergeInput {
  /** In the order of the file: where times are equal, the first one goes first. */
  readonly streams: readonly CpuStream[];
  readonly decoding: Decoding;
  /** By handler - 1. */
  readonly extractors: readonly FieldExtractor[];
  readonly names: RecordNames;
  /** Takes up the markers, in the order of time. */
  readonly markers: Marker[];
  /** Where `common_pid` is in the data of an event. */
  readonly threadOffset: number;
}

/** The last batches hold the gaps that no event ended; without any event there is no time to place them. */
export async function* mergeStreams(
  input: MergeInput,
  supply: BatchSupply,
  lastNs: () => number,
): AsyncGenerator<RecordBatch> {
  const { streams, decoding } = input;
  const heap = new StreamHeap(streams);
  for (let index = 0; index < streams.length; index++) {
    if (await advance(streams[index], decoding)) heap.push(index);
  }
  let batch = supply();
  while (heap.size > 0) {
    const index = heap.top;
    const stream = streams[index];
    const next = heap.second;
    const limit = next < 0 ? Infinity : streams[next].headTime;
    copyRun(stream, limit, index < next || next < 0, input, batch);
    if (stream.head === stream.page.rows && !stream.decodeMore(decoding) && !(await advance(stream, decoding)))
      heap.pop();
    else heap.lowerTop();
    if (batch.full) {
      yield batch;
      batch = supply();
    }
  }
  const end = lastNs();
  for (const stream of streams) {
    if (!stream.gapIsOpen || end === -Infinity) continue;
    const { toNs } = decoding;
    const from = toNs ? toNs(stream.page.lastTicks) : stream.page.lastTicks;
    appendGap(batch, end, stream.cpu, from, stream.openCount);
    if (batch.full) {
      yield batch;
      batch = supply();
    }
  }
  if (batch.count > 0) yield batch;
}

/** Goes on to the next block that has rows; false at the end of the data. */
async function advance(stream: CpuStream, decoding: Decoding): Promise<boolean> {
  if (stream.decodeMore(decoding)) return true;
  while (await stream.loadBlock()) {
    if (stream.decodeMore(decoding)) return true;
  }
  return false;
}

/** Copies rows up to `limit` (itself included where `first` is true), the end of the page or a full batch. */
function copyRun(stream: CpuStream, limit: number, first: boolean, input: MergeInput, batch: RecordBatch): void {
  const { extractors, names, markers, threadOffset } = input;
  const { littleEndian } = input.decoding;
  const { view, page, cpu } = stream;
  const { time, offset, size, handler } = page;
  const rows = page.rows;
  const { time: times, pcpu, thread, kind, fields } = batch;
  const capacity = times.length;
  let row = stream.head;
  let out = batch.count;
  for (; row < rows && out < capacity; row++) {
    const now = time[row];
    if (now > limit || (now === limit && !first)) break;
    if (handler[row] === GAP_ROW) {
      batch.count = out;
      out++;
      appendGap(batch, now, cpu, stream.gapFrom, stream.gapCount);
      continue;
    }
    const start = offset[row];
    const length = size[row];
    const extractor = extractors[handler[row] - 1];
    times[out] = now;
    pcpu[out] = cpu;
    thread[out] = threadOffset + 4 <= length ? view.getInt32(start + threadOffset, littleEndian) : -1;
    kind[out] = extractor.kind;
    extractor.extract(view, start, length, fields, out * FIELD_SLOTS);
    if (extractor.hasNames) {
      extractor.noteNames(view, start, length, names);
      extractor.noteMarker(view, start, length, now, markers);
    }
    out++;
  }
  stream.head = row;
  batch.count = out;
}

function appendGap(batch: RecordBatch, time: number, cpu: number, from: number, count: number): void {
  const row = batch.count++;
  batch.time[row] = time;
  batch.pcpu[row] = cpu;
  batch.thread[row] = -1;
  batch.kind[row] = LOSS_RECORD;
  batch.fields.fill(NaN, row * FIELD_SLOTS, (row + 1) * FIELD_SLOTS);
  batch.fields[row * FIELD_SLOTS] = from;
  batch.fields[row * FIELD_SLOTS + 1] = count;
}

/** A binary heap of streams by the time of their next row, then by their place in the file. */
class StreamHeap {
  readonly #streams: readonly CpuStream[];
  readonly #heap: Int32Array;
  size = 0;

  constructor(streams: readonly CpuStream[]) {
    this.#streams = streams;
    this.#heap = new Int32Array(streams.length);
  }

  get top(): number {
    return this.#heap[0];
  }

  /** Who is next after the top; -1 where there is nobody. */
  get second(): number {
    const heap = this.#heap;
    if (this.size < 2) return -1;
    return this.size > 2 && this.#before(heap[2], heap[1]) ? heap[2] : heap[1];
  }

  push(index: number): void {
    const heap = this.#heap;
    let place = this.size++;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(index, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = index;
  }

  pop(): void {
    const last = this.#heap[--this.size];
    if (this.size > 0) this.#sink(last);
  }

  /** Restores the order after the time of the top stream has risen. */
  lowerTop(): void {
    this.#sink(this.#heap[0]);
  }

  #sink(index: number): void {
    const heap = this.#heap;
    const size = this.size;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(heap[child + 1], heap[child])) child++;
      if (!this.#before(heap[child], index)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = index;
  }

  #before(a: number, b: number): boolean {
    const timeA = this.#streams[a].headTime;
    const timeB = this.#streams[b].headTime;
    return timeA < timeB || (timeA === timeB && a < b);
  }
}
