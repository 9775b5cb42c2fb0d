/** Traces of the Xen hypervisor as xentrace writes them. */
import type { ByteSource } from '../../base/byte-source.js';
import { type Result, success } from '../../base/issue.js';
import type { Recording } from '../../recording/recording.js';
import type { Format, OpenOptions } from '../format.js';
import {
  CPU_CHANGE_HEADER,
  CPU_CHANGE_WORDS,
  EVENT_MASK,
  indexOfEvent,
  MOST_PCPUS,
  WORD_BYTES,
  wordsOfRecord,
} from './record-words.js';
import { XentraceRecording } from './xentrace-recording.js';

export const xentrace: Format = {
  id: 'xentrace',
  name: 'Xen trace (xentrace), Xen 4.x',
  example: 'xentrace -D -e all -T 10 trace.xen',
  streams: true,
  sniff,
  open: async (source: ByteSource, options: OpenOptions): Promise<Result<Recording>> =>
    success(await XentraceRecording.open(source, options)),
};

/** The file has no name of its own in it: its first record must be a change of pCPU, and what follows must be records. */
function sniff(head: Uint8Array): number {
  if (head.length < CPU_CHANGE_WORDS * WORD_BYTES) return 0;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const word = (index: number): number => view.getUint32(index * WORD_BYTES, true);
  const bytes = word(2);
  if (word(0) !== CPU_CHANGE_HEADER || word(1) >= MOST_PCPUS || bytes % WORD_BYTES !== 0) return 0;
  const end = Math.min(Math.floor(head.length / WORD_BYTES), CPU_CHANGE_WORDS + bytes / WORD_BYTES);
  for (let at = CPU_CHANGE_WORDS; at < end; at += wordsOfRecord(word(at))) {
    // A damaged record further on does not make it another format.
    if (indexOfEvent(word(at) & EVENT_MASK) < 0) return at > CPU_CHANGE_WORDS ? 0.9 : 0.6;
  }
  return 1;
}
