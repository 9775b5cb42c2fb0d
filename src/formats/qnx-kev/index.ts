/** Kernel traces of QNX as tracelogger writes them, from SDP 6.x, 7.x and 8.x. */
import { type ByteSource, STREAM_HEAD } from '../../base/byte-source.js';
import { failure, IssueLog, type Result, success } from '../../base/issue.js';
import type { Recording } from '../../recording/recording.js';
import type { Format, OpenOptions } from '../format.js';
import { traceSettings } from '../qnx/trace-header.js';
import { HEADER_BEGIN, readHeader } from './header.js';
import { KevRecording } from './kev-recording.js';
import { readSyspage } from './syspage.js';

export const qnxKev: Format = {
  id: 'qnx-kev',
  name: 'QNX kernel trace (.kev), SDP 6 to 8',
  example: 'tracelogger -w -s 10 -F1 -F6 -f trace.kev',
  streams: true,
  sniff: (head) => (new TextDecoder('latin1').decode(head.subarray(0, HEADER_BEGIN.length)) === HEADER_BEGIN ? 1 : 0),
  open,
};

async function open(source: ByteSource, options: OpenOptions): Promise<Result<Recording>> {
  const issues = new IssueLog();
  const header = readHeader(await source.read(0, STREAM_HEAD));
  if (header === undefined) {
    return failure({
      code: 'kev-no-header',
      severity: 'error',
      message: `${source.name} begins like a QNX kernel trace, but its header has no end`,
      source: source.name,
      offset: 0,
      hint: 'The file is damaged or was cut: copy it again, or record again.',
    });
  }
  const page = await source.read(header.syspageStart, header.syspageBytes);
  const { cyclesPerSecond, globalClock, host } = readSyspage(page, header.littleEndian);
  const about = { source: source.name, issues, clockHz: options.clockHz, syspageHz: cyclesPerSecond };
  const settings = traceSettings(header.attributes, about, host);
  const recording = new KevRecording(source, header, settings, globalClock, options, issues);
  await recording.prepare();
  return success(recording);
}
