/** Names of system registers against the assembler of GNU, which knows them from Arm's own description. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  encodingOf,
  SYSTEM_REGISTERS,
  systemRegisterCause,
  systemRegisterName,
} from '../../../src/hypervisors/arm/system-registers.js';

/** The words of machine code that lines of assembly become. */
function assemble(lines: readonly string[]): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-assembly-'));
  try {
    const [source, object, text] = ['a.s', 'a.o', 'a.bin'].map((name) => join(folder, name));
    writeFileSync(source, `${lines.join('\n')}\n`);
    for (const [tool, args] of [
      ['aarch64-linux-gnu-as', ['-march=armv8.6-a+sve', '-o', object, source]],
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

test('every name has the encoding that the assembler gives it', () => {
  const lines = SYSTEM_REGISTERS.map(([name]) => {
    if (HAS_NO_OPERAND.test(name)) return name;
    if (name.includes(' ')) return `${name}, x0`;
    return WRITE_ONLY.test(name) ? `msr ${name}, x0` : `mrs x0, ${name}`;
  });
  const assembled = assemble(lines).map((word, index) => [SYSTEM_REGISTERS[index][0], encodingIn(word)]);
  const ours = SYSTEM_REGISTERS.map(([name, op0, op1, crn, crm, op2]) => [name, encodingOf(op0, op1, crn, crm, op2)]);
  expect(ours).toEqual(assembled);
  expect(ours.length).toBeGreaterThan(200);
});

test('a register without a name is written as assemblers accept it', () => {
  const [word] = assemble([`mrs x0, ${systemRegisterName(encodingOf(3, 3, 15, 2, 1))}`]);
  expect(encodingIn(word)).toBe(encodingOf(3, 3, 15, 2, 1));
});

test.each([
  ['ICC_SGI1R_EL1', 'interrupt-control'],
  ['CNTV_CVAL_EL0', 'timer'],
  ['OSLSR_EL1', 'register'],
])('%s is of cause %s', (name, cause) => {
  const [, op0, op1, crn, crm, op2] = SYSTEM_REGISTERS.find((row) => row[0] === name)!;
  expect(systemRegisterCause(encodingOf(op0, op1, crn, crm, op2))).toBe(cause);
});
