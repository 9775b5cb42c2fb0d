/** A text recording: lines → rows in the order of time. */
import type { ByteSource } from '../../base/byte-source.js';
import { failure, IssueLog, type Result, success } from '../../base/issue.js';
import { InterruptNames } from '../../recording/interrupt-names.js';
import { addMarker, markerText } from '../../recording/markers.js';
import {
  type BatchSupply,
  FIELD_SLOTS,
  LOSS_RECORD,
  type RecordBatch,
  reuseOneBatch,
} from '../../recording/record-batch.js';
import { type Clock, type HostFacts, type Recording, RecordingTotals } from '../../recording/recording.js';
import { SymbolTable } from '../../recording/symbols.js';
import { ThreadTable } from '../../recording/threads.js';
import type { OpenOptions } from '../format.js';
import { CpuTimes } from './cpu-times.js';
import { detached } from './detached.js';
import { EventLine, LineKind } from './event-line.js';
import { type EventName, EventNames } from './event-names.js';
import { LineReader } from './line-reader.js';
import { Vocabulary } from './pattern-matcher.js';
import { RowWindow } from './row-window.js';
import type { TextFormat, TextSyntax } from './syntax.js';
import { TextClock } from './text-clock.js';
import { TextIssues } from './text-issues.js';
import { ThreadColumn } from './thread-column.js';

/** Where no event is found in so many bytes, there is none. */
const SEARCHED = 16 * 1024 * 1024;
/** What an event says takes a few hundred characters. Patterns would spend far too long on what damage makes of it. */
const LONGEST_TEXT = 2048;

/** Opens `source`: reads on to the block with the first event, so that the clock is known. */
export async function openText(
  source: ByteSource,
  options: OpenOptions,
  format: TextFormat,
): Promise<Result<Recording>> {
  const recording = new TextRecording(source, options, format);
  if (await recording.start()) return success(recording);
  return failure({
    code: 'no-events',
    severity: 'error',
    message: `${source.name} has no line of the form ${format.shape}.`,
    source: source.name,
  });
}

class TextRecording implements Recording {
  readonly format: string;
  readonly sources: readonly string[];
  readonly host: HostFacts = {};
  readonly guests = [];
  readonly threads = new ThreadTable();
  readonly interruptNames = new InterruptNames();
  readonly symbols = new SymbolTable();
  readonly issues = new IssueLog();
  readonly totals = new RecordingTotals();

  readonly #options: OpenOptions;
  readonly #syntax: TextSyntax;
  readonly #reader: LineReader;
  readonly #line = new EventLine();
  readonly #problems: TextIssues;
  readonly #names: EventNames;
  readonly #cpus: CpuTimes;
  readonly #column: ThreadColumn;
  readonly #rows = new RowWindow();
  #clock: TextClock | undefined;
  /** A gap on a CPU that the line does not name. */
  #unplacedLoss: number | undefined;

  constructor(source: ByteSource, options: OpenOptions, format: TextFormat) {
    this.format = format.id;
    this.sources = [source.name];
    this.#options = options;
    this.#syntax = format.createSyntax();
    this.#reader = new LineReader(source);
    this.#problems = new TextIssues(this.issues, source.name);
    this.#names = new EventNames(options.catalog, new Vocabulary(this.symbols), this);
    this.#cpus = new CpuTimes(this.totals);
    this.#column = new ThreadColumn(this.threads);
  }

  get clock(): Clock {
    return this.#clock?.clock ?? { name: 'unknown', measuresTime: true, resolutionNs: 1000 };
  }

  get originNs(): bigint {
    return this.#clock?.originNs ?? 0n;
  }

  /** Reads to the first block that has events; false where there is none, nor a header that explains why. */
  async start(): Promise<boolean> {
    let understood = false;
    while (await this.#reader.nextBlock()) {
      const first = this.#firstEvent();
      if (first !== undefined) {
        this.#clock = new TextClock(first, this.#options.clockHz);
        if (!this.#clock.clock.measuresTime) this.#problems.countsWithoutFrequency();
        return true;
      }
      while (this.#reader.nextLine()) understood = this.#consume() || understood;
      if (this.#reader.offset > SEARCHED) break;
    }
    if (understood) {
      const message = 'The recording has no events.';
      this.issues.add({ code: 'no-events', severity: 'warning', message, source: this.sources[0] });
    }
    return understood;
  }

  async *batches(supply: BatchSupply = reuseOneBatch()): AsyncIterable<RecordBatch> {
    do {
      while (this.#reader.nextLine()) {
        this.#consume();
        if (!this.#rows.ready) continue;
        yield this.#taken(supply());
      }
    } while (await this.#reader.nextBlock());
    if (this.#unplacedLoss !== undefined) this.#cpus.lose(0, this.#unplacedLoss);
    const end = Math.max(0, this.totals.lastNs);
    for (const cpu of this.#cpus.openGaps()) {
      this.#lossRow(cpu, this.#cpus.lastOf(cpu), end);
      if (this.#rows.ready) yield this.#taken(supply());
    }
    while (this.#rows.count > 0) {
      yield this.#taken(supply());
    }
    this.#summarize();
  }

  #taken(batch: RecordBatch): RecordBatch {
    this.#rows.take(batch);
    return batch;
  }

  /** The earliest event of the block; the block is left as if it was not read. */
  #firstEvent(): EventLine | undefined {
    let first: EventLine | undefined;
    const reader = this.#reader;
    let line = new EventLine();
    while (reader.nextLine()) {
      if (this.#syntax.parse(reader.text, reader.start, reader.end, line) !== LineKind.Event) continue;
      const earlier =
        first === undefined || line.high < first.high || (line.high === first.high && line.low < first.low);
      if (!earlier || (first !== undefined && (first.decimals === 0) !== (line.decimals === 0))) continue;
      const spare: EventLine = first ?? new EventLine();
      first = line;
      line = spare;
    }
    reader.rewindBlock();
    return first;
  }

  /** Takes the reader's line; false where it is not understood. */
  #consume(): boolean {
    const reader = this.#reader;
    const line = this.#line;
    const kind = this.#syntax.parse(reader.text, reader.start, reader.end, line);
    switch (kind) {
      case LineKind.Ignored:
        return false;
      case LineKind.Comment:
        this.#syntax.comment(reader.line(), { source: this.sources[0], issues: this.issues, host: this.host });
        return true;
      case LineKind.Loss:
        this.#problems.lines++;
        this.#lose(line.cpu, line.lost);
        return true;
      case LineKind.Thread:
        this.#problems.lines++;
        this.#column.learn(reader.text, line);
        return true;
      case LineKind.Event:
        this.#problems.lines++;
        if (this.#event()) return true;
        break;
      default:
        this.#problems.lines++;
    }
    this.#problems.unknownLine(reader.line(), reader.offset);
    return false;
  }

  #lose(cpu: number, count: number): void {
    if (cpu >= 0) this.#cpus.lose(cpu, count);
    else this.#unplacedLoss = (this.#unplacedLoss ?? 0) + count;
  }

  #event(): boolean {
    const line = this.#line;
    const { text } = this.#reader;
    const stamp = this.#clock?.timeOf(line) ?? Number.NaN;
    if (Number.isNaN(stamp)) return false;
    if (line.cpu < 0) this.#problems.noCpu();
    const cpu = Math.max(0, line.cpu);
    this.totals.events++;
    this.#column.learn(text, line);
    if (this.#unplacedLoss !== undefined) {
      this.#cpus.lose(cpu, this.#unplacedLoss);
      this.#unplacedLoss = undefined;
    }
    const before = this.#cpus.lastOf(cpu);
    const time = this.#cpus.advance(cpu, stamp);
    if (this.#cpus.anyLost) this.#lossRow(cpu, before, time);
    const event = this.#names.find(line.eventName ?? text.slice(line.eventStart, line.eventEnd));
    event.count++;
    if (event.forms.length > 0) this.#row(event, time, cpu);
    return true;
  }

  #row(event: EventName, time: number, cpu: number): void {
    const line = this.#line;
    const { forms } = event;
    const row = this.#rows.insert(time, cpu, line.thread, forms[0].kind);
    if (this.#rows.timeOf(row) !== time) this.#cpus.moveUp(cpu, this.#rows.timeOf(row));
    const textEnd = Math.min(line.textEnd, line.textStart + LONGEST_TEXT);
    const text = this.#reader.text.slice(line.textStart, textEnd);
    for (let index = 0; index < forms.length; index++) {
      const { matcher, kind, marker } = forms[index];
      if (!matcher.match(text, this.#rows.fields, row * FIELD_SLOTS)) continue;
      if (index > 0) this.#rows.setKind(row, kind);
      if (marker !== undefined)
        addMarker(this.totals.markers, markerText(detached(marker.exec(text)?.[1] ?? '')), time);
      return;
    }
    this.#problems.unknownText(event.name, text, this.#reader.offset);
  }

  #lossRow(cpu: number, before: number, time: number): void {
    const count = this.#cpus.takeLost(cpu);
    if (count === undefined) return;
    const row = this.#rows.insert(time, cpu, -1, LOSS_RECORD);
    this.#rows.fields[row * FIELD_SLOTS] = before;
    this.#rows.fields[row * FIELD_SLOTS + 1] = count;
  }

  #summarize(): void {
    this.#names.report(this.totals);
    if (this.#column.buffers.length > 1) this.#problems.severalBuffers(this.#column.buffers);
    this.#problems.summarize(this.#reader.cutLines, this.totals.timeWentBack, this.totals.events);
  }
}
