import { describe, expect, test } from 'vitest';
import { vmmThreadsTakePcpus as rule } from '../../../src/findings/rules/vmm-threads-take-pcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { entry, exit, explainLines, type Line } from '../../support/kernel-text.js';

const VCPU = { name: 'CPU 0/KVM', id: 141 };
const WORKER = { name: 'worker', id: 150 };
const VMM = 141;
const switched = (from: typeof VCPU, state: 'R' | 'S', to: typeof VCPU): string =>
  `sched_switch: prev_comm=${from.name} prev_pid=${from.id} prev_prio=120 prev_state=${state} ==> next_comm=${to.name} next_pid=${to.id} next_prio=120`;

/** Each of 50 times another thread has the pCPU for 0.4 ms while the vCPU could run. */
const interruptedBy = (other: typeof VCPU): Line[] => [
  [0, entry],
  ...Array.from({ length: 50 }, (_, n): Line[] => [
    [n + 0.5, exit('interrupt')],
    [n + 0.55, switched(VCPU, 'R', other)],
    [n + 0.95, switched(other, 'S', VCPU), `${other.name}-${other.id}`],
    [n + 1, entry],
  ]).flat(),
];

describe('vmm-threads-take-pcpus', () => {
  test('a thread of the VMM by its process, read from text: its cost is all that the vCPU was preempted', async () => {
    const { findings, totals } = await explainLines(interruptedBy(WORKER), VMM);
    const [first] = findings;
    expect([first.rule, first.confidence]).toEqual([rule.id, 'high']);
    expect([first.costNs, totals.ledgerNs.preempted]).toEqual([20_000_000, 20_000_000]);
  });

  test('is less sure where the recording tells no processes, and silent about a thread of the host', async () => {
    const { findings } = await explainLines(interruptedBy(WORKER));
    expect(findings[0]).toMatchObject({ rule: rule.id, costNs: 20_000_000, confidence: 'low' });
    const backup = await explainLines(interruptedBy({ name: 'backup', id: 150 }));
    expect(backup.findings[0].rule).toBe('host-threads-take-pcpus');
    expect(ruleIds(backup.findings)).not.toContain(rule.id);
  });

  known('i1-overcommit-unpinned', 'trace.dat', 'is silent where the VMM has nothing to do', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

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
