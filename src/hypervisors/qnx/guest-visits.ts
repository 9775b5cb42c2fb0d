/**
 * Visits to the guest, each of three events on the thread of the vCPU, in this order: GUEST_ENTER before, CYCLES and
 * GUEST_EXIT after. Only CYCLES tells when the guest ran, on the guest's clock; GUEST_EXIT has the offset of that clock.
 *
 * On x86 a status other than 0 says that the entry was aborted. Any other visit without CYCLES may have been in the guest:
 * that CYCLES was not written and that it was lost look alike. Events carry no thread: they belong to the one that runs on
 * their pCPU.
 *
 * Source: QNX Hypervisor 8.0 User's Guide, "Hypervisor trace events" and "Time".
 */
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import type { Recording } from '../../recording/recording.js';
import { type ExitDetail, type ExitDetailer, exitDetailerOf, pushExitDetail } from './exit-details.js';
import type { ExitReasons } from './exit-reasons.js';
import { GuestClock } from './guest-clock.js';
import type { Handler, Handlers } from './handler.js';
import { slotOf } from './trace-events.js';
import { Phase, type VcpuThreads } from './vcpu-threads.js';
import { isX86, Vocabulary } from './vocabulary.js';

const AT_ENTRY = slotOf('QVM:CYCLES', 'at_entry');
const AT_EXIT = slotOf('QVM:CYCLES', 'at_exit');
const STATUS = slotOf('QVM:GUEST_EXIT', 'status');
const REASON = slotOf('QVM:GUEST_EXIT', 'reason');
const OFFSET = slotOf('QVM:GUEST_EXIT', 'clockcycles_offset');
const GUEST_IP = slotOf('QVM:GUEST_EXIT', 'guest_ip');
const PAYLOAD = slotOf('QVM:GUEST_EXIT', 'payload');
const VCPU_ID = slotOf('QVM:CREATE_VCPU_THREAD', 'vcpu_id');

export class GuestVisits {
  /** Hypervisor events of which nobody knows whose they are. */
  unattributed = 0;
  /** CYCLES that came after the GUEST_EXIT of their visit, or without any GUEST_ENTER: never used. */
  outOfOrder = 0;
  readonly #recording: Pick<Recording, 'cycles'>;
  readonly #reasons: ExitReasons;
  readonly #threads: VcpuThreads;
  readonly #statusAborts: boolean;
  readonly #detailOf: ExitDetailer;
  readonly #detail: ExitDetail = { detailClass: 0, value: 0, cause: 0 };
  #clock: GuestClock | undefined;
  #losses = 0;

  constructor(recording: Pick<Recording, 'cycles' | 'host'>, reasons: ExitReasons, threads: VcpuThreads) {
    this.#recording = recording;
    this.#reasons = reasons;
    this.#threads = threads;
    const { vocabulary } = reasons;
    this.#statusAborts =
      vocabulary === Vocabulary.Unknown
        ? isX86(recording.host.architecture)
        : vocabulary === Vocabulary.Vmx || vocabulary === Vocabulary.Svm;
    this.#detailOf = exitDetailerOf(vocabulary);
  }

  readonly handlers: Handlers = {
    'QVM:GUEST_ENTER': (records, row, events) => this.#enter(records, row, events),
    'QVM:CYCLES': (records, row, events) => this.#cycles(records, row, events),
    'QVM:GUEST_EXIT': (records, row, events) => this.#exit(records, row, events),
    'QVM:CREATE_VCPU_THREAD': (records, row) => {
      const thread = records.thread[row];
      if (this.#threads.admit(thread)) {
        this.#threads.columns.vcpu[thread] = records.fields[row * FIELD_SLOTS + VCPU_ID];
      }
    },
  };

  /** Events were lost, on whatever pCPU: of visits that go on, parts may be missing. */
  lose(): void {
    this.#losses++;
  }

  /** Whether the event can be told to be some thread's. */
  #isAttributed(thread: number): boolean {
    if (this.#threads.admit(thread)) return true;
    this.unattributed++;
    return false;
  }

  readonly #enter: Handler = (records, row, events) => {
    const thread = records.thread[row];
    if (!this.#isAttributed(thread)) return;
    const { phase, enterTime, lossesSeen, vcpu } = this.#threads.columns;
    phase[thread] = Phase.entered;
    enterTime[thread] = records.time[row];
    lossesSeen[thread] = this.#losses;
    events.push(EventKind.Entering, records.time[row], records.pcpu[row], thread, vcpu[thread], 0, 0, 0);
  };

  readonly #cycles: Handler = (records, row) => {
    const thread = records.thread[row];
    if (!this.#isAttributed(thread)) return;
    const columns = this.#threads.columns;
    const { phase, lossesSeen } = columns;
    // The first of it that is seen may be the middle of a visit.
    const isStray = phase[thread] === Phase.none && lossesSeen[thread] === this.#losses;
    if (isStray) this.outOfOrder++;
    const isFirst = lossesSeen[thread] !== this.#losses && phase[thread] !== Phase.entered;
    if (isFirst) columns.enterTime[thread] = Number.NaN;
    phase[thread] = isFirst || phase[thread] === Phase.entered ? Phase.timed : Phase.broken;
    lossesSeen[thread] = this.#losses;
    const at = row * FIELD_SLOTS;
    const { fields } = records;
    columns.entryHigh[thread] = fields[at + AT_ENTRY];
    columns.entryLow[thread] = fields[at + AT_ENTRY + 1];
    columns.exitHigh[thread] = fields[at + AT_EXIT];
    columns.exitLow[thread] = fields[at + AT_EXIT + 1];
  };

  readonly #exit: Handler = (records, row, events) => {
    const thread = records.thread[row];
    if (!this.#isAttributed(thread)) return;
    const { phase, lossesSeen } = this.#threads.columns;
    const seen = phase[thread];
    const hasLost = lossesSeen[thread] !== this.#losses;
    phase[thread] = Phase.none;
    lossesSeen[thread] = this.#losses;
    if (seen !== Phase.none && this.#wasAborted(records.fields[row * FIELD_SLOTS + STATUS])) {
      events.push(EventKind.NoVisit, records.time[row], records.pcpu[row], thread, 0, 0, 0, 0);
      return;
    }
    // Nothing is known of a visit that was under way when the trace, or what follows a loss, began.
    if (seen !== Phase.none || !hasLost) this.#pushVisit(records, row, events, seen);
    this.#pushExit(records, row, events);
  };

  #wasAborted(status: number): boolean {
    return this.#statusAborts && status > 0;
  }

  #pushVisit(records: RecordBatch, row: number, events: EventBatch, seen: number): void {
    const thread = records.thread[row];
    const time = records.time[row];
    const at = row * FIELD_SLOTS + OFFSET;
    const offsetHigh = records.fields[at];
    const offsetLow = records.fields[at + 1];
    this.#noteOffset(thread, offsetHigh, offsetLow);
    const { enterTime, entryHigh, entryLow, exitHigh, exitLow, vcpu } = this.#threads.columns;
    const clock = this.#guestClock();
    let sinceEntry = Number.NaN;
    let sinceExit = Number.NaN;
    if (seen === Phase.timed && clock !== undefined) {
      const entered = clock.timeOf(entryHigh[thread], entryLow[thread], offsetHigh, offsetLow);
      const left = clock.timeOf(exitHigh[thread], exitLow[thread], offsetHigh, offsetLow);
      // An announcement that was not recorded is NaN and before everything.
      const isInOrder = !(entered < enterTime[thread]) && entered <= left && left <= time;
      if (isInOrder) {
        sinceEntry = time - entered;
        sinceExit = time - left;
      }
    }
    events.push(EventKind.Visit, time, records.pcpu[row], thread, sinceEntry, sinceExit, vcpu[thread], 0);
  }

  #pushExit(records: RecordBatch, row: number, events: EventBatch): void {
    const { fields } = records;
    const at = row * FIELD_SLOTS;
    const thread = records.thread[row];
    const time = records.time[row];
    const pcpu = records.pcpu[row];
    const code = fields[at + REASON];
    const ipHigh = fields[at + GUEST_IP];
    const ipLow = fields[at + GUEST_IP + 1];
    const number = this.#threads.columns.vcpu[thread];
    events.push(EventKind.Exit, time, pcpu, thread, this.#reasons.index(code), number, ipHigh, ipLow);
    this.#detailOf(this.#detail, code, fields[at + PAYLOAD], fields[at + PAYLOAD + 1]);
    pushExitDetail(events, time, pcpu, thread, this.#detail);
  }

  /** Undefined where the frequency of the host's clock is not known. */
  #guestClock(): GuestClock | undefined {
    const { cycles } = this.#recording;
    if (this.#clock === undefined && cycles !== undefined) this.#clock = new GuestClock(cycles);
    return this.#clock;
  }

  #noteOffset(thread: number, high: number, low: number): void {
    const { offsetHigh, offsetLow, offsetChanges } = this.#threads.columns;
    if (offsetLow[thread] === low && offsetHigh[thread] === high) return;
    if (offsetLow[thread] >= 0) offsetChanges[thread]++;
    offsetHigh[thread] = high;
    offsetLow[thread] = low;
  }
}
