/**
 * trace-cmd's trace.dat, versions 6 and 7: the raw pages of the kernel's ring buffers, one stream per CPU, behind the
 * descriptions that it takes to read them. Layout: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 */
import type { ByteSource } from '../../base/byte-source.js';
import { failure, IssueLog, type Result } from '../../base/issue.js';
import type { Recording } from '../../recording/recording.js';
import type { Format, OpenOptions } from '../format.js';
import { openRecording } from './recording.js';
import { SourceCursor } from './source-cursor.js';
import { COMPRESSIONS, type ReadContext, type TraceFile } from './trace-file.js';
import { readVersion6 } from './version6.js';
import { readVersion7 } from './version7.js';

/** Three bytes that are no text, then "tracing". */
const MAGIC = [0x17, 0x08, 0x44, ...new TextEncoder().encode('tracing')];

export const traceDat: Format = {
  id: 'trace-dat',
  name: 'trace-cmd trace.dat, versions 6 and 7',
  example: 'trace-cmd record -e kvm -e sched -e irq -e irq_vectors -o trace.dat sleep 10',
  streams: false,
  sniff: (head) => (MAGIC.every((byte, index) => head[index] === byte) ? 1 : 0),
  open,
};

async function open(source: ByteSource, options: OpenOptions): Promise<Result<Recording>> {
  const issues = new IssueLog();
  const file = await readFile(source, options, issues);
  return file.ok ? openRecording(source, file.value, options, issues) : file;
}

async function readFile(source: ByteSource, options: OpenOptions, issues: IssueLog): Promise<Result<TraceFile>> {
  // Neither texts nor single bytes depend on the byte order, which is known only after them.
  const start = new SourceCursor(source, MAGIC.length, true);
  const version = await start.string(16);
  const isBigEndian = (await start.u8()) === 1;
  const littleEndian = !isBigEndian;
  start.skip(1); // bytes of a long in user space: the pages have the kernel's
  const cursor = new SourceCursor(source, start.position, littleEndian);
  const pageSize = await cursor.u32();
  if (start.ended || cursor.ended) return failure(cutInHead(source));
  if (version === '6') {
    const context: ReadContext = { source, codecs: options.codecs, issues, littleEndian, compression: 'none' };
    return readVersion6(context, cursor.position, pageSize);
  }
  if (version !== '7') return failure(unsupported(source, `version ${version}`));
  const name = await cursor.string(64);
  await cursor.string(64); // version of the compression library
  const optionsOffset = await cursor.u64();
  if (cursor.ended) return failure(cutInHead(source));
  const compression = COMPRESSIONS.find((known) => known === name);
  if (compression === undefined) return failure(unsupported(source, `compression "${name}"`));
  if (compression !== 'none') await options.codecs.prepare(compression);
  const context: ReadContext = { source, codecs: options.codecs, issues, littleEndian, compression };
  return readVersion7(context, optionsOffset);
}

function cutInHead(source: ByteSource) {
  return {
    code: 'trace-dat-damaged',
    severity: 'error',
    message: `${source.name} is cut: it ends after ${source.size} bytes, in the middle of its head`,
    source: source.name,
    offset: source.size,
    hint: 'Copy the file again, or record again.',
  } as const;
}

function unsupported(source: ByteSource, what: string) {
  return {
    code: 'trace-dat-unsupported',
    severity: 'error',
    message: `${source.name}: ${what} of trace.dat is not known here`,
    source: source.name,
    hint: 'Convert it: trace-cmd convert --file-version 7 --compression zlib -i FILE -o NEW.',
  } as const;
}
