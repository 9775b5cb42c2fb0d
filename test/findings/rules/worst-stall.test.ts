import { describe, expect, test } from 'vitest';
import { worstStall as rule } from '../../../src/findings/rules/worst-stall.js';
import { evidence } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('worst-stall', () => {
  known('c1-ide-read', 'trace.dat', 'is the longest of the worst episodes', ({ worst }, findings) => {
    const longest = worst.toSorted((a, b) => b.guestDelayNs - a.guestDelayNs)[0];
    const finding = findingOf(findings, rule.id)!;
    expect(finding.costNs).toBe(longest.guestDelayNs);
    expect(finding.references).toEqual([{ kind: 'worst', machine: 'vm1', vcpu: longest.vcpu, atNs: longest.atNs }]);
    expect(finding.title).toContain(longest.clockTime);
  });

  known('e-timer', 'trace.dat', 'is silent where no stall was as long as a tick', ({ worst }, findings) => {
    expect(Math.max(...worst.map(({ guestDelayNs }) => guestDelayNs))).toBeLessThan(10e6);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('is silent where nothing is known', () => {
    expect(rule.find(evidence(), [])).toEqual([]);
  });
});
