import { describe, expect, test } from 'vitest';
import type { ExitRow } from '../../../src/explain/explanation.js';
import { guestTimerInterrupts as rule } from '../../../src/findings/rules/guest-timer-interrupts.js';
import { guestTimers } from '../../../src/findings/rules/guest-timers.js';
import { hostInterruptExits } from '../../../src/findings/rules/host-interrupt-exits.js';
import { hostInterruptsOnVcpus } from '../../../src/findings/rules/host-interrupts-on-vcpus.js';
import { evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

const TIMER = "the guest's timer, interrupt 27 (virtual timer)";
const WOKEN = 'woken by interrupt 27 (virtual timer)';

const costOf = (rows: readonly ExitRow[]): number =>
  rows.reduce(
    (sum, { ledgerNs }) => sum + ledgerNs.hypervisor + ledgerNs.vmm + ledgerNs.blocked + ledgerNs.interrupt,
    0,
  );

describe('guest-timer-interrupts', () => {
  for (const name of ['cpu', 'n-cpu', 'timer']) {
    known(
      name,
      'trace.dat',
      'counts what the ledger has for the timer, and no other finding counts its handler',
      ({ exits, totals }, findings) => {
        const finding = findingOf(findings, rule.id)!;
        const rows = exits.filter(({ detail }) => detail === TIMER || detail === WOKEN);
        expect(finding.costNs).toBe(costOf(rows));
        expect(finding.title).toContain(
          `${rows.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US')} times`,
        );
        const handlers = findingOf(findings, hostInterruptsOnVcpus.id)!;
        const onTop = rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.interrupt, 0);
        expect(onTop).toBeGreaterThan(0);
        expect(handlers.costNs).toBeLessThanOrEqual(
          totals.ledgerNs.interrupt - onTop + totals.ledgerNs.preempted + totals.ledgerNs.wakeup,
        );
      },
      'kvm-arm64',
    );
  }

  known(
    'x-idle',
    'trace.dat',
    'is silent where the guest sleeps',
    (_explanation, findings) => expect(ruleIds(findings)).not.toContain(rule.id),
    'kvm-arm64',
  );

  const ticking = (count: number) =>
    evidence({
      machines: [machine('vm1', vcpu(0), vcpu(1))],
      exits: [
        exitRow({ cause: 'timer', reason: 'IRQ', detail: TIMER, count, ledgerNs: { hypervisor: 1e7, interrupt: 2e7 } }),
        exitRow({ cause: 'halt', reason: 'WFx', detail: WOKEN, count, ledgerNs: { hypervisor: 3e7, idle: 1e8 } }),
      ],
    });

  test('a second of two vCPUs with 2 × 600 of them: programs set timers', () => {
    const [finding] = rule.find(ticking(600), []);
    expect(finding.costNs).toBe(6e7);
    // 600 a second and vCPU, of which a tick of 250 stays; half of the rest is likely.
    expect(finding.gain.mostNs).toBe(Math.round(6e7 * (1 - 250 / 600)));
    expect(finding.remedy).toContain('programs');
    expect(finding.knobs.map(({ text }) => text).join('\n')).toContain('timerslack_ns');
  });

  test("the name of the host's handler is enough where KVM's events of timers are missing", () => {
    const named = (detail: string) =>
      evidence({
        machines: [machine('vm1', vcpu(0))],
        exits: [exitRow({ cause: 'interrupt', reason: 'IRQ', detail, count: 600, ledgerNs: { hypervisor: 6e7 } })],
      });
    expect(rule.find(named('host IRQ 12 (kvm guest vtimer)'), [])[0].costNs).toBe(6e7);
    expect(hostInterruptExits.find(named('host IRQ 12 (kvm guest vtimer)'), [])).toEqual([]);
    expect(rule.find(named('host IRQ 13 (arch_timer)'), [])).toEqual([]);
    expect(hostInterruptExits.find(named('host IRQ 13 (arch_timer)'), [])[0].costNs).toBe(6e7);
  });

  test('a usual tick asks for fewer ticks, and few are no pattern', () => {
    const [finding] = rule.find(ticking(200), []);
    expect(finding.remedy).toContain('tick less');
    expect(rule.find(ticking(100), [])).toEqual([]);
  });

  test('timers that go off are no settings of timers', () => {
    expect(guestTimers.find(ticking(5000), [])).toEqual([]);
  });
});
