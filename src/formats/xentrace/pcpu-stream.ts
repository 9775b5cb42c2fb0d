/**
 * The records of one pCPU in their order, from the windows of it that have been read.
 *
 * Times are cycles since the epoch of the recording. A record without a time of its own has that of the record before it. Times
 * of one pCPU never go back; where they do, or what should be a record cannot be one, the file is damaged.
 */
import { cyclesToNs } from '../../recording/cycles.js';
import { FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { EventTable } from './event-table.js';
import {
  CPU_CHANGE,
  EVENT_MASK,
  EXTRA_MASK,
  EXTRA_SHIFT,
  indexOfEvent,
  LOST_RECORDS,
  WORD_BYTES,
  wordsOfRecord,
} from './record-words.js';
import type { Piece } from './window-reader.js';

const TWO_32 = 2 ** 32;
/** A step so long, about a second, is taken only for one if something confirms it: it could be a damaged time. Cycles. */
const LARGE_STEP = TWO_32 / 2;
/** A step so long, about half a millisecond, is none if the next time of the pCPU lies before it. Cycles. */
const NOTABLE_STEP = 2 ** 20;
/**
 * Fields of a loss beside those that every format has: which vCPU ran when recording worked again, and when the first record was
 * lost, ns.
 */
export const LossField = { Domain: 2, Vcpu: 3, First: 4 } as const;
/** Rows that one record can become: a loss before it, and its own. */
const ROWS_PER_RECORD = 2;
const CPU_CHANGE_INDEX = indexOfEvent(CPU_CHANGE);
const LOST_INDEX = indexOfEvent(LOST_RECORDS);
/** Faults that are kept. */
const MOST_FAULTS = 64;

/** What the streams of a recording share. */
export interface Common {
  readonly table: EventTable;
  /** The cycle that is time zero, in halves. */
  readonly epochHigh: number;
  readonly epochLow: number;
  /** Cycles per second. */
  readonly hz: number;
  /** Time of the last row that was delivered, and the latest one that is surely one of the recording, cycles. */
  delivered: number;
  newest: number;
}

export class PcpuStream {
  readonly pcpu: number;
  /** Time of the next record, cycles; Infinity: no more has been read. */
  next = Number.POSITIVE_INFINITY;
  /** Time of the last record that was taken, cycles. */
  time = Number.NEGATIVE_INFINITY;
  /** Bytes that have been read and not taken yet. */
  pendingBytes = 0;
  /** Times that lay before their predecessor's, or came so late that others had been delivered; times that cannot be. */
  timesBack = 0;
  impossibleTimes = 0;
  lostEvents = 0;
  gaps = 0;
  /** Where in the input what should be a record is none, bytes. */
  readonly faults: number[] = [];

  readonly #common: Common;
  /** Added to the times of this pCPU, cycles. */
  readonly #skew: number;
  readonly #pieces: Piece[] = [];
  #words: Uint32Array = new Uint32Array(0);
  #at = 0;
  #end = 0;
  /** Where in the input word 0 of the piece would be, bytes. */
  #origin = 0;
  /** Records before the next one are missing; and the time of the last one before that. */
  #gapIsOpen = false;
  #sureUntil = 0;

  constructor(pcpu: number, common: Common, skew: number) {
    this.pcpu = pcpu;
    this.#common = common;
    this.#skew = skew;
  }

  add(piece: Piece): void {
    this.#pieces.push(piece);
    this.pendingBytes += (piece.end - piece.start) * WORD_BYTES;
    if (this.next === Number.POSITIVE_INFINITY) this.#findNext();
  }

  /** When a piece begins, cycles, if its second time confirms that; otherwise NaN. */
  beginOf({ words, start, end }: Piece): number {
    let begin = Number.NaN;
    for (let at = start; at + 2 < end; at += wordsOfRecord(words[at])) {
      if (words[at] >>> 31 === 0) continue;
      const time = this.#timeAt(words, at, end);
      if (!Number.isNaN(begin)) return begin <= time && time - begin < LARGE_STEP ? begin : Number.NaN;
      begin = time;
    }
    return Number.NaN;
  }

  /** Records after the present one are missing. */
  openGap(): void {
    if (!this.#gapIsOpen) this.#sureUntil = this.time;
    this.#gapIsOpen = true;
  }

  /** Takes records into the batch until one is later than `limit` (cycles), the batch is full, or no more has been read. */
  advance(batch: RecordBatch, limit: number): void {
    while (this.next <= limit && this.next !== Number.POSITIVE_INFINITY && hasRoom(batch)) {
      this.#take(batch, limit);
      if (this.#at >= this.#end) this.#findNext();
    }
  }

  /** What is missing at the end of this pCPU is missing until the end of the recording, at `time` (cycles). */
  finish(batch: RecordBatch, time: number): void {
    if (!this.#gapIsOpen || !(time > this.time)) return;
    this.time = time;
    this.#pushLoss(batch, Number.NaN);
  }

  #take(batch: RecordBatch, limit: number): void {
    const { table, epochHigh, epochLow } = this.#common;
    const words = this.#words;
    const end = this.#end;
    let at = this.#at;
    while (at < end) {
      const header = words[at];
      const extra = (header >>> EXTRA_SHIFT) & EXTRA_MASK;
      const isTimed = header >>> 31 === 1;
      const first = at + (isTimed ? 3 : 1);
      const after = first + extra;
      const index = indexOfEvent(header & EVENT_MASK);
      if (index < 0 || after > end || index === CPU_CHANGE_INDEX) {
        this.#noteFault(at);
        at = end;
        break;
      }
      let time = this.time;
      if (isTimed) {
        const stated = (words[at + 2] - epochHigh) * TWO_32 + (words[at + 1] - epochLow) + this.#skew;
        const step = stated - time;
        if (step >= 0 && step < NOTABLE_STEP) time = stated;
        else if (this.#isPlausible(stated, after) && !this.#comesBack(stated, after)) time = stated;
        else this.#noteBadTime(stated);
        if (time > limit) {
          this.next = time;
          break;
        }
      }
      const kind = table.kinds[index];
      if (kind !== 0 || this.#gapIsOpen || index === LOST_INDEX) {
        if (!hasRoom(batch)) {
          this.next = time;
          break;
        }
        if (index === LOST_INDEX) this.openGap();
        this.time = time;
        if (index === LOST_INDEX) this.#lose(batch, first, extra);
        else if (this.#gapIsOpen && isTimed) this.#pushLoss(batch, Number.NaN);
        if (kind !== 0) {
          if (time < this.#common.delivered && isTimed) this.timesBack++;
          table.copy(index, words, first, extra, batch.fields, this.#push(batch, kind) * FIELD_SLOTS);
        }
      }
      this.time = time;
      table.count(index);
      at = after;
    }
    this.pendingBytes -= (at - this.#at) * WORD_BYTES;
    this.#at = at;
  }

  /** Appends a row at the present time. @returns its number */
  #push(batch: RecordBatch, kind: number): number {
    const common = this.#common;
    if (this.time > common.delivered) common.delivered = this.time;
    const row = batch.count++;
    batch.time[row] = cyclesToNs(common.delivered, common.hz);
    batch.kind[row] = kind;
    batch.pcpu[row] = this.pcpu;
    batch.thread[row] = -1;
    return row;
  }

  /** Xen says how many records were lost, and which vCPU ran when that ended. */
  #lose(batch: RecordBatch, first: number, extra: number): void {
    const words = this.#words;
    const count = extra > 0 ? words[first] : Number.NaN;
    this.lostEvents += count || 0;
    const row = this.#pushLoss(batch, count);
    if (extra < 2) return;
    batch.fields[row * FIELD_SLOTS + LossField.Domain] = words[first + 1] & 0xffff;
    batch.fields[row * FIELD_SLOTS + LossField.Vcpu] = words[first + 1] >>> 16;
    if (extra < 4) return;
    const { epochHigh, epochLow, hz } = this.#common;
    const stated = (words[first + 3] - epochHigh) * TWO_32 + (words[first + 2] - epochLow) + this.#skew;
    if (stated >= 0 && stated <= this.time) batch.fields[row * FIELD_SLOTS + LossField.First] = cyclesToNs(stated, hz);
  }

  /** Events were lost from the last row of this pCPU until now. @param count how many; NaN: unknown */
  #pushLoss(batch: RecordBatch, count: number): number {
    const row = this.#push(batch, LOSS_RECORD);
    const at = row * FIELD_SLOTS;
    batch.fields.fill(Number.NaN, at, at + FIELD_SLOTS);
    batch.fields[at] = cyclesToNs(Math.max(this.#sureUntil, 0), this.#common.hz);
    batch.fields[at + 1] = count;
    this.gaps++;
    this.#gapIsOpen = false;
    return row;
  }

  #findNext(): void {
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      this.next = Number.POSITIVE_INFINITY;
      return;
    }
    this.#words = piece.words;
    this.#at = piece.start;
    this.#end = piece.end;
    this.#origin = piece.offset - piece.start * WORD_BYTES;
    const begin = this.#timeAt(piece.words, piece.start, piece.end);
    this.next = begin >= this.time && this.#isPlausible(begin, piece.start) ? begin : this.time;
  }

  /** Whether a time that comes back or makes a large step is one: the next one, or another pCPU, confirms it. */
  #isPlausible(time: number, after: number): boolean {
    if (time < this.time || Math.max(time, cyclesToNs(time, this.#common.hz)) > Number.MAX_SAFE_INTEGER) return false;
    if (time - Math.max(this.time, this.#common.newest) < LARGE_STEP) return true;
    const following = this.#timeFrom(after);
    return Number.isNaN(following) ? this.time === Number.NEGATIVE_INFINITY : following >= time;
  }

  /** Whether the next time of this pCPU lies before this one, and not before the last one that was taken: then this is damaged. */
  #comesBack(time: number, after: number): boolean {
    const following = this.#timeFrom(after);
    return following < time && following >= this.time;
  }

  /** The first time that is stated from here on in what has been read of this pCPU, cycles; NaN: none. */
  #timeFrom(at: number): number {
    const time = this.#timeAt(this.#words, at, this.#end);
    const [piece] = this.#pieces;
    return Number.isNaN(time) && piece !== undefined ? this.#timeAt(piece.words, piece.start, piece.end) : time;
  }

  /** The first time that is stated from a record on, cycles; NaN: none. */
  #timeAt(words: Uint32Array, start: number, end: number): number {
    for (let at = start; at + 2 < end; at += wordsOfRecord(words[at])) {
      if (words[at] >>> 31 === 0) continue;
      const { epochHigh, epochLow } = this.#common;
      return (words[at + 2] - epochHigh) * TWO_32 + (words[at + 1] - epochLow) + this.#skew;
    }
    return Number.NaN;
  }

  #noteBadTime(stated: number): void {
    if (stated < this.time) this.timesBack++;
    else this.impossibleTimes++;
  }

  #noteFault(at: number): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(this.#origin + at * WORD_BYTES);
    this.openGap();
  }
}

const hasRoom = (batch: RecordBatch): boolean => batch.count + ROWS_PER_RECORD <= batch.time.length;
