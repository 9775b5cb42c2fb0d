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
  /** Whether what the class tells was seen at all. Final after the last batch. */
  readonly seen: boolean;
  /** What was not seen of a class that was: empty where it is whole, or not there at all. */
  readonly missing: readonly MissingPart[];
  /** What to record for the whole class, as options of the recorder, for example "-e sched:sched_switch". */
  readonly record: string;
}

/** A part of a class without which its accounts are less sharp. */
export interface MissingPart {
  /**
   * `entries`: entries of the guest; `vmm-returns`: when a vCPU thread is back from its VMM; `interrupt-ends`: when
   * handlers end whose begins were recorded; `interrupt-sorts`: all of some sorts of handlers; `poll-limits`: how long
   * a halt may poll.
   */
  readonly part: 'entries' | 'vmm-returns' | 'interrupt-ends' | 'interrupt-sorts' | 'poll-limits';
  /** For people: which interrupts, for example "local timer". */
  readonly names: readonly string[];
  readonly record: string;
}

/** What else the user must know of the events of this hypervisor, with what they can do about it. */
export interface Remark {
  /** A warning lowers the quality of the data, an error by much, a note does not. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The processes of the machines that it is about (on Xen domains); of all where it is not there. */
  readonly processes?: readonly number[];
}

/** How often an interrupt of the host came in the whole recording. */
export interface InterruptCount {
  /** As interruptName gives it. */
  readonly name: string;
  /** Handlers of it that ran. */
  readonly count: number;
  /** Of these such as said that their device had not interrupted; 0 where that is not told. */
  readonly unhandled: number;
}

/** What the events of a recording mean. */
export interface Glossary {
  readonly hypervisor: string;
  /** Those of the events so far. */
  readonly reasons: ReasonTable;
  readonly details: DetailFormatter;
  /** For people: what a thread waited for, by the number of a Wake event; where its Wake events have any. */
  waitName?(state: number): string;
  /** For people: an interrupt of InterruptBegin, for example "softirq TIMER". */
  interruptName(index: number): string;
  eventClasses(): EventClass[];
  /** Final after the last batch; where the host tells them. */
  interruptCounts?(): InterruptCount[];
  /**
   * Final after the last batch.
   * @param isSwitchedOn whether the configurations of all machines are known and set this variable to "on"
   */
  remarks?(isSwitchedOn?: (variable: string) => boolean): Remark[];
}

/** Where one can work in another thread, `learnt` and `takeOver` let one here answer for it. */
export interface Translator extends Glossary {
  /** Appends at most EVENTS_PER_RECORD events per record to `events`, which has room for them. */
  translate(records: RecordBatch, events: EventBatch): void;
  /** After the last batch: all that a glossary rests on beside `reasons`, as plain data. */
  learnt?(): unknown;
  /** Answers from now on what another translator of the same recording would, which has learnt this. Reasons are added apart. */
  takeOver?(learnt: unknown): void;
}

/** A sentence with options of the recorders that write these formats. */
export type RecorderAdvice = (formats: readonly string[]) => string;

/** How to record better, as commands and options of the recorders of this hypervisor. */
export interface RecordingAdvice {
  /** All that is needed, in a sentence. */
  readonly everything: string;
  /** Against lost events. */
  readonly largerBuffers: RecorderAdvice;
  /** Against a clock that stands still, goes back or does not measure time; absent where recorders offer no other. */
  readonly steadyClock?: RecorderAdvice;
}

/** What numbers of exits can be: ARM's syndrome register ESR_EL2, exit reasons of Intel's VMX, exit codes of AMD's SVM. */
export const EXIT_CODES = ['esr', 'vmx', 'svm'] as const;
export type ExitCodes = (typeof EXIT_CODES)[number];

/** What the user says of a recording, because it does not say it itself. */
export interface Told {
  readonly exitCodes?: ExitCodes;
}

export interface Hypervisor {
  readonly id: string;
  readonly name: string;
  /** Identifiers of the formats that record it. */
  readonly formats: readonly string[];
  readonly catalog: TracepointCatalog;
  /** What its host calls a machine, where that is not a process: the number of it is what threads have as their process. */
  readonly machineWord?: string;
  readonly advice: RecordingAdvice;
  /** Whether its recordings may leave open what their exit codes are, so that it can be told. */
  readonly leavesExitCodesOpen: boolean;
  createTranslator(recording: Recording, told?: Told): Translator;
}
