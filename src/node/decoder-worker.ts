/**
 * The decoding thread: waits for its task, opens a file, and is told what is wanted of it; then it fills the ring with its
 * records, or with the events that they mean, and reports what else it learnt.
 */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { type Result, success } from '../base/issue.js';
import { detectFormat } from '../formats/open.js';
import { HYPERVISORS, hypervisorOf } from '../hypervisors/registry.js';
import type { Translator } from '../hypervisors/translator.js';
import type { Recording } from '../recording/recording.js';
import { nodeCodecs } from './codecs.js';
import type { DecoderData, DecoderMessage, DecoderOrder, DecoderTask, RecordingTail } from './decoder-messages.js';
import { type FileSource, openFile } from './file-source.js';
import { eventBatchesOf, recordBatchesOf } from './shared-batches.js';
import { RingWriter } from './shared-ring.js';

const port = parentPort!;
const post = (message: DecoderMessage) => port.postMessage(message);
const receive = async <T>(): Promise<T> => ((await once(port, 'message')) as [T])[0];

interface OpenedFile {
  readonly recording: Recording;
  readonly file: FileSource;
}

async function open({ path, catalog, clockHz }: DecoderTask): Promise<Result<OpenedFile>> {
  const file = openFile(path);
  if (!file.ok) return file;
  const format = await detectFormat(file.value);
  const recording = format.ok
    ? await format.value.open(file.value, {
        catalog: catalog ?? hypervisorOf(format.value.id).catalog,
        codecs: nodeCodecs,
        ...(clockHz !== undefined && { clockHz }),
      })
    : format;
  if (recording.ok) return success({ recording: recording.value, file: file.value });
  file.value.close();
  return recording;
}

/** What the foretold task would have opened is what this one opens. */
const isAsForetold = ({ path, catalog, clockHz }: DecoderTask, { foretold }: DecoderData): boolean =>
  path === foretold && catalog === undefined && clockHz === undefined;

async function decode(task: DecoderTask, opening: Promise<Result<OpenedFile>>): Promise<void> {
  const opened = await opening;
  if (!opened.ok) return post({ kind: 'failed', issue: opened.issue });
  const { recording, file } = opened.value;
  if (task.meter !== undefined) file.countBy(task.meter);
  const { format, sources, clock, cycles, host, guests, originNs } = recording;
  const head = { format, sources, clock, host, guests, originNs };
  post({ kind: 'opened', head: cycles === undefined ? head : { ...head, cycles } });
  const order = await receive<DecoderOrder>();
  if (order.kind === 'records') await handOverRecords(recording, order);
  else await handOverEvents(recording, order);
  file.close();
}

async function handOverRecords(recording: Recording, { ring }: DecoderOrder): Promise<void> {
  const writer = new RingWriter(ring, recordBatchesOf(ring));
  let hasStarted = false;
  const batches = recording.batches(writer.next)[Symbol.asyncIterator]();
  while (!(await batches.next()).done) {
    if (!hasStarted) post({ kind: 'started', firstNs: recording.totals.firstNs });
    hasStarted = true;
    writer.publish();
  }
  writer.end();
  post({ kind: 'ended', tail: tailOf(recording) });
}

async function handOverEvents(
  recording: Recording,
  { ring, hypervisor, told }: Extract<DecoderOrder, { kind: 'events' }>,
): Promise<void> {
  const translator = HYPERVISORS.find(({ id }) => id === hypervisor)!.createTranslator(recording, told);
  const writer = new RingWriter(ring, eventBatchesOf(ring));
  let hasStarted = false;
  let reasonsTold = 0;
  for await (const records of recording.batches()) {
    if (!hasStarted) post({ kind: 'started', firstNs: recording.totals.firstNs });
    hasStarted = true;
    const events = writer.next();
    translator.translate(records, events);
    reasonsTold = tellReasons(translator, reasonsTold);
    events.tell(records.count, reasonsTold);
    writer.publish();
  }
  writer.end();
  post({ kind: 'ended', tail: tailOf(recording), learnt: translator.learnt?.() });
}

/** @returns how many reasons have been told now, when `told` had been before */
function tellReasons({ reasons }: Translator, told: number): number {
  const { list } = reasons;
  if (list.length === told) return told;
  const rows = list.slice(told).map((reason, index) => ({ reason, mayBeHalt: reasons.mayBeHalt(told + index) }));
  post({ kind: 'reasons', rows });
  return list.length;
}

const tailOf = ({ issues, totals, threads, interruptNames }: Recording): RecordingTail => ({
  issues: issues.list(),
  totals,
  threads: threads.entries(),
  interruptNames: interruptNames?.entries() ?? [],
  processNames: threads.processNames(),
});

async function work(data: DecoderData): Promise<void> {
  const foretold = data.foretold === undefined ? undefined : open({ path: data.foretold });
  // If that is not the task, nobody wants to know what went wrong with it.
  foretold?.catch(() => {});
  const task = await receive<DecoderTask>();
  if (foretold !== undefined && isAsForetold(task, data)) return decode(task, foretold);
  void foretold?.then((opened) => opened.ok && opened.value.file.close());
  await decode(task, open(task));
}

void work(workerData as DecoderData);
