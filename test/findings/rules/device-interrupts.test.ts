import { describe, expect, test } from 'vitest';
import { deviceInterrupts as rule } from '../../../src/findings/rules/device-interrupts.js';
import { evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';

const injected = (vector: string, count: number) =>
  exitRow({
    cause: 'interrupt',
    reason: 'EXTERNAL_INTERRUPT',
    detail: `injects vector ${vector}`,
    count,
    ledgerNs: { hypervisor: 1e8 },
  });

/** No recording has a device that interrupts so often: these are made by hand, over a second of one vCPU. */
describe('device-interrupts', () => {
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
