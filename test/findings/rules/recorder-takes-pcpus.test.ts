import { describe, expect, test } from 'vitest';
import { recorderTakesPcpus as rule } from '../../../src/findings/rules/recorder-takes-pcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('recorder-takes-pcpus', () => {
  known(
    'f5-pingpong-host-noise',
    'trace.dat',
    'perf ran beside trace-cmd and cost seconds',
    ({ culprits }, findings) => {
      const ofPerf = culprits.filter(({ name }) => name === 'perf' || name === 'trace-cmd');
      const found = findingOf(findings, rule.id)!;
      expect(found.costNs).toBe(ofPerf.reduce((sum, { ns }) => sum + ns, 0));
      // Two vCPUs on two pCPUs: no pCPU is left for it.
      expect(found.remedy).toContain('has none of its own');
      expect(found.knobs.map(({ text }) => text).join('\n')).not.toContain('taskset');
    },
  );

  known('b1-uart-flood', 'trace.dat', 'is silent where it hardly ran', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('promises nothing, and is told from 1 % on', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    const found = (ns: number) => rule.find(evidence({ machines, culprits: [culprit({ name: 'trace-cmd', ns })] }), []);
    expect(found(9.9e6)).toEqual([]);
    expect(found(1e7)).toMatchObject([{ costNs: 1e7, gain: { likelyNs: 0 }, told: 'unless limited' }]);
  });

  test('sends it to a pCPU that runs no vCPU, where there is one', () => {
    const none = {
      vmmNs: 0,
      kernelNs: 0,
      processNs: 0,
      idleNs: 0,
      unknownNs: 0,
      waitedForNs: 0,
      sharedNs: 0,
      threads: [],
    };
    const placement = {
      ...evidence().placement,
      hostPcpus: 2,
      pcpus: [0, 1].map((pcpu) => ({ ...none, pcpu, vcpuNs: pcpu === 0 ? 5e8 : 0 })),
    };
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    const culprits = [culprit({ name: 'trace-cmd', ns: 1e8 })];
    const [{ remedy, knobs }] = rule.find(evidence({ machines, culprits, placement }), []);
    expect(remedy).toContain('keep the recorder on pCPU 1, which runs no vCPU');
    expect(knobs[0].text).toMatch(/^taskset -c 1 trace-cmd record /);
  });

  test('advises options of the recorder that ran', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    const [{ knobs }] = rule.find(evidence({ machines, culprits: [culprit({ name: 'perf', ns: 1e8 })] }), []);
    expect(knobs.map(({ text }) => /perf|trace-cmd/.exec(text)?.[0])).toEqual(['perf']);
  });
});
