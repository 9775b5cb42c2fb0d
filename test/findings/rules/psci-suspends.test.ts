import { describe, expect, test } from 'vitest';
import { psciSuspends as rule } from '../../../src/findings/rules/psci-suspends.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { explainLines, type Line } from '../../support/kernel-text.js';

/** Suspends of 0.5 ms after 0.5 ms in the guest each: the vCPU polls or sleeps meanwhile, which these lines leave out. */
function suspending(count: number, call: string): Line[] {
  const lines: Line[] = [[0, 'kvm_entry: PC: 0xffff800008b0f4f8']];
  for (let n = 0; n < count; n++) {
    lines.push(
      [n + 0.5, 'kvm_exit: TRAP: HSR_EC: 0x0016 (HVC64), PC: 0xffff800008b0f4f8'],
      [n + 0.6, `kvm_hvc_arm64: HVC at 0xffff800008b0f4f8 (r0: ${call}, imm: 0x0)`],
      [n + 1, 'kvm_entry: PC: 0xffff800008b0f4f8'],
    );
  }
  return lines;
}

describe('psci-suspends', () => {
  test('a guest that suspends by calls, read from text', async () => {
    const explanation = await explainLines(suspending(200, '0x00000000c4000001'));
    const [row] = explanation.exits.filter(({ count }) => count > 0);
    expect([row.cause, row.reason, row.detail, row.count]).toEqual([
      'halt',
      'HVC64',
      'PSCI CPU_SUSPEND (0xc4000001)',
      200,
    ]);
  });

  test('other calls are hypercalls', async () => {
    const explanation = await explainLines(suspending(200, '0x0000000084000000'));
    const [row] = explanation.exits.filter(({ count }) => count > 0);
    expect([row.cause, row.detail]).toEqual(['hypercall', 'PSCI_VERSION (0x84000000)']);
  });

  const calling = (count: number, waits: number) =>
    evidence({
      exits: [
        exitRow({
          cause: 'halt',
          reason: 'HVC64',
          detail: 'PSCI CPU_SUSPEND (0xc4000001)',
          count,
          timed: count,
          p50Ns: 30_000,
          ledgerNs: { hypervisor: 4e7, idle: 2e8 },
        }),
        exitRow({
          cause: 'halt',
          reason: 'WFx',
          detail: 'WFI',
          count: waits,
          ledgerNs: { hypervisor: waits * 10_000 },
        }),
      ],
    });

  test('what a plain wait of the machine costs stays', () => {
    const [finding] = rule.find(calling(1000, 500), []);
    expect(finding.costNs).toBe(4e7);
    expect(finding.gain.likelyNs).toBe(4e7 - 1000 * 10_000);
    expect(finding.knobs[0].text).toBe('cpuidle.off=1');
  });

  test('without plain waits a quarter goes, and few calls are no pattern', () => {
    expect(rule.find(calling(1000, 0), [])[0].gain.likelyNs).toBe(1e7);
    expect(rule.find(calling(50, 0), [])).toEqual([]);
  });
});
