/**
 * A recording that another thread decodes, and translates where that is enough, so that it and the ledger each have a CPU.
 *
 * Only for recordings whose records hold numbers alone: the symbols of text stay in the thread that met them.
 */
import { failure, IssueLog, type Result, success } from '../base/issue.js';
import { HYPERVISORS } from '../hypervisors/registry.js';
import type { TranslatedBatch, TranslatingRecording, Translation } from '../hypervisors/translation.js';
import type { Hypervisor, Told, Translator } from '../hypervisors/translator.js';
import type { CycleClock } from '../recording/cycles.js';
import { InterruptNames } from '../recording/interrupt-names.js';
import { type BatchSupply, FIELD_SLOTS, type RecordBatch } from '../recording/record-batch.js';
import { type Recording, RecordingTotals } from '../recording/recording.js';
import { SymbolTable } from '../recording/symbols.js';
import { ThreadTable } from '../recording/threads.js';
import type { DecoderTask, RecordingHead, RecordingTail } from './decoder-messages.js';
import { type DecoderThread, startDecoder } from './decoder-thread.js';
import { createEventRing, createRecordRing, eventBatchesOf, recordBatchesOf } from './shared-batches.js';
import { RingReader, type SharedBatch } from './shared-ring.js';

/** How long to block for the next batch before looking whether the other thread still lives, milliseconds. */
const PATIENCE_MS = 50;

export async function openInThread(
  path: string,
  options: Omit<DecoderTask, 'path'>,
): Promise<Result<{ recording: Recording; close(): void }>> {
  const decoder = startDecoder({ path, ...options });
  const first = await decoder.receive();
  if (first.kind === 'failed') return failure(first.issue);
  if (first.kind !== 'opened') throw new Error(`the decoding thread began with "${first.kind}"`);
  return success({
    recording: new ThreadedRecording(first.head, decoder),
    close: () => decoder.stop(),
  });
}

class ThreadedRecording implements TranslatingRecording {
  readonly format: string;
  readonly sources: Recording['sources'];
  readonly clock: Recording['clock'];
  readonly cycles?: CycleClock;
  readonly host: Recording['host'];
  readonly guests: Recording['guests'];
  readonly originNs: bigint;
  readonly threads = new ThreadTable();
  readonly interruptNames = new InterruptNames();
  readonly symbols = new SymbolTable();
  readonly issues = new IssueLog();
  readonly totals = new RecordingTotals();
  readonly #decoder: DecoderThread;

  constructor(head: RecordingHead, decoder: DecoderThread) {
    this.format = head.format;
    this.sources = head.sources;
    this.clock = head.clock;
    if (head.cycles !== undefined) this.cycles = head.cycles;
    this.host = head.host;
    this.guests = head.guests;
    this.originNs = head.originNs;
    this.#decoder = decoder;
  }

  async *batches(supply?: BatchSupply): AsyncGenerator<RecordBatch> {
    const ring = createRecordRing();
    this.#decoder.order({ kind: 'records', ring });
    for await (const batch of this.#read(new RingReader(ring, recordBatchesOf(ring)))) {
      yield supply === undefined ? batch : copied(batch, supply());
    }
  }

  translation(hypervisor: Hypervisor, told: Told): Translation | undefined {
    if (!HYPERVISORS.includes(hypervisor)) return undefined;
    const glossary = hypervisor.createTranslator(this, told);
    if (glossary.takeOver === undefined) return undefined;
    return { glossary, batches: () => this.#translated(hypervisor, told, glossary) };
  }

  /** @param glossary a translator that takes over what the one in the other thread learns */
  async *#translated(hypervisor: Hypervisor, told: Told, glossary: Translator): AsyncGenerator<TranslatedBatch> {
    const ring = createEventRing();
    this.#decoder.order({ kind: 'events', ring, hypervisor: hypervisor.id, told });
    for await (const events of this.#read(new RingReader(ring, eventBatchesOf(ring)), glossary)) {
      while (glossary.reasons.list.length < events.reasonCount) await this.#addReasons(glossary);
      yield { events, recordCount: events.recordCount, records: undefined };
    }
  }

  /** All that is in the ring until the decoder ends. */
  async *#read<Batch extends SharedBatch>(reader: RingReader<Batch>, glossary?: Translator): AsyncGenerator<Batch> {
    let message = await this.#decoder.receive();
    if (message.kind === 'started') {
      this.totals.firstNs = message.firstNs;
      yield* this.#drain(reader);
      message = await this.#decoder.receive();
    }
    if (message.kind !== 'ended') throw new Error(`the decoding thread ended with "${message.kind}"`);
    this.#takeOver(message.tail);
    glossary?.takeOver?.(message.learnt);
  }

  async *#drain<Batch extends SharedBatch>(reader: RingReader<Batch>): AsyncGenerator<Batch> {
    for (;;) {
      const batch = reader.next(PATIENCE_MS);
      if (batch === undefined) return;
      if (batch === 'late') {
        await new Promise(setImmediate);
        this.#decoder.check();
        continue;
      }
      yield batch;
      reader.release();
    }
  }

  async #addReasons({ reasons }: Translator): Promise<void> {
    const message = await this.#decoder.receive();
    if (message.kind !== 'reasons') throw new Error(`the decoding thread told "${message.kind}" in place of reasons`);
    for (const { reason, mayBeHalt } of message.rows) {
      if (mayBeHalt) reasons.addUnclear(reason);
      else reasons.add(reason);
    }
  }

  #takeOver({ issues, totals, threads, interruptNames, processNames }: RecordingTail): void {
    Object.assign(this.totals, totals);
    for (const issue of issues) this.issues.add(issue);
    this.threads.addEntries(threads);
    this.interruptNames.addEntries(interruptNames);
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
