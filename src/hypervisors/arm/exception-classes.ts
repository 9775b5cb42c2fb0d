/**
 * Why an ARMv8 CPU leaves the guest: exception classes, bits 31..26 of the syndrome register ESR_EL2.
 *
 * Source: Arm Architecture Reference Manual (DDI 0487), ESR_ELx. Names: as Linux' kvm_exit tracepoint prints them
 * (`arch/arm64/include/asm/kvm_arm.h`, kvm_arm_exception_class), where it has one.
 */
import type { Cause, Trigger } from '../../recording/causes.js';

export type ExceptionClassRow = readonly [code: number, name: string, cause: Cause, trigger: Trigger, meaning: string];

export const ExceptionClass = {
  Unknown: 0x00,
  Wait: 0x01,
  Cp15: 0x03,
  Hvc32: 0x12,
  Smc32: 0x13,
  Hvc64: 0x16,
  Smc64: 0x17,
  SystemRegister: 0x18,
  InstructionAbort: 0x20,
  DataAbort: 0x24,
} as const;

// biome-ignore format: one row a line
export const EXCEPTION_CLASSES: readonly ExceptionClassRow[] = [
  [0x01, 'WFx', 'halt', 'guest', 'The guest has nothing to do and waits (WFI or WFE).'],
  [0x03, 'CP15_32', 'register', 'guest', 'A 32-bit guest used a system register (MCR or MRC, CP15).'],
  [0x04, 'CP15_64', 'register', 'guest', 'A 32-bit guest used a 64-bit system register (MCRR or MRRC, CP15).'],
  [0x05, 'CP14_MR', 'register', 'guest', 'A 32-bit guest used a debug register (MCR or MRC, CP14).'],
  [0x06, 'CP14_LS', 'register', 'guest', 'A 32-bit guest moved a debug register to or from memory (LDC or STC).'],
  [0x07, 'FP_ASIMD', 'register', 'guest', 'The guest used floating point, SIMD or SVE registers, which were switched off.'],
  [0x08, 'CP10_ID', 'register', 'guest', 'A 32-bit guest asked for the features of floating point (VMRS).'],
  [0x09, 'PAC', 'register', 'guest', 'The guest used pointer authentication, which was switched off.'],
  [0x0a, 'LS64', 'other', 'guest', 'The guest used a 64-byte load or store, which was switched off.'],
  [0x0c, 'CP14_64', 'register', 'guest', 'A 32-bit guest used a 64-bit debug register (MRRC, CP14).'],
  [0x0d, 'BTI', 'exception', 'guest', 'The guest branched to a place that is no target of branches.'],
  [0x0e, 'ILL', 'exception', 'guest', 'The guest was in an illegal execution state.'],
  [0x11, 'SVC32', 'exception', 'guest', 'A 32-bit program in the guest called its kernel (SVC), which is intercepted here.'],
  [0x12, 'HVC32', 'hypercall', 'guest', 'A 32-bit guest called the hypervisor (HVC).'],
  [0x13, 'SMC32', 'hypercall', 'guest', 'A 32-bit guest called the firmware (SMC), which the hypervisor answers.'],
  [0x15, 'SVC64', 'exception', 'guest', 'A program in the guest called its kernel (SVC), which is intercepted here.'],
  [0x16, 'HVC64', 'hypercall', 'guest', 'The guest called the hypervisor (HVC).'],
  [0x17, 'SMC64', 'hypercall', 'guest', 'The guest called the firmware (SMC), which the hypervisor answers.'],
  [0x18, 'SYS64', 'register', 'guest', 'The guest read or wrote a privileged register, or executed a system instruction.'],
  [0x19, 'SVE', 'register', 'guest', 'The guest used SVE, which was switched off.'],
  [0x1a, 'ERET', 'nested', 'guest', 'A hypervisor in the guest went back to its own guest (ERET).'],
  [0x1c, 'PAC_FAIL', 'exception', 'guest', 'An authenticated pointer of the guest was wrong.'],
  [0x1d, 'SME', 'register', 'guest', 'The guest used SME, which was switched off.'],
  [0x1f, 'IMP_DEF', 'other', 'guest', 'The guest did something that only the maker of this CPU has defined.'],
  [0x20, 'IABT_LOW', 'page-fault', 'guest', 'The guest fetched an instruction from memory that it cannot reach yet.'],
  [0x21, 'IABT_CUR', 'exception', 'host', 'The hypervisor itself fetched an instruction from memory that it cannot reach.'],
  [0x22, 'PC_ALIGN', 'exception', 'guest', 'The program counter of the guest was not aligned.'],
  [0x24, 'DABT_LOW', 'page-fault', 'guest', 'The guest read or wrote an address that is no memory of its own: a device, or a page that is not there.'],
  [0x25, 'DABT_CUR', 'exception', 'host', 'The hypervisor itself used an address that it cannot reach.'],
  [0x26, 'SP_ALIGN', 'exception', 'guest', 'The stack pointer of the guest was not aligned.'],
  [0x27, 'MOPS', 'exception', 'guest', 'A memory copy or set instruction of the guest was met in the middle, on a CPU that does it another way.'],
  [0x28, 'FP_EXC32', 'exception', 'guest', 'A floating-point exception of a 32-bit program.'],
  [0x2c, 'FP_EXC64', 'exception', 'guest', 'A floating-point exception.'],
  [0x2f, 'SERROR', 'exception', 'hardware', 'The hardware reported an error that no single instruction made (SError).'],
  [0x30, 'BREAKPT_LOW', 'debug', 'guest', 'The guest reached a breakpoint.'],
  [0x31, 'BREAKPT_CUR', 'debug', 'host', 'The hypervisor itself reached a breakpoint.'],
  [0x32, 'SOFTSTP_LOW', 'debug', 'guest', 'The guest executed one step under a debugger.'],
  [0x33, 'SOFTSTP_CUR', 'debug', 'host', 'The hypervisor itself executed one step under a debugger.'],
  [0x34, 'WATCHPT_LOW', 'debug', 'guest', 'The guest used an address that is watched.'],
  [0x35, 'WATCHPT_CUR', 'debug', 'host', 'The hypervisor itself used an address that is watched.'],
  [0x38, 'BKPT32', 'debug', 'guest', 'A 32-bit guest executed a breakpoint instruction.'],
  [0x3a, 'VECTOR32', 'debug', 'guest', 'A 32-bit guest reached an exception vector that is watched.'],
  [0x3c, 'BRK64', 'debug', 'guest', 'The guest executed a breakpoint instruction.'],
];

/** Instructions that wait, by the lowest two bits of the syndrome. */
// biome-ignore format: one row a line
export const WAIT_INSTRUCTIONS: readonly ExceptionClassRow[] = [
  [0, 'WFI', 'halt', 'guest', 'The guest has nothing to do and halted this vCPU until the next interrupt.'],
  [1, 'WFE', 'pause', 'guest', 'The guest waits for an event of another CPU, mostly for a lock.'],
  [2, 'WFIT', 'halt', 'guest', 'The guest has nothing to do and halted this vCPU until the next interrupt, or a time.'],
  [3, 'WFET', 'pause', 'guest', 'The guest waits for an event of another CPU, mostly for a lock, or a time.'],
];

const CLASS_SHIFT = 26;

/** Parts of the syndrome: 0x07e00000 is class 0x01 with 0x1e00000. */
export const exceptionClassOf = (syndrome: number): number => syndrome >>> CLASS_SHIFT;

/** Of a data abort: whether size, register and so on were filled in (ISV). */
export const isDescribedAccess = (syndrome: number): boolean => (syndrome & (1 << 24)) !== 0;
export const accessBytes = (syndrome: number): number => 1 << ((syndrome >>> 22) & 3);
export const accessRegister = (syndrome: number): number => (syndrome >>> 16) & 31;
export const isWriteAccess = (syndrome: number): boolean => (syndrome & (1 << 6)) !== 0;

/** Fault status codes of permission faults, level 0 to 3: the page is there, and does not allow this access. */
export const isPermissionFault = (syndrome: number): boolean => (syndrome & 0x3c) === 0x0c;
/** Fault status codes of access flag faults: the page is there, and not marked as used. */
export const isAccessFlagFault = (syndrome: number): boolean => (syndrome & 0x3c) === 0x08;
/** Fault status codes of translation faults, level 0 to 3: no page is there. Permission and access flag faults have others. */
export const isTranslationFault = (syndrome: number): boolean => (syndrome & 0x3c) === 0x04;
/** The fault was met while the guest's own page tables were read. */
export const isTableWalkFault = (syndrome: number): boolean => (syndrome & (1 << 7)) !== 0;

/** The number that HVC and SMC carry. */
export const immediateOf = (syndrome: number): number => syndrome & 0xffff;
