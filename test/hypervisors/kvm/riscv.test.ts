/** Exits of RISC-V: made-up recordings whose truth is known, and numbers of registers against an assembler. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import { explain } from '../../../src/explain/explain.js';
import type { Explanation } from '../../../src/explain/explanation.js';
import { ftraceText } from '../../../src/formats/ftrace-text/index.js';
import { openRecording } from '../../../src/formats/open.js';
import { kvm } from '../../../src/hypervisors/kvm/index.js';
import { CONTROL_REGISTERS } from '../../../src/hypervisors/riscv/control-registers.js';
import { csrOf, isCsrAccess, isCsrWrite, WFI } from '../../../src/hypervisors/riscv/instructions.js';
import { EXCEPTIONS, INTERRUPTS } from '../../../src/hypervisors/riscv/trap-causes.js';
import { asTraceDat, workloadOf } from '../../fuzz/workload.js';
import { vcpusOf } from '../../support/explained.js';
import { randomSource } from '../../support/random-source.js';
import { OPTIONS, readText } from '../../support/read-records.js';
import { type PlannedExit, plan, READ_TIME, traceText, WRITE_STIMECMP } from '../../support/riscv-recording.js';

async function explained(bytes: Uint8Array): Promise<Explanation> {
  const opened = await openRecording(new MemorySource(bytes, 'made up'), OPTIONS);
  if (!opened.ok) throw new Error(opened.issue.message);
  const result = await explain(opened.value, kvm);
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

const ofText = (exits: readonly PlannedExit[]): Promise<Explanation> =>
  explained(new TextEncoder().encode(traceText(exits)));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const nameOf = ({ code, isInterrupt }: PlannedExit): string =>
  isInterrupt ? `IRQ_${INTERRUPTS.find((row) => row[0] === code)![1]}` : EXCEPTIONS.find((row) => row[0] === code)![1];

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function byReason({ exits }: Explanation): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason, count } of exits) counts[reason] = (counts[reason] ?? 0) + count;
  return counts;
}

describe.each([1, 2, 3])('made up from seed %i', (seed) => {
  const exits = plan(randomSource(seed), 400);

  test('every exit is what it was, the books balance, and the guest has its time to the nanosecond', async () => {
    const explanation = await ofText(exits);
    expect(byReason(explanation)).toEqual(counted(exits.map(nameOf)));
    const [vcpu] = vcpusOf(explanation);
    expect(sum(Object.values(vcpu.ledgerNs))).toBe(vcpu.durationNs);
    expect(vcpu.ledgerNs.unknown).toBe(0);
    expect(vcpu.ledgerNs.guest).toBe(1000 * sum(exits.map(({ guestUs }) => guestUs)));
    const sleeps = exits.filter(({ next }) => next === 'sleep');
    // It sleeps from 2 µs after the exit to 6 µs before the entry.
    expect(vcpu.ledgerNs.idle).toBe(1000 * sum(sleeps.map(({ outsideUs }) => outsideUs - 8)));
    expect(vcpu.ledgerNs.blocked).toBe(0);
  });

  test('causes are those of what followed', async () => {
    const explanation = await ofText(exits);
    const ofCause = (cause: string) => sum(explanation.exits.map((row) => (row.cause === cause ? row.count : 0)));
    const planned = (wanted: (exit: PlannedExit) => boolean) => exits.filter(wanted).length;
    expect(ofCause('halt')).toBe(planned(({ next }) => next === 'sleep'));
    expect(ofCause('device-mmio')).toBe(planned(({ next }) => next === 'device'));
    expect(ofCause('timer')).toBe(planned(({ stval }) => stval === READ_TIME || stval === WRITE_STIMECMP));
    expect(ofCause('hypercall')).toBe(planned(({ code, isInterrupt }) => code === 10 && !isInterrupt));
    expect(ofCause('interrupt')).toBe(planned(({ isInterrupt }) => isInterrupt));
    expect(ofCause('other')).toBe(0);
  });

  test('a binary recording of the same says the same', async () => {
    const records = await readText(ftraceText, traceText(exits));
    const workload = workloadOf(records, records.rows.length);
    for (const littleEndian of [true, false]) {
      const bytes = asTraceDat(workload, { littleEndian, longSize: 8, pageSize: 4096, version: 6 });
      // That form has gaps on purpose: what is in it can be less, and never something else.
      const [ours, all] = [byReason(await explained(bytes)), counted(exits.map(nameOf))];
      expect(Object.keys(ours).filter((name) => name !== 'not recorded' && !(name in all))).toEqual([]);
      for (const [name, count] of Object.entries(ours)) expect(count, name).toBeLessThanOrEqual(all[name] ?? 0);
      expect(sum(Object.values(ours))).toBeGreaterThan(0.8 * exits.length);
    }
  });
});

test('interrupts and exceptions of one number are never mixed, not even unknown ones', async () => {
  const exits = Array.from({ length: 64 }, (_, code) => code).flatMap((code) =>
    [true, false].map(
      (isInterrupt): PlannedExit => ({
        code,
        isInterrupt,
        stval: 0,
        htval: 0,
        guestUs: 10,
        outsideUs: 10,
        next: 'nothing',
      }),
    ),
  );
  const explanation = await ofText(exits);
  const reasons = explanation.exits.filter(({ count }) => count > 0).map(({ reason }) => reason);
  expect(new Set(reasons).size).toBe(128);
  expect(explanation.exits.every(({ count }) => count <= 1)).toBe(true);
});

test.each(['0x8000000', '0xffffffff8000000'])(
  'a 32-bit CPU has its bit of interrupts elsewhere: %s5',
  async (start) => {
    const interrupt: PlannedExit = {
      code: 5,
      isInterrupt: true,
      stval: 0,
      htval: 0,
      guestUs: 10,
      outsideUs: 10,
      next: 'nothing',
    };
    const text = traceText([interrupt, { ...interrupt, isInterrupt: false }]);
    const wide = byReason(await explained(new TextEncoder().encode(text)));
    const narrow = byReason(await explained(new TextEncoder().encode(text.replace('0x800000000000000', start))));
    expect(wide).toEqual({ IRQ_S_TIMER: 1, LOAD_ACCESS: 1 });
    expect(narrow).toEqual(wide);
  },
);

describe('numbers that the assembler gives', () => {
  /** The first word of each line of assembly; undefined where this version does not know it. */
  function assembled(line: string): number | undefined {
    const { error, stdout, status } = spawnSync('llvm-mc', ['-triple=riscv64', '-show-encoding'], {
      input: `${line}\n`,
      encoding: 'utf8',
    });
    if (error !== undefined) throw new Error('llvm-mc is needed: npm run test:setup', { cause: error });
    const bytes = /encoding: \[([^\]]*)\]/.exec(stdout)?.[1].split(',').map(Number);
    return status === 0 && bytes !== undefined ? Buffer.from(bytes).readUInt32LE() : undefined;
  }

  /** Younger than LLVM 14, or of 32-bit CPUs alone. */
  const TOO_NEW = [
    'siselect',
    'sireg',
    'stopei',
    'stopi',
    'stimecmph',
    'cycleh',
    'timeh',
    'instreth',
    'sstateen0',
    'scountinhibit',
  ];

  test('control and status registers', () => {
    for (const [number, name] of CONTROL_REGISTERS.filter(
      (row) => !row[1].startsWith('hpmcounter') || row[0] % 7 === 0,
    )) {
      const word = assembled(`csrr a0, ${name}`);
      if (word === undefined) expect(TOO_NEW, name).toContain(name);
      else expect([csrOf(word), isCsrAccess(word), isCsrWrite(word)], name).toEqual([number, true, false]);
    }
  });

  test('instructions', () => {
    expect(assembled('wfi')).toBe(WFI);
    expect(assembled('csrr a0, time')).toBe(READ_TIME);
    expect(assembled('csrw stimecmp, a0')).toBe(WRITE_STIMECMP);
    expect(isCsrWrite(assembled('csrsi sip, 2')!)).toBe(true);
    expect(isCsrAccess(assembled('wfi')!)).toBe(false);
  });
});
