/**
 * Entries and exits of guests that run with the CPU's help (HVM and PVH), and what the handlers of exits say of them. The records
 * name no vCPU: they are of the one that has the pCPU. As long as the recording has told of no vCPU at all, the pCPU itself
 * stands for it.
 */
import { causeIndex } from '../../recording/causes.js';
import { type EventBatch, EventKind, PCPU_THREADS } from '../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import { APIC_BASE } from '../x86/apic-registers.js';
import { apicCause, msrCause } from '../x86/register-causes.js';
import { DetailSort, isApic, Rank, WRITE } from './details.js';
import { DomainKind, Place, type Vcpu } from './domains.js';
import type { Handler, Handlers } from './handler.js';
import type { ExitReasons } from './reasons.js';
import type { Scheduling } from './scheduling.js';
import { slotOf } from './trace-events.js';

const CODE = slotOf('hvm:vmexit', 'code');
const RIP = slotOf('hvm:vmexit', 'rip');
const TWO_32 = 2 ** 32;
const KEEP_CAUSE = -1;
const DEVICE_PORT = causeIndex('device-port');
const DEVICE_MMIO = causeIndex('device-mmio');
/** Guest physical addresses have at most 52 bits. */
const HIGHEST_ADDRESS_HIGH = 0xf_ffff;

export class GuestExits {
  /** Exits of guests; those of which nobody knows whose they are; those for which a pCPU stands. */
  exits = 0;
  unattributed = 0;
  ofPcpus = 0;
  readonly #scheduling: Scheduling;
  readonly #reasons: ExitReasons;

  constructor(scheduling: Scheduling, reasons: ExitReasons) {
    this.#scheduling = scheduling;
    this.#reasons = reasons;
  }

  /** The recording tells of vCPUs from now on: what was booked for pCPUs is nobody's. */
  nameVcpus(time: number, pcpu: number, events: EventBatch): void {
    if (this.ofPcpus === 0) return;
    this.unattributed += this.ofPcpus;
    this.ofPcpus = 0;
    events.push(EventKind.Forget, time, pcpu, -1, PCPU_THREADS, 0, 0, 0);
  }

  readonly handlers: Handlers = {
    'hvm:vmentry': (records, row, events) => {
      const pcpu = records.pcpu[row];
      const vcpu = this.#scheduling.on(pcpu);
      if (vcpu === undefined) {
        const thread = this.#standIn(pcpu);
        if (thread >= 0) events.push(EventKind.Entry, records.time[row], pcpu, thread, pcpu, 0, 0, 0);
        return;
      }
      if (vcpu.domain.isHost) return;
      vcpu.domain.kind = DomainKind.hardware;
      vcpu.place = Place.guest;
      vcpu.mayWaitForDevice = false;
      events.push(EventKind.Entry, records.time[row], pcpu, vcpu.thread, vcpu.number, 0, 0, 0);
    },
    'hvm:vmexit': (records, row, events) => this.#exit(records, row, events),
    'hvm:port': this.#device(DetailSort.Port, 'hvm:port', () => DEVICE_PORT),
    'hvm:memory': this.#device(DetailSort.Memory, 'hvm:memory', (address) =>
      isApic(address) ? apicCause(address - APIC_BASE) : DEVICE_MMIO,
    ),
    'hvm:msr': this.#register('hvm:msr', DetailSort.Msr, (register) => msrCause(register)),
    'hvm:control_register': this.#register('hvm:control_register', DetailSort.ControlRegister, () => KEEP_CAUSE),
    'hvm:debug_register': this.#register('hvm:debug_register', DetailSort.DebugRegister, () => KEEP_CAUSE),
    'hvm:cpuid': this.#value(DetailSort.Cpuid),
    'hvm:interrupt': this.#value(DetailSort.Interrupt),
    'hvm:hypercall': (records, row, events) => {
      const call = records.fields[row * FIELD_SLOTS];
      if (Number.isNaN(call)) return;
      const vcpu = this.#detail(records, row, events, DetailSort.Hypercall, call, KEEP_CAUSE, Rank.Register);
      if (vcpu !== undefined) vcpu.hypercall = call;
    },
    'hvm:trap': this.#value(DetailSort.Exception),
    'hvm:nested_page_fault': (records, row, events) => {
      const address = addressOf(records, row, 0);
      if (!Number.isNaN(address)) this.#detail(records, row, events, DetailSort.Fault, address, KEEP_CAUSE, Rank.Fault);
    },
  };

  #exit(records: RecordBatch, row: number, events: EventBatch): void {
    const at = row * FIELD_SLOTS;
    const { fields } = records;
    const time = records.time[row];
    const pcpu = records.pcpu[row];
    const code = fields[at + CODE];
    const vcpu = this.#scheduling.on(pcpu);
    if (vcpu?.domain.isHost === true) return;
    this.exits++;
    const reason = this.#reasons.ofCode(code);
    const [high, low] = [fields[at + RIP], fields[at + RIP + 1]];
    if (vcpu === undefined) {
      const thread = this.#standIn(pcpu);
      if (thread < 0) this.unattributed++;
      else {
        this.ofPcpus++;
        events.push(EventKind.Exit, time, pcpu, thread, reason, pcpu, high, low);
      }
      return;
    }
    vcpu.domain.kind = DomainKind.hardware;
    vcpu.place = Place.hypervisor;
    vcpu.mayWaitForDevice = this.#reasons.mayBeDevice(code);
    vcpu.hypercall = -1;
    events.push(EventKind.Exit, time, pcpu, vcpu.thread, reason, vcpu.number, high, low);
  }

  /** The thread that stands for a pCPU; -1: none does, since vCPUs are known. */
  #standIn(pcpu: number): number {
    return this.#scheduling.changes === 0 && pcpu >= 0 ? PCPU_THREADS + pcpu : -1;
  }

  #detail(
    records: RecordBatch,
    row: number,
    events: EventBatch,
    detailClass: number,
    value: number,
    cause: number,
    rank: number,
  ): Vcpu | undefined {
    const pcpu = records.pcpu[row];
    const vcpu = this.#scheduling.on(pcpu);
    if (vcpu?.domain.isHost === true) return undefined;
    const thread = vcpu?.thread ?? this.#standIn(pcpu);
    if (thread >= 0) events.push(EventKind.Detail, records.time[row], pcpu, thread, detailClass, value, cause, rank);
    return vcpu;
  }

  #device(sort: number, event: 'hvm:port' | 'hvm:memory', causeOf: (address: number) => number): Handler {
    const write = slotOf(event, 'write');
    return (records, row, events) => {
      const address = event === 'hvm:port' ? records.fields[row * FIELD_SLOTS] : addressOf(records, row, 0);
      if (Number.isNaN(address)) return;
      const detailClass = sort | (records.fields[row * FIELD_SLOTS + write] === 1 ? WRITE : 0);
      const vcpu = this.#detail(records, row, events, detailClass, address, causeOf(address), Rank.Device);
      if (vcpu !== undefined) vcpu.mayWaitForDevice = true;
    };
  }

  #register(
    event: 'hvm:msr' | 'hvm:control_register' | 'hvm:debug_register',
    sort: number,
    causeOf: (register: number) => number,
  ): Handler {
    const write = slotOf(event, 'write');
    return (records, row, events) => {
      const register = event === 'hvm:debug_register' ? 0 : records.fields[row * FIELD_SLOTS];
      if (Number.isNaN(register)) return;
      const detailClass = sort | (records.fields[row * FIELD_SLOTS + write] === 1 ? WRITE : 0);
      this.#detail(records, row, events, detailClass, register, causeOf(register), Rank.Register);
    };
  }

  #value(sort: number): Handler {
    return (records, row, events) => {
      const value = records.fields[row * FIELD_SLOTS];
      if (!Number.isNaN(value)) this.#detail(records, row, events, sort, value, KEEP_CAUSE, Rank.Register);
    };
  }
}

/** @param slot of its high half @returns NaN where there is none, or it cannot be one */
function addressOf({ fields }: RecordBatch, row: number, slot: number): number {
  const high = fields[row * FIELD_SLOTS + slot];
  return high <= HIGHEST_ADDRESS_HIGH ? high * TWO_32 + fields[row * FIELD_SLOTS + slot + 1] : Number.NaN;
}
