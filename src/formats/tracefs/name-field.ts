/** Pairs of fields of an event that name something: a thread, or what serves an interrupt. */
import { type EventField, type EventFormat, FieldStorage, findField } from './event-format.js';

/** Who keeps the names of one sort of numbers. */
export interface NameKeeper {
  /** Notes the name at `at` of `view`: bytes that end with a NUL or after `length` of them. */
  note(number: number, view: DataView, at: number, length: number): void;
}

const decoder = new TextDecoder();

/** What `length` bytes hold up to the first NUL. */
export function readName(view: DataView, at: number, length: number): string {
  let end = 0;
  while (end < length && view.getUint8(at + end) !== 0) end++;
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, end));
}

export class NameField {
  readonly #number: EventField;
  readonly #name: EventField;
  readonly #littleEndian: boolean;
  readonly #recordSize: number;

  private constructor(number: EventField, name: EventField, littleEndian: boolean) {
    this.#number = number;
    this.#name = name;
    this.#littleEndian = littleEndian;
    this.#recordSize = Math.max(number.offset + number.size, name.offset + name.size);
  }

  /** Undefined where the event lacks one of the two fields. */
  static create(format: EventFormat, number: string, name: string, littleEndian: boolean): NameField | undefined {
    const numberField = findField(format.fields, number);
    const nameField = findField(format.fields, name);
    if (numberField?.storage !== FieldStorage.Plain || numberField.size !== 4) return undefined;
    if (nameField === undefined || nameField.storage === FieldStorage.Plain) return undefined;
    if (nameField.storage !== FieldStorage.Array && nameField.size !== 4) return undefined;
    return new NameField(numberField, nameField, littleEndian);
  }

  /** The record of `size` bytes at `start` must lie inside `view`; one that is too short for the fields is passed over. */
  note(view: DataView, start: number, size: number, keeper: NameKeeper): void {
    if (size < this.#recordSize) return;
    const number = view.getInt32(start + this.#number.offset, this.#littleEndian);
    const name = this.#name;
    if (name.storage === FieldStorage.Array) {
      keeper.note(number, view, start + name.offset, name.size);
      return;
    }
    const location = view.getUint32(start + name.offset, this.#littleEndian);
    const base = name.storage === FieldStorage.Located ? 0 : name.offset + name.size;
    const offset = base + (location & 0xffff);
    const length = location >>> 16;
    if (offset + length <= size) keeper.note(number, view, start + offset, length);
  }
}
