/** Records of a Xen host → neutral events. */
import type { ReasonTable } from '../../recording/causes.js';
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { Recording } from '../../recording/recording.js';
import type { EventClass, Remark, Told, Translator } from '../translator.js';
import { XenDetails } from './details.js';
import { DOM0, DomainKind, Domains, IDLE_DOMAIN } from './domains.js';
import { GuestExits } from './guest-exits.js';
import type { Handler, Handlers } from './handler.js';
import { interruptHandlers } from './host-interrupts.js';
import { PvEntries } from './pv-entries.js';
import { ExitReasons } from './reasons.js';
import { eventClasses, remarks, type TraceFacts } from './remarks.js';
import { Scheduling } from './scheduling.js';
import { kindOf, type TraceEventName } from './trace-events.js';

const RECORD_KINDS = 256;
const NS_PER_SECOND = 1e9;

/** Of events that only guests with the CPU's help have, and of those that only PV guests have. */
const EXIT_KINDS = [kindOf('hvm:vmentry'), kindOf('hvm:vmexit')];
const PV_KINDS = [kindOf('pv:hypercall'), kindOf('pv:entry')];
const FIRST_OF_VCPUS: readonly number[] = [kindOf('sched:runstate_change'), kindOf('sched:continue_running')];

/** What of a recording the translator needs. */
export type TranslatedRecording = Pick<Recording, 'host' | 'cycles' | 'threads'>;

export class XenTranslator implements Translator {
  readonly hypervisor = 'xen';
  readonly reasons: ReasonTable;
  readonly details = new XenDetails();
  readonly #told: Told;
  readonly #shown: TraceFacts['shownVocabulary'];
  readonly #isArm: boolean;
  readonly #exitReasons: ExitReasons;
  readonly #domains: Domains;
  readonly #scheduling: Scheduling;
  readonly #exits: GuestExits;
  readonly #pv: PvEntries;
  readonly #handlers: (Handler | undefined)[];
  #isFirst = true;
  #takenOver: TraceFacts | undefined;

  constructor({ host, cycles, threads }: TranslatedRecording, told: Told = {}) {
    this.#told = told;
    this.#shown = host.virtualization === 'arm' ? undefined : host.virtualization;
    this.#isArm = host.virtualization === 'arm';
    this.#exitReasons = new ExitReasons(host.virtualization, told.exitCodes);
    this.reasons = this.#exitReasons.table;
    this.#domains = new Domains(threads);
    this.#scheduling = new Scheduling(this.#domains, this.#exitReasons);
    this.#exits = new GuestExits(this.#scheduling, this.#exitReasons);
    this.#pv = new PvEntries(this.#scheduling, this.#exitReasons);
    this.#handlers = byKind({
      ...this.#scheduling.handlers,
      ...this.#exits.handlers,
      ...this.#pv.handlers,
      ...interruptHandlers(cycles?.hz ?? NS_PER_SECOND),
    });
    this.#handlers[LOSS_RECORD] = (records, row, events) => {
      const { fields, time, pcpu } = records;
      const at = row * FIELD_SLOTS;
      events.push(EventKind.Loss, time[row], pcpu[row], -1, fields[at], fields[at + 1], 0, 0);
      this.#scheduling.lose(records, row, events);
    };
  }

  translate(records: RecordBatch, events: EventBatch): void {
    if (this.#isFirst) this.#lookAhead(records);
    const handlers = this.#handlers;
    for (let row = 0; row < records.count; row++) {
      const kind = records.kind[row];
      if (this.#exits.ofPcpus > 0 && FIRST_OF_VCPUS.includes(kind)) {
        this.#exits.nameVcpus(records.time[row], records.pcpu[row], events);
      }
      handlers[kind]?.(records, row, events);
    }
  }

  /** What a vCPU that gets a pCPU does there depends on whether its exits are in the recording. */
  #lookAhead(records: RecordBatch): void {
    this.#isFirst = false;
    const kinds = new Set(records.kind.subarray(0, records.count));
    this.#scheduling.hasExits = [...EXIT_KINDS, ...PV_KINDS].some((kind) => kinds.has(kind));
  }

  interruptName(index: number): string {
    return `irq ${index}`;
  }

  eventClasses(): EventClass[] {
    return eventClasses(this.learnt());
  }

  remarks(): Remark[] {
    return remarks(this.learnt());
  }

  learnt(): TraceFacts {
    return this.#takenOver ?? this.#facts();
  }

  takeOver(learnt: unknown): void {
    this.#takenOver = learnt as TraceFacts;
  }

  #facts(): TraceFacts {
    const guests = [...this.#domains.domains.values()].filter(({ id }) => id !== DOM0 && id !== IDLE_DOMAIN);
    const open = guests.filter(({ kind }) => kind === DomainKind.open);
    const { exits, unattributed, ofPcpus } = this.#exits;
    return {
      changes: this.#scheduling.changes,
      wakes: this.#scheduling.wakes,
      contradictions: this.#scheduling.contradictions,
      losses: this.#scheduling.losses,
      exits,
      unattributed,
      ofPcpus,
      pvEntries: this.#pv.count,
      pvDomains: open.filter(({ hasPvEntries }) => hasPvEntries).map(({ id }) => id),
      silentDomains: open.filter(({ hasPvEntries }) => !hasPvEntries).map(({ id }) => id),
      hasGuestEvents: this.#scheduling.hasExits,
      stubDomains: guests
        .filter(({ deviceModel }) => deviceModel !== DOM0)
        .map(({ id, deviceModel }) => [id, deviceModel]),
      vocabulary: this.#exitReasons.vocabulary,
      isArm: this.#isArm,
      isTold: this.#told.exitCodes !== undefined,
      shownVocabulary: this.#shown,
    };
  }
}

function byKind(handlers: Handlers): (Handler | undefined)[] {
  const table: (Handler | undefined)[] = Array.from({ length: RECORD_KINDS });
  for (const [event, handler] of Object.entries(handlers)) table[kindOf(event as TraceEventName)] = handler;
  return table;
}
