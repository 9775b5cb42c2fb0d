/**
 * Reads the fields that an upper layer wants from the raw bytes of a record.
 *
 * What is wanted (TracepointSpec) and where it lies (EventFormat) are compiled once per event into a short program;
 * reading a record then makes no object, string or BigInt.
 */
import { addMarker, type Marker, MOST_MARKERS, markerText } from '../../recording/markers.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { FieldSpec, TracepointSpec } from '../../recording/tracepoint.js';
import { type EventField, type EventFormat, FieldStorage, findElement, findField } from './event-format.js';
import { NameField, type NameKeeper, readName } from './name-field.js';

/** How a field that is neither an unsigned word nor an unsigned double word is read. */
const Reading = {
  Missing: 0,
  Unsigned8: 1,
  Signed8: 2,
  Unsigned16: 3,
  Signed16: 4,
  Unsigned32: 5,
  Signed32: 6,
  Signed64: 7,
  /** Added to one of the above: the halves of that number extended to 64 bits, each as 32 unsigned bits. */
  HighHalf: 16,
  LowHalf: 32,
} as const;

const TWO_32 = 2 ** 32;
const WORD_BYTES = 4;

/** Where names of records go. */
export interface RecordNames {
  readonly threads: NameKeeper;
  readonly interrupts: NameKeeper;
}

export class FieldExtractor {
  readonly spec: TracepointSpec;
  /** What RecordBatch.kind holds for these records. */
  readonly kind: number;
  /** Whether `noteNames` or `noteMarker` has anything to do. */
  readonly hasNames: boolean;
  /** Bytes from the start of a record to the end of its last wanted field; a word at least. */
  readonly recordSize: number;
  /**
   * Offsets of words, one per slot. Most fields are unsigned words: reading one for every slot, wanted or not, is faster
   * than a loop over those that are, since no branch depends on the event. Whatever else a slot holds is read afterwards.
   */
  readonly #words = new Uint16Array(FIELD_SLOTS);
  /** Pairs of [offset, slot]. */
  readonly #doubleWords: Uint16Array;
  /** All others: triples of [offset, slot, Reading]. */
  readonly #others: Uint16Array;
  readonly #threadNames: readonly NameField[];
  readonly #interruptName: NameField | undefined;
  /** Where the text of a marker begins, which goes on to the end of the record; undefined where there is none. */
  readonly #markerText: number | undefined;

  constructor(spec: TracepointSpec, format: EventFormat) {
    const program = compile(spec, format, this.littleEndian);
    this.spec = spec;
    this.kind = spec.kind;
    for (const [offset, slot] of program.words) this.#words[slot] = offset;
    this.#doubleWords = Uint16Array.from(program.doubleWords);
    this.#others = Uint16Array.from(program.others);
    this.recordSize = program.recordSize;
    const nameField = ([number, name]: readonly [string, string]) =>
      NameField.create(format, number, name, this.littleEndian);
    this.#threadNames = (spec.threadNames ?? []).map(nameField).filter((field) => field !== undefined);
    this.#interruptName = spec.interruptName && nameField(spec.interruptName);
    const { markerText } = spec;
    this.#markerText = markerText === undefined ? undefined : findField(format.fields, markerText)?.offset;
    this.hasNames = this.#threadNames.length > 0 || this.#interruptName !== undefined || this.#markerText !== undefined;
  }

  /** A method, so that code compiled for one kind of extractor has it as a constant. */
  get littleEndian(): boolean {
    return true;
  }

  /**
   * Reads the record of `size` bytes at `start` of `view` into FIELD_SLOTS places of `fields`, from index `slot` on; those
   * without a field hold anything. A field that lies beyond the end of the record is NaN. The record itself must lie
   * inside `view`.
   */
  extract(view: DataView, start: number, size: number, fields: Float64Array, slot: number): void {
    if (size < this.recordSize) this.#extractShort(view, start, size, fields, slot);
    else this.extractWhole(view, start, fields, slot);
  }

  /** As `extract`, for a record of `recordSize` bytes or more. */
  extractWhole(view: DataView, start: number, fields: Float64Array, slot: number): void {
    const littleEndian = this.littleEndian;
    const words = this.#words;
    fields[slot] = view.getUint32(start + words[0], littleEndian);
    fields[slot + 1] = view.getUint32(start + words[1], littleEndian);
    fields[slot + 2] = view.getUint32(start + words[2], littleEndian);
    fields[slot + 3] = view.getUint32(start + words[3], littleEndian);
    fields[slot + 4] = view.getUint32(start + words[4], littleEndian);
    fields[slot + 5] = view.getUint32(start + words[5], littleEndian);
    fields[slot + 6] = view.getUint32(start + words[6], littleEndian);
    fields[slot + 7] = view.getUint32(start + words[7], littleEndian);
    const doubleWords = this.#doubleWords;
    for (let index = 0; index < doubleWords.length; index += 2) {
      const at = start + doubleWords[index];
      const first = view.getUint32(at, littleEndian);
      const second = view.getUint32(at + 4, littleEndian);
      fields[slot + doubleWords[index + 1]] = littleEndian ? second * TWO_32 + first : first * TWO_32 + second;
    }
    const others = this.#others;
    for (let index = 0; index < others.length; index += 3) {
      fields[slot + others[index + 1]] = readNumber(view, start + others[index], others[index + 2], littleEndian);
    }
  }

  /** Puts the names that the record holds into their tables; returns at once where it has none. */
  noteNames(view: DataView, start: number, size: number, { threads, interrupts }: RecordNames): void {
    const threadNames = this.#threadNames;
    for (let index = 0; index < threadNames.length; index++) threadNames[index].note(view, start, size, threads);
    this.#interruptName?.note(view, start, size, interrupts);
  }

  /** Keeps the marker that the record is, if it is one. `timeNs`: since the origin of the recording. */
  noteMarker(view: DataView, start: number, size: number, timeNs: number, markers: Marker[]): void {
    const from = this.#markerText;
    if (from === undefined || from >= size || markers.length >= MOST_MARKERS) return;
    addMarker(markers, markerText(readName(view, start + from, size - from)), timeNs);
  }

  /** The rare record that is shorter than its description: what lies beyond its end becomes NaN. */
  #extractShort(view: DataView, start: number, size: number, fields: Float64Array, slot: number): void {
    const padded = new DataView(new ArrayBuffer(this.recordSize));
    for (let index = 0; index < size; index++) padded.setUint8(index, view.getUint8(start + index));
    this.extractWhole(padded, 0, fields, slot);
    for (let index = 0; index < FIELD_SLOTS; index++) {
      if (this.#words[index] + WORD_BYTES > size) fields[slot + index] = NaN;
    }
    for (let index = 0; index < this.#doubleWords.length; index += 2) {
      if (this.#doubleWords[index] + 8 > size) fields[slot + this.#doubleWords[index + 1]] = NaN;
    }
    for (let index = 0; index < this.#others.length; index += 3) {
      if (this.#others[index] + readingBytes(this.#others[index + 2]) > size) {
        fields[slot + this.#others[index + 1]] = NaN;
      }
    }
  }
}

class BigEndianExtractor extends FieldExtractor {
  override get littleEndian(): boolean {
    return false;
  }
}

export function fieldExtractor(spec: TracepointSpec, format: EventFormat, littleEndian: boolean): FieldExtractor {
  return littleEndian ? new FieldExtractor(spec, format) : new BigEndianExtractor(spec, format);
}

export const isLittleEndian = (extractor: FieldExtractor): boolean => extractor.littleEndian;

interface Program {
  readonly words: (readonly [offset: number, slot: number])[];
  readonly doubleWords: number[];
  readonly others: number[];
  recordSize: number;
}

function compile(spec: TracepointSpec, format: EventFormat, littleEndian: boolean): Program {
  const program: Program = { words: [], doubleWords: [], others: [], recordSize: WORD_BYTES };
  let slot = 0;
  for (const fieldSpec of spec.fields) {
    const field = locate(fieldSpec, format);
    if (field !== undefined) program.recordSize = Math.max(program.recordSize, field.offset + field.size);
    if (fieldSpec.type === 'u64') {
      compilePair(field, slot, littleEndian, program);
      slot += 2;
    } else {
      compileNumber(field, slot, program);
      slot += 1;
    }
  }
  if (slot > FIELD_SLOTS) throw new RangeError(`${spec.event} wants ${slot} slots, a row has ${FIELD_SLOTS}`);
  return program;
}

function compileNumber(field: EventField | undefined, slot: number, program: Program): void {
  if (field === undefined) program.others.push(0, slot, Reading.Missing);
  else if (field.size === 8 && !field.signed) program.doubleWords.push(field.offset, slot);
  else if (field.size === 4 && !field.signed) program.words.push([field.offset, slot]);
  else program.others.push(field.offset, slot, readingOf(field));
}

/** The two halves of a 64-bit field are words; a narrower one is extended with its sign. */
function compilePair(field: EventField | undefined, slot: number, littleEndian: boolean, program: Program): void {
  if (field === undefined) program.others.push(0, slot, Reading.Missing, 0, slot + 1, Reading.Missing);
  else if (field.size === 8) {
    const low = littleEndian ? field.offset : field.offset + 4;
    const high = littleEndian ? field.offset + 4 : field.offset;
    program.words.push([high, slot], [low, slot + 1]);
  } else {
    const reading = readingOf(field);
    program.others.push(field.offset, slot, Reading.HighHalf + reading);
    program.others.push(field.offset, slot + 1, Reading.LowHalf + reading);
  }
}

/** The first name that the event has, if that is one plain number. */
function locate(spec: FieldSpec, format: EventFormat): EventField | undefined {
  const names = [spec.name, ...(spec.aliases ?? [])];
  const found = names.map((name) => findField(format.fields, name) ?? findElement(format.fields, name));
  const field = found.find((candidate) => candidate !== undefined);
  return field?.storage === FieldStorage.Plain && [1, 2, 4, 8].includes(field.size) ? field : undefined;
}

function readingOf({ size, signed }: EventField): number {
  if (size === 8) return Reading.Signed64;
  if (size === 4) return signed ? Reading.Signed32 : Reading.Unsigned32;
  if (size === 2) return signed ? Reading.Signed16 : Reading.Unsigned16;
  return signed ? Reading.Signed8 : Reading.Unsigned8;
}

function readNumber(view: DataView, at: number, reading: number, littleEndian: boolean): number {
  switch (reading) {
    case Reading.Unsigned8:
      return view.getUint8(at);
    case Reading.Signed8:
      return view.getInt8(at);
    case Reading.Unsigned16:
      return view.getUint16(at, littleEndian);
    case Reading.Signed16:
      return view.getInt16(at, littleEndian);
    case Reading.Unsigned32:
      return view.getUint32(at, littleEndian);
    case Reading.Signed32:
      return view.getInt32(at, littleEndian);
    case Reading.Signed64: {
      const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
      return high * TWO_32 + view.getUint32(littleEndian ? at : at + 4, littleEndian);
    }
    case Reading.Missing:
      return NaN;
    default: {
      const value = readNumber(view, at, reading % Reading.HighHalf, littleEndian);
      if (reading >= Reading.LowHalf) return value >>> 0;
      return value < 0 ? TWO_32 - 1 : 0;
    }
  }
}

/** Bytes that it takes; none for a missing field. */
function readingBytes(reading: number): number {
  const bytes = [0, 1, 1, 2, 2, 4, 4, 8];
  return bytes[reading % Reading.HighHalf];
}
