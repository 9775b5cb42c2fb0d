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

  known('e-timer', 'trace.dat', 'is silent where handlers took less than a hundredth', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('tells handlers on top of a vCPU from those that it waited for', () => {
    const machines = [machine('vm1', vcpu(0, { interrupt: 2e8, wakeup: 1e8 }))];
    const culprits = [culprit({ name: 'softirq RCU', kind: 'interrupt', ns: 1e8, account: 'wakeup' })];
    const [finding] = rule.find(evidence({ machines, culprits }), []);
    expect(finding.costNs).toBe(3e8);
    expect(finding.evidence).toBe('200 ms on top of a vCPU, 100 ms while one waited for its pCPU (softirq RCU).');
    expect(rule.find(evidence({ machines: [machine('vm1', vcpu(0))] }), [])).toEqual([]);
  });
});
