/** The decoding thread: waits for its task, opens a file, fills the ring with its records, and reports what else it learnt. */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { openRecording } from '../formats/open.js';
import { nodeCodecs } from './codecs.js';
import type { DecoderMessage, DecoderTask } from './decoder-messages.js';
import { openFile } from './file-source.js';
import { RingWriter } from './shared-batches.js';

const port = parentPort!;
const post = (message: DecoderMessage) => port.postMessage(message);

async function decode({ path, catalog, clockHz, ring }: DecoderTask): Promise<void> {
  const source = openFile(path);
  if (!source.ok) return post({ kind: 'failed', issue: source.issue });
  const opened = await openRecording(source.value, { catalog, codecs: nodeCodecs, ...(clockHz && { clockHz }) });
  if (!opened.ok) return post({ kind: 'failed', issue: opened.issue });
  const recording = opened.value;
  const { format, sources, clock, cycles, host, guests, originNs } = recording;
  const head = { format, sources, clock, host, guests, originNs };
  post({ kind: 'opened', head: cycles === undefined ? head : { ...head, cycles } });
  const writer = new RingWriter(ring);
  let started = false;
  const batches = recording.batches(writer.next)[Symbol.asyncIterator]();
  while (!(await batches.next()).done) {
    if (!started) post({ kind: 'started', firstNs: recording.totals.firstNs });
    started = true;
    writer.publish();
  }
  writer.end();
  const { issues, totals, threads } = recording;
  const tail = { issues: issues.list(), totals, threads: threads.entries(), processNames: threads.processNames() };
  post({ kind: 'ended', tail });
  source.value.close();
}

const [task] = (await once(port, 'message')) as [DecoderTask];
await decode(task);
