import { describe, expect, test } from 'vitest';
import { floatingVcpus as rule } from '../../../src/findings/rules/floating-vcpus.js';
import { evidence } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';

const placement = (moves: number) => ({
  fromScheduler: true,
  hostPcpus: 4,
  pcpus: [],
  demand: null,
  vcpus: [
    {
      machine: 'vm1',
      vcpu: 0,
      thread: 100,
      pcpus: [
        { pcpu: 2, ns: 6e8 },
        { pcpu: 0, ns: 4e8 },
      ],
      moves,
      configured: null,
      affinity: null,
      elsewhereNs: null,
    },
  ],
});

describe('floating-vcpus', () => {
  known('f1-pingpong-pinned', 'trace.dat', 'is silent where vCPUs are pinned', ({ placement: seen }, findings) => {
    expect(seen.vcpus.map(({ moves }) => moves)).toEqual([0, 0]);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('i1-overcommit-unpinned', 'trace.dat', 'is silent where free vCPUs hardly moved', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  // No real recording here has vCPUs that wander; those of a simulated host that do are in ../qnx-hosts.test.ts.
  test('fires from ten moves a second on, and claims no time', () => {
    expect(rule.find(evidence({ placement: placement(9) }), [])).toEqual([]);
    const [finding] = rule.find(evidence({ placement: placement(250) }), []);
    expect(finding).toMatchObject({ costNs: 0, told: 'always', confidence: 'low' });
    expect(finding.title).toBe('The vCPU of vm1 changed its pCPU 250 times: 250/s of the time that it ran');
    expect(finding.evidence).toContain('between the pCPUs 0, 2');
  });
});
