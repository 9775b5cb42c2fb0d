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
import type { Release } from '../qnx/release.js';
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
import { INJECTED, type TraceReader, TraceRows } from '../qnx/trace-rows.js';
import { EventReader, Stop } from './event-reader.js';
import { cpusIn, eventSorts } from './event-sorts.js';
import { EventTable } from './event-table.js';
import type { KevHeader } from './header.js';
import { PIECE_BYTES, type Piece, Pieces, type StepEnd } from './pieces.js';
import { type Plan, Planner } from './planner.js';
import type { Step } from './reading-plan.js';
import { TimeJudge } from './time-judge.js';

const WRAP = 2 ** 32;

/** What is known of a file before its events are read. */
export interface KevFile {
  readonly source: ByteSource;
  readonly header: KevHeader;
  readonly settings: TraceSettings;
  /** One high half of the time serves all CPUs. */
  readonly globalClock: boolean;
  /** The first events, as words. */
  readonly head: Uint32Array;
  readonly issues: IssueLog;
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
  readonly #release: Release;
  readonly #planner: Planner;
  readonly #sorts: Uint8Array;
  readonly #rows: TraceRows;
  readonly #judge: TimeJudge;
  readonly #reader: EventReader;
  readonly #pieces: Pieces;
  #piece: Piece | undefined;
  readonly #steps: TraceReader = {
    advance: () => this.#advance(),
    finishReading: () => this.#reader.open.finish(),
    finishTotals: () => this.#finishTotals(),
  };

  constructor({ source, header, settings, globalClock, head, issues }: KevFile, { catalog }: OpenOptions) {
    const { littleEndian, eventsStart } = header;
    const { release, hz } = settings;
    this.sources = [source.name];
    this.clock = settings.clock;
    this.host = settings.host;
    this.issues = issues;
    this.#source = source;
    this.#header = header;
    this.#rows = new TraceRows(settings, globalClock, catalog);
    this.threads = this.#rows.threads;
    this.totals = this.#rows.totals;
    const sorts = eventSorts(release, head);
    this.#sorts = sorts;
    this.#judge = new TimeJudge(this.#rows.clocks, sorts, cpusIn(head, settings.cpus), hz);
    this.#reader = new EventReader(this.#rows, new EventTable(release, littleEndian), sorts, this.#judge, littleEndian);
    this.#planner = new Planner(source, { eventsStart, littleEndian, sorts, release, hz });
    this.#release = release;
    this.#pieces = new Pieces(
      source,
      littleEndian,
      () => this.#nextPlan(),
      (step) => this.#beginStep(step),
    );
  }

  /** Finds the buffers, and reads until the first rows are final. */
  async prepare(): Promise<void> {
    const { eventsStart, littleEndian } = this.#header;
    const head = await this.#source.read(eventsStart, PIECE_BYTES);
    await this.#pieces.loadPlan();
    foretellTimes(head, littleEndian, new ForetoldTimes(this.#rows.clocks));
    const beginning = await this.#rows.prepare(this.#steps);
    if (beginning === undefined) {
      this.#issue('no-events', 'The trace has no events.', eventsStart);
      return;
    }
    this.originNs = beginning.originNs;
    this.cycles = beginning.cycles;
  }

  async #nextPlan(): Promise<Plan | undefined> {
    const plan = await this.#planner.next();
    if (plan === undefined) return undefined;
    const { clocks, losses } = this.#rows;
    losses.useChains(this.#planner.isPerCpu);
    const begins = plan.steps.map(({ begin }) => begin).filter(Number.isFinite);
    if (begins.length === 0) return plan;
    clocks.setBase(Math.floor(begins[0] / WRAP));
    this.#judge.middle = begins[begins.length >> 1] - clocks.baseHigh * WRAP;
    const { slack } = this.#planner;
    clocks.expect(begins[0] - slack, begins[begins.length - 1] + slack);
    return plan;
  }

  batches(supply: BatchSupply = reuseOneBatch()): AsyncIterable<RecordBatch> {
    return this.#rows.batches(supply, this.#steps);
  }

  /** False for a step that is not to be read. */
  #beginStep(step: Step): boolean {
    const { begin, before, after, earliest, latest, next } = step;
    const { missingBytes, end, start, cpu, sequence } = step.segment;
    if (missingBytes > 0 && end < this.#planner.end) {
      const missing = Math.ceil(missingBytes / EVENT_BYTES);
      const message = `A buffer should have ${missing} more events: nobody knows where in it they are missing, so it is passed over.`;
      this.#noteMissing(cpu, start, message);
      return false;
    }
    const { clocks } = this.#rows;
    clocks.expect(earliest, latest, begin);
    const base = clocks.baseHigh * WRAP;
    const isOfOneCpu = this.#planner.isPerCpu && !Number.isNaN(sequence);
    this.#judge.expect(earliest - base, latest - base, next - base, isOfOneCpu ? cpu : -1);
    this.#reader.expect(before - base, after - base, latest - base);
    return true;
  }

  /** Reads some events; false at the end of all. */
  async #advance(): Promise<boolean> {
    this.#piece ??= await this.#nextPiece();
    const piece = this.#piece;
    if (piece === undefined) return false;
    piece.at = this.#reader.read(piece.words, piece.at, piece.words.length, piece);
    switch (this.#reader.stop) {
      case Stop.Full:
        this.#rows.queue.finishOlderHalf();
        return true;
      case Stop.NeedsMore:
        this.#pieces.extend(piece);
        this.#piece = undefined;
        return true;
      case Stop.NoEvents:
        this.#realign(piece);
        return true;
      default:
        this.#endPiece();
        return true;
    }
  }

  async #nextPiece(): Promise<Piece | undefined> {
    const piece = await this.#pieces.next();
    this.#reader.tolerate(0);
    return piece;
  }

  #endPiece(): void {
    this.#piece = undefined;
    const end = this.#pieces.stepEnd;
    if (end !== undefined) this.#finishStep(end);
  }

  /** Too many events in a row are none: bytes are missing before them, or they are not known. */
  #realign(piece: Piece): void {
    const found = this.#pieces.realigned(piece, this.#sorts);
    if (found?.piece === piece) {
      this.#reader.tolerate(found.sure);
      return;
    }
    this.#reader.doubtLastEvent();
    this.#reader.noteLostBytes();
    const offset = piece.start + piece.at * 4;
    this.#issue(
      'bytes-missing',
      'Bytes are missing here, or there are others in their place: no events can be read.',
      offset,
    );
    if (found === undefined) this.#endPiece();
    else this.#piece = found.piece;
  }

  /** All of a step has been read. */
  #finishStep({ step, offset, rest }: StepEnd): void {
    const { segment } = step;
    const missing = Math.ceil(segment.missingBytes / EVENT_BYTES);
    if (missing > 0) {
      this.#noteMissing(
        segment.cpu,
        segment.end,
        `A buffer should have ${missing} more events: the trace was cut there.`,
      );
    } else if (rest > 0 && segment.end >= this.#planner.end) {
      this.#noteMissing(segment.cpu, offset, 'The trace ends in the middle of an event.');
    }
    this.#rows.queue.finishUpTo(step.finalBefore - this.#rows.clocks.baseHigh * WRAP);
  }

  #noteMissing(cpu: number, offset: number, message: string): void {
    this.#rows.losses.openGap(cpu);
    this.#issue(offset >= this.#planner.end - EVENT_BYTES ? 'cut' : 'events-missing', message, offset);
  }

  #finishTotals(): void {
    const { counts, injected, open, impossibleTimes, broken } = this.#reader;
    const { unfinished, withoutBeginning } = open;
    const named = [...this.#named(counts, ''), ...this.#named(injected, INJECTED)];
    const findings = { counts: named, unfinished, withoutBeginning, impossibleTimes, broken };
    this.#rows.finishTotals(findings, this.issues, this.#source.name);
  }

  /** Names with their counts; `prefix` is put before each. */
  #named(counts: Float64Array, prefix: string): (readonly [name: string, count: number])[] {
    const named: (readonly [name: string, count: number])[] = [];
    for (let key = 0; key < counts.length; key++) {
      if (counts[key] > 0) named.push([prefix + eventName(key, this.#release), counts[key]]);
    }
    return named;
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
