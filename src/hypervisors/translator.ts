/**
 * The contract of a hypervisor: records → neutral events. One folder a hypervisor; `registry.ts` has one line for each.
 */
import type { DetailFormatter, ReasonTable } from '../recording/causes.js';
import type { EventBatch } from '../recording/event-batch.js';
import type { RecordBatch } from '../recording/record-batch.js';
import type { Recording } from '../recording/recording.js';
import type { TracepointCatalog } from '../recording/tracepoint.js';

/** A class of events that some accounts of the ledger depend on. */
export interface EventClass {
  readonly id: 'exits' | 'vmm' | 'scheduler' | 'wakeups' | 'interrupts' | 'halts';
  /** Whether any event of the class was seen. Final after the last batch. */
  readonly seen: boolean;
  /** What to record next time, as an option of the recorder, for example "-e sched:sched_switch". */
  readonly record: string;
}

export interface Translator {
  readonly hypervisor: string;
  readonly reasons: ReasonTable;
  readonly details: DetailFormatter;
  /** Appends at most EVENTS_PER_RECORD events per record to `events`, which has room for them. */
  translate(records: RecordBatch, events: EventBatch): void;
  /** For people: the code of a ToVmm event, for example "KVM_EXIT_IO". */
  vmmReason(code: number): string;
  /** For people: an interrupt of InterruptBegin, for example "softirq TIMER". */
  interruptName(index: number): string;
  eventClasses(): EventClass[];
}

export interface Hypervisor {
  readonly id: string;
  readonly name: string;
  readonly catalog: TracepointCatalog;
  createTranslator(recording: Recording): Translator;
}
