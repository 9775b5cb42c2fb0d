/** Kernel traces of QNX as traceprinter prints them, with -n or without, in the styles of SDP 6.x, 7.x and 8.x. */
import type { ByteSource } from '../../base/byte-source.js';
import { failure, type Result, success } from '../../base/issue.js';
import type { Recording } from '../../recording/recording.js';
import type { Format, OpenOptions } from '../format.js';
import { isContinuation, PrintedLine } from './printed-line.js';
import { openPrinted } from './traceprinter-recording.js';

const HEADER = 'TRACEPRINTER version';
/** So many lines decide. */
const LINES = 200;
/** Longer than any line of traceprinter, so that one-line files are cheap to reject. */
const LONGEST = 4096;

export const traceprinter: Format = {
  id: 'traceprinter',
  name: "QNX kernel trace as text: traceprinter's output, SDP 6 to 8",
  example: 'traceprinter -n -f trace.kev > trace.txt',
  streams: true,
  sniff,
  open,
};

function sniff(head: Uint8Array): number {
  const text = new TextDecoder().decode(head);
  if (text.startsWith(HEADER)) return 0.99;
  if (head.includes(0)) return 0;
  const lines = text.split('\n', LINES + 1);
  // The last one may be cut.
  if (lines.length > 1) lines.pop();
  const line = new PrintedLine();
  let events = 0;
  let others = 0;
  for (const text of lines) {
    if (text.length <= LONGEST && line.parse(text)) events++;
    else if (!isContinuation(text)) others++;
  }
  return events === 0 ? 0 : (events / (events + others)) * 0.9;
}

async function open(source: ByteSource, options: OpenOptions): Promise<Result<Recording>> {
  const recording = await openPrinted(source, options);
  if (recording !== undefined) return success(recording);
  return failure({
    code: 'no-events',
    severity: 'error',
    message: `${source.name} has no line of the form "t:0x… CPU:00 CLASS :EVENT …".`,
    source: source.name,
    hint: 'Print the columns of time, CPU, class and event: traceprinter -n -f trace.kev.',
  });
}
