/**
 * How PV guests come into the hypervisor: hypercalls and traps. Xen writes down that they do, and not when they return: so each
 * is an exit of no length, and the hypervisor's time for it is in the account of the guest. Only where it ends with the
 * vCPU asleep does the scheduler tell.
 */
import { causeIndex } from '../../recording/causes.js';
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import { DetailSort, Rank } from './details.js';
import { DomainKind, Place, SCHED_OP, SCHEDOP_BLOCK, SCHEDOP_POLL, type Vcpu } from './domains.js';
import type { Handlers } from './handler.js';
import { type ExitReasons, PV_HYPERCALL } from './reasons.js';
import type { Scheduling } from './scheduling.js';
import { slotOf } from './trace-events.js';

const CALL = slotOf('pv:hypercall', 'call');
const HAS_ARGUMENT = slotOf('pv:hypercall', 'has_argument');
const ARGUMENT = slotOf('pv:hypercall', 'argument');
const WHAT = slotOf('pv:entry', 'what');
const VECTOR = slotOf('pv:entry', 'vector');

/** Number of the hypercall. Source: Xen's public header xen.h. */
const VCPU_OP = 24;
const KEEP_CAUSE = -1;
/** Of an Entry: it came at some time since the exit. */
const UNTIMED = 1;
const HALT = causeIndex('halt');

export class PvEntries {
  /** Hypercalls and traps of guests, without those of dom0. */
  count = 0;
  readonly #scheduling: Scheduling;
  readonly #reasons: ExitReasons;

  constructor(scheduling: Scheduling, reasons: ExitReasons) {
    this.#scheduling = scheduling;
    this.#reasons = reasons;
  }

  readonly handlers: Handlers = {
    'pv:hypercall': (records, row, events) => {
      const vcpu = this.#guestOn(records.pcpu[row]);
      if (vcpu === undefined) return;
      const at = row * FIELD_SLOTS;
      const call = records.fields[at + CALL];
      const argument = records.fields[at + HAS_ARGUMENT] > 0 ? records.fields[at + ARGUMENT] : Number.NaN;
      this.#settle(vcpu, records, row, events);
      if (call === SCHED_OP && (argument === SCHEDOP_BLOCK || argument === SCHEDOP_POLL)) {
        vcpu.sleepCall = argument;
        return;
      }
      const reason = this.#reasons.ofPv(PV_HYPERCALL);
      if (call === SCHED_OP && !Number.isNaN(argument)) {
        this.#visit(vcpu, records, row, events, reason, DetailSort.SchedulerCall, argument, KEEP_CAUSE);
      } else if (call === VCPU_OP && !Number.isNaN(argument)) {
        this.#visit(vcpu, records, row, events, reason, DetailSort.VcpuCall, argument, KEEP_CAUSE);
      } else {
        this.#visit(vcpu, records, row, events, reason, DetailSort.Hypercall, call, KEEP_CAUSE);
      }
    },
    'pv:entry': (records, row, events) => {
      const vcpu = this.#guestOn(records.pcpu[row]);
      if (vcpu === undefined) return;
      const at = row * FIELD_SLOTS;
      const vector = records.fields[at + VECTOR];
      this.#settle(vcpu, records, row, events);
      const reason = this.#reasons.ofPv(records.fields[at + WHAT]);
      const sort = Number.isNaN(vector) ? DetailSort.None : DetailSort.Exception;
      this.#visit(vcpu, records, row, events, reason, sort, Number.isNaN(vector) ? 0 : vector, KEEP_CAUSE);
    },
  };

  #guestOn(pcpu: number): Vcpu | undefined {
    const vcpu = this.#scheduling.on(pcpu);
    return vcpu === undefined || vcpu.domain.isHost || vcpu.domain.kind === DomainKind.hardware ? undefined : vcpu;
  }

  /** It asked to sleep, and is awake: something for it came before it slept. */
  #settle(vcpu: Vcpu, records: RecordBatch, row: number, events: EventBatch): void {
    const { sleepCall } = vcpu;
    if (sleepCall < 0) return;
    vcpu.sleepCall = -1;
    const reason = this.#reasons.ofPv(PV_HYPERCALL);
    const cause = sleepCall === SCHEDOP_BLOCK ? HALT : KEEP_CAUSE;
    this.#visit(vcpu, records, row, events, reason, DetailSort.SchedulerCall, sleepCall, cause);
  }

  #visit(
    vcpu: Vcpu,
    records: RecordBatch,
    row: number,
    events: EventBatch,
    reason: number,
    sort: number,
    value: number,
    cause: number,
  ): void {
    const time = records.time[row];
    const pcpu = records.pcpu[row];
    const { thread, number } = vcpu;
    vcpu.domain.kind = DomainKind.open;
    vcpu.domain.hasPvEntries = true;
    vcpu.place = Place.guest;
    this.count++;
    events.push(EventKind.Exit, time, pcpu, thread, reason, number, Number.NaN, Number.NaN);
    if (sort !== DetailSort.None) events.push(EventKind.Detail, time, pcpu, thread, sort, value, cause, Rank.Register);
    events.push(EventKind.Entry, time, pcpu, thread, number, UNTIMED, 0, 0);
  }
}
