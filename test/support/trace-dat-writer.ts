/**
 * Writes trace.dat files, versions 6 and 7, piece by piece to a sink: large ones never exist in memory.
 *
 * Pages come from RingPages or anywhere else; how many there are must be known before the first one is written.
 */
import { ByteWriter } from './byte-writer.js';
import { type PageShape, pageHeaderBytes } from './ring-pages.js';

/** Takes the next bytes of the file. They may be overwritten after it returns. */
export type Sink = (bytes: Uint8Array) => void;

export interface CpuPages {
  readonly cpu: number;
  readonly pageCount: number;
  /** Exactly `pageCount` pages. */
  readonly pages: Iterable<Uint8Array>;
}

export interface BufferContents {
  /** Empty for the top buffer, which comes first. */
  readonly name: string;
  readonly clock: string;
  /** Version 6 numbers the CPUs of all buffers from 0 without holes. */
  readonly cpus: readonly CpuPages[];
}

export interface FieldDescription {
  /** The C declaration without the name, for example "unsigned int" or "char[16]" (written as "char NAME[16]"). */
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
}

export interface EventDescription {
  readonly system: string;
  readonly name: string;
  readonly id: number;
  readonly fields: readonly FieldDescription[];
}

export interface TraceDatContents extends PageShape {
  readonly version: 6 | 7;
  readonly events: readonly EventDescription[];
  readonly buffers: readonly BufferContents[];
  /** Further options, in their order. */
  readonly options?: readonly { readonly id: number; readonly data: Uint8Array }[];
  /** "PID NAME" lines. */
  readonly commandLines?: string;
  /** Version 7: how sections and data are compressed; all compressed data are then held in memory at once. */
  readonly compression?: { readonly name: 'zlib' | 'zstd'; readonly compress: (bytes: Uint8Array) => Uint8Array };
}

const OPTION = {
  Done: 0,
  Buffer: 3,
  TraceClock: 4,
  CpuCount: 8,
  HeaderInfo: 16,
  Ftrace: 17,
  Events: 18,
  CommandLines: 21,
};
const COMPRESSED = 1;
const PAGES_PER_CHUNK = 10;
const COMMON_FIELDS: readonly FieldDescription[] = [
  { type: 'unsigned short', name: 'common_type', size: 2, signed: false },
  { type: 'unsigned char', name: 'common_flags', size: 1, signed: false },
  { type: 'unsigned char', name: 'common_preempt_count', size: 1, signed: false },
  { type: 'int', name: 'common_pid', size: 4, signed: true },
];

/** The kernel's description of the event. */
export function formatText(event: EventDescription): string {
  let offset = 0;
  const lines: string[] = [];
  for (const field of [...COMMON_FIELDS, ...event.fields]) {
    const array = /^(.*)(\[\d+\])$/.exec(field.type);
    const declaration = array ? `${array[1]} ${field.name}${array[2]}` : `${field.type} ${field.name}`;
    lines.push(`\tfield:${declaration};\toffset:${offset};\tsize:${field.size};\tsigned:${Number(field.signed)};`);
    offset += field.size;
    if (lines.length === COMMON_FIELDS.length) lines.push('');
  }
  const values = event.fields.filter((field) => !/[[\]]/.test(field.type)).map((field) => `REC->${field.name}`);
  const print = `print fmt: "${values.map(() => '%d').join(' ')}"${values.map((value) => `, ${value}`).join('')}`;
  return `name: ${event.name}\nID: ${event.id}\nformat:\n${lines.join('\n')}\n\n${print}\n`;
}

/** The bytes of a record: the common fields, then `values` by name (numbers, or bytes for arrays; zero if absent). */
export function encodeRecord(
  event: EventDescription,
  thread: number,
  values: Readonly<Record<string, number | bigint | Uint8Array>>,
  littleEndian: boolean,
): Uint8Array {
  const writer = new ByteWriter(littleEndian)
    .u16(event.id)
    .u8(0)
    .u8(0)
    .u32(thread >>> 0);
  for (const field of event.fields) {
    const value = values[field.name] ?? (field.type.includes('[') ? new Uint8Array(0) : 0);
    if (typeof value === 'object') writer.bytes(value.subarray(0, field.size)).zeros(field.size - value.length);
    else if (field.size === 8) writer.u64(value);
    else if (field.size === 4) writer.u32(Number(value) >>> 0);
    else if (field.size === 2) writer.u16(Number(value) & 0xffff);
    else writer.u8(Number(value) & 0xff);
  }
  return writer.padTo(4).finish();
}

export function writeTraceDat(contents: TraceDatContents, sink: Sink): void {
  if (contents.version === 6) writeVersion6(contents, sink);
  else writeVersion7(contents, sink);
}

/** Small files only. */
export function traceDatBytes(contents: TraceDatContents): Uint8Array {
  const writer = new ByteWriter();
  writeTraceDat(contents, (bytes) => writer.bytes(bytes));
  return writer.finish();
}

function initialFormat(contents: TraceDatContents): ByteWriter {
  return new ByteWriter(contents.littleEndian)
    .bytes(Uint8Array.of(0x17, 0x08, 0x44))
    .text('tracing')
    .string(String(contents.version))
    .u8(contents.littleEndian ? 0 : 1)
    .u8(contents.longSize)
    .u32(contents.pageSize);
}

function headerInfo({ longSize, pageSize, littleEndian }: TraceDatContents): Uint8Array {
  const header = pageHeaderBytes(longSize);
  const page = [
    '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;',
    `\tfield: local_t commit;\toffset:8;\tsize:${longSize};\tsigned:1;`,
    '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;',
    `\tfield: char data;\toffset:${header};\tsize:${pageSize - header};\tsigned:1;\n`,
  ].join('\n');
  const event = '# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n';
  const writer = new ByteWriter(littleEndian);
  writer.string('header_page').u64(page.length).text(page);
  return writer.string('header_event').u64(event.length).text(event).finish();
}

function eventFormats({ events, littleEndian }: TraceDatContents): Uint8Array {
  const systems = [...new Set(events.map((event) => event.system))];
  const writer = new ByteWriter(littleEndian).u32(systems.length);
  for (const system of systems) {
    const texts = events.filter((event) => event.system === system).map(formatText);
    writer.string(system).u32(texts.length);
    for (const text of texts) writer.u64(text.length).text(text);
  }
  return writer.finish();
}

const commandLines = ({ commandLines: text = '', littleEndian }: TraceDatContents): Uint8Array =>
  new ByteWriter(littleEndian).u64(text.length).text(text).finish();

function writeOption(writer: ByteWriter, id: number, data: Uint8Array): void {
  writer.u16(id).u32(data.length).bytes(data);
}

const clockText = (clock: string): string => `[${clock}]\n`;
const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

// ---- version 6 -----------------------------------------------------------------------------------------------------

function writeVersion6(contents: TraceDatContents, sink: Sink): void {
  const { pageSize, buffers } = contents;
  const [top, ...instances] = buffers;
  // All numbers have a fixed size: written once with any offsets, the header shows how long it is.
  const headLength = roundUp(version6Head(contents, 0, []).length, pageSize);
  const instanceOffsets: number[] = [];
  let offset = headLength + dataBytes(top, pageSize);
  for (const instance of instances) {
    instanceOffsets.push(offset);
    offset += roundUp(version6Table(instance, 0, contents).length, pageSize) + dataBytes(instance, pageSize);
  }
  sink(padded(version6Head(contents, headLength, instanceOffsets), pageSize));
  writePages(top, sink);
  instances.forEach((instance, index) => {
    const length = roundUp(version6Table(instance, 0, contents).length, pageSize);
    sink(padded(version6Table(instance, instanceOffsets[index] + length, contents), pageSize));
    writePages(instance, sink);
  });
}

function version6Head(contents: TraceDatContents, dataOffset: number, instanceOffsets: readonly number[]): Uint8Array {
  const { littleEndian, buffers, options = [] } = contents;
  const [top, ...instances] = buffers;
  const writer = initialFormat(contents).bytes(headerInfo(contents)).u32(0).bytes(eventFormats(contents));
  writer.u32(0).u32(0).bytes(commandLines(contents)).u32(top.cpus.length).string('options  ');
  writeOption(writer, OPTION.TraceClock, new Uint8Array(0));
  writeOption(writer, OPTION.CpuCount, new ByteWriter(littleEndian).u32(top.cpus.length).finish());
  for (const { id, data } of options) writeOption(writer, id, data);
  instances.forEach(({ name }, index) => {
    const data = new ByteWriter(littleEndian)
      .u64(instanceOffsets[index] ?? 0)
      .string(name)
      .finish();
    writeOption(writer, OPTION.Buffer, data);
  });
  return writer
    .u16(OPTION.Done)
    .bytes(version6Table(top, dataOffset, contents))
    .finish();
}

function version6Table(buffer: BufferContents, dataOffset: number, contents: TraceDatContents): Uint8Array {
  const writer = new ByteWriter(contents.littleEndian).string('flyrecord');
  let offset = dataOffset;
  for (const { pageCount } of buffer.cpus) {
    const size = pageCount * contents.pageSize;
    writer.u64(offset).u64(size);
    offset += size;
  }
  const clock = clockText(buffer.clock);
  return writer.u64(clock.length).text(clock).finish();
}

const dataBytes = (buffer: BufferContents, pageSize: number): number =>
  buffer.cpus.reduce((sum, cpu) => sum + cpu.pageCount * pageSize, 0);

function writePages(buffer: BufferContents, sink: Sink): void {
  for (const { pageCount, pages } of buffer.cpus) {
    let written = 0;
    for (const page of pages) {
      sink(page);
      written++;
    }
    if (written !== pageCount) throw new RangeError(`${written} pages instead of the ${pageCount} announced`);
  }
}

function padded(bytes: Uint8Array, multiple: number): Uint8Array {
  const result = new Uint8Array(roundUp(bytes.length, multiple));
  result.set(bytes);
  return result;
}

// ---- version 7 -----------------------------------------------------------------------------------------------------

/** A buffer as it will be in the file. */
interface PlacedBuffer {
  readonly offset: number;
  readonly end: number;
  readonly cpus: readonly { readonly cpu: number; readonly offset: number; readonly size: number }[];
  /** Compressed data by CPU; undefined where pages are written as they are. */
  readonly packed: readonly Uint8Array[] | undefined;
}

const SECTION_HEADER_BYTES = 16;

function writeVersion7(contents: TraceDatContents, sink: Sink): void {
  const { compression, littleEndian, pageSize, buffers } = contents;
  const headBytes = (optionsOffset: number) =>
    initialFormat(contents)
      .string(compression?.name ?? 'none')
      .string(compression ? '1' : '')
      .u64(optionsOffset)
      .finish();
  const sections = [
    { id: OPTION.HeaderInfo, bytes: section(contents, OPTION.HeaderInfo, headerInfo(contents)) },
    { id: OPTION.Ftrace, bytes: section(contents, OPTION.Ftrace, new ByteWriter(littleEndian).u32(0).finish()) },
    { id: OPTION.Events, bytes: section(contents, OPTION.Events, eventFormats(contents)) },
    { id: OPTION.CommandLines, bytes: section(contents, OPTION.CommandLines, commandLines(contents)) },
  ];
  let offset = headBytes(0).length;
  const places = sections.map(({ id, bytes }) => {
    const place = { id, offset };
    offset += bytes.length;
    return place;
  });
  const optionsOffset = offset;
  const packed = buffers.map((buffer) => compression && buffer.cpus.map((cpu) => packPages(contents, cpu)));
  const optionsLength = optionSection(contents, places, placeBuffers(contents, packed, 0)).length;
  const placed = placeBuffers(contents, packed, optionsOffset + optionsLength);

  sink(headBytes(optionsOffset));
  for (const { bytes } of sections) sink(bytes);
  sink(optionSection(contents, places, placed));
  let written = optionsOffset + optionsLength;
  placed.forEach((place, index) => {
    const size = place.end - place.offset - SECTION_HEADER_BYTES;
    sink(sectionHeader(contents, OPTION.Buffer, compression ? COMPRESSED : 0, size));
    written += SECTION_HEADER_BYTES;
    const start = place.cpus[0]?.offset ?? place.end;
    sink(new Uint8Array(start - written));
    if (place.packed === undefined) writePages(buffers[index], sink);
    else for (const bytes of place.packed) sink(padded(bytes, pageSize));
    written = place.end;
  });
}

function placeBuffers(
  contents: TraceDatContents,
  packed: readonly (readonly Uint8Array[] | undefined)[],
  start: number,
): PlacedBuffer[] {
  const { pageSize } = contents;
  let offset = start;
  return contents.buffers.map((buffer, index) => {
    const sectionOffset = offset;
    offset = roundUp(offset + SECTION_HEADER_BYTES, pageSize);
    const cpus = buffer.cpus.map(({ cpu, pageCount }, cpuIndex) => {
      const size = packed[index]?.[cpuIndex].length ?? pageCount * pageSize;
      const place = { cpu, offset, size };
      offset += roundUp(size, pageSize);
      return place;
    });
    return { offset: sectionOffset, end: offset, cpus, packed: packed[index] };
  });
}

function packPages({ compression, littleEndian, pageSize }: TraceDatContents, cpu: CpuPages): Uint8Array {
  const pages = [...cpu.pages];
  const chunks: ByteWriter[] = [];
  for (let first = 0; first < pages.length; first += PAGES_PER_CHUNK) {
    const chunk = new ByteWriter();
    for (const page of pages.slice(first, first + PAGES_PER_CHUNK)) chunk.bytes(page);
    chunks.push(chunk);
  }
  if (pages.length !== cpu.pageCount || compression === undefined) throw new RangeError(`pages of ${pageSize} bytes`);
  const writer = new ByteWriter(littleEndian).u32(chunks.length);
  for (const chunk of chunks) {
    const bytes = compression.compress(chunk.finish());
    writer.u32(bytes.length).u32(chunk.length).bytes(bytes);
  }
  return writer.finish();
}

function sectionHeader({ littleEndian }: TraceDatContents, id: number, flags: number, size: number): Uint8Array {
  return new ByteWriter(littleEndian).u16(id).u16(flags).u32(0).u64(size).finish();
}

function section(contents: TraceDatContents, id: number, data: Uint8Array): Uint8Array {
  const { compression, littleEndian } = contents;
  const writer = new ByteWriter(littleEndian);
  if (compression === undefined)
    return writer
      .bytes(sectionHeader(contents, id, 0, data.length))
      .bytes(data)
      .finish();
  const bytes = compression.compress(data);
  writer.bytes(sectionHeader(contents, id, COMPRESSED, bytes.length + 8));
  return writer.u32(bytes.length).u32(data.length).bytes(bytes).finish();
}

function optionSection(
  contents: TraceDatContents,
  places: readonly { readonly id: number; readonly offset: number }[],
  placed: readonly PlacedBuffer[],
): Uint8Array {
  const { littleEndian, buffers, options = [], pageSize } = contents;
  const writer = new ByteWriter(littleEndian);
  for (const { id, offset } of places) writeOption(writer, id, new ByteWriter(littleEndian).u64(offset).finish());
  writeOption(writer, OPTION.TraceClock, new ByteWriter().string(clockText(buffers[0].clock)).finish());
  for (const { id, data } of options) writeOption(writer, id, data);
  buffers.forEach(({ name, clock }, index) => {
    const data = new ByteWriter(littleEndian).u64(placed[index].offset).string(name).string(clock);
    data.u32(pageSize).u32(placed[index].cpus.length);
    for (const { cpu, offset, size } of placed[index].cpus) data.u32(cpu).u64(offset).u64(size);
    writeOption(writer, OPTION.Buffer, data.finish());
  });
  writeOption(writer, OPTION.Done, new ByteWriter(littleEndian).u64(0).finish());
  const data = writer.finish();
  return new ByteWriter(littleEndian)
    .bytes(sectionHeader(contents, OPTION.Done, 0, data.length))
    .bytes(data)
    .finish();
}
