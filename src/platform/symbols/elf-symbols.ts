/** The symbol table of an ELF file, 64 bits, little-endian: elf(5). Only headers, symbols and their names are read. */
import type { ByteSource } from '../../base/byte-source.js';
import { failure, type Result, success } from '../../base/issue.js';
import { FunctionTable, type GuestSymbol } from './function-table.js';
import { damagedElf, MOST_SYMBOLS, noSymbols, tooManySymbols } from './symbol-issues.js';

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
/** Bytes of names: those of a kernel are some 10 MB. */
const MOST_NAMES = 256 * 1024 * 1024;
/** Characters of one name that are kept. */
const LONGEST_NAME = 512;

/** Positions in e_ident, and what is supported there. */
const CLASS = 4;
const CLASS_64 = 2;
const DATA = 5;
const LITTLE_ENDIAN = 1;

const SECTION_SYMBOLS = 2;
/** Flag of a section with code. */
const EXECUTABLE = 4n;
const TYPE_NONE = 0;
const TYPE_FUNCTION = 2;
const TYPE_INDIRECT_FUNCTION = 10;
/** Section numbers from here on mean something else, for example an absolute value. */
const RESERVED_SECTIONS = 0xff00;

interface Section {
  readonly type: number;
  readonly flags: bigint;
  readonly offset: number;
  readonly size: number;
  /** Of a table of symbols, the section of its names. */
  readonly link: number;
}

export const isElf = (head: Uint8Array): boolean =>
  head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;

/** Failures: `damaged-elf`, `unsupported-elf`, `no-symbols`, `too-many-symbols`. */
export async function readElfSymbols(source: ByteSource): Promise<Result<FunctionTable>> {
  const { name } = source;
  const head = await source.read(0, HEADER_BYTES);
  if (head.length < HEADER_BYTES) return failure(damagedElf(name, 'it ends within its header', head.length));
  if (head[CLASS] !== CLASS_64 || head[DATA] !== LITTLE_ENDIAN) {
    const message = `${name} is no ELF file of a 64-bit little-endian machine`;
    return failure({
      code: 'unsupported-elf',
      severity: 'error',
      message,
      source: name,
      hint: 'Take System.map instead.',
    });
  }
  const sections = await readSections(source, viewOf(head));
  if (!sections.ok) return sections;
  const table = sections.value.find(({ type }) => type === SECTION_SYMBOLS);
  if (table === undefined) return failure(noSymbols(name));
  const count = Math.floor(table.size / SYMBOL_BYTES);
  if (count > MOST_SYMBOLS) return failure(tooManySymbols(name));
  const names = sections.value.at(table.link);
  if (names === undefined || names.size > MOST_NAMES)
    return failure(damagedElf(name, 'its symbols have no names', table.offset));
  const [symbolBytes, nameBytes] = [await read(source, table), await read(source, names)];
  if (symbolBytes === undefined || nameBytes === undefined)
    return failure(damagedElf(name, 'its symbols lie beyond its end', table.offset));
  const symbols = symbolsOf(symbolBytes, nameBytes, sections.value);
  return symbols.length === 0 ? failure(noSymbols(name)) : success(new FunctionTable(name, symbols));
}

async function readSections(source: ByteSource, header: DataView): Promise<Result<readonly Section[]>> {
  const offset = Number(header.getBigUint64(40, true));
  const size = header.getUint16(58, true);
  const count = header.getUint16(60, true);
  if (count === 0) return failure(noSymbols(source.name));
  if (size !== SECTION_BYTES) return failure(damagedElf(source.name, `its section headers have ${size} bytes`, 58));
  const bytes = await source.read(offset, count * SECTION_BYTES);
  if (bytes.length < count * SECTION_BYTES)
    return failure(damagedElf(source.name, 'its section headers lie beyond its end', offset));
  const view = viewOf(bytes);
  return success(
    Array.from({ length: count }, (_, index): Section => {
      const at = index * SECTION_BYTES;
      return {
        type: view.getUint32(at + 4, true),
        flags: view.getBigUint64(at + 8, true),
        offset: Number(view.getBigUint64(at + 24, true)),
        size: Number(view.getBigUint64(at + 32, true)),
        link: view.getUint32(at + 40, true),
      };
    }),
  );
}

/** undefined where the file does not have all of it: nothing is allocated then. */
async function read(source: ByteSource, { offset, size }: Section): Promise<Uint8Array | undefined> {
  if (offset + size > source.size) return undefined;
  const bytes = await source.read(offset, size);
  return bytes.length === size ? bytes : undefined;
}

function symbolsOf(bytes: Uint8Array, names: Uint8Array, sections: readonly Section[]): GuestSymbol[] {
  const view = viewOf(bytes);
  const symbols: GuestSymbol[] = [];
  for (let at = 0; at + SYMBOL_BYTES <= bytes.length; at += SYMBOL_BYTES) {
    const type = view.getUint8(at + 4) & 0xf;
    const section = view.getUint16(at + 6, true);
    if (section === 0 || section >= RESERVED_SECTIONS) continue;
    const isCode = ((sections[section]?.flags ?? 0n) & EXECUTABLE) !== 0n;
    const name = nameAt(names, view.getUint32(at, true));
    // Files and sections have symbols without a name; "$x" and "$d" of ARM mark instructions and data.
    if (name === '' || name.startsWith('$')) continue;
    symbols.push({
      address: view.getBigUint64(at + 8, true),
      name,
      isFunction: isCode && [TYPE_NONE, TYPE_FUNCTION, TYPE_INDIRECT_FUNCTION].includes(type),
      module: null,
      size: view.getBigUint64(at + 16, true),
    });
  }
  return symbols;
}

const decoder = new TextDecoder('utf-8');

function nameAt(names: Uint8Array, start: number): string {
  if (start >= names.length) return '';
  const most = Math.min(names.length, start + LONGEST_NAME);
  let end = start;
  while (end < most && names[end] !== 0) end++;
  return decoder.decode(names.subarray(start, end));
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
