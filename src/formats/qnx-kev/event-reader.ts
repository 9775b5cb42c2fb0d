/** Reads events of four words: rows into the queue, everything else into clocks, losses and counts. */
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { RowKind } from '../qnx/event-shapes.js';
import { VOID } from '../qnx/record-finisher.js';
import { printableText, upToNul } from '../qnx/text-store.js';
import { NEEDS_MORE } from '../qnx/time-rules.js';
import {
  CLASS_SHIFT,
  ControlEvent,
  CPU_MASK,
  CPU_SHIFT,
  EVENT_MASK,
  KEY_MASK,
  PART_SHIFT,
  Part,
} from '../qnx/trace-classes.js';
import type { TraceRows } from '../qnx/trace-rows.js';
import { SORT_MASK, Sort } from './event-sorts.js';
import { CONSTANT, DATA_START, type EventTable, placeOf } from './event-table.js';
import { bytesOfWord, EVENT_WORDS } from './event-words.js';
import { OpenParts } from './parts.js';
import type { Stretch, TimeJudge } from './time-judge.js';

/** The first word of an event without the number of its part. */
const BODY_MASK = 0x3fff_ffff;
/** Words of a part that hold data. */
const DATA_WORDS = 2;
/** So many events in a row that cannot be are not where events begin. */
export const MISALIGNED_RUN = 6;

/** Why reading stopped: at the end, for room in the queue, for what follows in the file, or because there are no events. */
export const Stop = { End: 0, Full: 1, NeedsMore: 2, NoEvents: 3 } as const;
export type Stop = (typeof Stop)[keyof typeof Stop];

/** What comes after the words that are read. */
export interface Following {
  /** Further events of the same buffers. */
  readonly hasMore: boolean;
  /** Nothing at all. */
  readonly isLast: boolean;
}

export class EventReader {
  /** By class and event: how many. */
  readonly counts = new Float64Array(KEY_MASK + 1);
  /** The same of events that processes wrote. */
  readonly injected = new Float64Array(KEY_MASK + 1);
  readonly open = new OpenParts();
  /** Events whose time cannot be, and times told by CONTROL/TIME that cannot be. */
  impossibleTimes = 0;
  /** Events whose first word cannot be. */
  broken = 0;
  /** Why the last reading stopped. */
  stop: Stop = Stop.End;
  readonly #rows: TraceRows;
  readonly #table: EventTable;
  readonly #sorts: Uint8Array;
  readonly #judge: TimeJudge;
  readonly #littleEndian: boolean;
  readonly #decoder = new TextDecoder();
  readonly #stretch: Stretch = { words: new Uint32Array(0), at: 0, to: 0, hasMore: false, isLast: false };
  /** Times to which the present buffer may move the ends of the trace, and the latest that is none of damage, in cycles since the base. */
  #begin = -Infinity;
  #end = Infinity;
  #latest = Infinity;
  /** The CPU of the present buffer. */
  #bufferCpu = 0;
  /** Where the last event ended that is unknown or broken, and how many such came one after the other. */
  #strangeEnd = -1;
  #strangeRun = 0;
  /** The last event that was read: its class and number, -1 for none, and where its fields are in the queue, -1 for nowhere. */
  #lastKey = -1;
  #lastRow = -1;
  /** Before this word they may be as many as they are. */
  #tolerated = 0;

  /**
   * @param sorts by class and flags of the first word
   * @param judge decides about times that jump
   */
  constructor(rows: TraceRows, table: EventTable, sorts: Uint8Array, judge: TimeJudge, littleEndian: boolean) {
    this.#rows = rows;
    this.#table = table;
    this.#sorts = sorts;
    this.#judge = judge;
    this.#littleEndian = littleEndian;
  }

  /**
   * What is read from now on is in one buffer: however damaged, it moves the ends of the trace no farther than to `begin` and
   * `end`, when the buffers before and after it begin, and an event later than `latest` is none. In cycles since the base.
   */
  expect(begin: number, end: number, latest: number): void {
    this.#begin = begin;
    this.#end = end;
    this.#latest = latest;
  }

  /**
   * Reads the events from word `from` up to `to`, which are whole ones.
   * Returns where it stopped, `stop` says why.
   */
  read(words: Uint32Array, from: number, to: number, { hasMore, isLast }: Following): number {
    const { queue, clocks, losses } = this.#rows;
    const { counts } = this;
    const { kinds, leastParts } = this.#table;
    const { latest } = losses;
    const sorts = this.#sorts;
    const { near } = this.#judge;
    const begin = this.#begin;
    const end = this.#end;
    let { oldest, newest } = queue;
    // Rows of what was read before may have left the queue.
    let lastKey = -1;
    let lastRow = -1;
    let at = from;
    this.#start(words, to, hasMore, isLast);
    for (; at < to; at += EVENT_WORDS) {
      if (!queue.reserve()) {
        this.stop = Stop.Full;
        break;
      }
      const head = words[at];
      const low = words[at + 1];
      const cpu = (head >>> CPU_SHIFT) & CPU_MASK;
      const key = head & KEY_MASK;
      const part = head >>> PART_SHIFT;
      const sort = sorts[(head >>> CLASS_SHIFT) & SORT_MASK];
      if (sort !== Sort.Kernel) {
        if (sort >= Sort.Unknown) {
          if (this.#isNoEvent(at, sort, key, part)) break;
        } else if (part <= Part.Begin) {
          if (sort === Sort.Injected) this.injected[key]++;
          else this.#control(words, at, key, cpu, newest);
        }
        continue;
      }
      let source = words;
      let start = at;
      let parts = 1;
      let time: number;
      if (part <= Part.Begin) {
        time = clocks.soon(cpu, low, near);
        if (Number.isNaN(time)) {
          time = this.#jumpAt(at, from, cpu, newest);
          if (time === NEEDS_MORE) break;
          if (Number.isNaN(time)) {
            this.impossibleTimes++;
            losses.openGapOf(cpu);
            continue;
          }
        }
        if (part === Part.Begin) {
          const last = this.#lastPart(words, at, to, head & BODY_MASK, low);
          if (last < 0) {
            this.open.add(this.open.open(cpu, head & BODY_MASK, low, time), words, at);
            continue;
          }
          parts = (last - at) / EVENT_WORDS + 1;
          at = last;
        }
      } else {
        const slot = this.open.find(cpu, head & BODY_MASK, low);
        if (slot < 0) {
          losses.openGapOf(cpu);
          continue;
        }
        this.open.add(slot, words, at);
        if (part === Part.Continue) continue;
        time = this.open.time(slot);
        source = this.open.words;
        start = this.open.start(slot);
        parts = this.open.close(slot);
      }
      if (time > newest) {
        if (time > this.#latest) {
          this.impossibleTimes++;
          losses.openGapOf(cpu);
          continue;
        }
        if (end > newest) newest = time < end ? time : end;
      }
      const kind = kinds[key];
      if (parts < leastParts[kind]) {
        this.open.unfinished++;
        losses.openGapOf(cpu);
        continue;
      }
      counts[key]++;
      if (losses.open > 0) this.#rows.closeGap(cpu, time);
      if (!(time <= latest[cpu])) latest[cpu] = time;
      if (time < oldest && oldest > begin) oldest = time > begin ? time : begin;
      lastKey = key;
      lastRow = kind === 0 ? -1 : this.#addRow(source, start, parts, kind, key, cpu, time);
    }
    queue.oldest = oldest;
    queue.newest = newest;
    this.#lastKey = lastKey;
    this.#lastRow = lastRow;
    return at;
  }

  #start(words: Uint32Array, to: number, hasMore: boolean, isLast: boolean): void {
    this.#stretch.words = words;
    this.#stretch.to = to;
    this.#stretch.hasMore = hasMore;
    this.#stretch.isLast = isLast;
    this.#strangeEnd = -1;
    this.stop = Stop.End;
  }

  /** Time of an event that does not follow soon on the one before it; NaN where it cannot be, or NEEDS_MORE. */
  #jumpAt(at: number, from: number, cpu: number, newest: number): number {
    const stretch = this.#stretch;
    stretch.at = at;
    const time = this.#judge.time(stretch, cpu, newest);
    if (time !== NEEDS_MORE) return time;
    if (at > from) {
      this.stop = Stop.NeedsMore;
      return NEEDS_MORE;
    }
    // More than what was read is not looked at.
    stretch.hasMore = false;
    return this.#judge.time(stretch, cpu, newest);
  }

  /** Counts an event that is unknown or broken; true, and not counted, where too many of them came before it. */
  #isNoEvent(at: number, sort: number, key: number, part: number): boolean {
    this.#strangeRun = at === this.#strangeEnd ? this.#strangeRun + 1 : 0;
    this.#strangeEnd = at + EVENT_WORDS;
    if (this.#strangeRun >= MISALIGNED_RUN && at >= this.#tolerated) {
      this.stop = Stop.NoEvents;
      return true;
    }
    if (sort === Sort.Broken) {
      this.broken++;
      if (this.#strangeRun === 0) this.#rows.losses.openGap(this.#bufferCpu);
    } else if (part <= Part.Begin) {
      this.counts[key]++;
    }
    return false;
  }

  /** Bytes are missing after the last event that was read: they may be some of its own. */
  doubtLastEvent(): void {
    if (this.#lastKey < 0) return;
    this.counts[this.#lastKey]--;
    this.broken++;
    if (this.#lastRow >= 0) this.#rows.queue.setThread(this.#lastRow, VOID);
    this.#lastKey = -1;
  }

  /** Whatever comes before word `upTo`, events begin where they are looked for. */
  tolerate(upTo: number): void {
    this.#tolerated = upTo;
  }

  /** Bytes that are no events have been passed over. */
  noteLostBytes(): void {
    this.#rows.losses.openGap(this.#bufferCpu);
  }

  /** Where the last part of the event that begins at `at` is, if its parts follow one another; otherwise -1. */
  #lastPart(words: Uint32Array, at: number, to: number, body: number, low: number): number {
    for (let next = at + EVENT_WORDS; next < to; next += EVENT_WORDS) {
      const head = words[next];
      if ((head & BODY_MASK) !== body || words[next + 1] !== low) return -1;
      const part = head >>> PART_SHIFT;
      if (part === Part.End) return next;
      if (part !== Part.Continue) return -1;
    }
    return -1;
  }

  /** Returns the place of its first field in the queue. */
  #addRow(
    words: Uint32Array,
    start: number,
    parts: number,
    kind: number,
    key: number,
    cpu: number,
    time: number,
  ): number {
    const { queue } = this.#rows;
    const table = this.#table;
    const first = queue.add(time, kind, cpu, -1);
    const { fields } = queue;
    const { sources } = table;
    const available = EVENT_WORDS * parts;
    const slots = table.slots[kind];
    const plan = kind * FIELD_SLOTS;
    for (let slot = 0; slot < slots; slot++) {
      const place = sources[plan + slot];
      let value = NaN;
      if (place >= 0) {
        if (place < available) value = words[start + place];
      } else if (place === CONSTANT) {
        value = table.constants[key];
      }
      fields[first + slot] = value;
    }
    if (kind >= RowKind.ProcessName) this.#addText(words, start, parts, kind, first + slots - 1);
    return first;
  }

  /** The last slot of events with a text is its number. */
  #addText(words: Uint32Array, start: number, parts: number, kind: number, slot: number): void {
    const { queue, texts } = this.#rows;
    const isName = kind !== RowKind.Text;
    // Two identifiers come before a name.
    const before = isName ? DATA_WORDS : 0;
    const count = DATA_WORDS * parts - before;
    const bytes = new Uint8Array(4 * count);
    for (let index = 0; index < count; index++) {
      bytesOfWord(words[start + placeOf(index + before)], this.#littleEndian, bytes, 4 * index);
    }
    const text = this.#decoder.decode(bytes);
    queue.fields[slot] = texts.add(isName ? upToNul(text) : printableText(text));
  }

  #control(words: Uint32Array, at: number, key: number, cpu: number, newest: number): void {
    const { losses } = this.#rows;
    this.counts[key]++;
    this.#stretch.at = at;
    switch (key & EVENT_MASK) {
      case ControlEvent.Time:
        if (this.#judge.tell(this.#stretch, cpu, newest)) break;
        this.impossibleTimes++;
        losses.openGapOf(cpu);
        break;
      case ControlEvent.Buffer:
        this.#bufferCpu = cpu;
        losses.buffer(cpu, words[at + DATA_START]);
        break;
      case ControlEvent.Dropped:
        losses.openGap(cpu);
        break;
      default:
    }
  }
}
