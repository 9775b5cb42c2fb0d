/**
 * What an exit itself says beyond its reason: kvm_exit's info1, info2 and intr_info.
 *
 * VMX: info1 is the exit qualification (Intel SDM volume 3, section 27.2.1); intr_info the interruption information.
 * SVM: EXITINFO1 and EXITINFO2 (AMD APM volume 2, chapter 15 and appendix C).
 */
import { causeIndex } from '../../recording/causes.js';
import type { EventBatch } from '../../recording/event-batch.js';
import type { RecordBatch } from '../../recording/record-batch.js';
import { apicCause } from '../x86/register-causes.js';
import { AccessFlag, accessClass, avicIpiClass, DetailSort, Rank } from './details.js';
import { Vocabulary } from './exit-reasons.js';
import { pushEptFault, pushPageFault } from './fault-details.js';
import { KEEP_CAUSE, pushDetail } from './handler.js';

/**
 * Writes the detail of one exit, if there is one. `code`: SVM exit code or VMX basic reason; the other three as in
 * the record, NaN where the recording lacks them.
 */
export type ExitDetailer = (
  events: EventBatch,
  records: RecordBatch,
  row: number,
  code: number,
  info1: number,
  info2: number,
  interruption: number,
) => void;

const DEVICE_PORT = causeIndex('device-port');
const PAGE_FAULT = causeIndex('page-fault');
const INTERRUPT = causeIndex('interrupt');
const DEBUG = causeIndex('debug');
const HIGH_HALF = 2 ** 32;
const PAGE_FAULT_VECTOR = 14;

/** SVM, I/O: bit 0 read, 2 string, 4..6 one, two or four bytes, 16..31 the port. */
export const svmPort: ExitDetailer = (events, records, row, _code, info1) => {
  if (!(info1 >= 0)) return;
  const string = (info1 & 4) === 0 ? 0 : AccessFlag.String;
  const detail = accessClass(DetailSort.Port, (info1 & 1) === 0, (info1 >> 4) & 7) | string;
  pushDetail(events, records, row, detail, (info1 >>> 16) & 0xffff, DEVICE_PORT, Rank.Device);
};

/** SVM, nested page fault: info1 the error code, info2 the guest physical address. */
const svmNestedFault: ExitDetailer = (events, records, row, _code, info1, info2) =>
  pushPageFault(events, records, row, info1, info2);

/** SVM, #PF: info1 the error code, info2 a virtual address, from which no device can be told. */
const svmPageFault: ExitDetailer = (events, records, row, _code, info1) =>
  pushPageFault(events, records, row, info1, Number.NaN);

/** The code itself says which register: 0x00 … 0x1f control, 0x20 … 0x3f debug registers; bit 4 is a write. */
const svmControlRegister: ExitDetailer = (events, records, row, code) => {
  const detail = accessClass(DetailSort.ControlRegister, (code & 0x10) !== 0, 0);
  pushDetail(events, records, row, detail, code & 0xf, KEEP_CAUSE, Rank.Register);
};
const svmDebugRegister: ExitDetailer = (events, records, row, code) => {
  const detail = accessClass(DetailSort.DebugRegister, (code & 0x10) !== 0, 0);
  pushDetail(events, records, row, detail, code & 0xf, KEEP_CAUSE, Rank.Register);
};

/** Codes 0x40 … 0x5f. */
const svmException: ExitDetailer = (events, records, row, code) =>
  pushDetail(events, records, row, DetailSort.Exception, code & 0x1f, KEEP_CAUSE, Rank.Reason);

/** info1: the interrupt command register; info2: in its high half, why the hardware could not deliver it. */
const svmAvicIpi: ExitDetailer = (events, records, row, _code, info1, info2) => {
  if (!(info1 >= 0) || !(info2 >= 0)) return;
  const detail = avicIpiClass(Math.floor(info2 / HIGH_HALF));
  pushDetail(events, records, row, detail, info1 & 0xff, KEEP_CAUSE, Rank.Reason);
};

/** info1: bits 4..11 the register, bit 32 whether it was written. */
const svmAvicAccess: ExitDetailer = (events, records, row, _code, info1) => {
  if (info1 >= 0) pushApicAccess(events, records, row, info1 & 0xff0, Math.floor(info1 / HIGH_HALF) % 2 === 1);
};

/** VMX, I/O: bits 0..2 size - 1, 3 read, 4 string, 16..31 the port. */
const vmxPort: ExitDetailer = (events, records, row, _code, info1) => {
  if (!(info1 >= 0)) return;
  const string = (info1 & 0x10) === 0 ? 0 : AccessFlag.String;
  const detail = accessClass(DetailSort.Port, (info1 & 8) === 0, (info1 & 7) + 1) | string;
  pushDetail(events, records, row, detail, (info1 >>> 16) & 0xffff, DEVICE_PORT, Rank.Device);
};

const vmxEptViolation: ExitDetailer = (events, records, row, _code, info1) => pushEptFault(events, records, row, info1);

/** VMX, control registers: bits 0..3 which; bits 4..5: 1 is a read; 2 (CLTS) and 3 (LMSW) write CR0. */
const vmxControlRegister: ExitDetailer = (events, records, row, _code, info1) => {
  if (!(info1 >= 0)) return;
  const detail = accessClass(DetailSort.ControlRegister, ((info1 >> 4) & 3) !== 1, 0);
  pushDetail(events, records, row, detail, info1 & 0xf, KEEP_CAUSE, Rank.Register);
};

/** VMX, debug registers: bits 0..2 which; bit 4 read. */
const vmxDebugRegister: ExitDetailer = (events, records, row, _code, info1) => {
  if (!(info1 >= 0)) return;
  const detail = accessClass(DetailSort.DebugRegister, (info1 & 0x10) === 0, 0);
  pushDetail(events, records, row, detail, info1 & 7, KEEP_CAUSE, Rank.Register);
};

/** Interruption information: bits 0..7 vector, 8..10 type (2: NMI), 31 valid. */
const isValid = (interruption: number): boolean => interruption >= 0x80000000;
const NMI_TYPE = 2;
const DEBUG_VECTOR = 1;
const NMI_VECTOR = 2;
const BREAKPOINT_VECTOR = 3;
const MACHINE_CHECK_VECTOR = 18;

/** VMX has one reason for exceptions, NMI and machine checks: the vector tells the cause. */
const vmxException: ExitDetailer = (events, records, row, _code, _info1, _info2, interruption) => {
  if (!isValid(interruption)) return;
  const isNmi = ((interruption >> 8) & 7) === NMI_TYPE;
  const vector = isNmi ? NMI_VECTOR : interruption & 0xff;
  let cause = KEEP_CAUSE;
  let rank: number = Rank.Reason;
  if (isNmi || vector === MACHINE_CHECK_VECTOR) cause = INTERRUPT;
  else if (vector === DEBUG_VECTOR || vector === BREAKPOINT_VECTOR) cause = DEBUG;
  else if (vector === PAGE_FAULT_VECTOR) {
    cause = PAGE_FAULT;
    // kvm_page_fault says more and follows.
    rank = Rank.Injected;
  }
  pushDetail(events, records, row, DetailSort.Exception, vector, cause, rank);
};

const vmxInterrupt: ExitDetailer = (events, records, row, _code, _info1, _info2, interruption) => {
  if (!isValid(interruption)) return;
  pushDetail(events, records, row, DetailSort.HostInterrupt, interruption & 0xff, KEEP_CAUSE, Rank.Reason);
};

/** Bits 0..11: the offset; bits 12..15: 1 is a write by an instruction. */
const vmxApicAccess: ExitDetailer = (events, records, row, _code, info1) => {
  if (info1 >= 0) pushApicAccess(events, records, row, info1 & 0xff0, ((info1 >> 12) & 0xf) === 1);
};

const vmxApicWrite: ExitDetailer = (events, records, row, _code, info1) => {
  if (info1 >= 0) pushApicAccess(events, records, row, info1 & 0xff0, true);
};

const vmxEndOfInterrupt: ExitDetailer = (events, records, row, _code, info1) => {
  if (info1 >= 0) pushDetail(events, records, row, DetailSort.EndOfInterrupt, info1 & 0xff, KEEP_CAUSE, Rank.Reason);
};

/** `offset` in the APIC page. */
export function pushApicAccess(
  events: EventBatch,
  records: RecordBatch,
  row: number,
  offset: number,
  write: boolean,
): void {
  const detail = accessClass(DetailSort.Apic, write, 0);
  pushDetail(events, records, row, detail, offset, apicCause(offset), Rank.Apic);
}

const VMX_DETAILERS: ReadonlyMap<number, ExitDetailer> = new Map([
  [0, vmxException],
  [1, vmxInterrupt],
  [28, vmxControlRegister],
  [29, vmxDebugRegister],
  [30, vmxPort],
  [44, vmxApicAccess],
  [45, vmxEndOfInterrupt],
  [48, vmxEptViolation],
  [56, vmxApicWrite],
]);

const SVM_DETAILERS: ReadonlyMap<number, ExitDetailer> = new Map([
  [0x4e, svmPageFault],
  [0x7b, svmPort],
  [0x400, svmNestedFault],
  [0x401, svmAvicIpi],
  [0x402, svmAvicAccess],
]);

/** @param code SVM exit code or VMX basic reason */
export function exitDetailerOf(vocabulary: number, code: number): ExitDetailer | undefined {
  if (vocabulary === Vocabulary.Vmx) return VMX_DETAILERS.get(code);
  if (vocabulary !== Vocabulary.Svm || code < 0) return undefined;
  if (code < 0x20) return svmControlRegister;
  if (code < 0x40) return svmDebugRegister;
  return SVM_DETAILERS.get(code) ?? (code < 0x60 ? svmException : undefined);
}
