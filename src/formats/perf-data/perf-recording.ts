/** A perf.data file as a Recording: drives window, decompression, reader and queue, one step after the other. */
import type { ByteSource } from '../../base/byte-source.js';
import { type Issue, IssueLog, type Severity } from '../../base/issue.js';
import { InterruptNames } from '../../recording/interrupt-names.js';
import { type BatchSupply, type RecordBatch, reuseOneBatch } from '../../recording/record-batch.js';
import {
  type Clock,
  type DeclaredGuest,
  type HostFacts,
  type Recording,
  RecordingTotals,
} from '../../recording/recording.js';
import { SymbolTable } from '../../recording/symbols.js';
import { ThreadTable } from '../../recording/threads.js';
import type { OpenOptions } from '../format.js';
import { RowQueue } from '../queue/row-queue.js';
import { CompressedStream } from './compressed-stream.js';
import { CLOCK_NAMES, RECORD_HEADER_BYTES, RecordType } from './constants.js';
import { EventTable } from './event-table.js';
import { Features } from './features.js';
import type { FileLayout } from './file-header.js';
import { LossCounter } from './loss-counter.js';
import { RecordReader, Stop } from './record-reader.js';
import { RecordWindow } from './record-window.js';
import { indexRuns, RunMerger } from './run-merger.js';
import { TableLoader } from './table-loader.js';

/** A table in a pipe that claims more than this is damage. */
const LARGEST_PIPE_TABLE = 256 * 1024 * 1024;

export class PerfRecording implements Recording {
  readonly format = 'perf-data';
  readonly sources: readonly string[];
  readonly guests: readonly DeclaredGuest[] = [];
  readonly threads = new ThreadTable();
  readonly interruptNames = new InterruptNames();
  readonly symbols = new SymbolTable();
  readonly issues = new IssueLog();
  readonly totals = new RecordingTotals();

  readonly #source: ByteSource;
  readonly #layout: FileLayout;
  readonly #features = new Features();
  readonly #table: EventTable;
  readonly #queue: RowQueue;
  readonly #losses: LossCounter;
  readonly #reader: RecordReader;
  #window: RecordWindow;
  /** Where rounds are too large for the queue: see RunMerger. */
  #merger: RunMerger | undefined;
  #mergerTried = false;
  readonly #tables: TableLoader;
  readonly #compressed: CompressedStream;
  /** Records that came out of a compressed one and are not read to the end. */
  #unpacked: { readonly view: DataView; position: number; readonly offset: number } | undefined;
  /** Nothing more can be read. */
  #ended = false;
  /** The recording goes on beyond what could be read. */
  #cut = false;

  constructor(source: ByteSource, layout: FileLayout, options: OpenOptions) {
    const { littleEndian } = layout;
    this.sources = [source.name];
    this.#source = source;
    this.#layout = layout;
    this.#table = new EventTable(options.catalog, littleEndian);
    this.#queue = new RowQueue(options.catalog);
    this.#losses = new LossCounter(source.name, this.issues, this.totals);
    this.#reader = new RecordReader(littleEndian, this.#table, this.#queue, this.#losses, this);
    this.#window = new RecordWindow(source, layout.dataStart, layout.dataEnd);
    this.#tables = new TableLoader(source.name, littleEndian, this.#table, this.#features, this.issues);
    this.#compressed = new CompressedStream(options.codecs);
  }

  get host(): HostFacts {
    return this.#features.host;
  }

  get clock(): Clock {
    const id = this.#table.attributes.find(({ clockId }) => clockId !== undefined)?.clockId ?? this.#features.clockId;
    const name = id === undefined ? 'perf' : (CLOCK_NAMES.get(id) ?? `clock ${id}`);
    return { name, measuresTime: true, resolutionNs: Math.max(1, this.#features.clockResolutionNs ?? 1) };
  }

  get originNs(): bigint {
    return this.#reader.baseNs + BigInt(this.#queue.origin);
  }

  /** Reads the tables, and records until the first ones are final: only then is the first time known. */
  async prepare(): Promise<void> {
    await this.#tables.loadFile(this.#source, this.#layout);
    while (!this.#rowsAreReady() && (await this.#advance()));
    if (this.#ended) this.#reader.finish();
    if (this.#queue.ready === 0) this.#queue.finishAll();
    if (!this.#rowsAreReady() && this.#queue.oldest === Infinity) return;
    this.#queue.origin = this.#queue.oldest;
    this.totals.firstNs = 0;
  }

  /** Losses before the first event of all are forgotten: there is nothing of which they could be a part. */
  #rowsAreReady(): boolean {
    if (this.#queue.oldest === Infinity) this.#queue.dropReady();
    return this.#queue.ready > 0;
  }

  async *batches(supply: BatchSupply = reuseOneBatch()): AsyncIterable<RecordBatch> {
    let batch = supply();
    do {
      while (this.#queue.ready > 0) {
        this.#queue.deliver(batch);
        if (!batch.full) continue;
        yield batch;
        batch = supply();
      }
    } while (await this.#advanceOrFinish());
    this.#finishTotals();
    if (batch.count > 0) yield batch;
  }

  /** One of the last three steps once there is nothing to read; false after all of them. */
  async #advanceOrFinish(): Promise<boolean> {
    if (await this.#advance()) return true;
    this.#reader.finish();
    this.#queue.finishAll();
    if (this.#queue.ready > 0) return true;
    if (!this.#cut) return false;
    this.#cut = false;
    this.totals.gaps += this.#reader.addLossAtEnd();
    this.#queue.finishAll();
    return this.#queue.ready > 0;
  }

  /** Reads on until something is to be done; false at the end of the records. */
  async #advance(): Promise<boolean> {
    if (this.#ended) return false;
    if (this.#unpacked !== undefined) {
      this.#readUnpacked(this.#unpacked);
      return true;
    }
    if (this.#merger !== undefined) {
      if (await this.#merger.step()) this.#queue.finishUpTo(this.#merger.finalUpTo);
      else this.#merger = undefined;
      return true;
    }
    const window = this.#window;
    this.#reader.position = window.position;
    const recordsOffset = window.offset - window.position;
    const stop = this.#reader.read(window.view, recordsOffset);
    window.position = this.#reader.position;
    if (stop === Stop.RowsReady) return true;
    if (stop === Stop.QueueFull) {
      await this.#makeRoom();
      return true;
    }
    if (stop === Stop.Damaged) return this.#endDamaged(window.offset);
    if (stop === Stop.Special) {
      await this.#takeSpecial(recordsOffset);
      return true;
    }
    return (await window.refill()) || this.#endOfInput();
  }

  /** The rows of a round are more than the queue can hold: reads what follows side by side, where that is possible. */
  async #makeRoom(): Promise<void> {
    const { dataEnd, isPipe } = this.#layout;
    const start = this.#window.offset;
    const index = isPipe || this.#mergerTried ? undefined : await indexRuns(this.#source, start, dataEnd, this.#reader);
    this.#mergerTried = true;
    if (index === undefined) {
      this.#queue.finishOlderHalf();
      return;
    }
    this.#queue.openReserve();
    this.#merger = new RunMerger(this.#source, index, this.#reader);
    this.#window = new RecordWindow(this.#source, index.end, dataEnd);
  }

  #endOfInput(): false {
    this.#ended = true;
    const missing = this.#layout.dataEnd !== Infinity && this.#window.offset < this.#layout.dataEnd;
    if (this.#window.remaining > 0 || missing || this.#compressed.hasRest) {
      this.#cut = true;
      const offset = this.#window.offset;
      this.#issue('cut', 'warning', 'The recording ends in the middle of a record', offset);
    }
    return false;
  }

  #endDamaged(offset: number): false {
    this.#ended = true;
    this.#cut = true;
    const message = 'A record has an impossible size: nothing after it can be read';
    this.#issue('bad-record-size', 'error', message, offset);
    return false;
  }

  /** The record that the reader stopped at: between recordStart and position of the window's view. */
  async #takeSpecial(recordsOffset: number): Promise<void> {
    const { view } = this.#window;
    const start = this.#reader.recordStart;
    const offset = recordsOffset + start;
    const { littleEndian } = this.#layout;
    const type = view.getUint32(start, littleEndian);
    const record = new Uint8Array(view.buffer, view.byteOffset + start, this.#window.position - start);
    if (type === RecordType.Compressed) {
      this.#unpack(record.subarray(RECORD_HEADER_BYTES), offset);
    } else if (type === RecordType.Compressed2) {
      const stated = record.length >= 16 ? view.getUint32(start + (littleEndian ? 8 : 12), littleEndian) : 0;
      this.#unpack(record.subarray(16, 16 + stated), offset);
    } else if (type === RecordType.HeaderTracingData && record.length >= 12) {
      await this.#takeTracingData(view.getUint32(start + 8, littleEndian), offset);
    } else if (type === RecordType.Auxtrace && record.length >= 16) {
      const low = view.getUint32(start + (littleEndian ? 8 : 12), littleEndian);
      const high = view.getUint32(start + (littleEndian ? 12 : 8), littleEndian);
      await this.#window.skip(high * 2 ** 32 + low);
    } else {
      this.#tables.addRecord(type, record, offset);
    }
  }

  async #takeTracingData(size: number, offset: number): Promise<void> {
    if (size > LARGEST_PIPE_TABLE) {
      this.#endDamaged(offset);
      return;
    }
    this.#tables.addTracingData(await this.#window.take(size), offset);
  }

  #unpack(data: Uint8Array, offset: number): void {
    const bytes = this.#compressed.push(data, this.#features.compressedLimit);
    if (bytes === undefined) {
      this.#cut = true;
      this.#issue('bad-compression', 'error', 'A compressed record cannot be unpacked: its events are lost', offset);
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#unpacked = { view, position: 0, offset };
  }

  #readUnpacked(unpacked: { readonly view: DataView; position: number; readonly offset: number }): void {
    this.#reader.position = unpacked.position;
    // All records in it have the offset of the compressed one: there is no other place to point to.
    const stop = this.#reader.read(unpacked.view, unpacked.offset);
    unpacked.position = this.#reader.position;
    if (stop === Stop.QueueFull) this.#queue.finishOlderHalf();
    if (stop === Stop.RowsReady || stop === Stop.QueueFull || stop === Stop.Special) return;
    this.#unpacked = undefined;
    if (stop === Stop.Damaged) {
      this.#endDamaged(unpacked.offset);
      return;
    }
    const { view, position } = unpacked;
    this.#compressed.keep(new Uint8Array(view.buffer, view.byteOffset + position, view.byteLength - position));
  }

  #finishTotals(): void {
    const { totals } = this;
    const reader = this.#reader;
    for (const [name, count] of this.#table.counts()) {
      totals.eventCounts.set(name, count);
      totals.events += count;
    }
    for (const pcpu of reader.pcpus.seen()) totals.pcpus.add(pcpu);
    if (totals.events > 0) totals.lastNs = this.#queue.newest - this.#queue.origin;
    totals.longestFrozenRun = reader.pcpus.longestRun;
    totals.timeWentBack = this.#queue.movedUp;
    this.#losses.finish();
    this.#noteFindings();
  }

  #noteFindings(): void {
    const reader = this.#reader;
    const { movedUp } = this.#queue;
    if (movedUp > 0) {
      this.#issue(
        'not-in-order',
        'warning',
        `${movedUp} records came too late for their place and were moved up in time`,
      );
    }
    if (reader.repeated > 0) {
      const message = `${reader.repeated} events were recorded twice, because they were asked for twice; each is used once`;
      this.#issue('recorded-twice', 'note', message);
    }
    if (reader.unknownRecords > 0) {
      this.#issue('unknown-record', 'note', `${reader.unknownRecords} records of unknown types were passed over`);
    }
    if (this.#table.lacksFormats) this.issues.add(noFormats(this.#source, this.#layout));
  }

  #issue(code: string, severity: Severity, message: string, offset?: number): void {
    const where = offset === undefined ? {} : { offset };
    this.issues.add({ code, severity, message, source: this.#source.name, ...where });
  }
}

/** In the file form the descriptions of tracepoints stand behind all records, so a file without its end has none. */
function noFormats({ name, size }: ByteSource, { endMissing }: FileLayout): Issue {
  const issue = { code: 'no-formats', severity: 'error', source: name } as const;
  const lost = 'its events are counted, but cannot be read without the descriptions of their tracepoints';
  if (endMissing === undefined) {
    const message = 'The file does not describe all its tracepoints: their events are counted, but cannot be read';
    return { ...issue, message, hint: 'Let perf record finish by itself, or stop it with Ctrl-C.' };
  }
  if (endMissing === 'unfinished') {
    const message = `The recorder was killed before it could finish the file: ${lost}, which it writes last`;
    return { ...issue, message, hint: `Let perf record finish by itself, or stop it with Ctrl-C. ${PIPE_FORM}` };
  }
  const message = `The file is cut: it should go up to byte ${endMissing.shouldReach} at least, and has ${size}; ${lost}, which were at its end`;
  return { ...issue, offset: size, message, hint: `Copy the file again, whole. ${PIPE_FORM}` };
}

const PIPE_FORM = 'Next time, perf record -o - writes them first: what it writes can be read up to where it is cut.';
