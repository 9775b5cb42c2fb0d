/** A .kev file as a Recording: drives index, reader, queue and finisher, one step after the other. */
import type { ByteSource } from '../../base/byte-source.js';
import type { IssueLog } from '../../base/issue.js';
import type { CycleClock } from '../../recording/cycles.js';
import { type BatchSupply, type RecordBatch, reuseOneBatch } from '../../recording/record-batch.js';
import type { Clock, DeclaredGuest, HostFacts, Recording, RecordingTotals } from '../../recording/recording.js';
import { SymbolTable } from '../../recording/symbols.js';
import type { ThreadTable } from '../../recording/threads.js';
import type { OpenOptions } from '../format.js';
import { eventName } from '../qnx/event-names.js';
import { ForetoldTimes } from '../qnx/foretold-times.js';
import { hasBuffersPerCpu } from '../qnx/release.js';
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
import { TraceRows } from '../qnx/trace-rows.js';
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
  readonly threads: ThreadTable;
  readonly symbols = new SymbolTable();
  readonly issues: IssueLog;
  readonly totals: RecordingTotals;
  cycles?: CycleClock;
  originNs = 0n;

  readonly #source: ByteSource;
  readonly #header: KevHeader;
  readonly #settings: TraceSettings;
  readonly #rows: TraceRows;
  readonly #reader: EventReader;
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
    this.sources = [source.name];
    this.clock = settings.clock;
    this.host = settings.host;
    this.issues = issues;
    this.#source = source;
    this.#header = header;
    this.#settings = settings;
    this.#rows = new TraceRows(settings, globalClock, options.catalog);
    this.threads = this.#rows.threads;
    this.totals = this.#rows.totals;
    this.#reader = new EventReader(this.#rows, new EventTable(settings.release, littleEndian), littleEndian);
  }

  /** Finds the buffers, and reads until the first rows are final: only then is the first time known. */
  async prepare(): Promise<void> {
    const { eventsStart, littleEndian } = this.#header;
    this.#position = this.#stepEnd = eventsStart;
    const head = await this.#source.read(eventsStart, PIECE_BYTES);
    if (this.#source.size === Infinity) this.#stepEnd = Infinity;
    else this.#makePlan(await indexSegments(this.#source, eventsStart, littleEndian));
    foretellTimes(head, littleEndian, new ForetoldTimes(this.#rows.clocks));
    while (this.#rows.queue.ready === 0 && (await this.#advance()));
    if (this.#ended) this.#finishReading();
    const beginning = this.#rows.begin();
    if (beginning === undefined) {
      this.#issue('no-events', 'The trace has no events.', eventsStart);
      return;
    }
    this.originNs = beginning.originNs;
    this.cycles = beginning.cycles;
  }

  #makePlan(segments: readonly Segment[]): void {
    const { release, hz } = this.#settings;
    const slack = hz * SLACK_SECONDS;
    const plan = readingPlan(segments, slack, hasBuffersPerCpu(release));
    this.#plan = plan;
    const begins = plan.map(({ begin }) => begin).filter(Number.isFinite);
    if (begins.length === 0) return;
    this.#rows.clocks.setBase(Math.floor(begins[0] / WRAP));
    this.#rows.clocks.expect(begins[0] - slack, begins[begins.length - 1] + slack);
  }

  batches(supply: BatchSupply = reuseOneBatch()): AsyncIterable<RecordBatch> {
    return this.#rows.batches(
      supply,
      () => this.#advanceOrFinish(),
      () => this.#finishTotals(),
    );
  }

  async #advanceOrFinish(): Promise<boolean> {
    if (this.#ended) return false;
    if (await this.#advance()) return true;
    this.#finishReading();
    return this.#rows.queue.ready > 0;
  }

  #finishReading(): void {
    this.#reader.open.finish();
    this.#rows.finishReading();
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
      this.#rows.queue.finishOlderHalf();
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
      this.#rows.clocks.expect(step.earliest, step.latest, step.begin);
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
    this.#rows.queue.finishUpTo(step.finalBefore - this.#rows.clocks.baseHigh * WRAP);
  }

  #noteMissing(cpu: number, offset: number, message: string): void {
    this.#rows.losses.openGap(cpu);
    this.#issue('cut', message, offset);
  }

  #finishTotals(): void {
    const { counts, open, impossibleTimes } = this.#reader;
    const named = [...counts.entries()]
      .filter(([, count]) => count > 0)
      .map(([key, count]) => [eventName(key, this.#settings.release), count] as const);
    const { unfinished, withoutBeginning } = open;
    const findings = { counts: named, unfinished, withoutBeginning, impossibleTimes };
    this.#rows.finishTotals(findings, this.issues, this.#source.name);
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
