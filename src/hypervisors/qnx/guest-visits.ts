/**
 * Visits to the guest, each of three events on the thread of the vCPU, in this order: GUEST_ENTER before, CYCLES and
 * GUEST_EXIT after. Only CYCLES tells when the guest ran, on the guest's clock; GUEST_EXIT has the offset of that clock.
 *
 * On x86 a status other than 0 says that the entry was aborted. Any other visit without CYCLES may have been in the guest:
 * that CYCLES was not written and that it was lost look alike. Events carry no thread: they belong to the one that runs on
 * their pCPU. As long as the trace has told of no thread at all, the pCPU itself stands for it.
 *
 * Source: QNX Hypervisor 8.0 User's Guide, "Hypervisor trace events" and "Time".
 */
import { type EventBatch, EventKind, PCPU_THREADS } from '../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import type { Recording } from '../../recording/recording.js';
import { DistinctOffsets } from './distinct-offsets.js';
import { type ExitDetail, exitDetailerOf, pushExitDetail } from './exit-details.js';
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

/** More than a trace can name. */
const MOST_PCPUS = 64;

export class GuestVisits {
  /** Hypervisor events of which nobody knows whose they are: they are left out. */
  unattributed = 0;
  /** Those for which a pCPU stands, as long as no thread is known. */
  ofPcpus = 0;
  /** Different clocks of guests, as far as pCPUs stand for threads. */
  readonly clocksOfPcpus = new DistinctOffsets();
  /** CYCLES that came after the GUEST_EXIT of their visit, or without any GUEST_ENTER: never used. */
  outOfOrder = 0;
  readonly #recording: Pick<Recording, 'cycles'>;
  readonly #reasons: ExitReasons;
  readonly #threads: VcpuThreads;
  readonly #isX86: boolean;
  readonly #detail: ExitDetail = { detailClass: 0, value: 0, cause: 0 };
  #clock: GuestClock | undefined;
  #losses = 0;
  #threadsAreKnown = false;

  constructor(recording: Pick<Recording, 'cycles' | 'host'>, reasons: ExitReasons, threads: VcpuThreads) {
    this.#recording = recording;
    this.#reasons = reasons;
    this.#threads = threads;
    this.#isX86 = isX86(recording.host.architecture);
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

  /** The trace tells of threads, at `time` for the first time: what was booked for pCPUs is nobody's. */
  nameThreads(time: number, pcpu: number, events: EventBatch): void {
    if (this.#threadsAreKnown) return;
    this.#threadsAreKnown = true;
    if (this.ofPcpus === 0) return;
    this.unattributed += this.ofPcpus;
    this.ofPcpus = 0;
    this.#threads.clear();
    events.push(EventKind.Forget, time, pcpu, -1, PCPU_THREADS, 0, 0, 0);
  }

  /** Where in the columns the event belongs: to a thread, or a pCPU that stands for one; -1: nobody knows. */
  #rowOf(thread: number, pcpu: number): number {
    if (this.#threads.admit(thread)) return thread;
    if (!this.#threadsAreKnown && thread < 0 && pcpu >= 0 && pcpu < MOST_PCPUS) {
      this.ofPcpus++;
      return pcpu + 1;
    }
    this.unattributed++;
    return -1;
  }

  readonly #enter: Handler = (records, row, events) => {
    const pcpu = records.pcpu[row];
    const vcpu = this.#rowOf(records.thread[row], pcpu);
    if (vcpu < 0) return;
    const { phase, enterTime, lossesSeen } = this.#threads.columns;
    phase[vcpu] = Phase.entered;
    enterTime[vcpu] = records.time[row];
    lossesSeen[vcpu] = this.#losses;
    const number = this.#numberOf(records, row, vcpu);
    events.push(EventKind.Entering, records.time[row], pcpu, threadOf(records, row), number, 0, 0, 0);
  };

  readonly #cycles: Handler = (records, row) => {
    const vcpu = this.#rowOf(records.thread[row], records.pcpu[row]);
    if (vcpu < 0) return;
    const columns = this.#threads.columns;
    const { phase, lossesSeen } = columns;
    // The first of it that is seen may be the middle of a visit.
    const isStray = phase[vcpu] === Phase.none && lossesSeen[vcpu] === this.#losses;
    if (isStray) this.outOfOrder++;
    const isFirst = lossesSeen[vcpu] !== this.#losses && phase[vcpu] !== Phase.entered;
    if (isFirst) columns.enterTime[vcpu] = Number.NaN;
    phase[vcpu] = isFirst || phase[vcpu] === Phase.entered ? Phase.timed : Phase.broken;
    lossesSeen[vcpu] = this.#losses;
    columns.cyclesTime[vcpu] = records.time[row];
    const at = row * FIELD_SLOTS;
    const { fields } = records;
    columns.entryHigh[vcpu] = fields[at + AT_ENTRY];
    columns.entryLow[vcpu] = fields[at + AT_ENTRY + 1];
    columns.exitHigh[vcpu] = fields[at + AT_EXIT];
    columns.exitLow[vcpu] = fields[at + AT_EXIT + 1];
  };

  readonly #exit: Handler = (records, row, events) => {
    const vcpu = this.#rowOf(records.thread[row], records.pcpu[row]);
    if (vcpu < 0) return;
    const { phase, lossesSeen } = this.#threads.columns;
    const seen = phase[vcpu];
    const hasLost = lossesSeen[vcpu] !== this.#losses;
    phase[vcpu] = Phase.none;
    lossesSeen[vcpu] = this.#losses;
    if (seen !== Phase.none && this.#wasAborted(records.fields[row * FIELD_SLOTS + STATUS])) {
      events.push(EventKind.NoVisit, records.time[row], records.pcpu[row], threadOf(records, row), 0, 0, 0, 0);
      return;
    }
    // Nothing is known of a visit that was under way when the trace, or what follows a loss, began.
    if (seen !== Phase.none || !hasLost) this.#pushVisit(records, row, events, vcpu, seen);
    this.#pushExit(records, row, events, vcpu);
  };

  #wasAborted(status: number): boolean {
    if (!(status > 0)) return false;
    const { vocabulary } = this.#reasons;
    return vocabulary === Vocabulary.Unknown ? this.#isX86 : vocabulary !== Vocabulary.Arm;
  }

  /** @param vcpu its row in the columns */
  #pushVisit(records: RecordBatch, row: number, events: EventBatch, vcpu: number, seen: number): void {
    const time = records.time[row];
    const at = row * FIELD_SLOTS + OFFSET;
    const offsetHigh = records.fields[at];
    const offsetLow = records.fields[at + 1];
    this.#noteOffset(vcpu, offsetHigh, offsetLow);
    const { enterTime, cyclesTime, entryHigh, entryLow, exitHigh, exitLow } = this.#threads.columns;
    const clock = this.#guestClock();
    let sinceEntry = Number.NaN;
    let sinceExit = Number.NaN;
    let sinceCycles = Number.NaN;
    if (seen === Phase.timed && clock !== undefined) {
      const entered = clock.timeOf(entryHigh[vcpu], entryLow[vcpu], offsetHigh, offsetLow);
      const left = clock.timeOf(exitHigh[vcpu], exitLow[vcpu], offsetHigh, offsetLow);
      // An announcement that was not recorded is NaN and before everything.
      const isInOrder = !(entered < enterTime[vcpu]) && entered <= left && left <= cyclesTime[vcpu];
      if (isInOrder) {
        sinceEntry = time - entered;
        sinceExit = time - left;
        sinceCycles = time - cyclesTime[vcpu];
      }
    }
    const number = this.#numberOf(records, row, vcpu);
    const { pcpu } = records;
    events.push(EventKind.Visit, time, pcpu[row], threadOf(records, row), sinceEntry, sinceExit, number, sinceCycles);
  }

  #pushExit(records: RecordBatch, row: number, events: EventBatch, vcpu: number): void {
    const { fields } = records;
    const at = row * FIELD_SLOTS;
    const thread = threadOf(records, row);
    const time = records.time[row];
    const pcpu = records.pcpu[row];
    const code = fields[at + REASON];
    const ipHigh = fields[at + GUEST_IP];
    const ipLow = fields[at + GUEST_IP + 1];
    const number = this.#numberOf(records, row, vcpu);
    events.push(EventKind.Exit, time, pcpu, thread, this.#reasons.index(code), number, ipHigh, ipLow);
    exitDetailerOf(this.#reasons.vocabulary)(this.#detail, code, fields[at + PAYLOAD], fields[at + PAYLOAD + 1]);
    pushExitDetail(events, time, pcpu, thread, this.#detail);
  }

  /** Of the vCPU, or the pCPU that stands for it. */
  #numberOf({ thread, pcpu }: RecordBatch, row: number, vcpu: number): number {
    return thread[row] < 0 ? pcpu[row] : this.#threads.columns.vcpu[vcpu];
  }

  /** Undefined where the frequency of the host's clock is not known. */
  #guestClock(): GuestClock | undefined {
    const { cycles } = this.#recording;
    if (this.#clock === undefined && cycles !== undefined) this.#clock = new GuestClock(cycles);
    return this.#clock;
  }

  #noteOffset(vcpu: number, high: number, low: number): void {
    const { offsetHigh, offsetLow, offsetChanges } = this.#threads.columns;
    if (offsetLow[vcpu] === low && offsetHigh[vcpu] === high) return;
    if (!this.#threadsAreKnown) this.clocksOfPcpus.note(high, low);
    if (offsetLow[vcpu] >= 0) offsetChanges[vcpu]++;
    offsetHigh[vcpu] = high;
    offsetLow[vcpu] = low;
  }
}

/** Who runs there: the thread, or the stand-in of the pCPU. */
const threadOf = ({ thread, pcpu }: RecordBatch, row: number): number =>
  thread[row] < 0 ? PCPU_THREADS + pcpu[row] : thread[row];
