/**
 * Who has which pCPU, from the changes of vCPUs' runstates: running, runnable, blocked, offline. The vCPU that leaves a pCPU and the
 * one that gets it are written down one after the other; in between Xen's scheduler has the pCPU.
 *
 * `offline` of a vCPU that has just used a device is that it waits for its device model, which runs in dom0 or in a stub
 * domain: Xen has no runstate of its own for that (wait_on_xen_event_channel sets a pause flag). Any other `offline` is
 * that the vCPU was paused, or is not plugged in.
 */
import { LossField } from '../../formats/xentrace/pcpu-stream.js';
import { causeIndex } from '../../recording/causes.js';
import { type EventBatch, EventKind, SCHEDULER_THREAD, SwitchState } from '../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import { DetailSort, Rank } from './details.js';
import {
  type Domain,
  DomainKind,
  type Domains,
  IDLE_DOMAIN,
  lastThreadOf,
  Place,
  Runstate,
  SCHED_OP,
  SCHEDOP_BLOCK,
  threadOf,
  type Vcpu,
} from './domains.js';
import type { Handlers } from './handler.js';
import type { ExitReasons } from './reasons.js';
import { PV_HYPERCALL } from './reasons.js';
import { slotOf } from './trace-events.js';

const DOMAIN = slotOf('sched:runstate_change', 'domain');
const VCPU = slotOf('sched:runstate_change', 'vcpu');
const FROM = slotOf('sched:runstate_change', 'from');
const TO = slotOf('sched:runstate_change', 'to');
const CREATED = slotOf('domain:create', 'domain');
const DESTROYED = slotOf('domain:destroy', 'domain');

/** More than Xen supports. */
const MOST_PCPUS = 4096;
const UNKNOWN_THREAD = -1;
const HALT = causeIndex('halt');
const KEEP_CAUSE = -1;
/** A vCPU that gets a pCPU so often and leaves no other event than that is one of which nothing else is written down. */
const TURNS_WITHOUT_EVENTS = 2;

export class Scheduling {
  /** Changes of runstate, and those among them that woke a vCPU. */
  changes = 0;
  wakes = 0;
  /** Changes that begin with another state than the one in which their vCPU was seen last. */
  contradictions = 0;
  /** Gaps that the recording tells of. */
  losses = 0;
  /** Whether the recording has entries or exits of guests, as far as is known. */
  hasExits = true;
  /** By pCPU: who has it, as a vCPU and as a thread (0 for the idle domain's, SCHEDULER_THREAD, UNKNOWN_THREAD). */
  readonly #current: (Vcpu | undefined)[] = Array.from({ length: MOST_PCPUS });
  readonly #running = new Int32Array(MOST_PCPUS).fill(UNKNOWN_THREAD);
  /** Domains that are somebody's device model. */
  readonly #deviceModels = new Set<Domain>();
  readonly #domains: Domains;
  readonly #reasons: ExitReasons;

  constructor(domains: Domains, reasons: ExitReasons) {
    this.#domains = domains;
    this.#reasons = reasons;
    this.#deviceModels.add(domains.get(0));
  }

  readonly handlers: Handlers = {
    'sched:runstate_change': (records, row, events) => this.#change(records, row, events),
    'sched:continue_running': (records, row, events) => this.#continues(records, row, events),
    'sched:block': (records, row, events) => this.#blocks(records, row, events),
    'domain:create': (records, row) => {
      const domain = records.fields[row * FIELD_SLOTS + CREATED];
      if (domain > 0 && domain < IDLE_DOMAIN) this.#domains.get(domain).isCreated = true;
    },
    'domain:destroy': (records, row, events) => {
      const domain = records.fields[row * FIELD_SLOTS + DESTROYED];
      if (!(domain > 0 && domain < IDLE_DOMAIN)) return;
      events.push(
        EventKind.Ended,
        records.time[row],
        records.pcpu[row],
        -1,
        threadOf(domain, 0),
        lastThreadOf(domain),
        1,
        0,
      );
    },
  };

  /** The vCPU that has the pCPU; undefined where that is not known, or none has it. */
  on(pcpu: number): Vcpu | undefined {
    return this.#current[pcpu];
  }

  /** Events of a pCPU were lost. All that is known of it is who ran there when that ended. */
  lose(records: RecordBatch, row: number, events: EventBatch): void {
    const pcpu = records.pcpu[row];
    this.losses++;
    for (const vcpu of this.#domains.vcpus()) {
      if (vcpu.pcpu >= 0 && vcpu.pcpu !== pcpu) continue;
      if (vcpu.pcpu === pcpu) this.#leaves(vcpu, records.time[row], events);
      vcpu.runstate = Runstate.unknown;
      vcpu.forgetDoings();
    }
    if (!isPcpu(pcpu)) return;
    this.#current[pcpu] = undefined;
    this.#running[pcpu] = UNKNOWN_THREAD;
    const at = row * FIELD_SLOTS;
    const vcpu = this.#domains.vcpu(records.fields[at + LossField.Domain], records.fields[at + LossField.Vcpu]);
    if (vcpu !== undefined) this.#starts(vcpu, records.time[row], pcpu, events);
  }

  #vcpuOf(records: RecordBatch, row: number): Vcpu | undefined {
    const at = row * FIELD_SLOTS;
    if (!isPcpu(records.pcpu[row])) return undefined;
    return this.#domains.vcpu(records.fields[at + DOMAIN], records.fields[at + VCPU]);
  }

  #change(records: RecordBatch, row: number, events: EventBatch): void {
    const vcpu = this.#vcpuOf(records, row);
    if (vcpu === undefined) return;
    const from = records.fields[row * FIELD_SLOTS + FROM];
    const to = records.fields[row * FIELD_SLOTS + TO];
    const time = records.time[row];
    const pcpu = records.pcpu[row];
    this.changes++;
    if (vcpu.runstate !== from && vcpu.runstate !== Runstate.unknown) this.#misses(vcpu, time, pcpu, events);
    if (to === Runstate.running) this.#starts(vcpu, time, pcpu, events);
    else if (from === Runstate.running) this.#stops(vcpu, to, time, pcpu, events);
    else this.#changesAway(vcpu, from, to, time, pcpu, events);
    vcpu.isNew = false;
    vcpu.runstate = to;
  }

  /** It is in another state than the one in which it was seen last: records in between are missing. */
  #misses(vcpu: Vcpu, time: number, pcpu: number, events: EventBatch): void {
    this.contradictions++;
    vcpu.forgetDoings();
    if (vcpu.pcpu >= 0) {
      this.#clear(vcpu);
      this.#leaves(vcpu, time, events);
    }
    events.push(EventKind.Missed, time, pcpu, vcpu.thread, 0, 0, 0, 0);
  }

  /** Its pCPU is another one's now, or nobody's: whose, is not known. */
  #clear(vcpu: Vcpu): void {
    if (this.#current[vcpu.pcpu] !== vcpu) return;
    this.#current[vcpu.pcpu] = undefined;
    this.#running[vcpu.pcpu] = UNKNOWN_THREAD;
  }

  #continues(records: RecordBatch, row: number, events: EventBatch): void {
    const vcpu = this.#vcpuOf(records, row);
    if (vcpu === undefined || this.#current[records.pcpu[row]] === vcpu) return;
    this.changes++;
    this.#starts(vcpu, records.time[row], records.pcpu[row], events);
  }

  #starts(vcpu: Vcpu, time: number, pcpu: number, events: EventBatch): void {
    const before = this.#running[pcpu];
    if (vcpu.pcpu >= 0 && vcpu.pcpu !== pcpu) this.#clear(vcpu);
    const previous = this.#current[pcpu];
    if (previous !== undefined && previous !== vcpu) this.#leaves(previous, time, events);
    this.#current[pcpu] = vcpu;
    this.#running[pcpu] = vcpu.thread;
    if (vcpu.pcpu < 0) this.#arrives(vcpu.domain, time, pcpu, events);
    vcpu.pcpu = pcpu;
    vcpu.runstate = Runstate.running;
    vcpu.waitsForDevice = false;
    if (before !== vcpu.thread) {
      events.push(EventKind.Switch, time, pcpu, before, vcpu.thread, SwitchState.Runnable, 0, 0);
    }
    if (vcpu.domain.isHost) return;
    if (vcpu.blockedUntil >= 0) this.#tellOfFirstSleep(vcpu, time, pcpu, events);
    if (vcpu.isOnlineAtLast) this.#tellOfAbsence(vcpu, time, pcpu, events);
    this.#entersIfOpen(vcpu, time, pcpu, events);
  }

  /** The first that the recording says of it is that it was woken: it had been blocked since the recording began. */
  #tellOfFirstSleep(vcpu: Vcpu, time: number, pcpu: number, events: EventBatch): void {
    const { thread, blockedUntil } = vcpu;
    vcpu.blockedUntil = -1;
    events.push(EventKind.HaltEnd, time, pcpu, thread, blockedUntil, 1, Number.NaN, time - blockedUntil);
  }

  /** It was created while the recording went on, and brought online only now. */
  #tellOfAbsence(vcpu: Vcpu, time: number, pcpu: number, events: EventBatch): void {
    vcpu.isOnlineAtLast = false;
    events.push(EventKind.FromVmm, time, pcpu, vcpu.thread, 0, 0, 0, 0);
  }

  /** A guest of which no entries are written down is in the guest whenever it has a pCPU. */
  #entersIfOpen(vcpu: Vcpu, time: number, pcpu: number, events: EventBatch): void {
    const { domain } = vcpu;
    if (domain.kind === DomainKind.unknown) {
      vcpu.turns++;
      if (!this.hasExits || vcpu.turns >= TURNS_WITHOUT_EVENTS) domain.kind = DomainKind.open;
    }
    if (domain.kind !== DomainKind.open || vcpu.place === Place.guest) return;
    vcpu.place = Place.guest;
    events.push(EventKind.Entry, time, pcpu, vcpu.thread, vcpu.number, 0, 0, 0);
  }

  #stops(vcpu: Vcpu, to: number, time: number, pcpu: number, events: EventBatch): void {
    if (vcpu.domain.id === IDLE_DOMAIN) {
      this.#leaves(vcpu, time, events);
      this.#current[pcpu] = undefined;
      return;
    }
    if (!vcpu.domain.isHost) this.#exitsIfOpen(vcpu, to, time, pcpu, events);
    const state = stateAfter(vcpu, to);
    vcpu.waitsForDevice = state === SwitchState.Served;
    const { deviceModel } = vcpu.domain;
    events.push(EventKind.Switch, time, pcpu, vcpu.thread, SCHEDULER_THREAD, state, deviceModel, 0);
    this.#leaves(vcpu, time, events);
    this.#current[pcpu] = undefined;
    this.#running[pcpu] = SCHEDULER_THREAD;
  }

  /** It blocks, or is taken offline, and the exit by which it came to that is not in the recording. */
  #exitsIfOpen(vcpu: Vcpu, to: number, time: number, pcpu: number, events: EventBatch): void {
    if (vcpu.domain.kind !== DomainKind.open || vcpu.place !== Place.guest || to === Runstate.runnable) return;
    const { thread, number } = vcpu;
    vcpu.place = Place.hypervisor;
    const { sleepCall } = vcpu;
    if (sleepCall >= 0) {
      vcpu.sleepCall = -1;
      const cause = sleepCall === SCHEDOP_BLOCK ? HALT : KEEP_CAUSE;
      const hypercall = this.#reasons.ofPv(PV_HYPERCALL);
      events.push(EventKind.Exit, time, pcpu, thread, hypercall, number, Number.NaN, Number.NaN);
      events.push(EventKind.Detail, time, pcpu, thread, DetailSort.SchedulerCall, sleepCall, cause, Rank.Sleep);
      return;
    }
    const reason = to === Runstate.blocked ? this.#reasons.block : this.#reasons.offline;
    events.push(EventKind.Exit, time, pcpu, thread, reason, number, Number.NaN, Number.NaN);
  }

  /** It changes its state without having a pCPU. */
  #changesAway(vcpu: Vcpu, from: number, to: number, time: number, pcpu: number, events: EventBatch): void {
    const by = this.#running[pcpu];
    if (to === Runstate.runnable) {
      this.wakes++;
      if (from === Runstate.blocked && vcpu.isNew) vcpu.blockedUntil = time;
      if (from === Runstate.offline && vcpu.isNew && vcpu.domain.isCreated) vcpu.isOnlineAtLast = true;
      if (vcpu.waitsForDevice) this.#learnDeviceModel(vcpu, time, pcpu, events);
      vcpu.waitsForDevice = false;
      events.push(EventKind.Wake, time, pcpu, by, vcpu.thread, Number.NaN, 1, 0);
    } else {
      const state = to === Runstate.offline ? SwitchState.Stopped : SwitchState.Asleep;
      events.push(EventKind.WaitChange, time, pcpu, by, vcpu.thread, state, 0, 0);
    }
  }

  /** Whoever wakes a vCPU from waiting for its device model is that: one other than before only if it does so twice. */
  #learnDeviceModel(vcpu: Vcpu, time: number, pcpu: number, events: EventBatch): void {
    const waker = this.#current[pcpu]?.domain;
    const { domain } = vcpu;
    if (waker === undefined || waker.id === IDLE_DOMAIN || waker === domain) return;
    const isNew = waker.id !== domain.deviceModel && waker.id === domain.lastWaker;
    domain.lastWaker = waker.id;
    if (!isNew) return;
    domain.deviceModel = waker.id;
    this.#deviceModels.add(waker);
    events.push(EventKind.VmmRuns, time, pcpu, -1, waker.id, waker.running > 0 ? 1 : 0, 0, 0);
  }

  #arrives(domain: Domain, time: number, pcpu: number, events: EventBatch): void {
    domain.running++;
    if (domain.running === 1 && this.#deviceModels.has(domain)) {
      events.push(EventKind.VmmRuns, time, pcpu, -1, domain.id, 1, 0, 0);
    }
  }

  /** It has no pCPU any more. */
  #leaves(vcpu: Vcpu, time: number, events: EventBatch): void {
    const { domain, pcpu } = vcpu;
    if (pcpu < 0) return;
    vcpu.pcpu = -1;
    domain.running--;
    if (domain.running === 0 && this.#deviceModels.has(domain)) {
      events.push(EventKind.VmmRuns, time, pcpu, -1, domain.id, 0, 0, 0);
    }
  }

  /** Xen blocks a vCPU that has nothing to do. */
  #blocks(records: RecordBatch, row: number, events: EventBatch): void {
    const vcpu = this.#vcpuOf(records, row);
    if (vcpu === undefined || vcpu.domain.kind !== DomainKind.hardware || vcpu.place !== Place.hypervisor) return;
    const [sort, value] =
      vcpu.hypercall === SCHED_OP ? [DetailSort.SchedulerCall, SCHEDOP_BLOCK] : [DetailSort.None, 0];
    events.push(EventKind.Detail, records.time[row], records.pcpu[row], vcpu.thread, sort, value, HALT, Rank.Sleep);
  }
}

const isPcpu = (pcpu: number): boolean => pcpu >= 0 && pcpu < MOST_PCPUS;

/** Why a vCPU that had a pCPU has none now. */
function stateAfter(vcpu: Vcpu, to: number): number {
  if (to === Runstate.runnable) return SwitchState.Runnable;
  if (to === Runstate.blocked) return SwitchState.Asleep;
  if (vcpu.domain.kind === DomainKind.hardware) return vcpu.mayWaitForDevice ? SwitchState.Served : SwitchState.Stopped;
  return vcpu.place === Place.hypervisor ? SwitchState.Blocked : SwitchState.Stopped;
}
