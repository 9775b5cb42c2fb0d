/** One stream per buffer and CPU, with what they may take of memory and of the file. */
import { CpuStream } from './cpu-stream.js';
import { CompressedBlocks, PlainBlocks } from './page-blocks.js';
import type { CpuData, ReadContext, TraceBuffer } from './trace-file.js';

/** What all blocks of pages together may take. */
const BLOCK_BUDGET = 64 * 1024 * 1024;
/** More at once does not make reading faster. */
const LARGEST_BLOCK = 256 * 1024;
/** trace-cmd compresses ten pages at a time. */
const MOST_PAGES_PER_CHUNK = 16;
/** The kernel's CONFIG_NR_CPUS goes up to 8192. */
const MOST_CPUS = 8192;
/** One page of each CPU is held decoded: 1024 CPUs with the largest pages, or 8192 with pages of 128 KiB. */
const LARGEST_PAGE_SUM = 1024 * 1024 * 1024;

/** Buffers whose data cannot be read, or not together with the rest, are left out with an issue. */
export function openStreams(
  context: ReadContext,
  buffers: readonly TraceBuffer[],
  fileClock: string | undefined,
  clockName: string,
): CpuStream[] {
  const usable = buffers.filter((buffer) =>
    isUsable(context, buffer, buffer.clock ?? fileClock ?? clockName, clockName),
  );
  const regions = new Regions(context, usable);
  const count = usable.reduce((sum, buffer) => sum + buffer.cpus.length, 0);
  return usable.flatMap((buffer) => openBuffer(context, buffer, regions, BLOCK_BUDGET / Math.max(1, count)));
}

function isUsable(context: ReadContext, buffer: TraceBuffer, clock: string, clockName: string): boolean {
  const source = context.source.name;
  if (clock !== clockName) {
    // Times of two clocks cannot be put in one order.
    context.issues.add({
      code: 'trace-dat-instance-clock',
      severity: 'warning',
      message: `the buffer "${buffer.name}" runs on the clock ${clock}, the recording on ${clockName}: it is left out`,
      source,
      hint: 'Record all instances with the same clock (-C).',
    });
    return false;
  }
  const { cpus, pageSize } = buffer;
  if (cpus.length <= MOST_CPUS && cpus.length * pageSize <= LARGEST_PAGE_SUM) return true;
  context.issues.add({
    code: 'trace-dat-buffer',
    severity: 'warning',
    message: `the buffer "${buffer.name}" states ${cpus.length} CPUs with pages of ${pageSize} bytes: it is damaged and left out`,
    source,
  });
  return false;
}

function openBuffer(context: ReadContext, buffer: TraceBuffer, regions: Regions, budget: number): CpuStream[] {
  const { pageSize, compressed } = buffer;
  const streams: CpuStream[] = [];
  for (const data of buffer.cpus) {
    if (data.size === 0) continue;
    const end = regions.endOf(data);
    if (end === undefined) {
      context.issues.add({
        code: 'trace-dat-damaged',
        severity: 'warning',
        message: `CPU ${data.cpu}: its data lie inside those of another CPU; they are left out`,
        source: context.source.name,
        offset: data.offset,
      });
      continue;
    }
    const blocks = compressed
      ? new CompressedBlocks(context, data.offset, end, pageSize, Math.max(budget, MOST_PAGES_PER_CHUNK * pageSize))
      : new PlainBlocks(context.source, data, pageSize, Math.min(budget, LARGEST_BLOCK));
    streams.push(new CpuStream(data.cpu, pageSize, blocks, context.issues, context.source.name));
  }
  return streams;
}

/** Which part of the file is whose. Every byte belongs to one CPU, so that work grows with the file only. */
class Regions {
  readonly #ends = new Map<CpuData, number>();

  constructor(context: ReadContext, buffers: readonly TraceBuffer[]) {
    const all = buffers.flatMap((buffer) => buffer.cpus.map((data) => ({ data, compressed: buffer.compressed })));
    const sorted = all.filter(({ data }) => data.size > 0).sort((a, b) => a.data.offset - b.data.offset);
    let taken = 0;
    for (const [index, { data, compressed }] of sorted.entries()) {
      if (data.offset < taken) continue;
      // The size that is stated for compressed data leaves out the headers of the chunks: the next data bound them.
      const next = sorted[index + 1]?.data.offset ?? Number.POSITIVE_INFINITY;
      const end = Math.min(compressed ? next : data.offset + data.size, context.source.size);
      this.#ends.set(data, end);
      taken = compressed ? data.offset + 1 : end;
    }
  }

  endOf(data: CpuData): number | undefined {
    return this.#ends.get(data);
  }
}
