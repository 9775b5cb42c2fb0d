/** Records of a QNX host with the hypervisor → neutral events. */
import { THREAD_STATES } from '../../formats/qnx/thread-states.js';
import type { ReasonTable } from '../../recording/causes.js';
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { Recording } from '../../recording/recording.js';
import type { EventClass, Remark, Told, Translator } from '../translator.js';
import { QnxDetails } from './details.js';
import { eventClasses, type StateChanges } from './event-classes.js';
import { ExitReasons } from './exit-reasons.js';
import { GuestVisits } from './guest-visits.js';
import type { Handler, Handlers } from './handler.js';
import { HostSigns } from './host-signs.js';
import { HostInterrupts, hostInterruptName } from './interrupts.js';
import { Partitions } from './partitions.js';
import { type RemarkedTrace, remarks } from './remarks.js';
import { isChange, ThreadActivity } from './thread-activity.js';
import { kindOf, type TraceEventName } from './trace-events.js';
import { VcpuThreads } from './vcpu-threads.js';

const RECORD_KINDS = 256;

/** What of a recording the translator needs. */
export type TranslatedRecording = Pick<Recording, 'host' | 'cycles' | 'threads'>;

/** What the answers of a translator rest on, beside its reasons: plain data. */
interface Learnt extends StateChanges {
  /** By record kind. */
  readonly seen: Uint8Array;
  readonly interruptNumbers: readonly number[];
  readonly trace: Omit<RemarkedTrace, 'isSwitchedOn' | 'has' | 'host' | 'threads' | 'toldCodes'>;
}

export class QnxTranslator implements Translator {
  readonly hypervisor = 'qnx';
  readonly reasons: ReasonTable;
  readonly details = new QnxDetails();
  readonly #recording: TranslatedRecording;
  readonly #threads = new VcpuThreads();
  readonly #visits: GuestVisits;
  readonly #activity: ThreadActivity;
  readonly #interrupts = new HostInterrupts();
  readonly #partitions = new Partitions();
  readonly #signs: HostSigns;
  readonly #exitReasons: ExitReasons;
  readonly #handlers: (Handler | undefined)[];
  /** By record kind. */
  readonly #seen = new Uint8Array(RECORD_KINDS);

  readonly #told: Told;
  #takenOver: Learnt | undefined;

  constructor(recording: TranslatedRecording, told: Told = {}) {
    this.#recording = recording;
    this.#told = told;
    this.#activity = new ThreadActivity(recording.threads);
    this.#signs = new HostSigns(recording.threads);
    this.#exitReasons = new ExitReasons(recording.host, told.exitCodes);
    this.reasons = this.#exitReasons.table;
    this.#visits = new GuestVisits(recording, this.#exitReasons, this.#threads);
    const enter = this.#visits.handlers['QVM:GUEST_ENTER'];
    this.#handlers = byKind({
      ...this.#partitions.handlers,
      ...this.#signs.handlers,
      ...this.#visits.handlers,
      ...this.#interrupts.handlers,
      'THREAD:STATE': (records, row, events) => {
        if (isChange(records, row)) this.#visits.nameThreads(records.time[row], records.pcpu[row], events);
        this.#partitions.change(records, row, events);
        this.#activity.change(records, row, events);
      },
      'QVM:GUEST_ENTER': (records, row, events) => {
        this.#loseSwitchBefore(records, row, events);
        enter?.(records, row, events);
        this.#partitions.tell(records, row, events);
      },
    });
    this.#handlers[LOSS_RECORD] = this.#lose;
  }

  translate(records: RecordBatch, events: EventBatch): void {
    const handlers = this.#handlers;
    const seen = this.#seen;
    for (let row = 0; row < records.count; row++) {
      const kind = records.kind[row];
      seen[kind] = 1;
      const handler = handlers[kind];
      if (handler !== undefined) handler(records, row, events);
    }
  }

  interruptName(index: number): string {
    return hostInterruptName((this.#takenOver?.interruptNumbers ?? this.#interrupts.numbers)[index]);
  }

  waitName(state: number): string {
    return THREAD_STATES[state - 1] ?? String(state);
  }

  eventClasses(): EventClass[] {
    return eventClasses(this.#has, this.#takenOver ?? this.#activity);
  }

  remarks(isSwitchedOn: (variable: string) => boolean = () => false): Remark[] {
    return remarks({
      ...(this.#takenOver ?? this.learnt()).trace,
      isSwitchedOn,
      has: this.#has,
      host: this.#recording.host,
      toldCodes: this.#told.exitCodes,
      threads: this.#recording.threads,
    });
  }

  learnt(): Learnt {
    const { changes, readyChanges, displaced } = this.#activity;
    const { ofPcpus, clocksOfPcpus, unattributed, outOfOrder } = this.#visits;
    const { raised, powerSaving, pcpusThatSave } = this.#signs;
    return {
      seen: this.#seen,
      changes,
      readyChanges,
      interruptNumbers: this.#interrupts.numbers,
      trace: {
        vocabulary: this.#exitReasons.vocabulary,
        codeEvidence: this.#exitReasons.evidence,
        ofPcpus,
        guestClocks: clocksOfPcpus.count,
        unattributed,
        outOfOrder,
        displaced,
        offsets: [...this.#threads.offsets()],
        bankruptcies: this.#partitions.bankruptcies,
        signs: { raised, powerSaving, pcpusThatSave },
      },
    };
  }

  takeOver(learnt: unknown): void {
    this.#takenOver = learnt as Learnt;
  }

  readonly #has = (event: TraceEventName): boolean => (this.#takenOver?.seen ?? this.#seen)[kindOf(event)] !== 0;

  readonly #lose: Handler = (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const { fields } = records;
    this.#loseSince(records, row, events, fields[at], fields[at + 1]);
  };

  /** A thread that enters a guest where none is said to run: that it got the pCPU is missing. */
  #loseSwitchBefore(records: RecordBatch, row: number, events: EventBatch): void {
    const from = this.#activity.betweenThreads(records.pcpu[row]);
    if (!Number.isNaN(from)) this.#loseSince(records, row, events, from, Number.NaN);
  }

  #loseSince({ time, pcpu, thread }: RecordBatch, row: number, events: EventBatch, from: number, count: number): void {
    this.#visits.lose();
    this.#activity.lose(pcpu[row]);
    this.#partitions.lose();
    events.push(EventKind.Loss, time[row], pcpu[row], thread[row], from, count, 0, 0);
  }
}

function byKind(handlers: Handlers): (Handler | undefined)[] {
  const table: (Handler | undefined)[] = Array.from({ length: RECORD_KINDS });
  for (const [event, handler] of Object.entries(handlers)) table[kindOf(event as TraceEventName)] = handler;
  return table;
}
