/** Tracepoints of arm64 that say what an exit was about. */
import { causeIndex } from '../../../recording/causes.js';
import { FIELD_SLOTS } from '../../../recording/record-batch.js';
import {
  ExceptionClass,
  exceptionClassOf,
  isAccessFlagFault,
  isPermissionFault,
  isTableWalkFault,
  isWriteAccess,
} from '../../arm/exception-classes.js';
import { FIRST_SHARED } from '../../arm/interrupts.js';
import { smcccCause } from '../../arm/smccc.js';
import { encodingOf, isRegisterRead, registerOfSyndrome, systemRegisterCause } from '../../arm/system-registers.js';
import { accessClass, DetailSort, FaultFlag, Rank } from '../details.js';
import { type Handler, type Handlers, KEEP_CAUSE, pushDetail } from '../handler.js';
import { OpenExit, type OpenExits } from '../open-exits.js';
import { slotOf } from '../tracepoints.js';
import type { VcpuThreads } from '../vcpu-threads.js';

const HALT = causeIndex('halt');
const PAUSE = causeIndex('pause');
const DEBUG = causeIndex('debug');
const HYPERCALL = causeIndex('hypercall');
const PAGE_FAULT = causeIndex('page-fault');
/** Field `level` of an interrupt line that is raised. */
const RAISED = 1;

export function arm64AccessHandlers(open: OpenExits, threads: VcpuThreads): Handlers {
  return {
    kvm_guest_fault: guestFault,
    kvm_access_fault: accessFault,
    kvm_wfx_arm64: wait,
    kvm_hvc_arm64: call,
    kvm_sys_access: registerAccess,
    kvm_handle_sys_reg: trappedRegister,
    trap_reg: debugRegister,
    kvm_timer_update_irq: timerLine(threads),
    vgic_update_irq_pending: interruptLine(open, threads),
  };
}

const FAULT_SYNDROME = slotOf('kvm_guest_fault', 'hsr');

/** Of every abort. Where the address is a device's, kvm_mmio follows and says so. */
const guestFault: Handler = (records, row, events) => {
  const syndrome = records.fields[row * FIELD_SLOTS + FAULT_SYNDROME];
  if (!(syndrome >= 0)) return;
  const isFetch = exceptionClassOf(syndrome) === ExceptionClass.InstructionAbort;
  const flags =
    (isFetch ? FaultFlag.Fetch : isWriteAccess(syndrome) ? FaultFlag.Write : 0) |
    (isPermissionFault(syndrome) ? FaultFlag.Present : 0) |
    (isAccessFlagFault(syndrome) ? FaultFlag.Present | FaultFlag.Unused : 0) |
    (isTableWalkFault(syndrome) ? FaultFlag.PageTable : 0);
  pushDetail(events, records, row, DetailSort.Fault | flags, 0, PAGE_FAULT, Rank.Fault);
};

/** Follows kvm_guest_fault, which says more where it was recorded. */
const accessFault: Handler = (records, row, events) => {
  const flags = FaultFlag.Present | FaultFlag.Unused;
  pushDetail(events, records, row, DetailSort.Fault | flags, 0, PAGE_FAULT, Rank.Fault);
};

const IS_WFE = slotOf('kvm_wfx_arm64', 'is_wfe');

/** One exception class for two instructions: WFI halts, WFE waits for a moment. */
const wait: Handler = (records, row, events) => {
  const isWfe = records.fields[row * FIELD_SLOTS + IS_WFE];
  if (isWfe >= 0) pushDetail(events, records, row, DetailSort.Wait, isWfe, isWfe === 0 ? HALT : PAUSE, Rank.Wait);
};

const FUNCTION_LOW = slotOf('kvm_hvc_arm64', 'r0') + 1;
const IMMEDIATE = slotOf('kvm_hvc_arm64', 'imm');

/** With the immediate 0 it is a call of the SMC calling convention, whose function is in w0. */
const call: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const immediate = records.fields[at + IMMEDIATE];
  const identifier = records.fields[at + FUNCTION_LOW];
  if (immediate > 0) pushDetail(events, records, row, DetailSort.HypervisorCall, immediate, HYPERCALL, Rank.Register);
  else if (identifier >= 0) {
    pushDetail(events, records, row, DetailSort.FirmwareCall, identifier, callCause(identifier), Rank.Register);
  }
};

const callCause = (identifier: number): number => (smcccCause(identifier) === 'halt' ? HALT : HYPERCALL);

const IS_WRITE = slotOf('kvm_sys_access', 'is_write');
const OP0 = slotOf('kvm_sys_access', 'Op0');

/** The parts of the encoding follow one another: Op0, Op1, CRn, CRm, Op2. */
const registerAccess: Handler = (records, row, events) => {
  const { fields } = records;
  const at = row * FIELD_SLOTS + OP0;
  if (!(fields[at] >= 0)) return;
  const encoding = encodingOf(
    fields[at] & 3,
    fields[at + 1] & 7,
    fields[at + 2] & 15,
    fields[at + 3] & 15,
    fields[at + 4] & 7,
  );
  pushRegister(records, row, events, encoding, fields[row * FIELD_SLOTS + IS_WRITE] > 0);
};

const TRAPPED_SYNDROME = slotOf('kvm_handle_sys_reg', 'hsr');

/** Of every trapped system register, also of those that KVM does not know. */
const trappedRegister: Handler = (records, row, events) => {
  const syndrome = records.fields[row * FIELD_SLOTS + TRAPPED_SYNDROME];
  if (!(syndrome >= 0) || exceptionClassOf(syndrome) !== ExceptionClass.SystemRegister) return;
  pushRegister(records, row, events, registerOfSyndrome(syndrome), !isRegisterRead(syndrome));
};

/** Causes + 1 by encoding of the register, filled as registers are met. */
const registerCauses = new Uint8Array(1 << 16);

function pushRegister(
  records: Parameters<Handler>[0],
  row: number,
  events: Parameters<Handler>[2],
  encoding: number,
  write: boolean,
): void {
  if (registerCauses[encoding] === 0) registerCauses[encoding] = causeIndex(systemRegisterCause(encoding)) + 1;
  const detail = accessClass(DetailSort.SystemRegister, write, 0);
  pushDetail(events, records, row, detail, encoding, registerCauses[encoding] - 1, Rank.Register);
}

/** Which register is in kvm_sys_access, which came before; without that it is one for debugging at least. */
const debugRegister: Handler = (records, row, events) =>
  pushDetail(events, records, row, DetailSort.UnknownDebugRegister, 0, DEBUG, Rank.Injected);

const TIMER_IRQ = slotOf('kvm_timer_update_irq', 'irq');
const TIMER_LEVEL = slotOf('kvm_timer_update_irq', 'level');
const TIMER_VCPU = slotOf('kvm_timer_update_irq', 'vcpu_id');

/** While the guest of this thread runs, its own timer goes off: the exit that follows is for that. */
const timerLine =
  (threads: VcpuThreads): Handler =>
  (records, row) => {
    const at = row * FIELD_SLOTS;
    const thread = records.thread[row];
    if (records.fields[at + TIMER_LEVEL] !== RAISED) return;
    if (records.fields[at + TIMER_VCPU] === threads.number(thread)) {
      threads.noteTimer(thread, records.fields[at + TIMER_IRQ]);
    }
  };

const LINE_IRQ = slotOf('vgic_update_irq_pending', 'irq');
const LINE_LEVEL = slotOf('vgic_update_irq_pending', 'level');
const LINE_VCPU = slotOf('vgic_update_irq_pending', 'vcpu_id');

/**
 * A halted vCPU finds an interrupt of its own CPU, mostly its timer, when it loads its state again: that is what woke it.
 * Shared interrupts are raised by others, and their vCPU is not told.
 */
const interruptLine =
  (open: OpenExits, threads: VcpuThreads): Handler =>
  (records, row, events) => {
    const { fields } = records;
    const at = row * FIELD_SLOTS;
    const thread = records.thread[row];
    const interrupt = fields[at + LINE_IRQ];
    if (open.get(thread) !== OpenExit.Halt || fields[at + LINE_LEVEL] !== RAISED) return;
    if (!(interrupt < FIRST_SHARED) || fields[at + LINE_VCPU] !== threads.number(thread)) return;
    pushDetail(events, records, row, DetailSort.WokenByInterrupt, interrupt, KEEP_CAUSE, Rank.Injected);
  };
