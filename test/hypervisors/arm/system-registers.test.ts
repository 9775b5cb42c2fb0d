/** Names of system registers against the assembler of GNU, which knows them from Arm's own description. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SYSTEM_REGISTERS, YOUNGEST_REGISTERS } from '../../../src/hypervisors/arm/system-register-rows.js';
import { encodingOf, systemRegisterCause, systemRegisterName } from '../../../src/hypervisors/arm/system-registers.js';

/** The words of machine code that lines of assembly become. */
function assemble(lines: readonly string[]): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-assembly-'));
  try {
    const [source, object, text] = ['a.s', 'a.o', 'a.bin'].map((name) => join(folder, name));
    writeFileSync(source, `${lines.join('\n')}\n`);
    for (const [tool, args] of [
      ['aarch64-linux-gnu-as', ['-march=armv9.3-a+sve+sme+memtag+rng+profile', '-o', object, source]],
      ['aarch64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', object, text]],
    ] as const) {
      const { error, status, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
      if (error !== undefined)
        throw new Error('An assembler for arm64 is needed: npm run test:setup', { cause: error });
      if (status !== 0) throw new Error(stderr);
    }
    const code = readFileSync(text);
    return Array.from({ length: code.length / 4 }, (_, index) => code.readUInt32LE(index * 4));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** MRS, MSR and SYS hold op0 (its low bit at 19; 1: SYS), op1, CRn, CRm and op2 at the same places. */
const encodingIn = (word: number): number =>
  encodingOf((word >> 19) & 3, (word >> 16) & 7, (word >> 12) & 15, (word >> 8) & 15, (word >> 5) & 7);

/** Some can be written only. */
const WRITE_ONLY = /^(?:ICC_(?:EOIR|DIR|SGI|ASGI)|OSLAR|PMSWINC)/;
const HAS_NO_OPERAND = /^IC IALLU/;

const youngest = new Set(YOUNGEST_REGISTERS.map(([name]) => name));
const ASSEMBLED = SYSTEM_REGISTERS.filter(([name]) => !youngest.has(name));

test('every name has the encoding that the assembler gives it', () => {
  const lines = ASSEMBLED.map(([name]) => {
    if (HAS_NO_OPERAND.test(name)) return name;
    if (name.includes(' ')) return `${name}, x0`;
    return WRITE_ONLY.test(name) ? `msr ${name}, x0` : `mrs x0, ${name}`;
  });
  const assembled = assemble(lines).map((word, index) => [ASSEMBLED[index][0], encodingIn(word)]);
  const ours = ASSEMBLED.map(([name, op0, op1, crn, crm, op2]) => [name, encodingOf(op0, op1, crn, crm, op2)]);
  expect(ours).toEqual(assembled);
  expect(ours.length).toBeGreaterThan(300);
});

/** As the kernel's arch/arm64/tools/sysreg has them: the assembler is too old. */
const IN_THE_KERNEL = `
ID_AA64PFR2_EL1 3 0 0 4 2
ID_AA64FPFR0_EL1 3 0 0 4 7
ID_AA64DFR2_EL1 3 0 0 5 2
ID_AA64ISAR3_EL1 3 0 0 6 3
ID_AA64MMFR3_EL1 3 0 0 7 3
ID_AA64MMFR4_EL1 3 0 0 7 4
TCR2_EL1 3 0 2 0 3
PIRE0_EL1 3 0 10 2 2
PIR_EL1 3 0 10 2 3`;

test('no two names have one encoding, and the youngest have those of the kernel', () => {
  expect(new Set(SYSTEM_REGISTERS.map(([, op0, op1, crn, crm, op2]) => encodingOf(op0, op1, crn, crm, op2))).size).toBe(
    SYSTEM_REGISTERS.length,
  );
  expect(YOUNGEST_REGISTERS.map((row) => row.join(' '))).toEqual(IN_THE_KERNEL.trim().split('\n'));
});

test('a register without a name is written as assemblers accept it', () => {
  const [word] = assemble([`mrs x0, ${systemRegisterName(encodingOf(3, 3, 15, 2, 1))}`]);
  expect(encodingIn(word)).toBe(encodingOf(3, 3, 15, 2, 1));
});

test.each([
  ['ICC_SGI1R_EL1', 'interrupt-control'],
  ['CNTV_CVAL_EL0', 'timer'],
  ['OSLSR_EL1', 'register'],
  ['DBGBVR3_EL1', 'debug'],
  ['MDSCR_EL1', 'debug'],
  ['HCR_EL2', 'nested'],
  ['CNTHCTL_EL2', 'nested'],
])('%s is of cause %s', (name, cause) => {
  const [, op0, op1, crn, crm, op2] = SYSTEM_REGISTERS.find((row) => row[0] === name)!;
  expect(systemRegisterCause(encodingOf(op0, op1, crn, crm, op2))).toBe(cause);
});

test.each([
  ['32-bit register 0, c14, c2, 1', 'timer', [0, 14, 2, 1]],
  ['32-bit register 2, c0, c14, 0', 'timer', [2, 0, 14, 0]],
  ['32-bit register 0, c12, c12, 0', 'interrupt-control', [0, 12, 12, 0]],
  ['32-bit register 0, c0, c12, 0', 'interrupt-control', [0, 0, 12, 0]],
  ['32-bit register 0, c1, c0, 0', 'register', [0, 1, 0, 0]],
] as const)('%s of a 32-bit guest is of cause %s', (name, cause, [op1, crn, crm, op2]) => {
  const encoding = encodingOf(0, op1, crn, crm, op2);
  expect([systemRegisterName(encoding), systemRegisterCause(encoding)]).toEqual([name, cause]);
});
