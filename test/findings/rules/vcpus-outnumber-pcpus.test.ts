import { describe, expect, test } from 'vitest';
import { vcpusOutnumberPcpus } from '../../../src/findings/rules/vcpus-outnumber-pcpus.js';
import { culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { explanationOf } from '../../support/explained.js';
import { findingOf, known } from '../../support/findings.js';
import { scenario } from '../../support/recordings.js';

const rule = vcpusOutnumberPcpus;

describe('vcpus-outnumber-pcpus', () => {
  test('is what to change first where four busy vCPUs share two pCPUs, and costs what the ledger says', async () => {
    const { findings, culprits } = await explanationOf(scenario('i1-overcommit-unpinned', 'trace.dat')!, 'trace.dat');
    const others = culprits.filter(({ kind }) => kind === 'sibling vCPU' || kind === 'other machine');
    expect(findings[0].rule).toBe(rule.id);
    expect(findings[0].costNs).toBe(others.reduce((sum, { ns }) => sum + ns, 0));
  });

  test('is silent where one vCPU has the host to itself', async () => {
    const { findings } = await explanationOf(scenario('e-timer', 'trace.dat')!, 'trace.dat');
    expect(findings.map((finding) => finding.rule)).not.toContain(rule.id);
  });

  test('is silent where processes of the host take the pCPU', () => {
    const busy = machine('vm1', vcpu(0, { preempted: 5e8 }));
    expect(rule.find(evidence({ machines: [busy], culprits: [culprit({ ns: 5e8 })] }), [])).toEqual([]);
  });

  test('tells vCPUs of the same machine from those of others', () => {
    const [first, second] = [machine('vm1', vcpu(0, { preempted: 5e8 })), machine('vm2', vcpu(0))];
    const culprits = [culprit({ ns: 4e8, kind: 'other machine' }), culprit({ ns: 1e8, kind: 'sibling vCPU' })];
    const [finding] = rule.find(evidence({ machines: [first, second], culprits }), []);
    expect(finding.costNs).toBe(5e8);
    expect(finding.title).toContain('waited 500 ms for those of other machines, 50.0 % of the time in which it wanted');
    expect(finding.evidence).toContain('siblings ran for 100 ms and vCPUs of other machines for 400 ms');
  });

  known(
    'i1-overcommit-unpinned',
    'trace.dat',
    'the number of vCPUs to give is that of the pCPUs',
    (explanation, findings) => {
      const texts = findingOf(findings, vcpusOutnumberPcpus.id)!.knobs.map(({ text }) => text);
      expect(texts).toContain(`-smp ${explanation.placement.hostPcpus}`);
    },
  );

  test('is less sure where machines were only told apart by the order of threads', () => {
    const given = evidence({
      machines: [machine('vm1', vcpu(0, { preempted: 5e8 })), machine('vm2', vcpu(0))],
      culprits: [culprit({ kind: 'other machine', ns: 5e8 })],
    });
    const issues = [{ code: 'machines-inferred', severity: 'warning', message: '' } as const];
    const confidence = (one: typeof given) => vcpusOutnumberPcpus.find(one, [])[0].confidence;
    expect(confidence(given)).toBe('high');
    expect(confidence({ ...given, quality: { ...given.quality, issues } })).toBe('medium');
  });
});
