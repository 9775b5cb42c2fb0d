import { describe, expect, test } from 'vitest';
import type { Draft } from '../../../src/findings/rule.js';
import { hostThreadsTakePcpus } from '../../../src/findings/rules/host-threads-take-pcpus.js';
import { nothingToGain as rule } from '../../../src/findings/rules/nothing-to-gain.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';

describe('nothing-to-gain', () => {
  known('b1-uart-flood', 'trace.dat', 'is silent where most of the time is lost', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('a-idle', 'trace.dat', 'is what is said of an idle guest', ({ totals }, findings) => {
    expect(findings[0].rule).toBe(rule.id);
    expect(findings[0].gain.likelyNs).toBe(0);
    expect(totals.ledgerNs.idle).toBeGreaterThan(0.98 * (totals.durationNs - totals.keptOutNs));
  });

  // Every exit of the real recordings costs tens of microseconds: none of them is well tuned.
  test('fires where little is lost, unless something hides more', () => {
    const tuned = [machine('vm1', vcpu(0, { hypervisor: 1e7 }))];
    expect(rule.find(evidence({ machines: tuned }), [])).toMatchObject([{ costNs: 1e7, told: 'always' }]);
    const unknown = [machine('vm1', vcpu(0, { hypervisor: 1e7, unknown: 1e8 }))];
    expect(rule.find(evidence({ machines: unknown }), [])).toEqual([]);
    const complete = evidence({ machines: tuned });
    const rough = { ...complete, quality: { ...complete.quality, lostTime: 'rough' as const } };
    expect(rule.find(rough, [])).toEqual([]);
  });

  test('is silent where another rule expects a gain', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 1.5e7 }))];
    const given = evidence({ machines, culprits: [culprit({ ns: 1.5e7 })] });
    const others: readonly Draft[] = hostThreadsTakePcpus.find(given, []);
    expect(others).toHaveLength(1);
    expect(rule.find(given, others)).toEqual([]);
  });
});
