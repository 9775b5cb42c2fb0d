import { describe, expect, test } from 'vitest';
import { cpuQuota as rule } from '../../../src/findings/rules/cpu-quota.js';
import { configurationOf } from '../../support/configurations.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';
import { hostOf } from '../../support/host-facts.js';
import { entry, exit, explainLines, switchedIn, switchedOut } from '../../support/kernel-text.js';

const idle = { kind: 'idle pCPU', name: 'nobody: the pCPU itself had to wake up' } as const;
const stopped = machine('vm1', vcpu(0, { preempted: 4e8 }));

/** No recording here has a machine with a quota. */
describe('cpu-quota', () => {
  test('a vCPU that is stopped on an idle pCPU used its budget up', () => {
    const culprits = [culprit({ ...idle, ns: 3e8, count: 6 }), culprit({ kind: 'process', ns: 1e8 })];
    const [finding] = rule.find(evidence({ machines: [stopped], culprits }), []);
    expect([finding.costNs, finding.gain.likelyNs, finding.confidence]).toEqual([3e8, 3e8, 'medium']);
    expect(finding.title).toContain('could run but did not for 300 ms, 30.0 % of the time');
    expect(finding.evidence).toBe('It was stopped so 6 times, for 50.0 ms on average.');
  });

  test('is found in the events of a vCPU that was stopped for 49.9 ms of 100 ms', async () => {
    const { findings, totals } = await explainLines([
      [0, entry],
      [50, exit('interrupt')],
      [50.1, switchedOut('R')],
      [100, switchedIn],
      [100.1, entry],
      [200, exit('interrupt')],
    ]);
    const [first] = findings;
    expect([first.rule, first.costNs]).toEqual([rule.id, 49_900_000]);
    expect(totals.ledgerNs.preempted).toBe(first.costNs);
  });

  test('names the limits of the configuration', () => {
    const place = { source: 'guest.xml', line: 7, column: 1 };
    const budgets = [{ of: 'vcpu', weight: null, limitPcpus: 0.5, place }] as const;
    const configurations = new Map([['vm1', [{ ...configurationOf('system guest\ncpu'), budgets }]]]);
    const given = evidence({ machines: [stopped], culprits: [culprit({ ...idle, ns: 3e8 })], configurations });
    const [finding] = rule.find(given, []);
    expect(finding.evidence).toContain('its configuration limits it to 0.5 pCPUs for each vCPU');
    expect(finding.references).toContainEqual({ kind: 'configuration', source: 'guest.xml', line: 7 });
    expect(finding.confidence).toBe('high');
  });

  test('names the control groups of its threads that have a quota', () => {
    const host = hostOf({
      '/proc/90/comm': 'qemu-system-x86',
      '/proc/90/task/100/comm': 'CPU 0/KVM',
      '/proc/90/task/100/cgroup': '0::/machine.slice/guest.scope/vcpu0',
      '/sys/fs/cgroup/machine.slice/cpu.max': 'max 100000',
      '/sys/fs/cgroup/machine.slice/guest.scope/cpu.max': '50000 100000',
      '/sys/fs/cgroup/machine.slice/guest.scope/vcpu0/cpu.weight': '100',
      '/sys/fs/cgroup/machine.slice/other.scope/cpu.max': '10000 100000',
    });
    const culprits = [culprit({ ...idle, ns: 3e8 })];
    const [finding] = rule.find(evidence({ machines: [stopped], culprits, host }), []);
    expect(finding.evidence).toContain('the control group /machine.slice/guest.scope gives all in it 0.5 pCPUs.');
    expect(finding.evidence).not.toContain('other.scope');
    expect(finding.confidence).toBe('high');
  });

  test('is silent where an idle pCPU had to wake up for a vCPU, and where others ran', () => {
    const culprits = [culprit({ ...idle, account: 'wakeup', ns: 3e8 }), culprit({ kind: 'sibling vCPU', ns: 1e8 })];
    expect(rule.find(evidence({ machines: [stopped], culprits }), [])).toEqual([]);
  });

  // Waits for 5.3 s, 0.8 s and 8 s, of vCPUs, a host process and idle pCPUs.
  for (const name of ['i1-overcommit-unpinned', 'f5-pingpong-host-noise', 'c2-virtio-blk-read'])
    known(name, 'trace.dat', 'is silent where a vCPU waits for a pCPU without a quota', (_, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });
});
