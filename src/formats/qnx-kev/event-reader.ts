/** Reads events of four words: rows into the queue, everything else into clocks, losses and counts. */
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { RowKind } from '../qnx/event-shapes.js';
import { printableText, upToNul } from '../qnx/text-store.js';
import {
  CLASS_SHIFT,
  ControlEvent,
  CPU_MASK,
  CPU_SHIFT,
  EVENT_MASK,
  KEY_MASK,
  PART_SHIFT,
  Part,
  TraceClass,
} from '../qnx/trace-classes.js';
import type { TraceRows } from '../qnx/trace-rows.js';
import { CONSTANT, type EventTable } from './event-table.js';
import { bytesOfWord, EVENT_WORDS } from './event-words.js';
import { OpenParts } from './parts.js';

/** The first word of an event without the number of its part. */
const BODY_MASK = 0x3fff_ffff;
/** Where the data of a part begins, and how many words of it there are. */
const DATA_START = 2;
const DATA_WORDS = 2;

export class EventReader {
  /** By class and event: how many. */
  readonly counts = new Float64Array(KEY_MASK + 1);
  readonly open = new OpenParts();
  /** Events whose time cannot be, and times told by CONTROL/TIME that cannot be. */
  impossibleTimes = 0;
  readonly #rows: TraceRows;
  readonly #table: EventTable;
  readonly #littleEndian: boolean;
  readonly #decoder = new TextDecoder();

  constructor(rows: TraceRows, table: EventTable, littleEndian: boolean) {
    this.#rows = rows;
    this.#table = table;
    this.#littleEndian = littleEndian;
  }

  /**
   * Reads the events from word `from` up to `to`, which are whole ones. Returns where it stopped: before `to` only where
   * the queue has no room.
   */
  read(words: Uint32Array, from: number, to: number): number {
    const { queue, clocks, losses } = this.#rows;
    const { counts } = this;
    const { kinds } = this.#table;
    const { latest } = losses;
    let { oldest, newest } = queue;
    let at = from;
    for (; at < to; at += EVENT_WORDS) {
      if (!queue.reserve()) break;
      const head = words[at];
      const low = words[at + 1];
      const cpu = (head >>> CPU_SHIFT) & CPU_MASK;
      const key = head & KEY_MASK;
      const part = head >>> PART_SHIFT;
      if (key >> CLASS_SHIFT === TraceClass.Control) {
        if (part <= Part.Begin) this.#control(words, at, key, cpu);
        continue;
      }
      let source = words;
      let start = at;
      let parts = 1;
      let time: number;
      if (part <= Part.Begin) {
        time = clocks.time(cpu, low);
        if (Number.isNaN(time)) {
          this.impossibleTimes++;
          continue;
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
        if (slot < 0) continue;
        this.open.add(slot, words, at);
        if (part === Part.Continue) continue;
        time = this.open.time(slot);
        source = this.open.words;
        start = this.open.start(slot);
        parts = this.open.close(slot);
      }
      counts[key]++;
      if (losses.open > 0) this.#rows.closeGap(cpu, time);
      if (!(time <= latest[cpu])) latest[cpu] = time;
      if (time < oldest) oldest = time;
      if (time > newest) newest = time;
      const kind = kinds[key];
      if (kind !== 0) this.#addRow(source, start, parts, kind, key, cpu, time);
    }
    queue.oldest = oldest;
    queue.newest = newest;
    return at;
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

  #addRow(
    words: Uint32Array,
    start: number,
    parts: number,
    kind: number,
    key: number,
    cpu: number,
    time: number,
  ): void {
    const { queue } = this.#rows;
    const table = this.#table;
    const first = queue.add(time, kind, cpu, -1);
    const { fields } = queue;
    const { sources } = table;
    const available = DATA_WORDS * parts;
    const slots = table.slots[kind];
    const plan = kind * FIELD_SLOTS;
    for (let slot = 0; slot < slots; slot++) {
      const word = sources[plan + slot];
      let value = NaN;
      if (word >= 0) {
        if (word < available) value = words[start + (word >> 1) * EVENT_WORDS + DATA_START + (word & 1)];
      } else if (word === CONSTANT) {
        value = table.constants[key];
      }
      fields[first + slot] = value;
    }
    if (kind >= RowKind.ProcessName) this.#addText(words, start, parts, kind, first + slots - 1);
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
      const word = index + before;
      const place = start + (word >> 1) * EVENT_WORDS + DATA_START + (word & 1);
      bytesOfWord(words[place], this.#littleEndian, bytes, 4 * index);
    }
    const text = this.#decoder.decode(bytes);
    queue.fields[slot] = texts.add(isName ? upToNul(text) : printableText(text));
  }

  #control(words: Uint32Array, at: number, key: number, cpu: number): void {
    const { clocks, losses } = this.#rows;
    this.counts[key]++;
    const first = words[at + DATA_START];
    switch (key & EVENT_MASK) {
      case ControlEvent.Time:
        if (!clocks.tell(cpu, first, words[at + DATA_START + 1])) this.impossibleTimes++;
        break;
      case ControlEvent.Buffer:
        losses.buffer(cpu, first);
        break;
      case ControlEvent.Dropped:
        losses.openGap(cpu);
        break;
      default:
    }
  }
}
