/** A .kev file as a Recording: drives index, reader, queue and finisher, one step after the other. */
import type { ByteSource } from '../../base/byte-source.js';
import type { IssueLog } from '../../base/issue.js';
import { type CycleClock, cyclesToNs } from '../../recording/cycles.js';
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
import { CpuClocks } from '../qnx/cpu-clocks.js';
import { eventName } from '../qnx/event-names.js';
import { deliveryFor, SHAPE_CATALOG } from '../qnx/event-shapes.js';
import { ForetoldTimes } from '../qnx/foretold-times.js';
import { HostThreads } from '../qnx/host-threads.js';
import { RecordFinisher } from '../qnx/record-finisher.js';
import { hasBuffersPerCpu } from '../qnx/release.js';
import { TextStore } from '../qnx/text-store.js';
import { originOf, spanLimit } from '../qnx/time-span.js';
import {
  CLASS_SHIFT,
  ControlEvent,
  CPU_MASK,
  CPU_SHIFT,
  EVENT_BYTES,
  eventKey,
  KEY_MASK,
  TraceClass,
} from '../qnx/trace-classes.js';
import type { TraceSettings } from '../qnx/trace-header.js';
import { addTraceIssues } from '../qnx/trace-issues.js';
import { TraceLosses } from '../qnx/trace-losses.js';
import { RowQueue } from '../queue/row-queue.js';
import { EventReader } from './event-reader.js';
import { EventTable } from './event-table.js';
import { eventWords } from './event-words.js';
import type { KevHeader } from './header.js';
import { readingPlan, type Step } from './reading-plan.js';
import { indexSegments, type Segment } from './segment-index.js';

/** Read at a time: a whole number of events. */
const PIECE_BYTES = 1 << 18;
/** An event may be so much earlier than the beginning of the buffer that it is in, seconds: an interrupt came between. */
const SLACK_SECONDS = 0.01;

const WRAP = 2 ** 32;

/** Events that were read from the file and are on their way into the queue. */
interface Piece {
  readonly words: Uint32Array;
  /** The next word. */
  at: number;
}

export class KevRecording implements Recording {
  readonly format = 'qnx-kev';
  readonly sources: readonly string[];
  readonly clock: Clock;
  readonly host: HostFacts;
  readonly guests: readonly DeclaredGuest[] = [];
  readonly threads = new ThreadTable();
  readonly symbols = new SymbolTable();
  readonly issues: IssueLog;
  readonly totals = new RecordingTotals();
  cycles?: CycleClock;
  originNs = 0n;

  readonly #source: ByteSource;
  readonly #header: KevHeader;
  readonly #settings: TraceSettings;
  readonly #clocks: CpuClocks;
  readonly #queue = new RowQueue(SHAPE_CATALOG);
  readonly #losses: TraceLosses;
  readonly #reader: EventReader;
  readonly #hostThreads: HostThreads;
  readonly #finisher: RecordFinisher;
  /** Undefined for a pipe, which is read in its own order. */
  #plan: readonly Step[] | undefined;
  #nextStep = 0;
  /** Where to read on in the present step, and where it ends. */
  #position = 0;
  #stepEnd = 0;
  #piece: Piece | undefined;
  /** Of the present piece, again and again. */
  readonly #memory = new Uint8Array(PIECE_BYTES);
  #ended = false;

  constructor(
    source: ByteSource,
    header: KevHeader,
    settings: TraceSettings,
    globalClock: boolean,
    options: OpenOptions,
    issues: IssueLog,
  ) {
    const { littleEndian } = header;
    const { release, hz, cpus } = settings;
    this.sources = [source.name];
    this.clock = settings.clock;
    this.host = settings.host;
    this.issues = issues;
    this.#source = source;
    this.#header = header;
    this.#settings = settings;
    this.#clocks = new CpuClocks(globalClock, spanLimit(hz));
    this.#losses = new TraceLosses(release, this.totals);
    const texts = new TextStore();
    this.#reader = new EventReader({
      table: new EventTable(release, littleEndian),
      queue: this.#queue,
      clocks: this.#clocks,
      losses: this.#losses,
      texts,
      littleEndian,
    });
    this.#hostThreads = new HostThreads(this.threads);
    const delivery = deliveryFor(options.catalog);
    this.#finisher = new RecordFinisher(delivery, this.#hostThreads, texts, this.totals, { hz, cpus });
    this.#queue.openReserve();
  }

  /** Finds the buffers, and reads until the first rows are final: only then is the first time known. */
  async prepare(): Promise<void> {
    const { eventsStart, littleEndian } = this.#header;
    this.#position = this.#stepEnd = eventsStart;
    const head = await this.#source.read(eventsStart, PIECE_BYTES);
    if (this.#source.size === Infinity) this.#stepEnd = Infinity;
    else this.#makePlan(await indexSegments(this.#source, eventsStart, littleEndian));
    foretellTimes(head, littleEndian, new ForetoldTimes(this.#clocks));
    while (this.#queue.ready === 0 && (await this.#advance()));
    if (this.#ended) this.#finishReading();
    if (this.#queue.oldest === Infinity) {
      this.#issue('no-events', 'The trace has no events.', eventsStart);
      return;
    }
    this.#queue.origin = this.#queue.oldest;
    this.totals.firstNs = 0;
    const { cycles, originNs } = originOf(this.#clocks.baseHigh, this.#queue.origin, this.#settings.hz);
    this.originNs = originNs;
    if (this.clock.measuresTime) this.cycles = { hz: this.#settings.hz, origin: cycles };
  }

  #makePlan(segments: readonly Segment[]): void {
    const { release, hz } = this.#settings;
    const slack = hz * SLACK_SECONDS;
    const plan = readingPlan(segments, slack, hasBuffersPerCpu(release));
    this.#plan = plan;
    const begins = plan.map(({ begin }) => begin).filter(Number.isFinite);
    if (begins.length === 0) return;
    this.#clocks.setBase(Math.floor(begins[0] / WRAP));
    this.#clocks.expect(begins[0] - slack, begins[begins.length - 1] + slack);
  }

  async *batches(supply: BatchSupply = reuseOneBatch()): AsyncIterable<RecordBatch> {
    let batch = supply();
    do {
      while (this.#queue.ready > 0) {
        const from = batch.count;
        this.#queue.deliver(batch);
        this.#finisher.finish(batch, from);
        if (!batch.full) continue;
        yield batch;
        batch = supply();
      }
    } while (await this.#advanceOrFinish());
    this.#finishTotals();
    if (batch.count > 0) yield batch;
  }

  async #advanceOrFinish(): Promise<boolean> {
    if (this.#ended) return false;
    if (await this.#advance()) return true;
    this.#finishReading();
    return this.#queue.ready > 0;
  }

  #finishReading(): void {
    this.#reader.finish();
    this.#queue.finishAll();
  }

  /** Reads some events; false at the end of all. */
  async #advance(): Promise<boolean> {
    this.#piece ??= await this.#nextPiece();
    const piece = this.#piece;
    if (piece === undefined) {
      this.#ended = true;
      return false;
    }
    piece.at = this.#reader.read(piece.words, piece.at, piece.words.length);
    if (piece.at < piece.words.length) {
      this.#queue.finishOlderHalf();
      return true;
    }
    this.#piece = undefined;
    if (this.#position >= this.#stepEnd) this.#finishStep();
    return true;
  }

  /** The next events of the present step, or of the one after it; undefined at the end. */
  async #nextPiece(): Promise<Piece | undefined> {
    while (this.#position >= this.#stepEnd) {
      const step = this.#plan?.[this.#nextStep];
      if (step === undefined) return undefined;
      this.#nextStep++;
      this.#position = step.start;
      this.#stepEnd = step.end;
      this.#clocks.expect(step.earliest, step.latest, step.begin);
    }
    const wanted = Math.min(PIECE_BYTES, this.#stepEnd - this.#position);
    const bytes = await this.#source.read(this.#position, wanted, this.#memory);
    const whole = Math.floor(bytes.length / EVENT_BYTES) * EVENT_BYTES;
    if (bytes.length < wanted) this.#noteCutEnd(bytes.length - whole);
    if (whole === 0) return undefined;
    this.#position += whole;
    return { words: eventWords(bytes.subarray(0, whole), this.#header.littleEndian), at: 0 };
  }

  /** A pipe ends here; or a file is shorter than it was. */
  #noteCutEnd(rest: number): void {
    this.#stepEnd = this.#position;
    if (rest > 0) this.#noteMissing(0, this.#position, 'The trace ends in the middle of an event.');
  }

  /** All of a step has been read. */
  #finishStep(): void {
    const step = this.#plan?.[this.#nextStep - 1];
    if (step === undefined) return;
    const { eventsStart } = this.#header;
    const rest = (this.#source.size - eventsStart) % EVENT_BYTES;
    const isLast = step.end >= this.#source.size - rest;
    if (step.missing > 0) {
      const message = `A buffer should have ${step.missing} more events${isLast ? ': the trace was cut there' : ''}.`;
      this.#noteMissing(step.cpu, step.end, message);
    } else if (isLast && rest > 0) {
      this.#noteMissing(step.cpu, step.end, 'The trace ends in the middle of an event.');
    }
    this.#queue.finishUpTo(step.finalBefore - this.#clocks.baseHigh * WRAP);
  }

  #noteMissing(cpu: number, offset: number, message: string): void {
    this.#losses.openGap(cpu);
    this.#issue('cut', message, offset);
  }

  #finishTotals(): void {
    const { totals } = this;
    this.#reader.counts.forEach((count, key) => {
      if (count === 0) return;
      const name = eventName(key, this.#settings.release);
      totals.eventCounts.set(name, (totals.eventCounts.get(name) ?? 0) + count);
      totals.events += count;
    });
    this.#losses.latest.forEach((time, cpu) => {
      if (!Number.isNaN(time)) totals.pcpus.add(cpu);
    });
    if (totals.pcpus.size > 0) {
      totals.lastNs = cyclesToNs(this.#queue.newest - this.#queue.origin, this.#settings.hz);
    }
    totals.timeWentBack = this.#queue.movedUp;
    this.#hostThreads.finish();
    const problems = {
      missingBuffers: this.#losses.missingBuffers,
      restarts: this.#losses.restarts,
      unfinished: this.#reader.open.unfinished,
      withoutBeginning: this.#reader.open.withoutBeginning,
      impossibleTimes: this.#reader.impossibleTimes,
      timesWentBack: this.#clocks.wentBack,
      movedUp: this.#queue.movedUp,
      droppedThreads: this.#hostThreads.dropped,
    };
    addTraceIssues(problems, this.issues, this.#source.name);
  }

  #issue(code: string, message: string, offset: number): void {
    this.issues.add({ code, severity: 'warning', message, source: this.#source.name, offset });
  }
}

const TIME = eventKey(TraceClass.Control, ControlEvent.Time);

/** @param head the first events of the file */
function foretellTimes(head: Uint8Array, littleEndian: boolean, foretold: ForetoldTimes): void {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  for (let at = 0; at + EVENT_BYTES <= head.length; at += EVENT_BYTES) {
    const word = view.getUint32(at, littleEndian);
    const cpu = (word >>> CPU_SHIFT) & CPU_MASK;
    const key = word & KEY_MASK;
    const low = view.getUint32(at + 4, littleEndian);
    if (key === TIME) foretold.time(cpu, low, view.getUint32(at + 8, littleEndian));
    else if (key >> CLASS_SHIFT !== TraceClass.Control) foretold.event(cpu, low);
  }
}
