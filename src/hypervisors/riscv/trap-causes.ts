/**
 * Why a RISC-V CPU left the guest: the register scause. Its highest bit says whether it was an interrupt or an exception;
 * the two number their causes independently, so that a code without that bit means nothing.
 *
 * Source: The RISC-V Instruction Set Manual, volume II: Privileged Architecture, tables "Supervisor cause register values"
 * and, of the hypervisor extension, "Machine and supervisor cause register values"; counter overflow: extension Sscofpmf.
 */
import type { Cause, Trigger } from '../../recording/causes.js';

export type TrapCauseRow = readonly [code: number, name: string, cause: Cause, trigger: Trigger, meaning: string];

// biome-ignore format: one row a line
export const INTERRUPTS: readonly TrapCauseRow[] = [
  [1, 'S_SOFT', 'interrupt', 'host', 'A software interrupt of the host arrived: another CPU sent it (IPI).'],
  [2, 'VS_SOFT', 'interrupt-control', 'guest', 'A software interrupt of the guest arrived, which the hypervisor handles itself here.'],
  [3, 'M_SOFT', 'interrupt', 'host', 'A software interrupt of the firmware arrived.'],
  [5, 'S_TIMER', 'interrupt', 'host', "The host's timer went off."],
  [6, 'VS_TIMER', 'timer', 'guest', "The guest's own timer went off."],
  [7, 'M_TIMER', 'interrupt', 'host', "The firmware's timer went off."],
  [9, 'S_EXT', 'interrupt', 'host', 'An interrupt of a device of the host arrived.'],
  [10, 'VS_EXT', 'interrupt-control', 'host', 'An interrupt of a device of the guest arrived, which the hypervisor handles itself here.'],
  [11, 'M_EXT', 'interrupt', 'host', 'An interrupt of a device of the firmware arrived.'],
  [12, 'S_GEXT', 'interrupt', 'host', 'An interrupt arrived that a device sent straight to a vCPU which does not run.'],
  [13, 'PMU_OVF', 'interrupt', 'host', 'A performance counter of the host overflowed.'],
];

export const Exception = {
  VirtualEcall: 10,
  GuestInstructionFault: 20,
  GuestLoadFault: 21,
  VirtualInstruction: 22,
  GuestStoreFault: 23,
} as const;

// biome-ignore format: one row a line
export const EXCEPTIONS: readonly TrapCauseRow[] = [
  [0, 'INST_MISALIGNED', 'exception', 'guest', 'The guest jumped to an address that is not aligned.'],
  [1, 'INST_ACCESS', 'exception', 'guest', 'The guest fetched an instruction from an address that it must not use.'],
  [2, 'INST_ILLEGAL', 'exception', 'guest', 'The guest executed an instruction that this CPU does not have.'],
  [3, 'BREAKPOINT', 'debug', 'guest', 'The guest reached a breakpoint.'],
  [4, 'LOAD_MISALIGNED', 'exception', 'guest', 'The guest read from an address that is not aligned.'],
  [5, 'LOAD_ACCESS', 'exception', 'guest', 'The guest read from an address that it must not use.'],
  [6, 'STORE_MISALIGNED', 'exception', 'guest', 'The guest wrote to an address that is not aligned.'],
  [7, 'STORE_ACCESS', 'exception', 'guest', 'The guest wrote to an address that it must not use.'],
  [8, 'SYSCALL', 'exception', 'guest', 'A program in the guest called its kernel (ECALL), which is intercepted here.'],
  [9, 'HYPERVISOR_SYSCALL', 'exception', 'host', 'The hypervisor itself called its firmware.'],
  [10, 'SUPERVISOR_SYSCALL', 'hypercall', 'guest', 'The guest called its firmware (SBI), which the hypervisor answers.'],
  [12, 'INST_PAGE_FAULT', 'page-fault', 'guest', "The guest fetched an instruction that its own page tables do not reach."],
  [13, 'LOAD_PAGE_FAULT', 'page-fault', 'guest', "The guest read from an address that its own page tables do not reach."],
  [15, 'STORE_PAGE_FAULT', 'page-fault', 'guest', "The guest wrote to an address that its own page tables do not reach."],
  [18, 'SOFTWARE_CHECK', 'exception', 'guest', 'The guest broke a rule of control flow.'],
  [19, 'HARDWARE_ERROR', 'exception', 'hardware', 'The hardware reported an error.'],
  [20, 'INST_GUEST_PAGE_FAULT', 'page-fault', 'guest', 'The guest fetched an instruction from memory that it cannot reach yet.'],
  [21, 'LOAD_GUEST_PAGE_FAULT', 'page-fault', 'guest', 'The guest read an address that is no memory of its own: a device, or a page that is not there.'],
  [22, 'VIRTUAL_INST_FAULT', 'register', 'guest', 'The guest executed an instruction that only its hypervisor may: it waits (WFI), or used a register that is not its own.'],
  [23, 'STORE_GUEST_PAGE_FAULT', 'page-fault', 'guest', 'The guest wrote to an address that is no memory of its own: a device, or a page that is not there.'],
];

/** The highest bit of scause, in the high half of a 64-bit one, and in the only half of that of a 32-bit CPU. */
const INTERRUPT_BIT = 0x8000_0000;

/**
 * Whether scause says that it was an interrupt. Of a 32-bit CPU the high half is 0, or repeats the highest bit: no code is
 * as large as that bit.
 * @param high and @param low halves of it; NaN where it was not recorded
 */
export const isInterruptCause = (high: number, low: number): boolean => high >= INTERRUPT_BIT || low >= INTERRUPT_BIT;

/** Its number among interrupts, or among exceptions. @param low as above */
export const trapCode = (low: number): number => (low >= INTERRUPT_BIT ? low - INTERRUPT_BIT : low);

/** Before names of interrupts, so that none looks like an exception of the same code. */
export const INTERRUPT_PREFIX = 'IRQ_';
