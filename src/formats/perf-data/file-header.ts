/**
 * The two forms of a perf.data file: the file form, with tables before and after its records, and the pipe form
 * (`perf record -o -`), where everything is a record.
 */
import type { ByteSource } from '../../base/byte-source.js';
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import { type Attribute, parseAttribute, SMALLEST_ATTRIBUTE } from './attribute.js';
import { ByteCursor } from './byte-cursor.js';
import { FEATURE_BITS } from './constants.js';

const MAGIC_BYTES = 8;
const MAGIC_LITTLE = 'PERFILE2';
const MAGIC_BIG = '2ELIFREP';
const PIPE_HEADER_BYTES = 16;
const FILE_HEADER_BYTES = 104;
/** A table that claims more than this is damage: descriptions of all tracepoints of a kernel take a few MiB. */
const LARGEST_TABLE = 256 * 1024 * 1024;

interface Section {
  readonly offset: number;
  readonly size: number;
}

export interface FeatureSection extends Section {
  readonly feature: number;
}

export interface FileLayout {
  readonly littleEndian: boolean;
  readonly isPipe: boolean;
  readonly dataStart: number;
  /** Infinity where only the end of the input tells. */
  readonly dataEnd: number;
  readonly attributes: readonly Attribute[];
  readonly features: readonly FeatureSection[];
  /** Why tables at the end of the file form are missing; undefined where all are there. */
  readonly endMissing?: EndMissing;
  readonly issues: readonly Issue[];
}

/** `unfinished`: the recorder was killed; otherwise the byte up to which records or tables should go, beyond the end. */
export type EndMissing = 'unfinished' | { readonly shouldReach: number };

/** Byte order by the magic number; undefined where it is none. */
export function isLittleEndian(head: Uint8Array): boolean | undefined {
  const magic = String.fromCharCode(...head.subarray(0, MAGIC_BYTES));
  if (magic === MAGIC_LITTLE) return true;
  return magic === MAGIC_BIG ? false : undefined;
}

export async function readLayout(source: ByteSource): Promise<Result<FileLayout>> {
  const head = await source.read(0, FILE_HEADER_BYTES);
  const littleEndian = isLittleEndian(head);
  const bad = (message: string, hint?: string): Result<FileLayout> =>
    failure({ code: 'not-perf-data', severity: 'error', message, source: source.name, ...(hint && { hint }) });
  if (littleEndian === undefined) return bad('The input does not begin as a perf.data file');
  if (head.length < PIPE_HEADER_BYTES) return bad('The file ends within its header');
  const cursor = new ByteCursor(head, littleEndian);
  cursor.skip(MAGIC_BYTES);
  const headerSize = cursor.u64();
  if (headerSize === PIPE_HEADER_BYTES) return success(pipeLayout(littleEndian));
  if (head.length < FILE_HEADER_BYTES || headerSize < FILE_HEADER_BYTES) return bad('The file ends within its header');
  if (source.size === Infinity) {
    return bad(
      'This is the file form of perf.data, whose tables are at its end: it cannot be read from a pipe',
      'Save it to a file first, or record in the pipe form: perf record -o - …',
    );
  }
  return readFileLayout(source, head, littleEndian);
}

function pipeLayout(littleEndian: boolean): FileLayout {
  return {
    littleEndian,
    isPipe: true,
    dataStart: PIPE_HEADER_BYTES,
    dataEnd: Infinity,
    attributes: [],
    features: [],
    issues: [],
  };
}

async function readFileLayout(
  source: ByteSource,
  head: Uint8Array,
  littleEndian: boolean,
): Promise<Result<FileLayout>> {
  const cursor = new ByteCursor(head, littleEndian);
  cursor.skip(MAGIC_BYTES + 8);
  const entrySize = cursor.u64();
  const section = (): Section => ({ offset: cursor.u64(), size: cursor.u64() });
  const table = section();
  const data = section();
  section(); // event types, of perf before 3.0
  const issues: Issue[] = [];
  const note = (code: string, message: string, offset: number, hint?: string): void => {
    issues.push({ code, severity: 'warning', message, source: source.name, offset, ...(hint && { hint }) });
  };
  const attributes = await readAttributes(source, table, entrySize, littleEndian, note);
  if (attributes.length === 0 || data.offset >= source.size) {
    const message = 'The file has no events that could be read: its header is damaged';
    return failure({ code: 'bad-header', severity: 'error', message, source: source.name, offset: 16 });
  }
  const unfinished = data.size === 0;
  if (unfinished) {
    const hint = 'Stop perf record with Ctrl-C or SIGINT and let it finish: it writes its tables last.';
    note('not-finished', 'The recorder was killed before it could finish the file', 40, hint);
  }
  const end = data.offset + data.size;
  if (!unfinished && end > source.size) {
    const hint = 'Copy the file again: its tables are at its end.';
    note('cut', `The file is cut: records should go up to byte ${end}, the file has ${source.size}`, 40, hint);
  }
  const complete = !unfinished && end <= source.size;
  const features = complete ? await readFeatureTable(source, head.subarray(72), end, littleEndian, note) : [];
  const shouldReach = Math.max(end, ...features.map(({ offset, size }) => offset + size));
  const endMissing = unfinished ? 'unfinished' : shouldReach > source.size ? { shouldReach } : undefined;
  return success({
    littleEndian,
    isPipe: false,
    dataStart: data.offset,
    dataEnd: unfinished ? source.size : end,
    attributes,
    features,
    ...(endMissing !== undefined && { endMissing }),
    issues,
  });
}

type Note = (code: string, message: string, offset: number) => void;

async function readAttributes(
  source: ByteSource,
  table: Section,
  entrySize: number,
  littleEndian: boolean,
  note: Note,
): Promise<Attribute[]> {
  // An entry is the attribute, as long as its kernel had it, and the section with its identifiers.
  const attributeSize = entrySize - 16;
  const bytes = await readSection(source, table);
  if (bytes === undefined || attributeSize < SMALLEST_ATTRIBUTE) return [];
  const attributes: Attribute[] = [];
  for (let at = 0; at + entrySize <= bytes.length; at += entrySize) {
    const cursor = new ByteCursor(bytes.subarray(at + attributeSize, at + entrySize), littleEndian);
    const ids = { offset: cursor.u64(), size: cursor.u64() };
    const idBytes = await readSection(source, ids);
    if (idBytes === undefined) note('bad-table', 'The identifiers of an event lie outside the file', table.offset + at);
    const attribute = bytes.subarray(at, at + attributeSize);
    attributes.push(parseAttribute(attribute, littleEndian, parseIds(idBytes ?? new Uint8Array(0), littleEndian)));
  }
  return attributes;
}

/** As many whole identifiers as there are. */
export function parseIds(bytes: Uint8Array, littleEndian: boolean): number[] {
  const cursor = new ByteCursor(bytes, littleEndian);
  const ids: number[] = [];
  while (cursor.remaining >= 8) ids.push(cursor.u64());
  return ids;
}

async function readFeatureTable(
  source: ByteSource,
  bits: Uint8Array,
  start: number,
  littleEndian: boolean,
  note: Note,
): Promise<FeatureSection[]> {
  const present = Array.from({ length: FEATURE_BITS }, (_, feature) => feature).filter((feature) =>
    hasFeature(bits, feature, littleEndian),
  );
  const bytes = await source.read(start, present.length * 16);
  if (bytes.length < present.length * 16) note('bad-table', 'The table of features is cut', start);
  const cursor = new ByteCursor(bytes, littleEndian);
  const sections: FeatureSection[] = [];
  for (const feature of present) {
    if (cursor.remaining < 16) break;
    sections.push({ feature, offset: cursor.u64(), size: cursor.u64() });
  }
  return sections;
}

/** An array of 64-bit words, each in the byte order of the file. */
function hasFeature(bits: Uint8Array, feature: number, littleEndian: boolean): boolean {
  const byte = (feature >> 3) & 7;
  const at = (feature >> 6) * 8 + (littleEndian ? byte : 7 - byte);
  return ((bits[at] >> (feature & 7)) & 1) === 1;
}

/** Undefined where the section is not wholly inside the file, or larger than any real one. */
export async function readSection(source: ByteSource, section: Section): Promise<Uint8Array | undefined> {
  if (section.size > LARGEST_TABLE || section.offset + section.size > source.size) return undefined;
  const bytes = await source.read(section.offset, section.size);
  return bytes.length === section.size ? bytes : undefined;
}
