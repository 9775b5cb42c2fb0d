/** The layout of version 6: everything one after the other, the places of the CPUs' data last. */
import { failure, type Result, success } from '../../base/issue.js';
import { isPageSize, readCommandLines, readEventSystems, readFtraceEvents, readPageLayout } from './descriptions.js';
import { applyOption, emptyOptions, OptionId, optionCursor, readOption, selectedClock } from './options.js';
import { SourceCursor } from './source-cursor.js';
import type { CpuData, Options, PageLayout, ReadContext, TraceBuffer, TraceFile } from './trace-file.js';

interface InstancePlace {
  readonly name: string;
  readonly offset: number;
}

/** Bytes of "options  ", "latency  " and "flyrecord" with their NUL. */
const KEYWORD_BYTES = 10;
/** Place and size of the data of one CPU. */
const CPU_ENTRY_BYTES = 16;

/** `position` is behind the page size, where the descriptions begin. */
export async function readVersion6(
  context: ReadContext,
  position: number,
  filePageSize: number,
): Promise<Result<TraceFile>> {
  const { source, littleEndian } = context;
  const cursor = new SourceCursor(source, position, littleEndian);
  const pageLayout = await readPageLayout(cursor);
  if (pageLayout === undefined) return damaged(context, cursor, 'the description of its pages');
  const events = [...(await readFtraceEvents(cursor)), ...(await readEventSystems(cursor))];
  cursor.skip(await cursor.u32()); // kallsyms
  cursor.skip(await cursor.u32()); // formats of trace_printk
  const commandLines = await readCommandLines(cursor);
  const cpuCount = await cursor.u32();
  if (cursor.ended) return damaged(context, cursor, 'its header');

  const options = emptyOptions();
  const instances: InstancePlace[] = [];
  const top = await readBuffer(context, cursor, '', cpuCount, pageSize(filePageSize, pageLayout), options, instances);
  if (!top.ok) return top;
  const buffers = [top.value];
  for (const instance of instances) {
    const instanceCursor = new SourceCursor(source, instance.offset, littleEndian);
    const ownOptions = emptyOptions();
    const count = options.cpuCount ?? cpuCount;
    const buffer = await readBuffer(context, instanceCursor, instance.name, count, top.value.pageSize, ownOptions, []);
    if (buffer.ok) buffers.push(buffer.value);
    else context.issues.add({ ...buffer.issue, severity: 'warning' });
  }
  return success({ littleEndian, pageLayout, events, options, compression: 'none', buffers, commandLines });
}

/** The file states the page size of the machine; larger sub-buffers show in the description only. */
function pageSize(filePageSize: number, layout: PageLayout): number {
  return isPageSize(filePageSize) ? Math.max(filePageSize, layout.pageSize) : layout.pageSize;
}

async function readBuffer(
  context: ReadContext,
  cursor: SourceCursor,
  name: string,
  cpuCount: number,
  pageSize: number,
  options: Options,
  instances: InstancePlace[],
): Promise<Result<TraceBuffer>> {
  let keyword = await readKeyword(cursor);
  if (keyword === 'options') {
    await readOptions(cursor, context.littleEndian, options, instances);
    keyword = await readKeyword(cursor);
  }
  if (keyword === 'latency') return failure(latencyIssue(context.source.name));
  if (keyword !== 'flyrecord') return damaged(context, cursor, 'the start of its data');
  const cpus = await readCpuTable(cursor, options.cpuCount ?? cpuCount);
  if (cpus === undefined) return damaged(context, cursor, 'the table of its CPUs');
  const clock = await readClock(cursor);
  return success({ name, clock: clock ?? options.clock, pageSize, compressed: false, cpus });
}

async function readKeyword(cursor: SourceCursor): Promise<string> {
  const text = await cursor.text(KEYWORD_BYTES);
  return text.replace(/[ \0]+$/, '');
}

async function readOptions(
  cursor: SourceCursor,
  littleEndian: boolean,
  options: Options,
  instances: InstancePlace[],
): Promise<void> {
  for (;;) {
    const option = await readOption(cursor, false);
    if (option === undefined || option.id === OptionId.Done) return;
    if (option.id === OptionId.Buffer) {
      const data = optionCursor(option, littleEndian);
      const offset = await data.u64();
      const name = await data.string();
      if (!data.ended) instances.push({ name, offset });
    } else {
      await applyOption(option, littleEndian, options);
    }
  }
}

async function readCpuTable(cursor: SourceCursor, count: number): Promise<CpuData[] | undefined> {
  if (count * CPU_ENTRY_BYTES > cursor.remaining) return undefined;
  const cpus: CpuData[] = [];
  for (let cpu = 0; cpu < count; cpu++) cpus.push({ cpu, offset: await cursor.u64(), size: await cursor.u64() });
  return cursor.ended ? undefined : cpus;
}

/** The `trace_clock` file behind the table, as newer recorders write it; older ones have zeros (padding) there. */
async function readClock(cursor: SourceCursor): Promise<string | undefined> {
  const size = await cursor.u64();
  return size > 0 && size < 4096 ? selectedClock(await cursor.text(size)) : undefined;
}

export function latencyIssue(source: string) {
  return {
    code: 'trace-dat-latency',
    severity: 'error',
    message: `${source} holds the text of a latency tracer, not events`,
    source,
    hint: 'Record events instead: trace-cmd record -e kvm -e sched -e irq -e irq_vectors.',
  } as const;
}

function damaged(context: ReadContext, cursor: SourceCursor, what: string): Result<never> {
  return failure({
    code: 'trace-dat-damaged',
    severity: 'error',
    message: `${context.source.name} is cut or damaged: ${what} cannot be read`,
    source: context.source.name,
    offset: cursor.position,
    hint: 'Copy the file again, or record again.',
  });
}
