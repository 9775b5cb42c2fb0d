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

  known('i1-overcommit-unpinned', 'trace.dat', 'names who had the pCPU in that episode', ({ worst }, findings) => {
    const finding = findingOf(findings, rule.id)!;
    const [longest] = worst.toSorted((a, b) => b.guestDelayNs - a.guestDelayNs);
    // Four vCPUs on two pCPUs: another of them.
    const siblings = longest.culprits.filter(({ kind }) => kind === 'sibling vCPU');
    expect(siblings.length).toBeGreaterThan(0);
    for (const { name } of siblings) expect(finding.evidence).toContain(`sibling vCPU "${name}"`);
    expect(finding.remedy).toContain('pCPUs of their own');
  });

  known('f6-guest-trace', 'trace.dat', 'a handler may have run before the exit was told', ({ worst }, findings) => {
    const [longest] = worst.toSorted((a, b) => b.guestDelayNs - a.guestDelayNs);
    expect(longest.durationNs).toBeLessThan(longest.guestDelayNs);
    expect(findingOf(findings, rule.id)!.evidence).toMatch(
      /^An episode of 11\.5 ms, whose exit was told only after 11\.1 ms of it, on pCPU 0 /,
    );
  });

  test('is silent where nothing is known', () => {
    expect(rule.find(evidence(), [])).toEqual([]);
  });
});
