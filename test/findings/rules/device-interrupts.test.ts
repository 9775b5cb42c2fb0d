import { describe, expect, test } from 'vitest';
import { deviceInterrupts as rule } from '../../../src/findings/rules/device-interrupts.js';
import { evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines } from '../../support/kernel-text.js';

const injected = (vector: string, count: number) =>
  exitRow({
    cause: 'interrupt',
    reason: 'EXTERNAL_INTERRUPT',
    detail: `injects vector ${vector}`,
    count,
    ledgerNs: { hypervisor: 1e8 },
  });

/** So many interrupts of the guest at this distance, each delivered by an exit. */
const interrupting = (periodMs: number, count: number, vector: string) =>
  explainLines(exitsEvery(periodMs, count, exit('EXTERNAL_INTERRUPT'), `kvm_inj_virq: IRQ ${vector}`));

/** No real recording has a device that interrupts so often. What is made by hand is a second of one vCPU. */
describe('device-interrupts', () => {
  test('10,000 interrupts a second, read from text: their cost is the time of the exits that deliver them', async () => {
    const { exits, findings } = await interrupting(0.1, 200, '0x26');
    const [first] = findings;
    expect(first.rule).toBe(rule.id);
    expect(first.title).toContain('10,000 times a second with vector 0x26');
    // 50 µs each.
    expect([first.costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
    expect(first.gain.mostNs).toBe(5_000_000);
  });

  test.each([
    ['comes 4,000 times a second', 0.25, '0x26'],
    ["is the guest's timer", 0.1, '0xec'],
  ])('is silent where what is delivered %s', async (_name, periodMs, vector) => {
    const { exits, findings } = await interrupting(periodMs, 200, vector);
    expect(exits.find(({ count }) => count > 0)?.detail).toBe(`injects vector ${vector}`);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('costs the exits that inject the vector and the halts that it ends', () => {
    const woken = exitRow({ ...injected('0x26', 3000), cause: 'halt', detail: 'woken by vector 0x26' });
    const [finding, ...more] = rule.find(evidence({ exits: [injected('0x26', 3000), woken] }), []);
    expect(more).toEqual([]);
    expect([finding.costNs, finding.gain.mostNs, finding.gain.likelyNs]).toEqual([2e8, 1e8, 5e7]);
    expect(finding.title).toContain('6,000 times a second with vector 0x26');
  });

  test('of 100,000 interrupts a second 20,000 would be left', () => {
    const [finding] = rule.find(evidence({ exits: [injected('0x26', 100_000)] }), []);
    expect(finding.gain.mostNs).toBe(8e7);
  });

  test.each([
    ['few', [injected('0x26', 4000)]],
    ["the timer's", [injected('0xec', 9000)]],
    [
      'sent by other vCPUs',
      [
        injected('0xfd', 9000),
        exitRow({
          cause: 'interrupt-control',
          detail: 'IPI to 0x1, vector 0xfd',
          count: 9000,
          ledgerNs: { hypervisor: 1e8 },
        }),
      ],
    ],
    [
      "the host's",
      [exitRow({ cause: 'interrupt', detail: 'host vector 0x26', count: 9000, ledgerNs: { hypervisor: 1e8 } })],
    ],
  ])('is silent if they are %s', (_name, exits) => {
    expect(rule.find(evidence({ machines: [machine('vm1', vcpu(0))], exits }), [])).toEqual([]);
  });

  for (const name of ['m-mixed', 'e-timer'])
    known(name, 'trace.dat', 'is silent', (_explanation, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });
});
