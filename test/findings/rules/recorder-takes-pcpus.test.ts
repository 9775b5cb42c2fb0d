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
      expect(findingOf(findings, rule.id)?.costNs).toBe(ofPerf.reduce((sum, { ns }) => sum + ns, 0));
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

  test('advises options of the recorder that ran', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    const [{ knobs }] = rule.find(evidence({ machines, culprits: [culprit({ name: 'perf', ns: 1e8 })] }), []);
    expect(knobs.map(({ text }) => /perf|trace-cmd/.exec(text)?.[0])).toEqual(['perf']);
  });
});
