/** Reads whole records out of a view: samples into the queue, everything else into the tables around it. */
import type { InterruptNames } from '../../recording/interrupt-names.js';
import { FIELD_SLOTS, LOSS_RECORD } from '../../recording/record-batch.js';
import type { ThreadTable } from '../../recording/threads.js';
import type { RowQueue } from '../queue/row-queue.js';
import type { RecordNames } from '../tracefs/field-extractor.js';
import { HandlerNames } from '../tracefs/handler-names.js';
import { ThreadNames } from '../tracefs/thread-names.js';
import { textUpToNul } from './byte-cursor.js';
import { MISC_LOST_SAMPLES_BPF, RECORD_HEADER_BYTES, RecordType } from './constants.js';
import type { EventSource, EventTable } from './event-table.js';
import type { LossCounter } from './loss-counter.js';
import { LARGEST_PCPU, PcpuClocks } from './pcpu-clocks.js';
import { readPlainSamples, type SampleSink } from './plain-samples.js';
import { RecordClock } from './record-clock.js';
import { ThreadProcesses } from './thread-processes.js';

const TWO_32 = 2 ** 32;

/** Why `read` returned. */
export const Stop = {
  /** The next record is not complete in the view. */
  NeedsBytes: 0,
  /** The queue must be emptied first. */
  RowsReady: 1,
  /** The record at `recordStart` is not for this reader: the table of a pipe, a compressed or an auxiliary record. */
  Special: 2,
  /** The next record has an impossible size: nothing after it can be read. */
  Damaged: 3,
  /** The queue has no room. */
  QueueFull: 4,
} as const;
export type Stop = (typeof Stop)[keyof typeof Stop];

/** Where names go that records give. */
export interface NameTables {
  readonly threads: ThreadTable;
  readonly interruptNames: InterruptNames;
}

export class RecordReader {
  /** In the view that was read last: where the next record is. */
  position = 0;
  /** After Stop.Special: the record in question, which ends at `position`. */
  recordStart = 0;
  readonly pcpus = new PcpuClocks();
  /** Records of types that this version of vmtoll does not know. */
  unknownRecords = 0;
  /** Samples that repeat an event which another attribute has recorded too. */
  repeated = 0;

  readonly #table: EventTable;
  readonly #queue: RowQueue;
  readonly #losses: LossCounter;
  readonly #threads: ThreadTable;
  readonly #names: RecordNames;
  readonly #processes: ThreadProcesses;
  readonly #clock: RecordClock;
  readonly #littleEndian: boolean;
  /**
   * A LOST record whose place is not certain yet. The kernel writes it just before the record that found room again,
   * but reads the clock later: the loss lies before that record all the same.
   */
  #lossWaits = false;
  #lossTime = 0;
  #lossPcpu = 0;
  #lossBefore = NaN;
  #lossCount = 0;
  readonly #sink: SampleSink;

  constructor(
    littleEndian: boolean,
    table: EventTable,
    queue: RowQueue,
    losses: LossCounter,
    { threads, interruptNames }: NameTables,
  ) {
    this.#littleEndian = littleEndian;
    this.#clock = new RecordClock(littleEndian);
    this.#processes = new ThreadProcesses(threads);
    this.#table = table;
    this.#queue = queue;
    this.#losses = losses;
    this.#threads = threads;
    this.#names = { threads: new ThreadNames(threads), interrupts: new HandlerNames(interruptNames) };
    this.#sink = {
      queue,
      clock: this.#clock,
      pcpus: this.pcpus,
      processes: this.#processes,
      names: this.#names,
    };
  }

  /** The base of all times, on the recorder's clock. */
  get baseNs(): bigint {
    return this.#clock.baseNs;
  }

  /** Reads on from `position`. `offset` is where the view begins in the source: for messages. */
  read(view: DataView, offset: number): Stop {
    const littleEndian = this.#littleEndian;
    const end = view.byteLength;
    let at = this.position;
    for (;;) {
      at = this.#readPlain(view, at);
      if (at + RECORD_HEADER_BYTES > end) break;
      const type = view.getUint32(at, littleEndian);
      const size = view.getUint16(at + 6, littleEndian);
      if (size < RECORD_HEADER_BYTES) return this.#stop(at, Stop.Damaged);
      const next = at + size;
      if (next > end) break;
      if (!this.#queue.reserve()) return this.#stop(at, Stop.QueueFull);
      if (type === RecordType.Sample) {
        this.#readSample(view, at, next, offset);
      } else if (type === RecordType.FinishedRound) {
        this.#placeLoss(Infinity);
        this.#queue.finishRound();
        if (this.#queue.ready > 0) return this.#stop(next, Stop.RowsReady);
      } else if (!this.#readOther(type, view, at, next)) {
        this.recordStart = at;
        return this.#stop(next, Stop.Special);
      }
      at = next;
    }
    return this.#stop(at, Stop.NeedsBytes);
  }

  /** To be called after the last record. */
  finish(): void {
    this.#queue.reserve();
    this.#placeLoss(Infinity);
  }

  /** Adds a loss of unknown size on every pCPU, from its last event to the newest one; returns how many. */
  addLossAtEnd(): number {
    const pcpus = this.pcpus.seen();
    for (const pcpu of pcpus) {
      this.#queue.reserve();
      this.#addLoss(this.#queue.newest, pcpu, this.pcpus.last(pcpu), NaN);
    }
    return pcpus.length;
  }

  /** Size of the record at `at`; 0 where it is not complete in the view or impossible. */
  sizeOfRecord(view: DataView, at: number): number {
    if (at + RECORD_HEADER_BYTES > view.byteLength) return 0;
    const size = view.getUint16(at + 6, this.#littleEndian);
    return size < RECORD_HEADER_BYTES || at + size > view.byteLength ? 0 : size;
  }

  typeOfRecord(view: DataView, at: number): number {
    return view.getUint32(at, this.#littleEndian);
  }

  /** Time of the record between `start` and `end`; NaN where it is no sample, or one that cannot be read. */
  timeOfSample(view: DataView, start: number, end: number): number {
    if (this.typeOfRecord(view, start) !== RecordType.Sample) return NaN;
    const layout = this.#table.sourceOf(view, start, end)?.layout;
    if (layout === undefined || layout.time < 0 || end - start < layout.fixedSize) return NaN;
    return this.#clock.read(view, start + layout.time);
  }

  #stop(position: number, reason: Stop): Stop {
    this.position = position;
    return reason;
  }

  /** Where it stopped: at the next record that is read in no fast way. */
  #readPlain(view: DataView, at: number): number {
    const { plain } = this.#table;
    if (plain === undefined || this.#lossWaits || !this.#clock.hasBase) return at;
    return readPlainSamples(view, at, plain, this.#sink);
  }

  #readSample(view: DataView, start: number, end: number, offset: number): void {
    const source = this.#table.sourceOf(view, start, end);
    if (source === undefined) {
      this.#losses.addUnreadable(
        'unknown-event',
        'A sample names an event that the file does not describe',
        offset + start,
      );
      return;
    }
    const layout = source.layout;
    if (end - start < layout.fixedSize || layout.time < 0 || layout.cpu < 0) {
      this.#badSample(source, 'is too short or lacks time or CPU', offset + start);
      return;
    }
    const littleEndian = this.#littleEndian;
    const pcpu = view.getUint32(start + layout.cpu, littleEndian);
    if (pcpu > LARGEST_PCPU) {
      this.#badSample(source, `names CPU ${pcpu}`, offset + start);
      return;
    }
    const time = this.#clock.read(view, start + layout.time);
    if (Number.isNaN(time)) {
      this.#badSample(source, 'has a time that cannot be', offset + start);
      return;
    }
    if (this.#lossWaits) this.#placeLoss(pcpu === this.#lossPcpu ? time : Infinity);
    let thread = -1;
    if (layout.tid >= 0) {
      thread = view.getInt32(start + layout.tid + 4, littleEndian);
      this.#processes.note(thread, view.getInt32(start + layout.tid, littleEndian));
    }
    if (source.repetitions?.isRepeated(source, pcpu, time)) {
      this.repeated++;
      return;
    }
    if (source.extractor !== undefined && !this.#addRow(source, view, start, end, time, pcpu, thread)) {
      this.#badSample(source, 'holds a record that is larger than itself', offset + start);
      this.#addLoss(time, pcpu, this.pcpus.last(pcpu), 1);
      return;
    }
    source.count++;
    this.pcpus.note(pcpu, time);
    if (time > this.#queue.newest) this.#queue.newest = time;
    if (time < this.#queue.oldest) this.#queue.oldest = time;
  }

  /** False where the sample does not hold the raw record that it should. */
  #addRow(
    source: EventSource,
    view: DataView,
    start: number,
    end: number,
    time: number,
    pcpu: number,
    thread: number,
  ): boolean {
    const extractor = source.extractor;
    const raw = source.layout.rawAt(view, start, end, this.#littleEndian);
    if (raw < 0 || extractor === undefined) return false;
    const size = view.getUint32(raw, this.#littleEndian);
    const queue = this.#queue;
    const first = queue.add(time, source.kind, pcpu, thread);
    extractor.extract(view, raw + 4, size, queue.fields, first);
    if (extractor.hasNames) extractor.noteNames(view, raw + 4, size, this.#names);
    return true;
  }

  #badSample(source: EventSource, what: string, offset: number): void {
    this.#losses.addUnreadable('bad-sample', `A sample of ${source.name} ${what}`, offset);
  }

  /** False for records that the caller must deal with. */
  #readOther(type: number, view: DataView, start: number, end: number): boolean {
    this.#placeLoss(Infinity);
    switch (type) {
      case RecordType.Lost:
        this.#readLost(view, start, end);
        return true;
      case RecordType.LostSamples:
        if (end - start >= 16 && !(view.getUint16(start + 4, this.#littleEndian) & MISC_LOST_SAMPLES_BPF)) {
          this.#losses.addByEvent(this.#u64(view, start + 8));
        }
        return true;
      case RecordType.Comm:
        this.#readComm(view, start, end);
        return true;
      case RecordType.Fork:
        // pid, parent's pid, tid, parent's tid
        if (end - start >= 24) {
          this.#processes.note(
            view.getInt32(start + 16, this.#littleEndian),
            view.getInt32(start + 8, this.#littleEndian),
          );
        }
        return true;
      case RecordType.HeaderAttr:
      case RecordType.HeaderFeature:
      case RecordType.EventUpdate:
      case RecordType.HeaderTracingData:
      case RecordType.Auxtrace:
      case RecordType.Compressed:
      case RecordType.Compressed2:
        return false;
      default:
        if (!isKnownType(type)) this.unknownRecords++;
        return true;
    }
  }

  #readLost(view: DataView, start: number, end: number): void {
    const trailer = this.#table.trailer;
    if (end - start < 24) return;
    const count = this.#u64(view, start + 16);
    const complete = trailer.time > 0 && trailer.cpu > 0 && end - start >= 24 + trailer.size;
    const pcpu = complete ? view.getUint32(end - trailer.cpu, this.#littleEndian) : -1;
    const time = complete ? this.#clock.read(view, end - trailer.time) : NaN;
    const hasPlace = pcpu >= 0 && pcpu <= LARGEST_PCPU && !Number.isNaN(time);
    this.#losses.addInBuffer(count, hasPlace);
    if (!hasPlace) return;
    this.#lossWaits = true;
    this.#lossTime = time;
    this.#lossPcpu = pcpu;
    this.#lossBefore = this.pcpus.last(pcpu);
    this.#lossCount = count;
  }

  /** Adds the loss that waits, if there is one: not later than `latest`. */
  #placeLoss(latest: number): void {
    if (!this.#lossWaits) return;
    this.#lossWaits = false;
    this.#addLoss(Math.min(this.#lossTime, latest), this.#lossPcpu, this.#lossBefore, this.#lossCount);
  }

  #addLoss(time: number, pcpu: number, before: number, count: number): void {
    const first = this.#queue.add(time, LOSS_RECORD, pcpu, -1);
    this.#queue.fields.fill(NaN, first, first + FIELD_SLOTS);
    this.#queue.fields[first] = before;
    this.#queue.fields[first + 1] = count;
  }

  #readComm(view: DataView, start: number, end: number): void {
    const thread = end - start >= 16 ? view.getInt32(start + 12, this.#littleEndian) : -1;
    if (thread <= 0) return;
    this.#processes.note(thread, view.getInt32(start + 8, this.#littleEndian));
    const nameEnd = end - this.#table.trailer.size;
    if (nameEnd <= start + 16) return;
    this.#threads.setName(
      thread,
      textUpToNul(new Uint8Array(view.buffer, view.byteOffset + start + 16, nameEnd - start - 16)),
    );
  }

  #u64(view: DataView, at: number): number {
    const first = view.getUint32(at, this.#littleEndian);
    const second = view.getUint32(at + 4, this.#littleEndian);
    return this.#littleEndian ? second * TWO_32 + first : first * TWO_32 + second;
  }
}

/** Types up to here are known to the kernel (PERF_RECORD_CALLCHAIN_DEFERRED, 6.18) … */
const LAST_KERNEL_TYPE = 22;
/** … and from 64 up to here to the perf program (PERF_RECORD_SCHEDSTAT_DOMAIN, 6.17). */
const LAST_PERF_TYPE = 86;

const isKnownType = (type: number): boolean =>
  (type > 0 && type <= LAST_KERNEL_TYPE) || (type >= RecordType.HeaderAttr && type <= LAST_PERF_TYPE);
