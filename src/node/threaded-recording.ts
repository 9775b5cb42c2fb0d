/**
 * A recording that another thread decodes, so that decoding and the ledger each have a CPU.
 *
 * Only for recordings whose records hold numbers alone: the symbols of text stay in the thread that met them.
 */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { failure, IssueLog, type Result, success } from '../base/issue.js';
import type { OpenOptions } from '../formats/format.js';
import type { CycleClock } from '../recording/cycles.js';
import { type BatchSupply, FIELD_SLOTS, type RecordBatch } from '../recording/record-batch.js';
import { type Recording, RecordingTotals } from '../recording/recording.js';
import { SymbolTable } from '../recording/symbols.js';
import { ThreadTable } from '../recording/threads.js';
import type { DecoderMessage, RecordingHead, RecordingTail } from './decoder-messages.js';
import { startDecoder } from './decoder-thread.js';
import { createRing, RingReader, type SharedRing } from './shared-batches.js';

/** How long to block for the next batch before looking whether the other thread still lives, milliseconds. */
const PATIENCE_MS = 50;

export async function openInThread(
  path: string,
  options: Pick<OpenOptions, 'catalog' | 'clockHz'>,
): Promise<Result<{ recording: Recording; close(): void }>> {
  const ring = createRing();
  const worker = startDecoder({ path, ring, ...options });
  const inbox = new Inbox(worker);
  const first = await inbox.receive();
  if (first.kind === 'failed') return failure(first.issue);
  if (first.kind !== 'opened') throw new Error(`the decoding thread began with "${first.kind}"`);
  return success({
    recording: new ThreadedRecording(first.head, ring, inbox),
    close: () => void worker.terminate(),
  });
}

/** Messages of the decoding thread in order; fails when the thread does. */
class Inbox {
  readonly #worker: Worker;
  readonly #messages: DecoderMessage[] = [];
  #error: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: DecoderMessage) => this.#messages.push(message));
    worker.on('error', (error) => {
      this.#error = error;
    });
  }

  async receive(): Promise<DecoderMessage> {
    while (this.#messages.length === 0) {
      this.check();
      await once(this.#worker, 'message');
    }
    return this.#messages.shift()!;
  }

  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}

class ThreadedRecording implements Recording {
  readonly format: string;
  readonly sources: Recording['sources'];
  readonly clock: Recording['clock'];
  readonly cycles?: CycleClock;
  readonly host: Recording['host'];
  readonly guests: Recording['guests'];
  readonly originNs: bigint;
  readonly threads = new ThreadTable();
  readonly symbols = new SymbolTable();
  readonly issues = new IssueLog();
  readonly totals = new RecordingTotals();
  readonly #reader: RingReader;
  readonly #inbox: Inbox;

  constructor(head: RecordingHead, ring: SharedRing, inbox: Inbox) {
    this.format = head.format;
    this.sources = head.sources;
    this.clock = head.clock;
    if (head.cycles !== undefined) this.cycles = head.cycles;
    this.host = head.host;
    this.guests = head.guests;
    this.originNs = head.originNs;
    this.#reader = new RingReader(ring);
    this.#inbox = inbox;
  }

  async *batches(supply?: BatchSupply): AsyncGenerator<RecordBatch> {
    let message = await this.#inbox.receive();
    if (message.kind === 'started') {
      this.totals.firstNs = message.firstNs;
      yield* this.#drain(supply);
      message = await this.#inbox.receive();
    }
    if (message.kind !== 'ended') throw new Error(`the decoding thread ended with "${message.kind}"`);
    this.#takeOver(message.tail);
  }

  async *#drain(supply?: BatchSupply): AsyncGenerator<RecordBatch> {
    for (;;) {
      const batch = this.#reader.next(PATIENCE_MS);
      if (batch === undefined) return;
      if (batch === 'late') {
        await new Promise(setImmediate);
        this.#inbox.check();
        continue;
      }
      yield supply === undefined ? batch : copied(batch, supply());
      this.#reader.release();
    }
  }

  #takeOver({ issues, totals, threads, processNames }: RecordingTail): void {
    Object.assign(this.totals, totals);
    for (const issue of issues) this.issues.add(issue);
    this.threads.addEntries(threads);
    for (const [process, name] of processNames) this.threads.setProcessName(process, name);
  }
}

function copied(from: RecordBatch, to: RecordBatch): RecordBatch {
  const { count } = from;
  to.time.set(from.time.subarray(0, count));
  to.pcpu.set(from.pcpu.subarray(0, count));
  to.thread.set(from.thread.subarray(0, count));
  to.kind.set(from.kind.subarray(0, count));
  to.fields.set(from.fields.subarray(0, count * FIELD_SLOTS));
  to.count = count;
  return to;
}
