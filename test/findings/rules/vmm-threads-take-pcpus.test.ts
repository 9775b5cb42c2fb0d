import { describe, expect, test } from 'vitest';
import { vmmThreadsTakePcpus as rule } from '../../../src/findings/rules/vmm-threads-take-pcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('vmm-threads-take-pcpus', () => {
  known('i1-overcommit-unpinned', 'trace.dat', 'is silent where the VMM has nothing to do', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  // No real recording says which threads are the VMM's: the recorders stored no processes of threads.
  test('costs what the threads of the VMM had the pCPU', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 5e8 }))];
    const culprits = [
      culprit({ name: 'worker', kind: 'VMM thread', ns: 3e8 }),
      culprit({ name: 'vhost-123', kind: 'VMM thread', ns: 1e8, account: 'wakeup' }),
      culprit({ name: 'bash', ns: 1e8 }),
    ];
    const [finding] = rule.find(evidence({ machines, culprits }), []);
    expect(finding.costNs).toBe(4e8);
    expect(finding.evidence).toContain('"worker", 300 ms');
  });

  known(
    'c2-virtio-blk-read',
    'trace.dat',
    "threads that only look like the VMM's are told as such",
    (explanation, findings) => {
      const workers = explanation.culprits.filter(({ name }) => /^(?:worker|qemu-system-)/.test(name));
      expect(workers.length).toBeGreaterThan(0);
      const finding = findingOf(findings, rule.id)!;
      expect(finding.costNs).toBeGreaterThanOrEqual(workers.reduce((sum, { ns }) => sum + ns, 0));
      expect(finding.confidence).toBe('low');
      expect(finding.title).toContain('that look like those of a VMM');
      const host = findingOf(findings, 'host-threads-take-pcpus');
      expect(`${host?.title} ${host?.evidence}`).not.toContain('"worker"');
    },
  );
});
