/** The neutral events of a recording, made here or by whoever reads it. */
import { EVENTS_PER_RECORD, EventBatch } from '../recording/event-batch.js';
import { BATCH_ROWS, type RecordBatch } from '../recording/record-batch.js';
import type { Recording } from '../recording/recording.js';
import type { Glossary, Hypervisor, Told, Translator } from './translator.js';

/** What became of one batch of records. */
export interface TranslatedBatch {
  readonly events: EventBatch;
  /** How many records it were. */
  readonly recordCount: number;
  /** They themselves, where they are at hand. */
  readonly records: RecordBatch | undefined;
}

export interface Translation {
  readonly glossary: Glossary;
  /** All events in the order of time, once. A batch is valid until the next one is asked for. */
  batches(): AsyncIterable<TranslatedBatch>;
}

/** A recording that can be translated where it is read, in another thread: records themselves then stay there. */
export interface TranslatingRecording extends Recording {
  /** In place of `batches`. Undefined where translators of this hypervisor cannot work apart. */
  translation(hypervisor: Hypervisor, told: Told): Translation | undefined;
}

const isTranslating = (recording: Recording): recording is TranslatingRecording => 'translation' in recording;

/** @param needsRecords whether the records of each batch are asked for, too */
export function translationOf(
  recording: Recording,
  hypervisor: Hypervisor,
  told: Told,
  needsRecords: boolean,
): Translation {
  const elsewhere = !needsRecords && isTranslating(recording) ? recording.translation(hypervisor, told) : undefined;
  if (elsewhere !== undefined) return elsewhere;
  const translator = hypervisor.createTranslator(recording, told);
  return { glossary: translator, batches: () => translated(recording, translator) };
}

async function* translated(recording: Recording, translator: Translator): AsyncGenerator<TranslatedBatch> {
  const events = new EventBatch(BATCH_ROWS * EVENTS_PER_RECORD);
  for await (const records of recording.batches()) {
    events.count = 0;
    translator.translate(records, events);
    yield { events, records, recordCount: records.count };
  }
}
