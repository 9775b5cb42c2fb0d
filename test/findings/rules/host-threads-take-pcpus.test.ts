import { describe, expect, test } from 'vitest';
import { hostThreadsTakePcpus as rule } from '../../../src/findings/rules/host-threads-take-pcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('host-threads-take-pcpus', () => {
  known(
    'f5-pingpong-host-noise',
    'trace.dat',
    'names the process that was pinned to the pCPU',
    (explanation, findings) => {
      expect(findings[0].rule).toBe(rule.id);
      expect(findings[0].title).toContain('for "kbench" (process)');
      const ofHost = explanation.culprits.filter(
        ({ kind, name }) =>
          kind === 'kernel thread' ||
          (kind === 'process' && !['perf', 'trace-cmd', 'worker', 'qemu-system-x86'].includes(name)),
      );
      expect(findings[0].costNs).toBe(ofHost.reduce((sum, { ns }) => sum + ns, 0));
      expect(findings[0].references[0]).toMatchObject({ kind: 'culprits', name: 'kbench' });
    },
  );

  known('f1-pingpong-pinned', 'trace.dat', 'finds an eighth of that without the process', (_, findings) => {
    const gain = findingOf(findings, rule.id)?.gain.likelyNs ?? 0;
    expect(gain).toBeLessThan(6.8e9 / 8);
  });

  known('i1-overcommit-unpinned', 'trace.dat', 'is silent where vCPUs wait for each other', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('leaves the recorder and the VMM to others, and half of the kernel', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    const culprits = [
      culprit({ name: 'perf', ns: 1e8 }),
      culprit({ name: 'worker', kind: 'VMM thread', ns: 1e8 }),
      culprit({ name: 'kworker/0:2', kind: 'kernel thread', ns: 1e8 }),
      culprit({ name: 'backup', ns: 2e8, account: 'wakeup' }),
    ];
    const [finding] = rule.find(evidence({ machines, culprits }), []);
    expect(finding.costNs).toBe(3e8);
    expect(finding.gain).toMatchObject({ mostNs: 3e8, likelyNs: 2.5e8 });
    expect(finding.remedy).toContain('"backup"');
  });
});
