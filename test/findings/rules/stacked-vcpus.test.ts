import { describe, expect, test } from 'vitest';
import { stackedVcpus as rule } from '../../../src/findings/rules/stacked-vcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('stacked-vcpus', () => {
  known('f3-pingpong-stacked', 'trace.dat', 'two vCPUs pinned to one of two pCPUs lead', ({ culprits }, findings) => {
    expect(findings[0].rule).toBe(rule.id);
    // Two vCPUs on two pCPUs need not wait for each other at all.
    const siblings = culprits.filter(({ kind }) => kind === 'sibling vCPU');
    expect(findings[0].costNs).toBe(siblings.reduce((sum, { ns }) => sum + ns, 0));
    expect(ruleIds(findings)).not.toContain('vcpus-outnumber-pcpus');
  });

  known(
    'i3-overcommit-one-pcpu',
    'trace.dat',
    'four busy vCPUs on one pCPU would wait a third as long on two',
    (_, findings) => {
      const stacked = findingOf(findings, rule.id)!.costNs;
      const outnumbered = findingOf(findings, 'vcpus-outnumber-pcpus')!.costNs;
      // All four run to completion: one after the other each waits three times its own work, two by two once.
      expect(stacked / (stacked + outnumbered)).toBeCloseTo(2 / 3, 1);
      // A pCPU for each of four is not to be had on two, but both can be used.
      const { remedy, knobs } = findingOf(findings, rule.id)!;
      expect(remedy).toContain('run on all pCPUs of the host (0-1)');
      const texts = knobs.map(({ text }) => text);
      expect(texts.find((text) => text.startsWith('taskset'))!.split('\n')).toHaveLength(4);
      for (const text of texts) expect(text).toContain('0-1');
    },
  );

  known('i2-overcommit-pinned', 'trace.dat', 'is silent where they are spread already', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('f1-pingpong-pinned', 'trace.dat', 'is silent where each has a pCPU', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('is silent where nothing is known of the demand', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    expect(rule.find(evidence({ machines, culprits: [culprit({ kind: 'sibling vCPU', ns: 5e8 })] }), [])).toEqual([]);
  });
});
