/**
 * Segments of one lane in columns, with what is known of the episodes that they belong to, and the blocks in which they are
 * kept: each can be read alone.
 */
import { grown } from '../ledger/grown.js';
import { BACKGROUND, NO_LABEL } from './lanes.js';
import { VarintReader, type VarintWriter } from './varints.js';

/** Bits of `flags`: the first four are of the first segment of an episode. */
export const Flag = { episode: 1, exit: 2, timed: 4, reachedVmm: 8, keptOut: 16, woken: 32 } as const;

const FIRST_ROWS = 64;

export class Rows {
  count = 0;
  /** Where the first one starts; each other starts where its predecessor ends. */
  start = 0;
  end = new Float64Array(FIRST_ROWS);
  kind = new Uint8Array(FIRST_ROWS);
  flags = new Uint8Array(FIRST_ROWS);
  /** Index into the cells of the vCPU, or of an occupant of the pCPU; NO_LABEL. */
  label = new Int32Array(FIRST_ROWS);
  /** pCPU of a vCPU's thread; -1 not known. */
  pcpu = new Int32Array(FIRST_ROWS);
  /** Where `flags` say so: index of the occupant that woke it, and the pCPU where that was. */
  waker = new Int32Array(FIRST_ROWS);
  wakerPcpu = new Int32Array(FIRST_ROWS);
  /**
   * Of the first row of an episode: how many rows follow before the one that begins with the exit. More than none where
   * handlers ran after the guest was left and before that was written down.
   */
  lead = new Int32Array(FIRST_ROWS);
  /** Of the first row of an episode: guest instruction address, NaN where not recorded. */
  addressHigh = new Float64Array(FIRST_ROWS);
  addressLow = new Float64Array(FIRST_ROWS);

  clear(start: number): void {
    this.count = 0;
    this.start = start;
  }

  get last(): number {
    return this.count === 0 ? this.start : this.end[this.count - 1];
  }

  startOf(row: number): number {
    return row === 0 ? this.start : this.end[row - 1];
  }

  push(end: number, kind: number, flags: number, label: number, pcpu: number): number {
    if (this.count === this.end.length) this.grow(this.count * 2);
    const row = this.count++;
    this.end[row] = end;
    this.kind[row] = kind;
    this.flags[row] = flags;
    this.label[row] = label;
    this.pcpu[row] = pcpu;
    this.lead[row] = 0;
    this.addressHigh[row] = Number.NaN;
    this.addressLow[row] = Number.NaN;
    return row;
  }

  grow(size: number): void {
    this.end = grown(this.end, new Float64Array(size));
    this.kind = grown(this.kind, new Uint8Array(size));
    this.flags = grown(this.flags, new Uint8Array(size));
    this.label = grown(this.label, new Int32Array(size));
    this.pcpu = grown(this.pcpu, new Int32Array(size));
    this.waker = grown(this.waker, new Int32Array(size));
    this.wakerPcpu = grown(this.wakerPcpu, new Int32Array(size));
    this.lead = grown(this.lead, new Int32Array(size));
    this.addressHigh = grown(this.addressHigh, new Float64Array(size));
    this.addressLow = grown(this.addressLow, new Float64Array(size));
  }
}

/** Bits of the first byte of a row in a block, above its kind. */
const KIND_BITS = 15;
const KEPT_OUT = 16;
const EPISODE = 32;
const MOVED = 64;
const WOKEN = 128;
/** Of the byte that follows where an episode begins, beside Flag.exit, timed and reachedVmm: what else follows. */
const HAS_ADDRESS = 16;
const HAS_LEAD = 32;
const EPISODE_FLAGS = Flag.exit | Flag.timed | Flag.reachedVmm;

/** Whether segments of a kind have a label: those that are neither background nor unknown. */
const isLabelled = (kind: number, unknownKind: number): boolean => kind !== BACKGROUND && kind !== unknownKind;

/** @param unknownKind the kind of time of which nothing is known */
export function encodeRows(rows: Rows, unknownKind: number, writer: VarintWriter): void {
  const { count, end, kind, flags, label, pcpu } = rows;
  writer.clear();
  writer.unsigned(count);
  writer.unsigned(rows.start);
  let [start, onPcpu, high, low] = [rows.start, -1, 0, 0];
  for (let row = 0; row < count; row++) {
    const flag = flags[row];
    const isMoved = pcpu[row] !== onPcpu;
    writer.byte(
      kind[row] |
        ((flag & Flag.keptOut) !== 0 ? KEPT_OUT : 0) |
        ((flag & Flag.episode) !== 0 ? EPISODE : 0) |
        (isMoved ? MOVED : 0) |
        ((flag & Flag.woken) !== 0 ? WOKEN : 0),
    );
    writer.unsigned(end[row] - start);
    start = end[row];
    if (isLabelled(kind[row], unknownKind)) writer.unsigned(label[row] + 1);
    if (isMoved) {
      onPcpu = pcpu[row];
      writer.unsigned(onPcpu + 1);
    }
    if ((flag & Flag.woken) !== 0) {
      writer.unsigned(rows.waker[row] + 1);
      writer.unsigned(rows.wakerPcpu[row] + 1);
    }
    if ((flag & Flag.episode) === 0) continue;
    const hasAddress = !Number.isNaN(rows.addressLow[row]) && !Number.isNaN(rows.addressHigh[row]);
    const lead = rows.lead[row];
    writer.byte((flag & EPISODE_FLAGS) | (hasAddress ? HAS_ADDRESS : 0) | (lead > 0 ? HAS_LEAD : 0));
    if (lead > 0) writer.unsigned(lead);
    if (!hasAddress) continue;
    writer.signed(rows.addressLow[row] - low);
    writer.signed(rows.addressHigh[row] - high);
    [low, high] = [rows.addressLow[row], rows.addressHigh[row]];
  }
}

/** Into `rows`, which it fills anew. @throws {RangeError} where the block is damaged */
export function decodeRows(bytes: Uint8Array, unknownKind: number, rows: Rows): void {
  const reader = new VarintReader(bytes);
  const count = reader.count(2);
  rows.clear(reader.unsigned());
  if (count > rows.end.length) rows.grow(count);
  let [end, onPcpu, high, low] = [rows.start, -1, 0, 0];
  rows.count = count;
  rows.lead.fill(0, 0, count);
  for (let row = 0; row < count; row++) {
    const head = reader.byte();
    const kind = head & KIND_BITS;
    end += reader.unsigned();
    rows.end[row] = end;
    rows.kind[row] = kind;
    rows.flags[row] = (head & KEPT_OUT) !== 0 ? Flag.keptOut : 0;
    rows.label[row] = isLabelled(kind, unknownKind) ? reader.unsigned() - 1 : NO_LABEL;
    if ((head & MOVED) !== 0) onPcpu = reader.unsigned() - 1;
    rows.pcpu[row] = onPcpu;
    if ((head & WOKEN) !== 0) {
      rows.flags[row] |= Flag.woken;
      rows.waker[row] = reader.unsigned() - 1;
      rows.wakerPcpu[row] = reader.unsigned() - 1;
    }
    if ((head & EPISODE) === 0) continue;
    const facts = reader.byte();
    rows.flags[row] |= Flag.episode | (facts & EPISODE_FLAGS);
    if ((facts & HAS_LEAD) !== 0) rows.lead[row] = reader.unsigned();
    const hasAddress = (facts & HAS_ADDRESS) !== 0;
    if (hasAddress) {
      low += reader.signed();
      high += reader.signed();
    }
    rows.addressLow[row] = hasAddress ? low : Number.NaN;
    rows.addressHigh[row] = hasAddress ? high : Number.NaN;
  }
}
