/** The layout of version 7: sections anywhere in the file, found through chained sections of options. */
import { MemorySource } from '../../base/byte-source.js';
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import { isPageSize, readCommandLines, readEventSystems, readFtraceEvents, readPageLayout } from './descriptions.js';
import { applyOption, emptyOptions, OptionId, optionCursor, type RawOption, readOption } from './options.js';
import { SourceCursor } from './source-cursor.js';
import {
  type CpuData,
  decompress,
  type Options,
  type ReadContext,
  type TraceBuffer,
  type TraceFile,
} from './trace-file.js';
import { latencyIssue } from './version6.js';

const COMPRESSED_FLAG = 1;
/** Identifier, flags, description, size. */
const SECTION_HEADER_BYTES = 16;
/** More than all event formats of a kernel take (3 MB) by far. */
const LARGEST_SECTION = 64 * 1024 * 1024;
/** trace-cmd writes two or three; a chain of more than this is a damaged file. */
const MOST_OPTION_SECTIONS = 256;

interface Contents {
  readonly options: Options;
  /** Places of the sections by identifier. */
  readonly sections: Map<number, number>;
  readonly buffers: TraceBuffer[];
  hasText: boolean;
}

/** `position` is where the file says its first section of options is. */
export async function readVersion7(context: ReadContext, position: number): Promise<Result<TraceFile>> {
  const contents: Contents = { options: emptyOptions(), sections: new Map(), buffers: [], hasText: false };
  await readOptionSections(context, position, contents);

  const header = await openSection(context, contents.sections.get(OptionId.HeaderInfo), OptionId.HeaderInfo);
  const pageLayout = header && (await readPageLayout(header));
  if (contents.buffers.length === 0 && contents.hasText) return failure(latencyIssue(context.source.name));
  if (pageLayout === undefined)
    return failure(position < context.source.size ? damaged(context, position) : withoutIndex(context, position));
  const ftrace = await openSection(context, contents.sections.get(OptionId.FtraceEvents), OptionId.FtraceEvents);
  const systems = await openSection(context, contents.sections.get(OptionId.EventFormats), OptionId.EventFormats);
  const commands = await openSection(context, contents.sections.get(OptionId.CommandLines), OptionId.CommandLines);
  return success({
    littleEndian: context.littleEndian,
    pageLayout,
    events: [...(ftrace ? await readFtraceEvents(ftrace) : []), ...(systems ? await readEventSystems(systems) : [])],
    options: contents.options,
    compression: context.compression,
    buffers: contents.buffers,
    commandLines: commands ? await readCommandLines(commands) : '',
  });
}

async function readOptionSections(context: ReadContext, first: number, contents: Contents): Promise<void> {
  let position = first;
  for (let count = 0; position !== 0; count++) {
    const cursor = count < MOST_OPTION_SECTIONS ? await openSection(context, position, OptionId.Done) : undefined;
    const next = cursor && (await readOptions(context, cursor, contents));
    if (next === undefined) {
      // A recorder that was killed leaves the chain without its end: what came before it is still good.
      context.issues.add({
        code: 'trace-dat-options',
        severity: 'warning',
        message: 'the options of the file are cut or damaged: a part of its data may not be found',
        source: context.source.name,
        offset: position,
      });
      return;
    }
    position = next;
  }
}

/** Place of the next section of options, 0 where there is none; undefined where this one is damaged. */
async function readOptions(
  context: ReadContext,
  cursor: SourceCursor,
  contents: Contents,
): Promise<number | undefined> {
  for (;;) {
    const option = await readOption(cursor, true);
    if (option === undefined) return undefined;
    if (option.id === OptionId.Done) return optionCursor(option, context.littleEndian).u64();
    if (option.id === OptionId.Buffer) await readBuffer(context, option, contents);
    else if (option.id === OptionId.BufferText) contents.hasText = true;
    else if (isSectionPlace(option))
      contents.sections.set(option.id, await optionCursor(option, context.littleEndian).u64());
    else await applyOption(option, context.littleEndian, contents.options);
  }
}

function isSectionPlace(option: RawOption): boolean {
  const { HeaderInfo, FtraceEvents, EventFormats, CommandLines } = OptionId;
  return [HeaderInfo, FtraceEvents, EventFormats, CommandLines].some((id) => id === option.id);
}

async function readBuffer(context: ReadContext, option: RawOption, contents: Contents): Promise<void> {
  const cursor = optionCursor(option, context.littleEndian);
  const position = await cursor.u64();
  const name = await cursor.string();
  const clock = await cursor.string();
  const pageSize = await cursor.u32();
  const count = await cursor.u32();
  const cpus: CpuData[] = [];
  for (let index = 0; index < count && !cursor.ended; index++) {
    const cpu = { cpu: await cursor.u32(), offset: await cursor.u64(), size: await cursor.u64() };
    if (!cursor.ended) cpus.push(cpu);
  }
  const section = new SourceCursor(context.source, position, context.littleEndian);
  const id = await section.u16();
  const flags = await section.u16();
  if (cursor.ended || section.ended || id !== OptionId.Buffer || !isPageSize(pageSize)) {
    context.issues.add({
      code: 'trace-dat-buffer',
      severity: 'warning',
      message: `the buffer "${name}" of the file is cut or damaged and left out`,
      source: context.source.name,
      offset: position,
    });
    return;
  }
  const compressed = (flags & COMPRESSED_FLAG) !== 0;
  contents.buffers.push({ name, clock: clock === '' ? undefined : clock, pageSize, compressed, cpus });
}

/** A cursor over the contents of a section; undefined where it is not there or damaged. */
async function openSection(
  context: ReadContext,
  position: number | undefined,
  id: number,
): Promise<SourceCursor | undefined> {
  if (position === undefined) return undefined;
  const { source, littleEndian } = context;
  const header = new SourceCursor(source, position, littleEndian);
  const foundId = await header.u16();
  const flags = await header.u16();
  header.skip(4);
  const size = await header.u64();
  if (header.ended || foundId !== id) return undefined;
  if ((flags & COMPRESSED_FLAG) === 0) {
    const start = position + SECTION_HEADER_BYTES;
    return new SourceCursor(source, start, littleEndian, start + size);
  }
  const compressedSize = await header.u32();
  const wholeSize = await header.u32();
  const data = await header.bytes(compressedSize <= LARGEST_SECTION ? compressedSize : Infinity);
  if (header.ended || wholeSize > LARGEST_SECTION) return undefined;
  try {
    const whole = decompress(context.codecs, context.compression, data, wholeSize);
    return new SourceCursor(new MemorySource(whole), 0, littleEndian);
  } catch {
    return undefined;
  }
}

const damaged = ({ source: { name } }: ReadContext, offset: number): Issue => ({
  code: 'trace-dat-damaged',
  severity: 'error',
  message: `${name} is cut or damaged: the description of its pages cannot be read`,
  source: name,
  offset,
  hint: 'Copy the file again, or record again; a recorder that was killed leaves a file without its end.',
});

/** The head states where the first section of options is, which trace-cmd writes behind the data. */
const withoutIndex = ({ source: { name, size } }: ReadContext, position: number): Issue => ({
  code: 'trace-dat-damaged',
  severity: 'error',
  message: `${name} is a trace.dat of version 7 that lost its end: it has ${size} bytes, and the index of its data begins at ${position}. Without the index nothing in it can be found`,
  source: name,
  hint: 'Copy the file again, or record again. Of a cut file of version 6 (trace-cmd record --file-version 6) what is left can be read.',
});
