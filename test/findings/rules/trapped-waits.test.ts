import { describe, expect, test } from 'vitest';
import { trappedWaits as rule } from '../../../src/findings/rules/trapped-waits.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { explainLines, type Line, switchedIn, switchedOut, wokenUp } from '../../support/kernel-text.js';

const PC = '0xffff800008b0f4f8';
const ENTRY = `kvm_entry: PC: ${PC}`;
const EXIT = `kvm_exit: TRAP: HSR_EC: 0x0001 (WFx), PC: ${PC}`;

/** Milliseconds of each wait, from its exit on: until it sleeps, is woken, has its pCPU again, and is in the guest. */
interface Wait {
  readonly asleep: number;
  readonly woken: number;
  readonly running: number;
  readonly inside: number;
}
const SHORT: Wait = { asleep: 0.02, woken: 0.03, running: 0.06, inside: 0.08 };
const LONG: Wait = { asleep: 0.02, woken: 0.7, running: 0.73, inside: 0.75 };

/** One wait a millisecond. */
function waitingForInterrupts(count: number, { asleep, woken, running, inside }: Wait): Line[] {
  const lines: Line[] = [[0, ENTRY]];
  for (let n = 1; n <= count; n++) {
    lines.push(
      [n, EXIT],
      [n + 0.01, `kvm_wfx_arm64: guest executed wfi at: ${PC}`],
      [n + asleep, switchedOut('S')],
      [n + woken, wokenUp],
      [n + running, switchedIn],
      [n + inside, ENTRY],
    );
  }
  return lines;
}

/** As long as the thread never leaves its pCPU, but once at the beginning, so that the scheduler's events are there. */
function waitingForEvents(count: number): Line[] {
  const lines: Line[] = [
    [0, switchedIn],
    [0.5, ENTRY],
  ];
  for (let n = 1; n <= count; n++) {
    lines.push([n, EXIT], [n + 0.01, `kvm_wfx_arm64: guest executed wfe at: ${PC}`], [n + 0.05, ENTRY]);
  }
  return lines;
}

describe('trapped-waits', () => {
  test('waits that cost more than they sleep: the cost is all but the sleep', async () => {
    const { findings, machines } = await explainLines(waitingForInterrupts(200, SHORT));
    const found = findingOf(findings, rule.id);
    // 40 µs in the hypervisor and 30 µs for the pCPU to wake up, of each of 200.
    expect(found?.costNs).toBe(200 * 70_000);
    expect(machines[0].vcpus[0].ledgerNs.idle).toBe(200 * 10_000);
    expect(found?.knobs.map(({ text }) => text)).toEqual(['kvm-arm.wfi_trap_policy=notrap']);
    expect(found?.title).toContain('200 times');
  });

  test.each([
    ['sleep for longer than they cost', waitingForInterrupts(200, LONG)],
    ['are few', waitingForInterrupts(50, SHORT)],
  ])('is silent where waits %s', async (_name, lines) => {
    expect(ruleIds((await explainLines(lines)).findings)).not.toContain(rule.id);
  });

  test('waits for events have a parameter of their own, and need no exit', async () => {
    const { findings } = await explainLines(waitingForEvents(200));
    const found = findingOf(findings, rule.id);
    expect(found?.costNs).toBe(200 * 50_000);
    expect(found?.gain.likelyNs).toBe(200 * 50_000);
    expect(found?.knobs.map(({ text }) => text)).toEqual(['kvm-arm.wfe_trap_policy=notrap']);
  });

  test('waits by calls to the firmware are none of these, nor where nothing tells who had the pCPUs', () => {
    const row = { cause: 'halt', count: 500, ledgerNs: { hypervisor: 5e7, idle: 1e6 } } as const;
    expect(rule.find(evidence({ exits: [exitRow({ ...row, reason: 'HVC64' })] }), [])).toEqual([]);
    expect(rule.find(evidence({ exits: [exitRow({ ...row, reason: 'WFx' })] }), [])).toEqual([]);
  });

  known(
    'smp2fork',
    'trace.dat',
    'is silent where vCPUs share pCPUs with each other: there a wait helps somebody',
    ({ exits }, findings) => {
      const waits = exits.filter(({ reason }) => reason === 'WFx');
      expect(waits.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(500);
      expect(ruleIds(findings)).not.toContain(rule.id);
    },
    'kvm-arm64',
  );
});
