/** The kernel's `trace` and `trace_pipe` files, and the output of `trace-cmd report`. */
import type { Format } from '../format.js';
import { shareOfEvents } from '../text/sniff.js';
import type { TextFormat } from '../text/syntax.js';
import { openText } from '../text/text-recording.js';
import { FtraceSyntax } from './syntax.js';

const FORMAT: TextFormat = {
  id: 'ftrace-text',
  shape: '"name-tid [cpu] time: event: …"',
  createSyntax: () => new FtraceSyntax(),
};

const HEADER = '# tracer:';

export const ftraceText: Format = {
  id: FORMAT.id,
  name: "ftrace text: the kernel's trace file, or trace-cmd report",
  example: 'cat /sys/kernel/tracing/trace > trace.txt',
  streams: true,
  sniff(head) {
    const share = shareOfEvents(head, new FtraceSyntax());
    const start = new TextDecoder().decode(head.subarray(0, HEADER.length));
    return start === HEADER ? 0.99 : share * 0.9;
  },
  open: (source, options) => openText(source, options, FORMAT),
};
