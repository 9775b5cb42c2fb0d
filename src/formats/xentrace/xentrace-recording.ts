/** A xentrace file as a Recording: reads windows, and delivers the records of all pCPUs in the order of time. */
import type { ByteSource } from '../../base/byte-source.js';
import { IssueLog } from '../../base/issue.js';
import type { CycleClock } from '../../recording/cycles.js';
import { cyclesToNs } from '../../recording/cycles.js';
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
import { type Beginning, judgeBeginning } from './beginning.js';
import { eventName } from './event-names.js';
import { EventTable } from './event-table.js';
import { type Common, PcpuStream } from './pcpu-stream.js';
import { CPU_CHANGE, indexOfEvent, WRAP_BUFFER } from './record-words.js';
import { Rounds } from './rounds.js';
import { clockIssues, readingIssues } from './trace-issues.js';
import { type Piece, WindowReader } from './window-reader.js';

/** So much of the input tells how fast its clock is, bytes. */
const BEGINNING_BYTES = 8 << 20;
/** More must not wait to be delivered, bytes: then what is there is delivered, in the order that it has. */
const MOST_PENDING_BYTES = 96 << 20;
const NS_PER_SECOND = 1e9;
/** The TSC of x86 ticks faster, the counter of Arm mostly between 1 and 100 MHz (1 GHz from Armv8.6 on). */
const SLOWEST_TSC_HZ = 400e6;
/** Written by the recorder and no events: */
const FILLERS = [WRAP_BUFFER, CPU_CHANGE].map(indexOfEvent);

export class XentraceRecording implements Recording {
  readonly format = 'xentrace';
  readonly sources: readonly string[];
  readonly guests: readonly DeclaredGuest[] = [];
  readonly threads = new ThreadTable();
  readonly symbols = new SymbolTable();
  readonly issues = new IssueLog();
  readonly totals = new RecordingTotals();
  readonly clock: Clock;
  readonly cycles: CycleClock;
  readonly host: HostFacts;
  readonly originNs: bigint;

  readonly #reader: WindowReader;
  readonly #table: EventTable;
  readonly #common: Common;
  readonly #skews: ReadonlyMap<number, number>;
  /** By number of the pCPU, and all of them in the order in which they were met. */
  readonly #streams: PcpuStream[] = [];
  readonly #list: PcpuStream[] = [];
  readonly #rounds = new Rounds();

  private constructor(source: ByteSource, reader: WindowReader, beginning: Beginning, options: OpenOptions) {
    const { epoch = { high: 0, low: 0 }, clockRate, skews, virtualization } = beginning;
    const stated = options.clockHz === undefined ? undefined : Math.round(options.clockHz);
    const hz = stated ?? clockRate.hz;
    this.sources = [source.name];
    this.clock = {
      name: 'cycles',
      measuresTime: hz !== undefined,
      estimated: stated === undefined,
      resolutionNs: hz === undefined ? 1 : NS_PER_SECOND / hz,
    };
    const origin = BigInt(epoch.high) * 2n ** 32n + BigInt(epoch.low);
    this.cycles = { hz: hz ?? NS_PER_SECOND, origin };
    const isArm = virtualization === undefined && (clockRate.hz ?? stated ?? NS_PER_SECOND) < SLOWEST_TSC_HZ;
    this.host = isArm ? { virtualization: 'arm' } : virtualization === undefined ? {} : { virtualization };
    this.originNs = (origin * BigInt(NS_PER_SECOND)) / BigInt(this.cycles.hz);
    this.#reader = reader;
    this.#table = new EventTable(options.catalog);
    this.#common = {
      table: this.#table,
      epochHigh: epoch.high,
      epochLow: epoch.low,
      hz: this.cycles.hz,
      delivered: 0,
      newest: 0,
    };
    this.#skews = skews.byPcpu;
    for (const issue of clockIssues(beginning, stated, source.name)) this.issues.add(issue);
    this.#distribute();
  }

  /** Reads the beginning, which tells what the file does not state. */
  static async open(source: ByteSource, options: OpenOptions): Promise<XentraceRecording> {
    const reader = new WindowReader(source);
    while (!reader.ended && reader.position < BEGINNING_BYTES) await reader.read();
    return new XentraceRecording(source, reader, judgeBeginning(reader.pieces), options);
  }

  async *batches(supply: BatchSupply = reuseOneBatch()): AsyncGenerator<RecordBatch> {
    const { totals } = this;
    totals.firstNs = this.#list.length === 0 ? Number.POSITIVE_INFINITY : 0;
    let batch = supply();
    for (;;) {
      const limit = this.#limit();
      const earliest = this.#earliest();
      if (earliest === undefined || earliest.next > limit) {
        if (this.#reader.ended) break;
        await this.#reader.read();
        this.#distribute();
        continue;
      }
      const count = batch.count;
      earliest.advance(batch, Math.min(limit, this.#second));
      // A batch without room takes nothing.
      if (batch.count === count && earliest.next <= Math.min(limit, this.#second)) {
        yield batch;
        batch = supply();
      }
    }
    const last = Math.max(this.#common.delivered, ...this.#list.map(({ time }) => time));
    for (const stream of this.#list) {
      if (batch.count === batch.time.length) {
        yield batch;
        batch = supply();
      }
      stream.finish(batch, last);
    }
    this.#finishTotals(last);
    if (batch.count > 0) yield batch;
  }

  /** Up to which time all records have been read, cycles. */
  #limit(): number {
    if (this.#reader.ended) return Number.POSITIVE_INFINITY;
    const pending = this.#list.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0);
    return pending > MOST_PENDING_BYTES ? Number.POSITIVE_INFINITY : this.#rounds.complete;
  }

  #second = Number.POSITIVE_INFINITY;

  /** The pCPU with the earliest record; `#second` is then the time of the next one after it on any other. */
  #earliest(): PcpuStream | undefined {
    let found: PcpuStream | undefined;
    let least = Number.POSITIVE_INFINITY;
    this.#second = Number.POSITIVE_INFINITY;
    for (const stream of this.#list) {
      const { next } = stream;
      if (next < least) {
        this.#second = least;
        least = next;
        found = stream;
      } else if (next < this.#second) {
        this.#second = next;
      }
    }
    return found;
  }

  /** Gives the pieces that were read to their pCPUs. */
  #distribute(): void {
    const { pieces, garbage } = this.#reader;
    // Nobody knows whose windows these were.
    if (garbage.length > 0) for (const stream of this.#list) stream.openGap();
    for (const piece of pieces) {
      const stream = this.#streamOf(piece.pcpu);
      if (piece.startsWindow) this.#rounds.window(piece.pcpu, this.#beginOf(stream, piece));
      stream.add(piece);
    }
    pieces.length = 0;
  }

  #beginOf(stream: PcpuStream, piece: Piece): number {
    const begin = stream.beginOf(piece);
    if (begin > this.#common.newest) this.#common.newest = begin;
    return begin;
  }

  #streamOf(pcpu: number): PcpuStream {
    let stream = this.#streams[pcpu];
    if (stream === undefined) {
      stream = new PcpuStream(pcpu, this.#common, this.#skews.get(pcpu) ?? 0);
      this.#streams[pcpu] = stream;
      this.#list.push(stream);
    }
    return stream;
  }

  /** @param last time of the last record, cycles */
  #finishTotals(last: number): void {
    const { totals } = this;
    for (const [index, count] of this.#table.counts()) {
      if (FILLERS.includes(index)) continue;
      totals.events += count;
      const name = eventName(index);
      totals.eventCounts.set(name, (totals.eventCounts.get(name) ?? 0) + count);
    }
    for (const stream of this.#list) {
      totals.lostEvents += stream.lostEvents;
      totals.gaps += stream.gaps;
      totals.timeWentBack += stream.timesBack;
      if (Number.isFinite(stream.time)) totals.pcpus.add(stream.pcpu);
    }
    if (totals.events > 0) totals.lastNs = cyclesToNs(last, this.#common.hz);
    for (const issue of readingIssues(this.#reader, this.#list, this.sources[0])) this.issues.add(issue);
  }
}
