import { describe, expect, test } from 'vitest';
import { hostInterruptsOnVcpus as rule } from '../../../src/findings/rules/host-interrupts-on-vcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('host-interrupts-on-vcpus', () => {
  known(
    'c1-ide-read',
    'trace.dat',
    'costs the account interrupt and the waits for handlers',
    (explanation, findings) => {
      const waits = explanation.culprits.filter(({ kind }) => kind === 'interrupt');
      const expected = explanation.totals.ledgerNs.interrupt + waits.reduce((sum, { ns }) => sum + ns, 0);
      expect(findingOf(findings, rule.id)?.costNs).toBe(expected);
    },
  );

  known('c1-ide-read', 'trace.dat', 'names what ran on top of the vCPU, with its time', ({ handlers }, findings) => {
    const [longest] = handlers.toSorted((a, b) => b.ns - a.ns);
    const { evidence: seen, remedy } = findingOf(findings, rule.id)!;
    expect(seen).toContain(`on top of a vCPU (${longest.name} `);
    // Nearly all of it was RCU's work, which the tick asks for: no interrupt of a device could be moved away.
    expect(longest.name).toBe('softirq RCU');
    expect(remedy).toContain('nohz_full');
  });

  known('e-timer', 'trace.dat', 'is silent where handlers took less than a hundredth', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('tells handlers on top of a vCPU from those that it waited for', () => {
    const machines = [machine('vm1', vcpu(0, { interrupt: 2e8, wakeup: 1e8 }))];
    const culprits = [culprit({ name: 'softirq RCU', kind: 'interrupt', ns: 1e8, account: 'wakeup' })];
    const [finding] = rule.find(evidence({ machines, culprits }), []);
    expect(finding.costNs).toBe(3e8);
    expect(finding.evidence).toBe(
      '200 ms on top of a vCPU, 100 ms while one waited for its pCPU (softirq RCU 100 ms).',
    );
    expect(rule.find(evidence({ machines: [machine('vm1', vcpu(0))] }), [])).toEqual([]);
  });

  known(
    'x-twovms',
    'trace.dat',
    "leaves out handlers of guests' timers, and says that the rest is mostly the host's ticks",
    ({ culprits, exits, totals }, findings) => {
      const isOfGuests = ({ name }: { readonly name: string }) => name === 'IRQ 12 (kvm guest vtimer)';
      const waits = culprits.filter(({ kind }) => kind === 'interrupt');
      expect(waits.filter(isOfGuests).length).toBeGreaterThan(0);
      const sum = (rows: readonly { readonly ns: number }[]) => rows.reduce((total, { ns }) => total + ns, 0);
      const own = findings.filter((finding) => finding.rule === rule.id);
      const timer = exits.filter(({ detail }) =>
        /interrupt (?:27|30) \((?:virtual|physical) timer\)$/.test(detail ?? ''),
      );
      const ofGuests = timer.reduce((total, { ledgerNs }) => total + ledgerNs.interrupt, 0);
      expect(own.reduce((total, { costNs }) => total + costNs, 0)).toBe(
        totals.ledgerNs.interrupt - ofGuests + sum(waits.filter((row) => !isOfGuests(row))),
      );
      for (const { remedy, evidence: seen } of own) {
        expect(seen).toContain('of it went to the timers of the pCPUs');
        expect(remedy).toContain('nohz_full');
      }
    },
    'kvm-arm64',
  );

  test.each([
    ['IRQ 13 (arch_timer)', true],
    ['IRQ 5 (riscv-timer)', true],
    ['local timer', true],
    ['softirq SCHED', true],
    ['softirq RCU', true],
    ['softirq NET_RX', false],
    ['IRQ 24 (nvme0q1)', false],
    ['IRQ 24 (a device called arch_timer)', false],
  ])('%s', (name, isTimer) => {
    const machines = [machine('vm1', vcpu(0, { wakeup: 1e8 }))];
    const culprits = [culprit({ name, kind: 'interrupt', ns: 1e8, account: 'wakeup' })];
    const [finding] = rule.find(evidence({ machines, culprits }), []);
    expect(finding.costNs).toBe(1e8);
    expect(finding.remedy.includes('nohz_full')).toBe(isTimer);
  });
});
