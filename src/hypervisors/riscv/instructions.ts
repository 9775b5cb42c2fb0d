/**
 * Instructions that a RISC-V guest leaves for, by their code: waits, and accesses to control and status registers.
 *
 * Source: The RISC-V Instruction Set Manual, volume I (chapters Zicsr and Zawrs) and volume II (WFI).
 */
export const WFI = 0x10500073;
/** WRS.NTO and WRS.STO wait for a change of memory: mostly for a lock. */
export const WAITS_ON_MEMORY: readonly number[] = [0x00d00073, 0x01d00073];

const OPCODE_SYSTEM = 0x73;
/** CSRRW and CSRRWI have these, the others set or clear bits. */
const CSRRW = 1;
const CSRRWI = 5;

const functionOf = (instruction: number): number => (instruction >>> 12) & 7;

/** Whether it reads or writes a control and status register. */
export const isCsrAccess = (instruction: number): boolean =>
  (instruction & 0x7f) === OPCODE_SYSTEM && (functionOf(instruction) & 3) !== 0;

export const csrOf = (instruction: number): number => instruction >>> 20;

/** CSRRS and CSRRC of x0 change nothing. */
export function isCsrWrite(instruction: number): boolean {
  const operation = functionOf(instruction);
  return operation === CSRRW || operation === CSRRWI || ((instruction >>> 15) & 31) !== 0;
}
