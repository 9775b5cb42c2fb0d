/**
 * How the hardware reports what a guest did. ARM: the syndrome register ESR_EL2 as Arm's architecture manual (DDI 0487)
 * lays it out, and the guest-physical address that was used as payload. x86: the basic exit reasons of Intel's SDM,
 * volume 3, appendix C, and the exit qualification as payload; on AMD the exit codes of its manual, volume 2, appendix C,
 * and EXITINFO1 as payload.
 */
import type { Cause } from '../../recording/causes.js';
import type { ExitCode } from './history.js';

/** What of a CPU runs guests: the virtualization of ARM, Intel's VMX or AMD's SVM. */
export type Virtualization = 'arm' | 'vmx' | 'svm';

/** What makes a guest leave. */
export const OPERATIONS = [
  'halt',
  'pause',
  'serial-write',
  'serial-status',
  'block-doorbell',
  'console-doorbell',
  'ipi',
  'system-register',
  'timer-register',
  'identification',
  'hypercall',
  'firmware-call',
  'page-fault',
  'undocumented',
  'host-interrupt',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Exception classes, bits 31–26; bit 25 says that the instruction had 32 bits. */
const CLASS_SHIFT = 26;
const LONG_INSTRUCTION = 1 << 25;
const syndrome = (exceptionClass: number, specific = 0): number =>
  ((exceptionClass << CLASS_SHIFT) | LONG_INSTRUCTION | specific) >>> 0;

const WFX = 0x01;
const HVC = 0x16;
const SMC = 0x17;
const SYSTEM_REGISTER = 0x18;
const INSTRUCTION_ABORT = 0x20;
const DATA_ABORT = 0x24;
/** No exception class has this number. */
const UNASSIGNED = 0x3d;

/** As the documented sample has it: condition "always". Bit 0: WFE. */
const WFI_SPECIFIC = 0x1e0_0000;

/** Data abort: the syndrome is valid (bit 24), size (23–22), register (20–16), write (6), translation fault of level 3. */
const deviceAccess = (sizeLog2: number, register: number, write: boolean): number =>
  (1 << 24) | (sizeLog2 << 22) | (register << 16) | (write ? 1 << 6 : 0) | TRANSLATION_FAULT_LEVEL_3;
const TRANSLATION_FAULT_LEVEL_3 = 0x07;

/** MSR and MRS: Op0 (21–20), Op2 (19–17), Op1 (16–14), CRn (13–10), Rt (9–5), CRm (4–1), read (0). */
const registerAccess = (op0: number, op1: number, crn: number, crm: number, op2: number, read: boolean): number =>
  (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (3 << 5) | (crm << 1) | (read ? 1 : 0);

/** The console of QNX' example configurations, and two VIRTIO devices beside it. */
export const PL011_ADDRESS = 0x1c09_0000;
const PL011_FLAGS = PL011_ADDRESS + 0x18;
export const VIRTIO_BLOCK_ADDRESS = 0x1c0d_0000;
export const VIRTIO_CONSOLE_ADDRESS = 0x1c0e_0000;
/** QueueNotify of VIRTIO over MMIO. */
const QUEUE_NOTIFY = 0x50;
const FIRST_TOUCHED_PAGE = 0x8020_0000;

type Codes = Record<Operation, readonly [reason: number, payload: number, cause: Cause]>;

const ARM: Codes = {
  halt: [syndrome(WFX, WFI_SPECIFIC), 0, 'halt'],
  pause: [syndrome(WFX, WFI_SPECIFIC | 1), 0, 'pause'],
  'serial-write': [syndrome(DATA_ABORT, deviceAccess(0, 1, true)), PL011_ADDRESS, 'device-mmio'],
  'serial-status': [syndrome(DATA_ABORT, deviceAccess(2, 2, false)), PL011_FLAGS, 'device-mmio'],
  'block-doorbell': [
    syndrome(DATA_ABORT, deviceAccess(2, 0, true)),
    VIRTIO_BLOCK_ADDRESS + QUEUE_NOTIFY,
    'device-mmio',
  ],
  'console-doorbell': [
    syndrome(DATA_ABORT, deviceAccess(2, 0, true)),
    VIRTIO_CONSOLE_ADDRESS + QUEUE_NOTIFY,
    'device-mmio',
  ],
  // ICC_SGI1R_EL1, OSLSR_EL1, CNTP_CVAL_EL0.
  ipi: [syndrome(SYSTEM_REGISTER, registerAccess(3, 0, 12, 11, 5, false)), 0, 'interrupt-control'],
  'system-register': [syndrome(SYSTEM_REGISTER, registerAccess(2, 0, 1, 1, 4, true)), 0, 'register'],
  'timer-register': [syndrome(SYSTEM_REGISTER, registerAccess(3, 3, 14, 2, 2, false)), 0, 'timer'],
  // MIDR_EL1: what CPUID is on x86.
  identification: [syndrome(SYSTEM_REGISTER, registerAccess(3, 0, 0, 0, 0, true)), 0, 'register'],
  hypercall: [syndrome(HVC), 0, 'hypercall'],
  'firmware-call': [syndrome(SMC), 0, 'hypercall'],
  'page-fault': [syndrome(INSTRUCTION_ABORT, TRANSLATION_FAULT_LEVEL_3), FIRST_TOUCHED_PAGE, 'page-fault'],
  undocumented: [syndrome(UNASSIGNED), 0, 'other'],
  // Interrupts have no exception class, and how qvm codes them is not documented.
  'host-interrupt': [0, 0, 'other'],
};

/** Exit qualification of IN and OUT: size − 1 (2–0), in (3), port (31–16). */
const portAccess = (port: number, bytes: number, read: boolean): number =>
  ((port << 16) | (read ? 8 : 0) | (bytes - 1)) >>> 0;

const IO_INSTRUCTION = 30;
export const SERIAL_PORT = 0x3f8;
const SERIAL_LINE_STATUS = SERIAL_PORT + 5;
const VIRTIO_BLOCK_PORT = 0xc010;
const VIRTIO_CONSOLE_PORT = 0xc050;
/** No basic exit reason has this number. */
const UNASSIGNED_BASIC_REASON = 200;
/** Nor has any exit code of AMD's this one. */
const UNASSIGNED_SVM_CODE = 0x300;

const VMX: Codes = {
  halt: [12, 0, 'halt'],
  pause: [40, 0, 'pause'],
  'serial-write': [IO_INSTRUCTION, portAccess(SERIAL_PORT, 1, false), 'device-port'],
  'serial-status': [IO_INSTRUCTION, portAccess(SERIAL_LINE_STATUS, 1, true), 'device-port'],
  'block-doorbell': [IO_INSTRUCTION, portAccess(VIRTIO_BLOCK_PORT, 2, false), 'device-port'],
  'console-doorbell': [IO_INSTRUCTION, portAccess(VIRTIO_CONSOLE_PORT, 2, false), 'device-port'],
  ipi: [56, 0x300, 'interrupt-control'],
  'system-register': [31, 0, 'register'],
  'timer-register': [32, 0, 'register'],
  identification: [10, 0, 'cpuid'],
  hypercall: [18, 0, 'hypercall'],
  'firmware-call': [18, 0, 'hypercall'],
  'page-fault': [48, 0x181, 'page-fault'],
  undocumented: [UNASSIGNED_BASIC_REASON, 0, 'other'],
  'host-interrupt': [1, 0, 'interrupt'],
};

/** EXITINFO1 of IN and OUT: in (0), size in bytes as one bit (6–4), port (31–16). */
const svmPortAccess = (port: number, bytes: number, read: boolean): number =>
  ((port << 16) | (bytes << 4) | (read ? 1 : 0)) >>> 0;

const SVM_IO = 0x7b;
const SVM_MSR = 0x7c;

const SVM: Codes = {
  halt: [0x78, 0, 'halt'],
  pause: [0x77, 0, 'pause'],
  'serial-write': [SVM_IO, svmPortAccess(SERIAL_PORT, 1, false), 'device-port'],
  'serial-status': [SVM_IO, svmPortAccess(SERIAL_LINE_STATUS, 1, true), 'device-port'],
  'block-doorbell': [SVM_IO, svmPortAccess(VIRTIO_BLOCK_PORT, 2, false), 'device-port'],
  'console-doorbell': [SVM_IO, svmPortAccess(VIRTIO_CONSOLE_PORT, 2, false), 'device-port'],
  // AVIC_INCOMPLETE_IPI.
  ipi: [0x401, 0, 'interrupt-control'],
  'system-register': [SVM_MSR, 0, 'register'],
  'timer-register': [SVM_MSR, 1, 'register'],
  identification: [0x72, 0, 'cpuid'],
  hypercall: [0x81, 0, 'hypercall'],
  'firmware-call': [0x81, 0, 'hypercall'],
  'page-fault': [0x400, 0x1_0000_0004, 'page-fault'],
  undocumented: [UNASSIGNED_SVM_CODE, 0, 'other'],
  'host-interrupt': [0x60, 0, 'interrupt'],
};

const CODES: Record<Virtualization, Codes> = { arm: ARM, vmx: VMX, svm: SVM };

export function exitCode(virtualization: Virtualization, operation: Operation): ExitCode {
  const [reason, payload, cause] = CODES[virtualization][operation];
  return { reason, payload: BigInt(payload), cause };
}
