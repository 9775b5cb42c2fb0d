/** Tracepoints that say what an exit was about: which port, address, register, call or fault. */
import { causeIndex } from '../../recording/causes.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { isInterruptController } from '../arm/boards.js';
import { APIC_BASE, APIC_PAGE_SIZE } from '../x86/apic-registers.js';
import { INTERRUPT_CONTROL, msrCause } from '../x86/register-causes.js';
import { AccessFlag, accessClass, avicIpiClass, DetailSort, ipiClass, ipiValue, Rank } from './details.js';
import { pushApicAccess, svmPort } from './exit-details.js';
import type { ExitReasons } from './exit-reasons.js';
import { pushEptFault, pushPageFault } from './fault-details.js';
import { type Handler, type Handlers, KEEP_CAUSE, pushDetail } from './handler.js';
import { OpenExit, type OpenExits } from './open-exits.js';
import { slotOf } from './tracepoints.js';

const DEVICE_MMIO = causeIndex('device-mmio');
const DEVICE_PORT = causeIndex('device-port');
const CPUID = causeIndex('cpuid');
const HYPERCALL = causeIndex('hypercall');
/** Values of the fields `rw` and `write`. */
const WRITE = 1;

export function accessHandlers(reasons: ExitReasons, open: OpenExits): Handlers {
  return {
    kvm_pio: portAccess,
    kvm_mmio: mmioAccess(open),
    kvm_mmio_emulate: emulatedMmio,
    kvm_fast_mmio: fastMmio,
    kvm_msr: msrAccess,
    kvm_cpuid: cpuid,
    kvm_cr: controlRegister,
    kvm_hypercall: hypercall('kvm_hypercall', 'nr', DetailSort.KvmHypercall),
    kvm_hv_hypercall: hypercall('kvm_hv_hypercall', 'code', DetailSort.HypervHypercall),
    kvm_xen_hypercall: hypercall('kvm_xen_hypercall', 'nr', DetailSort.XenHypercall),
    kvm_page_fault: pageFault(open),
    kvm_try_async_get_page: asyncFault,
    kvm_async_pf_not_present: asyncFault,
    kvm_inj_exception: injectedException(open),
    kvm_inj_virq: injectedInterrupt(open),
    kvm_apic: apicAccess,
    kvm_apic_ipi: ipi,
    kvm_avic_incomplete_ipi: avicIncompleteIpi,
    kvm_avic_unaccelerated_access: avicAccess,
    kvm_vmgexit_enter: encryptedGuestCall(reasons),
    kvm_vmgexit_msr_protocol_enter: ghcbRequest,
  };
}

const PIO_RW = slotOf('kvm_pio', 'rw');
const PIO_PORT = slotOf('kvm_pio', 'port');
const PIO_SIZE = slotOf('kvm_pio', 'size');
const PIO_COUNT = slotOf('kvm_pio', 'count');

const portAccess: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const fields = records.fields;
  const port = fields[at + PIO_PORT];
  if (!(port >= 0)) return;
  // More than one item at once is a string instruction.
  const string = fields[at + PIO_COUNT] > 1 ? AccessFlag.String : 0;
  const detail = accessClass(DetailSort.Port, fields[at + PIO_RW] === WRITE, fields[at + PIO_SIZE]) | string;
  pushDetail(events, records, row, detail, port, DEVICE_PORT, Rank.Device);
};

const MMIO_TYPE = slotOf('kvm_mmio', 'type');
const MMIO_LENGTH = slotOf('kvm_mmio', 'len');
const MMIO_ADDRESS = slotOf('kvm_mmio', 'gpa');
/** 0: a read for which the VMM is needed; 1: a read whose value is there; 2: a write. */
const MMIO_WRITE = 2;

/** One read is two records (unsatisfied, then done) with one and the same detail: the first of them counts. */
const mmioAccess =
  (open: OpenExits): Handler =>
  (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const fields = records.fields;
    const address = fields[at + MMIO_ADDRESS];
    const write = fields[at + MMIO_TYPE] === MMIO_WRITE;
    if (!(address >= 0)) return;
    const isX86 = open.get(records.thread[row]) !== OpenExit.DataAbort;
    if (isX86 && address >= APIC_BASE && address < APIC_BASE + APIC_PAGE_SIZE) {
      pushApicAccess(events, records, row, (address - APIC_BASE) & 0xff0, write);
      return;
    }
    const cause = isX86 ? DEVICE_MMIO : mmioCause(address);
    const detail = accessClass(DetailSort.Mmio, write, fields[at + MMIO_LENGTH]);
    pushDetail(events, records, row, detail, address, cause, Rank.Device);
  };

const mmioCause = (address: number): number => (isInterruptController(address) ? INTERRUPT_CONTROL : DEVICE_MMIO);

const EMULATED_ADDRESS = slotOf('kvm_mmio_emulate', 'fault_addr');
const EMULATED_WRITE = slotOf('kvm_mmio_emulate', 'write');
const EMULATED_LENGTH = slotOf('kvm_mmio_emulate', 'len');

/** RISC-V says here what the others say in kvm_mmio; arm64 only that it is an access to a device. */
const emulatedMmio: Handler = (records, row, events) => {
  const { fields } = records;
  const at = row * FIELD_SLOTS;
  const address = fields[at + EMULATED_ADDRESS];
  if (!(address >= 0)) {
    pushDetail(events, records, row, DetailSort.UnknownDevice, 0, DEVICE_MMIO, Rank.Reason);
    return;
  }
  const detail = accessClass(DetailSort.Mmio, fields[at + EMULATED_WRITE] > 0, fields[at + EMULATED_LENGTH]);
  pushDetail(events, records, row, detail, address, DEVICE_MMIO, Rank.Device);
};

const FAST_MMIO_ADDRESS = slotOf('kvm_fast_mmio', 'gpa');

/** A write for which KVM only has to tell a device's thread (ioeventfd): its size is not looked at. */
const fastMmio: Handler = (records, row, events) => {
  const address = records.fields[row * FIELD_SLOTS + FAST_MMIO_ADDRESS];
  if (!(address >= 0)) return;
  pushDetail(events, records, row, accessClass(DetailSort.Mmio, true, 0), address, DEVICE_MMIO, Rank.Device);
};

const MSR_WRITE = slotOf('kvm_msr', 'write');
const MSR_NUMBER = slotOf('kvm_msr', 'ecx');
const MSR_EXCEPTION = slotOf('kvm_msr', 'exception');

const msrAccess: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const fields = records.fields;
  const msr = fields[at + MSR_NUMBER];
  if (!(msr >= 0)) return;
  const refused = fields[at + MSR_EXCEPTION] > 0 ? AccessFlag.Refused : 0;
  const detail = accessClass(DetailSort.Msr, fields[at + MSR_WRITE] === WRITE, 0) | refused;
  pushDetail(events, records, row, detail, msr, msrCause(msr), Rank.Register);
};

const CPUID_LEAF = slotOf('kvm_cpuid', 'function');

const cpuid: Handler = (records, row, events) => {
  const leaf = records.fields[row * FIELD_SLOTS + CPUID_LEAF];
  if (!(leaf >= 0)) return;
  pushDetail(events, records, row, DetailSort.Cpuid, leaf, CPUID, Rank.Register);
};

const CR_RW = slotOf('kvm_cr', 'rw');
const CR_NUMBER = slotOf('kvm_cr', 'cr');

const controlRegister: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const number = records.fields[at + CR_NUMBER];
  if (!(number >= 0)) return;
  const detail = accessClass(DetailSort.ControlRegister, records.fields[at + CR_RW] === WRITE, 0);
  pushDetail(events, records, row, detail, number, KEEP_CAUSE, Rank.Register);
};

function hypercall(
  event: 'kvm_hypercall' | 'kvm_hv_hypercall' | 'kvm_xen_hypercall',
  field: string,
  sort: number,
): Handler {
  const slot = slotOf(event, field);
  return (records, row, events) => {
    const number = records.fields[row * FIELD_SLOTS + slot];
    if (!(number >= 0)) return;
    pushDetail(events, records, row, sort, number, HYPERCALL, Rank.Register);
  };
}

const FAULT_ADDRESS = slotOf('kvm_page_fault', 'fault_address');
const FAULT_ERROR = slotOf('kvm_page_fault', 'error_code');

/**
 * Says what kvm_exit said already, where that one has its info fields. Without nested paging the address is a virtual
 * one, from which no device can be told.
 */
const pageFault =
  (open: OpenExits): Handler =>
  (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const error = records.fields[at + FAULT_ERROR];
    const exit = open.get(records.thread[row]);
    if (exit === OpenExit.EptViolation) pushEptFault(events, records, row, error);
    else if (exit === OpenExit.NestedFault)
      pushPageFault(events, records, row, error, records.fields[at + FAULT_ADDRESS]);
    else pushPageFault(events, records, row, error, Number.NaN);
  };

const PAGE_FAULT = causeIndex('page-fault');

/**
 * The page is not in memory: a kernel thread reads it in while the guest goes on, or the vCPU waits as in a halt.
 * Both tracepoints are written by the vCPU thread while it handles the fault.
 */
const asyncFault: Handler = (records, row, events) =>
  pushDetail(events, records, row, DetailSort.AsyncFault, 0, PAGE_FAULT, Rank.AsyncFault);

const EXCEPTION = slotOf('kvm_inj_exception', 'exception');

/** What KVM answers with, where nothing says more of the exit. Of halts and interrupts it says nothing. */
const injectedException =
  (open: OpenExits): Handler =>
  (records, row, events) => {
    const vector = records.fields[row * FIELD_SLOTS + EXCEPTION];
    const sort = open.get(records.thread[row]);
    if (!(vector >= 0) || sort === OpenExit.Halt || sort === OpenExit.Interrupt) return;
    pushDetail(events, records, row, DetailSort.InjectedException, vector, KEEP_CAUSE, Rank.Injected);
  };

const VIRQ_VECTOR = slotOf('kvm_inj_virq', 'vector');

/** What is injected before the next entry explains halts and interrupts; of other exits it says nothing. */
const injectedInterrupt =
  (open: OpenExits): Handler =>
  (records, row, events) => {
    const vector = records.fields[row * FIELD_SLOTS + VIRQ_VECTOR];
    const sort = open.get(records.thread[row]);
    if (!(vector >= 0) || (sort !== OpenExit.Halt && sort !== OpenExit.Interrupt)) {
      return;
    }
    const detail = sort === OpenExit.Halt ? DetailSort.WokenBy : DetailSort.Injected;
    pushDetail(events, records, row, detail, vector, KEEP_CAUSE, Rank.Injected);
  };

const APIC_RW = slotOf('kvm_apic', 'rw');
const APIC_REGISTER = slotOf('kvm_apic', 'reg');

const apicAccess: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const offset = records.fields[at + APIC_REGISTER];
  if (!(offset >= 0)) return;
  pushApicAccess(events, records, row, offset, records.fields[at + APIC_RW] === WRITE);
};

const IPI_COMMAND = slotOf('kvm_apic_ipi', 'icr_low');
const IPI_DESTINATION = slotOf('kvm_apic_ipi', 'dest_id');

const ipi: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const command = records.fields[at + IPI_COMMAND];
  if (!(command >= 0)) return;
  const value = ipiValue(command, records.fields[at + IPI_DESTINATION]);
  pushDetail(events, records, row, ipiClass(command), value, INTERRUPT_CONTROL, Rank.Ipi);
};

const AVIC_COMMAND = slotOf('kvm_avic_incomplete_ipi', 'icrl');
const AVIC_WHY = slotOf('kvm_avic_incomplete_ipi', 'id');

const avicIncompleteIpi: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const command = records.fields[at + AVIC_COMMAND];
  if (!(command >= 0)) return;
  const detail = avicIpiClass(records.fields[at + AVIC_WHY]);
  pushDetail(events, records, row, detail, command & 0xff, INTERRUPT_CONTROL, Rank.Reason);
};

const AVIC_OFFSET = slotOf('kvm_avic_unaccelerated_access', 'offset');
const AVIC_RW = slotOf('kvm_avic_unaccelerated_access', 'rw');

const avicAccess: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const offset = records.fields[at + AVIC_OFFSET];
  if (!(offset >= 0)) return;
  pushApicAccess(events, records, row, offset, records.fields[at + AVIC_RW] === WRITE);
};

const CALL_REASON = slotOf('kvm_vmgexit_enter', 'exit_reason');
const CALL_INFO1 = slotOf('kvm_vmgexit_enter', 'info1');
const CALL_INFO2 = slotOf('kvm_vmgexit_enter', 'info2');
const ISA_SVM = 2;
const SVM_IO = 0x7b;
const GHCB_MMIO_READ = 0x80000001;
const GHCB_MMIO_WRITE = 0x80000002;

/** A guest with encrypted state exits with `vmgexit` alone; why is in the block that it shares with the hypervisor. */
const encryptedGuestCall =
  (reasons: ExitReasons): Handler =>
  (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const code = records.fields[at + CALL_REASON];
    const info1 = records.fields[at + CALL_INFO1];
    const info2 = records.fields[at + CALL_INFO2];
    if (code === SVM_IO && info1 >= 0) {
      svmPort(events, records, row, code, info1, info2, Number.NaN);
    } else if ((code === GHCB_MMIO_READ || code === GHCB_MMIO_WRITE) && info1 >= 0) {
      const detail = accessClass(DetailSort.Mmio, code === GHCB_MMIO_WRITE, info2);
      pushDetail(events, records, row, detail, info1, DEVICE_MMIO, Rank.Device);
    } else {
      const reason = reasons.index(code, ISA_SVM);
      const cause = causeIndex(reasons.table.get(reason).cause);
      pushDetail(events, records, row, DetailSort.EncryptedGuestCall, reason, cause, Rank.Reason);
    }
  };

const GHCB_VALUE = slotOf('kvm_vmgexit_msr_protocol_enter', 'ghcb_gpa');
/** The low 12 bits of the register are the request, the others its operand. */
const GHCB_REQUEST_MASK = 0xfff;
const GHCB_CPUID = 0x004;

const ghcbRequest: Handler = (records, row, events) => {
  const value = records.fields[row * FIELD_SLOTS + GHCB_VALUE];
  if (!(value >= 0)) return;
  const request = value & GHCB_REQUEST_MASK;
  const cause = request === GHCB_CPUID ? CPUID : KEEP_CAUSE;
  pushDetail(events, records, row, DetailSort.GhcbRequest, request, cause, Rank.Reason);
};
