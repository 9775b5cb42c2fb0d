/** Kernel traces of QNX as tracelogger writes them, from SDP 6.x, 7.x and 8.x. */
import { type ByteSource, STREAM_HEAD } from '../../base/byte-source.js';
import { failure, IssueLog, type Result, success } from '../../base/issue.js';
import type { Recording } from '../../recording/recording.js';
import type { Format, OpenOptions } from '../format.js';
import { ControlEvent, EVENT_BYTES, eventKey, KEY_MASK, TraceClass } from '../qnx/trace-classes.js';
import { traceSettings } from '../qnx/trace-header.js';
import { EVENT_WORDS, eventWords } from './event-words.js';
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

/** Buffers are much shorter. */
const SEARCHED_BYTES = 1 << 16;
const BUFFER_END = eventKey(TraceClass.Control, ControlEvent.BufferEnd);

/** Only from 8.0 on buffers have an end. */
function hasBufferEnds(head: Uint32Array): boolean {
  for (let at = 0; at < head.length; at += EVENT_WORDS) if ((head[at] & KEY_MASK) === BUFFER_END) return true;
  return false;
}

async function open(source: ByteSource, options: OpenOptions): Promise<Result<Recording>> {
  const issues = new IssueLog();
  const header = readHeader(await source.read(0, STREAM_HEAD), source.size);
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
  for (const issue of header.issues) issues.add({ ...issue, source: source.name });
  const page = await source.read(header.syspageStart, header.syspageBytes);
  const { cyclesPerSecond, globalClock, host } = readSyspage(page, header.littleEndian);
  const bytes = await source.read(header.eventsStart, SEARCHED_BYTES);
  const head = eventWords(bytes.subarray(0, bytes.length - (bytes.length % EVENT_BYTES)), header.littleEndian);
  const likelyRelease = hasBufferEnds(head) ? 8 : 7;
  const { clockHz } = options;
  const about = { source: source.name, issues, clockHz, syspageHz: cyclesPerSecond, likelyRelease } as const;
  const settings = traceSettings(header.attributes, about, host);
  const recording = new KevRecording({ source, header, settings, globalClock, head, issues }, options);
  await recording.prepare();
  return success(recording);
}
