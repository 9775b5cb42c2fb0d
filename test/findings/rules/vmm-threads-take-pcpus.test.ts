import { describe, expect, test } from 'vitest';
import { vmmThreadsTakePcpus as rule } from '../../../src/findings/rules/vmm-threads-take-pcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';

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
});
