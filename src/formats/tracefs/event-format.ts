/**
 * The kernel's own description of a tracepoint: the text of `events/SYSTEM/EVENT/format` in tracefs.
 * Every recorder that stores raw records stores these texts too, so that records can be read on any other machine.
 */

/** Where the bytes of a field are. */
export const FieldStorage = {
  /** In the record, at `offset`. */
  Plain: 0,
  /** A fixed number of elements in the record, `size` bytes together. */
  Array: 1,
  /** `__data_loc`: 32 bits, the low 16 the place of the data from the start of the record, the high 16 their length. */
  Located: 2,
  /** `__rel_data_loc`: alike, but the place counts from the end of this field. */
  RelativelyLocated: 3,
} as const;
export type FieldStorage = (typeof FieldStorage)[keyof typeof FieldStorage];

export interface EventField {
  readonly name: string;
  /** The C declaration without the name, for example "unsigned int" or "char[16]". */
  readonly type: string;
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes in the record. */
  readonly size: number;
  readonly signed: boolean;
  readonly storage: FieldStorage;
}

export interface EventFormat {
  readonly name: string;
  /** What records of this event carry in `common_type`. */
  readonly id: number;
  /** In the order of the text, the `common_` fields that every event has first. */
  readonly fields: readonly EventField[];
}

/** No record of the ring buffer or of perf is larger: both state sizes in 16 bits, or in a page of at most 64 KiB. */
const LARGEST_RECORD = 65_536;
/** `common_type` has 16 bits. */
const LARGEST_ID = 65_535;
/** The kernel's own lines have some dozen characters. */
const LONGEST_LINE = 1024;

const FIELD_LINE = /^\s*field:([^;]*);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:([01]);)?/;
/** A declaration: everything up to the last word, the last word, perhaps a length in brackets. */
const DECLARATION = /^(.*?[\s*])([A-Za-z_]\w*)\s*((?:\[[^\]]*\])*)$/;
const UNSIGNED_TYPE = /\bunsigned\b|\bu(?:int)?(?:8|16|32|64)\b|\*|\bbool\b|\bsize_t\b/;

/** Undefined where the text has no name or identifier; fields that no record could hold are left out. */
export function parseEventFormat(text: string): EventFormat | undefined {
  let name: string | undefined;
  let id: number | undefined;
  const fields: EventField[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('print fmt:')) break;
    if (line.startsWith('name:')) name = line.slice('name:'.length).trim();
    else if (line.startsWith('ID:')) id = Number.parseInt(line.slice('ID:'.length), 10);
    else {
      const field = parseFieldLine(line, LARGEST_RECORD);
      if (field !== undefined) fields.push(field);
    }
  }
  if (name === undefined || name === '' || id === undefined || !(id >= 0 && id <= LARGEST_ID)) return undefined;
  return { name, id, fields };
}

/**
 * The fields of a text that is not an event: `events/header_page` describes the header of a ring-buffer page
 * in the same words. Fields that end beyond `limit` bytes are left out.
 */
export function parseFieldLines(text: string, limit: number): EventField[] {
  return text
    .split('\n')
    .map((line) => parseFieldLine(line, limit))
    .filter((field) => field !== undefined);
}

export function findField(fields: readonly EventField[], ...names: readonly string[]): EventField | undefined {
  for (const name of names) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** One element of an array, by a name such as "args[1]"; undefined where the array is not so long. */
export function findElement(fields: readonly EventField[], name: string): EventField | undefined {
  const [, arrayName, index] = /^(\w+)\[(\d+)\]$/.exec(name) ?? [];
  const array = arrayName === undefined ? undefined : findField(fields, arrayName);
  if (array?.storage !== FieldStorage.Array) return undefined;
  const elements = Number(/\[(\d+)\]$/.exec(array.type)?.[1] ?? 0);
  const size = array.size / elements;
  if (!(Number(index) < elements) || !Number.isInteger(size)) return undefined;
  return { ...array, name, size, offset: array.offset + Number(index) * size, storage: FieldStorage.Plain };
}

function parseFieldLine(line: string, limit: number): EventField | undefined {
  const match = line.length <= LONGEST_LINE ? FIELD_LINE.exec(line) : null;
  if (match === null) return undefined;
  const declaration = DECLARATION.exec(match[1].trim());
  if (declaration === null) return undefined;
  const offset = Number(match[2]);
  const size = Number(match[3]);
  if (offset + size > limit) return undefined;
  const brackets = declaration[3];
  const type = declaration[1].trim() + brackets;
  // Kernels before 2.6.34 do not say whether a field is signed: the C type does.
  const signed = match[4] === undefined ? !UNSIGNED_TYPE.test(type) : match[4] === '1';
  return { name: declaration[2], type, offset, size, signed, storage: storageOf(type, brackets !== '') };
}

function storageOf(type: string, hasBrackets: boolean): FieldStorage {
  if (type.startsWith('__data_loc')) return FieldStorage.Located;
  if (type.startsWith('__rel_loc') || type.startsWith('__rel_data_loc')) return FieldStorage.RelativelyLocated;
  return hasBrackets ? FieldStorage.Array : FieldStorage.Plain;
}
