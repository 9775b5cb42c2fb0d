/**
 * What a syndrome or an event says of a register or an instruction of AArch64: its name, and the cause of its exits.
 *
 * Source: Arm Architecture Reference Manual (DDI 0487), ESR_ELx, ISS encoding of exceptions from MSR, MRS or system instructions.
 */
import type { Cause } from '../../recording/causes.js';
import { SYSTEM_REGISTERS } from './system-register-rows.js';

/** Bits 21..20, 19..17, 16..14, 13..10 and 4..1 of the syndrome (Op0, Op2, Op1, CRn, CRm) as one number. */
export const encodingOf = (op0: number, op1: number, crn: number, crm: number, op2: number): number =>
  (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

export const registerOfSyndrome = (syndrome: number): number =>
  encodingOf(
    (syndrome >>> 20) & 3,
    (syndrome >>> 14) & 7,
    (syndrome >>> 10) & 15,
    (syndrome >>> 1) & 15,
    (syndrome >>> 17) & 7,
  );

/** MRS reads (1), MSR and SYS write. */
export const isRegisterRead = (syndrome: number): boolean => (syndrome & 1) === 1;

const NAMES = new Map(
  SYSTEM_REGISTERS.map(([name, op0, op1, crn, crm, op2]) => [encodingOf(op0, op1, crn, crm, op2), name]),
);

/** Registers of 32-bit guests (CP14, CP15) are recorded with this Op0, which no register of AArch64 has. */
const OP0_OF_32_BITS = 0;
/** Op1 of registers of EL2, and of those of EL1 that a hypervisor reaches under names of its own. */
const OP1_OF_HYPERVISORS: readonly number[] = [4, 5];
const OP0_OF_REGISTERS = 3;

const partsOf = (encoding: number) => ({
  op0: (encoding >> 14) & 3,
  op1: (encoding >> 11) & 7,
  crn: (encoding >> 7) & 15,
  crm: (encoding >> 3) & 15,
  op2: encoding & 7,
});

/**
 * A name, or the encoding as assemblers accept it: S3_0_C15_C2_1. Of 32-bit guests the encoding as instructions have it:
 * "32-bit register 0, c14, c2, 1".
 */
export function systemRegisterName(encoding: number): string {
  const name = NAMES.get(encoding);
  if (name !== undefined) return name;
  const { op0, op1, crn, crm, op2 } = partsOf(encoding);
  return op0 === OP0_OF_32_BITS
    ? `32-bit register ${op1}, c${crn}, c${crm}, ${op2}`
    : `S${op0}_${op1}_C${crn}_C${crm}_${op2}`;
}

/** Breakpoints, watchpoints and what switches them on. */
const DEBUGGING = /^(?:DBG[BW][VC]R|MDSCR_EL1|OSLAR_EL1|OSDLR_EL1|MDCC)/;

export function systemRegisterCause(encoding: number): Cause {
  const parts = partsOf(encoding);
  if (parts.op0 === OP0_OF_32_BITS) return causeOf32Bits(parts);
  if (parts.op0 === OP0_OF_REGISTERS && OP1_OF_HYPERVISORS.includes(parts.op1)) return 'nested';
  const name = NAMES.get(encoding) ?? '';
  if (name.startsWith('ICC_')) return 'interrupt-control';
  if (name.startsWith('CNT')) return 'timer';
  return DEBUGGING.test(name) ? 'debug' : 'register';
}

/** The timers are in c14, the interrupt controller in c12; registers of 64 bits have no CRn, and that in CRm. */
function causeOf32Bits({ crn, crm }: { readonly crn: number; readonly crm: number }): Cause {
  const [timers, interrupts] = [14, 12];
  if ((crn === timers && crm < 8) || (crn === 0 && crm === timers)) return 'timer';
  return (crn === interrupts && crm >= 8) || (crn === 0 && crm === interrupts) ? 'interrupt-control' : 'register';
}
