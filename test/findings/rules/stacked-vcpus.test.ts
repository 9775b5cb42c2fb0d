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

  /** Of two machines on pCPU 0 of two; `second` says where else the only vCPU of vm1 ran. */
  const sharing = (vcpus: number, alsoOn: readonly number[] = []) => {
    const own = Array.from({ length: vcpus }, (_, id) => vcpu(id, { preempted: 5e8 }));
    const machines = [machine('vm1', ...own), machine('vm2', vcpu(0))];
    const pcpus = [0, ...alsoOn].map((pcpu) => ({ pcpu, ns: 5e8 }));
    const placed = { machine: 'vm1', pcpus, moves: 0, configured: null, affinity: null, elsewhereNs: null };
    const placement = {
      ...evidence().placement,
      hostPcpus: 2,
      demand: { runnable: [{ vcpus: 2, ns: 1e9 }], aboveHostNs: 0, unknownNs: 0 },
      vcpus: own.map(({ id, thread }) => ({ ...placed, vcpu: id, thread })),
    };
    const culprits = [culprit({ kind: 'other machine', ns: 5e8 })];
    return rule.find(evidence({ machines, culprits, placement }), [])[0].title;
  };

  test('says who shared what, of one vCPU and of several', () => {
    expect(sharing(1)).toMatch(
      /^The vCPU of vm1 shared pCPU 0 with others, of 2 that the host has: .* in which vm1 wanted to run$/,
    );
    expect(sharing(3)).toMatch(/^The 3 vCPUs of vm1 shared pCPU 0, of 2 that the host has: /);
    expect(sharing(1, [1])).toMatch(/^The vCPU of vm1 waited for vCPUs on the same pCPU while others were free: /);
  });

  test('is silent where nothing is known of the demand', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    expect(rule.find(evidence({ machines, culprits: [culprit({ kind: 'sibling vCPU', ns: 5e8 })] }), [])).toEqual([]);
  });
});
