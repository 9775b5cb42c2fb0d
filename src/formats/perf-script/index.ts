/**
 * The output of `perf script` in its default form.
 *
 * Without one of its options for guests, perf script leaves out events that hit while a CPU was in guest mode
 * (softirqs and wake-ups right after an exit), without a word.
 */
import type { Format } from '../format.js';
import { shareOfEvents } from '../text/sniff.js';
import type { TextFormat } from '../text/syntax.js';
import { openText } from '../text/text-recording.js';
import { PerfScriptSyntax } from './syntax.js';

const FORMAT: TextFormat = {
  id: 'perf-script',
  shape: '"name tid [cpu] time: system:event: …"',
  createSyntax: () => new PerfScriptSyntax(),
};

export const perfScript: Format = {
  id: FORMAT.id,
  name: 'output of perf script',
  example: 'perf script --guest-code --show-lost-events -i perf.data > perf.txt',
  streams: true,
  sniff: (head) => shareOfEvents(head, new PerfScriptSyntax()) * 0.9,
  open: (source, options) => openText(source, options, FORMAT),
};
