/** Reads events of 16 bytes out of a view: rows into the queue, everything else into clocks, losses and counts. */
import { FIELD_SLOTS, LOSS_RECORD } from '../../recording/record-batch.js';
import type { CpuClocks } from '../qnx/cpu-clocks.js';
import { RowKind } from '../qnx/event-shapes.js';
import { printableText, type TextStore, upToNul } from '../qnx/text-store.js';
import {
  CLASS_SHIFT,
  ControlEvent,
  CPU_MASK,
  CPU_SHIFT,
  EVENT_BYTES,
  EVENT_MASK,
  KEY_MASK,
  PART_SHIFT,
  Part,
  TraceClass,
} from '../qnx/trace-classes.js';
import type { TraceLosses } from '../qnx/trace-losses.js';
import type { RowQueue } from '../queue/row-queue.js';
import { CONSTANT, type EventTable } from './event-table.js';
import { OpenParts } from './parts.js';

/** The first word of an event without the number of its part. */
const BODY_MASK = 0x3fff_ffff;
/** Bytes of data in a part, and where they begin. */
const DATA_BYTES = 8;
const DATA_START = 8;

export interface ReaderParts {
  readonly table: EventTable;
  readonly queue: RowQueue;
  readonly clocks: CpuClocks;
  readonly losses: TraceLosses;
  readonly texts: TextStore;
  readonly littleEndian: boolean;
}

export class EventReader {
  /** By class and event: how many. */
  readonly counts = new Float64Array(KEY_MASK + 1);
  readonly open = new OpenParts();
  /** Events whose time cannot be, and times told by CONTROL/TIME that cannot be. */
  impossibleTimes = 0;
  readonly #p: ReaderParts;
  readonly #decoder = new TextDecoder();

  constructor(parts: ReaderParts) {
    this.#p = parts;
  }

  /**
   * Reads the events from `from` up to `to`, which are whole ones. Returns where it stopped: before `to` only where the
   * queue has no room.
   */
  read(view: DataView, from: number, to: number): number {
    const { queue, clocks, losses, table, littleEndian } = this.#p;
    const { counts } = this;
    const { kinds } = table;
    const { latest } = losses;
    let { oldest, newest } = queue;
    let at = from;
    for (; at < to; at += EVENT_BYTES) {
      if (!queue.reserve()) break;
      const head = view.getUint32(at, littleEndian);
      const low = view.getUint32(at + 4, littleEndian);
      const cpu = (head >>> CPU_SHIFT) & CPU_MASK;
      const key = head & KEY_MASK;
      const part = head >>> PART_SHIFT;
      if (key >> CLASS_SHIFT === TraceClass.Control) {
        if (part <= Part.Begin) this.#control(view, at, key, cpu);
        continue;
      }
      let source = view;
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
          const last = this.#lastPart(view, at, to, head & BODY_MASK, low);
          if (last < 0) {
            this.open.add(this.open.open(cpu, head & BODY_MASK, low, time), view, at);
            continue;
          }
          parts = (last - at) / EVENT_BYTES + 1;
          at = last;
        }
      } else {
        const slot = this.open.find(cpu, head & BODY_MASK, low);
        if (slot < 0) continue;
        this.open.add(slot, view, at);
        if (part === Part.Continue) continue;
        time = this.open.time(slot);
        source = this.open.view;
        start = this.open.start(slot);
        parts = this.open.close(slot);
      }
      counts[key]++;
      if (losses.open > 0) this.#closeGap(cpu, time);
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

  /** Adds a loss for each CPU whose gap no event ended. */
  finish(): void {
    const { losses, queue } = this.#p;
    this.open.finish();
    for (const cpu of losses.openGaps()) {
      if (queue.reserve()) this.#closeGap(cpu, queue.newest);
    }
  }

  /** Where the last part of the event that begins at `at` is, if its parts follow one another; otherwise -1. */
  #lastPart(view: DataView, at: number, to: number, body: number, low: number): number {
    const { littleEndian } = this.#p;
    for (let next = at + EVENT_BYTES; next < to; next += EVENT_BYTES) {
      const head = view.getUint32(next, littleEndian);
      if ((head & BODY_MASK) !== body || view.getUint32(next + 4, littleEndian) !== low) return -1;
      const part = head >>> PART_SHIFT;
      if (part === Part.End) return next;
      if (part !== Part.Continue) return -1;
    }
    return -1;
  }

  #closeGap(cpu: number, time: number): void {
    const { losses, queue } = this.#p;
    if (!losses.isOpen(cpu)) return;
    const first = queue.add(time, LOSS_RECORD, cpu, -1);
    queue.fields.fill(NaN, first, first + FIELD_SLOTS);
    queue.fields[first] = losses.close(cpu);
  }

  #addRow(view: DataView, start: number, parts: number, kind: number, key: number, cpu: number, time: number): void {
    const { queue, table, littleEndian } = this.#p;
    const first = queue.add(time, kind, cpu, -1);
    const { fields } = queue;
    const { words } = table;
    const available = 2 * parts;
    const slots = table.slots[kind];
    const plan = kind * FIELD_SLOTS;
    for (let slot = 0; slot < slots; slot++) {
      const word = words[plan + slot];
      let value = NaN;
      if (word >= 0) {
        // Two words of data in each part.
        const place = start + (word >> 1) * EVENT_BYTES + DATA_START + (word & 1) * 4;
        if (word < available) value = view.getUint32(place, littleEndian);
      } else if (word === CONSTANT) {
        value = table.constants[key];
      }
      fields[first + slot] = value;
    }
    if (kind >= RowKind.ProcessName) this.#addText(view, start, parts, kind, first + slots - 1);
  }

  /** The last slot of events with a text is its number. */
  #addText(view: DataView, start: number, parts: number, kind: number, slot: number): void {
    const bytes = new Uint8Array(parts * DATA_BYTES);
    for (let part = 0; part < parts; part++) {
      const from = view.byteOffset + start + part * EVENT_BYTES + DATA_START;
      bytes.set(new Uint8Array(view.buffer, from, DATA_BYTES), part * DATA_BYTES);
    }
    const { queue, texts } = this.#p;
    // Two identifiers come before a name.
    const text =
      kind === RowKind.Text
        ? printableText(this.#decoder.decode(bytes))
        : upToNul(this.#decoder.decode(bytes.subarray(DATA_BYTES)));
    queue.fields[slot] = texts.add(text);
  }

  #control(view: DataView, at: number, key: number, cpu: number): void {
    const { clocks, losses, littleEndian } = this.#p;
    this.counts[key]++;
    const first = view.getUint32(at + DATA_START, littleEndian);
    switch (key & EVENT_MASK) {
      case ControlEvent.Time:
        if (!clocks.tell(cpu, first, view.getUint32(at + DATA_START + 4, littleEndian))) this.impossibleTimes++;
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
