/** What traceprinter printed, as a Recording. */
import type { ByteSource } from '../../base/byte-source.js';
import { IssueLog } from '../../base/issue.js';
import type { CycleClock } from '../../recording/cycles.js';
import { type BatchSupply, type RecordBatch, reuseOneBatch } from '../../recording/record-batch.js';
import type { Clock, DeclaredGuest, HostFacts, Recording, RecordingTotals } from '../../recording/recording.js';
import { SymbolTable } from '../../recording/symbols.js';
import type { ThreadTable } from '../../recording/threads.js';
import type { OpenOptions } from '../format.js';
import { hasChainPerCpu, type NumberedBuffer } from '../qnx/buffer-chains.js';
import { RowKind, StateSlot, slotCount } from '../qnx/event-shapes.js';
import { ForetoldTimes } from '../qnx/foretold-times.js';
import { VOID } from '../qnx/record-finisher.js';
import { hasBuffersPerCpu, type Release } from '../qnx/release.js';
import { NEEDS_MORE } from '../qnx/time-rules.js';
import { MOST_CPUS } from '../qnx/trace-classes.js';
import { type TraceSettings, traceSettings } from '../qnx/trace-header.js';
import { type TraceReader, TraceRows } from '../qnx/trace-rows.js';
import { LineReader } from '../text/line-reader.js';
import { TextIssues } from '../text/text-issues.js';
import { firstNumber, numberAfter, readArguments, textOf } from './arguments.js';
import { BufferCounts } from './buffer-counts.js';
import { HeldLines } from './held-lines.js';
import { MissingHighHalf } from './missing-high-half.js';
import { PrintedEvents } from './printed-events.js';
import { headerAttribute, isContinuation, PrintedLine } from './printed-line.js';
import { PrintedTimes } from './printed-times.js';

const WRAP = 2 ** 32;
/** Where no event is found in so many bytes, there is none. */
const SEARCHED = 16 * 1024 * 1024;
/** Characters of an event's arguments that are kept. Real ones have a few hundred. */
const LONGEST_ARGUMENTS = 4096;

/** Reads to the first event, so that all of the header is known; undefined where there is none. */
export async function openPrinted(source: ByteSource, options: OpenOptions): Promise<Recording | undefined> {
  const reader = new LineReader(source);
  const issues = new IssueLog();
  const attributes = new Map<string, string>();
  const line = new PrintedLine();
  while (await reader.nextBlock()) {
    while (reader.nextLine()) {
      const text = reader.line();
      if (line.parse(text)) {
        const likelyRelease = hasBufferEnds(reader, line) ? 8 : 7;
        reader.rewindBlock();
        const settings = traceSettings(attributes, {
          source: source.name,
          issues,
          clockHz: options.clockHz,
          likelyRelease,
        });
        const littleEndian = attributes.get('BIG_ENDIAN') !== 'TRUE';
        const recording = new TraceprinterRecording(source, reader, settings, littleEndian, options, issues);
        await recording.prepare();
        return recording;
      }
      const attribute = headerAttribute(text);
      if (attribute !== undefined && !attributes.has(attribute[0])) attributes.set(...attribute);
    }
    if (reader.offset > SEARCHED) return undefined;
  }
  return undefined;
}

/** Whether the rest of the block has events that end a buffer, which only 8.0 and later write. */
function hasBufferEnds(reader: LineReader, line: PrintedLine): boolean {
  do {
    if (line.parse(reader.line()) && line.className === 'CONTROL' && line.word === 'BUFFER_END') return true;
  } while (reader.nextLine());
  return false;
}

/** Whether what an event is about may be printed without a name. */
const hasNumberInFront = (kind: number): boolean =>
  kind === RowKind.HandlerEntry ||
  (slotCount(kind) === 1 && kind !== RowKind.CallEnter && kind !== RowKind.CallExit && kind < RowKind.ProcessName);

class TraceprinterRecording implements Recording {
  readonly format = 'traceprinter';
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

  readonly #reader: LineReader;
  readonly #littleEndian: boolean;
  readonly #hz: number;
  readonly #release: Release;
  readonly #problems: TextIssues;
  readonly #rows: TraceRows;
  readonly #events = new PrintedEvents();
  readonly #times: PrintedTimes;
  readonly #held = new HeldLines();
  readonly #counts = new BufferCounts();
  #isPerCpu = false;
  /** By CPU, or under 0: the present buffer lacks lines, and nobody knows where, so that it is passed over. */
  readonly #lacks = new Uint8Array(MOST_CPUS);
  /** There was an event. */
  #hasBegun = false;
  #impossibleTimes = 0;
  /** Lines that have the arguments of several events, or not those that tell what they are about. */
  #garbled = 0;
  /** All lines of the block have been read. */
  #blockEnded = false;
  #hasEnded = false;
  readonly #lines: TraceReader = {
    advance: () => this.#advance(),
    finishReading: () => undefined,
    finishTotals: () => this.#finishTotals(),
  };

  constructor(
    source: ByteSource,
    reader: LineReader,
    settings: TraceSettings,
    littleEndian: boolean,
    options: OpenOptions,
    issues: IssueLog,
  ) {
    this.issues = issues;
    this.sources = [source.name];
    this.clock = settings.clock;
    this.host = settings.host;
    this.#reader = reader;
    this.#littleEndian = littleEndian;
    this.#hz = settings.hz;
    this.#release = settings.release;
    this.#problems = new TextIssues(this.issues, source.name);
    this.#rows = new TraceRows(settings, false, options.catalog);
    this.#times = new PrintedTimes(this.#rows.clocks, settings.hz);
    this.threads = this.#rows.threads;
    this.totals = this.#rows.totals;
  }

  async prepare(): Promise<void> {
    this.#foretellTimes();
    const beginning = await this.#rows.prepare(this.#lines);
    if (beginning === undefined) return;
    this.originNs = beginning.originNs;
    this.cycles = beginning.cycles;
  }

  batches(supply: BatchSupply = reuseOneBatch()): AsyncIterable<RecordBatch> {
    return this.#rows.batches(supply, this.#lines);
  }

  /** The first block is read twice: events that tell less than the whole time need what is told later. */
  #foretellTimes(): void {
    const { clocks } = this.#rows;
    const foretold = new ForetoldTimes(clocks);
    const missing = new MissingHighHalf();
    const line = new PrintedLine();
    const highs: number[] = [];
    const buffers: NumberedBuffer[] = [];
    let isEvent = false;
    while (this.#reader.nextLine()) {
      const text = this.#reader.line();
      if (isEvent && isContinuation(text)) {
        if (line.rest.length < LONGEST_ARGUMENTS) line.rest += ` ${text.trim()}`;
        continue;
      }
      if (isEvent) missing.event(line);
      isEvent = line.parse(text);
      if (!isEvent || line.cpu >= MOST_CPUS) continue;
      if (line.className === 'CONTROL' && line.word === 'BUFFER') {
        const sequence = numberAfter(line.rest, 'sequence');
        const time = line.high < 0 ? NaN : line.high * WRAP + line.low;
        if (!Number.isNaN(sequence)) buffers.push({ cpu: line.cpu, sequence, time });
      }
      if (line.high >= 0) {
        highs.push(line.high);
        continue;
      }
      if (line.className !== 'CONTROL') foretold.event(line.cpu, line.low);
      else if (line.word === 'TIME') foretold.time(line.cpu, line.low, numberAfter(line.rest, 'msb:'));
    }
    if (isEvent) missing.event(line);
    this.#isPerCpu = hasChainPerCpu(buffers, hasBuffersPerCpu(this.#release));
    this.#rows.losses.useChains(this.#isPerCpu);
    // Of any one line it may be damage.
    if (highs.length > 0) clocks.setBase(highs.toSorted((a, b) => a - b)[highs.length >> 1]);
    const issue = missing.finish(clocks, this.#hz);
    if (issue !== undefined) this.issues.add({ ...issue, source: this.sources[0] });
    this.#reader.rewindBlock();
  }

  /** Reads the rest of a block, or as much of it as there is room for; false at the end. */
  async #advance(): Promise<boolean> {
    if (this.#blockEnded && !this.#hasEnded && !(await this.#reader.nextBlock())) this.#hasEnded = true;
    this.#blockEnded = false;
    if (this.#hasEnded && this.#held.count === 0) return false;
    for (;;) {
      if (!this.#rows.queue.reserve()) {
        this.#rows.queue.finishOlderHalf();
        return true;
      }
      if (this.#useLine()) continue;
      if (this.#hasEnded || !this.#reader.nextLine()) break;
      this.#takeLine(this.#reader.line());
    }
    this.#blockEnded = true;
    return true;
  }

  #takeLine(line: string): void {
    const held = this.#held;
    if (isContinuation(line)) {
      const { last } = held;
      if (last?.isEvent === true && last.rest.length < LONGEST_ARGUMENTS) last.rest += ` ${line.trim()}`;
      return;
    }
    const next = held.fresh();
    if (next.parse(line) && next.cpu >= MOST_CPUS) next.isEvent = false;
    if (next.isEvent || this.#hasBegun) {
      this.#problems.lines++;
      if (!next.isEvent) this.#problems.unknownLine(line, this.#reader.offset);
      held.add(next);
    }
    this.#hasBegun ||= next.isEvent;
  }

  /** Uses the first line that is held; false where further ones are needed before. */
  #useLine(): boolean {
    const held = this.#held;
    // The lines of an event end where the next one begins.
    if (held.count < (this.#hasEnded ? 1 : 2)) return false;
    const line = held.at(0);
    if (!line.isEvent) this.#rows.losses.openGapOfAny();
    else if (!this.#useEvent(line)) return false;
    held.drop();
    return true;
  }

  #useEvent(line: PrintedLine): boolean {
    const { className, word, cpu } = line;
    const chain = this.#isPerCpu ? cpu : 0;
    const isControl = className === 'CONTROL';
    if (isControl && word === 'BUFFER') {
      const lacks = this.#counts.lacks(this.#held, this.#isPerCpu, !this.#hasEnded);
      if (lacks === NEEDS_MORE) return false;
      this.#lacks[chain] = Number(lacks);
    } else if (this.#lacks[chain] === 1) {
      return true;
    }
    const time = isControl && word !== 'TIME' ? NaN : this.#times.first(this.#held, !this.#hasEnded);
    if (time === NEEDS_MORE) return false;
    const event = this.#events.find(className, word);
    event.count++;
    if (isControl) {
      this.#control(line, time);
      return true;
    }
    if (Number.isNaN(time)) {
      event.count--;
      this.#dropTime(cpu);
      return true;
    }
    const queue = this.#rows.queue;
    this.#rows.closeGap(cpu, time);
    const { latest } = this.#rows.losses;
    if (!(time <= latest[cpu])) latest[cpu] = time;
    queue.oldest = Math.min(queue.oldest, time);
    queue.newest = Math.max(queue.newest, time);
    if (event.kind !== 0) this.#addRow(line, event.kind, event.constant, time);
    return true;
  }

  /** A time cannot be: nobody knows when the event was. */
  #dropTime(cpu: number): void {
    this.#impossibleTimes++;
    this.#rows.losses.openGapOf(cpu);
  }

  #control({ word, rest, cpu }: PrintedLine, time: number): void {
    if (word === 'TIME') {
      const high = numberAfter(rest, 'msb:');
      const low = numberAfter(rest, 'lsb(offset):');
      if (Number.isNaN(high) || Number.isNaN(low)) return;
      if (Number.isNaN(time) || !this.#rows.clocks.tell(cpu, high, low)) this.#dropTime(cpu);
    } else if (word === 'BUFFER') {
      const sequence = numberAfter(rest, 'sequence');
      if (!Number.isNaN(sequence)) this.#rows.losses.buffer(cpu, sequence);
      if (this.#lacks[this.#isPerCpu ? cpu : 0] === 1) this.#rows.losses.openGap(cpu);
    } else if (word.startsWith('DROPPED')) {
      this.#rows.losses.openGap(cpu);
    }
  }

  #addRow({ word, rest, cpu }: PrintedLine, kind: number, constant: number, time: number): void {
    const queue = this.#rows.queue;
    const first = queue.add(time, kind, cpu, -1);
    const { fields } = queue;
    const slots = slotCount(kind);
    fields.fill(NaN, first, first + slots);
    const isOne = readArguments(rest, kind, fields, first);
    if (constant >= 0) fields[first] = constant;
    else if (hasNumberInFront(kind) && Number.isNaN(fields[first])) fields[first] = firstNumber(`${word} ${rest}`);
    const isNobodys =
      kind === RowKind.State && Number.isNaN(fields[first + StateSlot.Thread] + fields[first + StateSlot.Tid]);
    if (!isOne || isNobodys) {
      queue.setThread(first, VOID);
      this.#garbled++;
      this.#rows.losses.openGapOfAny();
    }
    if (kind < RowKind.ProcessName) return;
    fields[first + slots - 1] = this.#rows.texts.add(textOf(rest, kind, this.#littleEndian));
  }

  #finishTotals(): void {
    const counts = this.#events.counts();
    const findings = {
      counts,
      unfinished: 0,
      withoutBeginning: 0,
      impossibleTimes: this.#impossibleTimes,
      broken: this.#garbled,
    };
    this.#rows.finishTotals(findings, this.issues, this.sources[0]);
    const { lacking, missing } = this.#counts;
    if (missing > 0) {
      const message = `${lacking} buffers state together ${missing} more events of 16 bytes than are printed: nobody knows where in them lines are missing, so they are passed over.`;
      this.issues.add({ code: 'events-missing', severity: 'warning', message, source: this.sources[0] });
    }
    this.#problems.summarize(this.#reader.cutLines, 0, this.totals.events);
  }
}
