import { describe, expect, test } from 'vitest';
import type { ExitRow } from '../../../src/explain/explanation.js';
import { ipisBetweenVcpus as rule } from '../../../src/findings/rules/ipis-between-vcpus.js';
import { evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';
import { textIn } from '../../support/read-records.js';
import { eventCounts } from '../../support/witnesses.js';

const work = (rows: readonly ExitRow[]): number =>
  rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor + ledgerNs.vmm + ledgerNs.blocked, 0);

/** Linux sends itself the vectors 0xfb (call a function), 0xfc (the same, for one CPU) and 0xfd (reschedule). */
const ofIpis = (exits: readonly ExitRow[]): ExitRow[] =>
  exits.filter(({ detail }) => /^IPI to|^hypercall 5 KVM_HC_KICK_CPU$|^woken by vector 0xf[bcd]$/.test(detail ?? ''));

describe('ipis-between-vcpus', () => {
  for (const name of ['f1-pingpong-pinned', 'f6-guest-trace', 'native-vs-vm/rec/pipe01'])
    known(
      name,
      'trace.dat',
      'is what to change first where two tasks on two vCPUs wake each other',
      ({ findings, exits }) => {
        const [first] = findings;
        expect(first.rule).toBe(rule.id);
        expect(first.costNs).toBe(work(ofIpis(exits)));
        expect(first.gain.likelyNs).toBeGreaterThan(0.4 * first.gain.mostNs);
      },
    );

  known(
    'f1-pingpong-pinned',
    'trace.dat',
    'counts the interrupts that the kernel counts',
    ({ findings }, _findings, found) => {
      const counts = eventCounts(textIn(found, 'trace-event-counts.txt'));
      const told = Number(/other ([\d,]+) times/.exec(findings[0].title)![1].replaceAll(',', ''));
      expect(told).toBe(counts['kvm_apic_ipi'] + counts['kvm_hypercall']);
    },
  );

  for (const [name, rank] of [
    ['f3-pingpong-stacked', 'both vCPUs are on one pCPU'],
    ['f5-pingpong-host-noise', 'a process of the host has the pCPU'],
  ])
    known(name, 'trace.dat', `comes after what is worse: ${rank}`, ({ exits }, findings) => {
      expect(ruleIds(findings).indexOf(rule.id)).toBeGreaterThan(0);
      expect(findings.find((one) => one.rule === rule.id)?.costNs).toBe(work(ofIpis(exits)));
    });

  for (const name of ['e-timer', 'i1-overcommit-unpinned', 'native-vs-vm/rec/chase'])
    known(name, 'trace.dat', 'is silent where vCPUs hardly wake each other', (_explanation, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });

  const ipis = (count: number, detail = 'IPI to 0x1, vector 0xfd') =>
    exitRow({ cause: 'interrupt-control', reason: 'msr', detail, count, ledgerNs: { hypervisor: 1e8 } });
  const wakes = (count: number, vector: string) =>
    exitRow({
      cause: 'halt',
      reason: 'hlt',
      detail: `woken by vector ${vector}`,
      vcpu: 1,
      count,
      ledgerNs: { hypervisor: 1e8 },
    });
  const two = [machine('vm1', vcpu(0), vcpu(1))];

  test.each([
    ['the ICR of the x2APIC', 'MSR 0x830 IA32_X2APIC_ICR write'],
    ['the ICR of the APIC', 'APIC ICR write'],
    ['AVIC', 'IPI, vector 0xfd: the target vCPU does not run'],
    ['the GIC', 'ICC_SGI1R_EL1 write (inferred)'],
  ])('knows interrupts that are sent by %s', (_name, detail) => {
    const [finding] = rule.find(evidence({ machines: two, exits: [ipis(1000, detail)] }), []);
    expect(finding.costNs).toBe(1e8);
  });

  test('interrupts that end no halt are no ping-pong', () => {
    const [alone] = rule.find(evidence({ machines: two, exits: [ipis(1000)] }), []);
    expect([alone.costNs, alone.gain.likelyNs]).toEqual([1e8, 0]);
    const [other] = rule.find(evidence({ machines: two, exits: [ipis(1000), wakes(1000, '0xec')] }), []);
    expect([other.costNs, other.gain.likelyNs]).toEqual([1e8, 0]);
    const [half] = rule.find(evidence({ machines: two, exits: [ipis(1000), wakes(500, '0xfd')] }), []);
    expect([half.costNs, half.gain.likelyNs]).toEqual([2e8, 5e7]);
  });

  test('advises fewer vCPUs only where they are not all busy', () => {
    const exits = [ipis(1000), wakes(1000, '0xfd')];
    const [busy] = rule.find(evidence({ machines: two, exits }), []);
    expect(busy.remedy).not.toContain('instead of');
    const idle = [machine('vm1', vcpu(0, { idle: 6e8 }), vcpu(1, { idle: 6e8 }))];
    const [finding] = rule.find(evidence({ machines: idle, exits }), []);
    expect(finding.remedy).toContain('1 vCPU instead of 2');
  });

  test('is silent in a machine with one vCPU, and where another finding has them', () => {
    expect(rule.find(evidence({ exits: [ipis(1000)] }), [])).toEqual([]);
    const given = evidence({ machines: two, exits: [ipis(1000)] });
    expect(rule.find(given, rule.find(given, []))).toEqual([]);
  });
});
