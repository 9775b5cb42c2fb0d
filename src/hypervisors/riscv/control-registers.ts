/**
 * Control and status registers of RISC-V that guests can be made to leave for.
 *
 * Source: The RISC-V Instruction Set Manual, volume II, table "Currently allocated RISC-V supervisor-level CSR addresses" and
 * that of unprivileged ones; stopei, siselect and their like: The RISC-V Advanced Interrupt Architecture, chapter 2;
 * stimecmp: extension Sstc.
 */
import type { Cause } from '../../recording/causes.js';

export const CONTROL_REGISTERS: readonly (readonly [number, string])[] = [
  [0x001, 'fflags'],
  [0x002, 'frm'],
  [0x003, 'fcsr'],
  [0x008, 'vstart'],
  [0x009, 'vxsat'],
  [0x00a, 'vxrm'],
  [0x00f, 'vcsr'],
  [0x015, 'seed'],
  [0x100, 'sstatus'],
  [0x104, 'sie'],
  [0x105, 'stvec'],
  [0x106, 'scounteren'],
  [0x10a, 'senvcfg'],
  [0x10c, 'sstateen0'],
  [0x120, 'scountinhibit'],
  [0x140, 'sscratch'],
  [0x141, 'sepc'],
  [0x142, 'scause'],
  [0x143, 'stval'],
  [0x144, 'sip'],
  [0x14d, 'stimecmp'],
  [0x150, 'siselect'],
  [0x151, 'sireg'],
  [0x15c, 'stopei'],
  [0x15d, 'stimecmph'],
  [0x180, 'satp'],
  [0x5a8, 'scontext'],
  [0xc00, 'cycle'],
  [0xc01, 'time'],
  [0xc02, 'instret'],
  [0xc80, 'cycleh'],
  [0xc81, 'timeh'],
  [0xc82, 'instreth'],
  [0xda0, 'scountovf'],
  [0xdb0, 'stopi'],
  // Event counters 3 to 31.
  ...Array.from({ length: 29 }, (_, n) => [0xc03 + n, `hpmcounter${n + 3}`] as const),
];

const NAMES = new Map(CONTROL_REGISTERS);
const INTERRUPT_REGISTERS: readonly string[] = ['sie', 'sip', 'siselect', 'sireg', 'stopei', 'stopi'];
const TIMER_REGISTERS: readonly string[] = ['stimecmp', 'stimecmph', 'time', 'timeh'];

/** A name, or the number as assemblers accept it. */
export const csrName = (number: number): string => NAMES.get(number) ?? `0x${number.toString(16)}`;

export function csrCause(number: number): Cause {
  const name = csrName(number);
  if (INTERRUPT_REGISTERS.includes(name)) return 'interrupt-control';
  return TIMER_REGISTERS.includes(name) ? 'timer' : 'register';
}
