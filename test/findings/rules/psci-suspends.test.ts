import { describe, expect, test } from 'vitest';
import { psciSuspends as rule } from '../../../src/findings/rules/psci-suspends.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { findingOf, ruleIds } from '../../support/findings.js';
import {
  armEntry,
  armExit,
  armExitsEvery,
  explainLines,
  type Line,
  switchedIn,
  switchedOut,
  wokenUp,
} from '../../support/kernel-text.js';

const LEFT = armExit(0x16, 'HVC64');
const WAITS = armExit(0x01, 'WFx');
const call = (number: string): string => `kvm_hvc_arm64: HVC at 0xffff800008b0f4f8 (r0: 0x00000000${number}, imm: 0x0)`;
const [CPU_SUSPEND, PSCI_VERSION] = ['c4000001', '84000000'];

/** Once a millisecond the guest leaves, sleeps for 0.3 ms, and is back after 80 µs of work besides. */
function sleeping(count: number, ...within: readonly string[]): Line[] {
  const lines: Line[] = [[0, armEntry]];
  for (let n = 0; n < count; n++) {
    lines.push(
      ...within.map((text): Line => [n + 0.5, text]),
      [n + 0.55, switchedOut('S')],
      [n + 0.85, wokenUp],
      [n + 0.86, switchedIn],
      [n + 0.89, armEntry],
    );
  }
  return lines;
}

describe('psci-suspends', () => {
  test('a guest that suspends by calls, read from text: its cost is the work of these exits, not the sleep', async () => {
    const { exits, findings } = await explainLines(sleeping(200, LEFT, call(CPU_SUSPEND)));
    const [row] = exits.filter(({ count }) => count > 0);
    expect([row.cause, row.reason, row.detail, row.count]).toEqual([
      'halt',
      'HVC64',
      'PSCI CPU_SUSPEND (0xc4000001)',
      200,
    ]);
    const found = findingOf(findings, rule.id);
    // 80 µs each, of which a quarter is likely to go.
    expect([found?.costNs, workIn(exits)]).toEqual([16_000_000, 16_000_000]);
    expect(found?.gain.likelyNs).toBe(4_000_000);
    expect(row.ledgerNs).toMatchObject({ idle: 60_000_000, wakeup: 2_000_000 });
  });

  test.each([
    ['the same guest waits by WFI', 200, [WAITS, 'kvm_wfx_arm64: guest executed wfi at: 0xffff800008b0f4f8']],
    ['calls are few', 90, [LEFT, call(CPU_SUSPEND)]],
    ['calls are others', 200, [LEFT, call(PSCI_VERSION)]],
  ])('is silent where %s', async (_name, count, within) => {
    const { exits, findings } = await explainLines(sleeping(count, ...within));
    expect(exits.reduce((sum, row) => sum + row.count, 0)).toBe(count);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('other calls are hypercalls', async () => {
    const { exits } = await explainLines(armExitsEvery(1, 200, LEFT, call(PSCI_VERSION)));
    const [row] = exits.filter(({ count }) => count > 0);
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
