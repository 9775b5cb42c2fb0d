import { describe, expect, test } from 'vitest';
import { interruptsBySoftware as rule } from '../../../src/findings/rules/interrupts-by-software.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { hostOf, moduleFile } from '../../support/host-facts.js';
import { exit, exitsEvery, explainLines } from '../../support/kernel-text.js';
import { textIn } from '../../support/read-records.js';
import { kvmCounters, perfKvmStat } from '../../support/witnesses.js';

/** No AVIC on the host of these recordings: see their README. */
describe('interrupts-by-software', () => {
  known(
    'c1-ide-read',
    'trace.dat',
    'windows and ends of interrupts are those that the kernel and perf count',
    ({ findings, exits }, _findings, found) => {
      const finding = findings.find((one) => one.rule === rule.id)!;
      const rows = exits.filter(({ cause }) => cause === 'interrupt-control');
      expect(finding.costNs).toBe(rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor, 0));
      const windows = kvmCounters(found).all('irq_window_exits');
      expect(finding.evidence).toContain(`${windows} exits for windows`);
      const ends = perfKvmStat(textIn(found, 'perf-kvm-stat-msr.txt')).samples['0x80b:W'];
      expect(finding.evidence).toContain(`${ends} exits for ends of interrupts`);
      // The host is AMD's.
      const advised = finding.knobs.map(({ text }) => text).join(' ');
      expect(advised).toContain('kvm_amd');
      expect(advised).not.toContain('kvm_intel');
      // KVM ended every interrupt by an exit or by what the guest left in memory, and counts the latter apart.
      const traced = Object.fromEntries(
        textIn(found, 'trace-event-counts.txt')
          .trim()
          .split('\n')
          .map((line) => [/\bkvm_\w+|$/.exec(line)![0], Number(/\d+/.exec(line)?.[0])]),
      );
      expect(traced['kvm_pv_eoi'] + ends).toBe(traced['kvm_eoi']);
      expect(finding.evidence).toContain(`${traced['kvm_pv_eoi']} ends without an exit`);
      expect(advised).not.toContain('kvm-pv-eoi');
      // Ends, and one more register, are MSRs here, which AVIC without x2AVIC does not know.
      const written = rows.filter(({ detail }) => detail?.startsWith('MSR 0x8'));
      expect(finding.gain.likelyNs).toBe(finding.costNs - workIn(written));
      expect(finding.gain.reasoning).toContain(`${ends + 1} exits for registers of the x2APIC`);
    },
  );

  for (const name of ['h1-cpuid', 'a-idle', 'e-timer'])
    known(
      name,
      'trace.dat',
      'is silent where interrupts are few, or the timer is what makes them',
      (_explanation, findings) => {
        expect(ruleIds(findings)).not.toContain(rule.id);
      },
    );

  test('ends of interrupts, read from text, are its cost, unless an event shows that the hardware delivers them', async () => {
    const end = [exit('msr'), 'kvm_msr: msr_write 80b = 0x0'];
    const { exits, findings } = await explainLines(exitsEvery(0.1, 200, ...end));
    // 50 µs each.
    expect([findingOf(findings, rule.id)?.costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
    const accepted = 'kvm_apicv_accept_irq: apicid 0 vec 38 (Fixed|edge)';
    const assisted = await explainLines(exitsEvery(0.1, 200, ...end, accepted));
    expect(ruleIds(assisted.findings)).not.toContain(rule.id);
  });

  const ends = exitRow({
    cause: 'interrupt-control',
    reason: 'MSR_WRITE',
    detail: 'MSR 0x80b IA32_X2APIC_EOI write',
    count: 1000,
    ledgerNs: { hypervisor: 1e8 },
  });
  const given = evidence({ exits: [ends] });

  test('is silent with APICv or AVIC: its own exits, or its events, show it', () => {
    expect(rule.find(given, [])).toHaveLength(1);
    for (const reason of ['EOI_INDUCED', 'APIC_WRITE', 'avic_unaccelerated_access']) {
      const assisted = exitRow({ cause: 'interrupt-control', reason, count: 1, ledgerNs: { hypervisor: 1e3 } });
      expect(rule.find(evidence({ exits: [ends, assisted] }), [])).toEqual([]);
    }
    const recording = { ...given.recording, eventCounts: { 'kvm:kvm_apicv_accept_irq': 1000 } };
    expect(rule.find({ ...given, recording }, [])).toEqual([]);
  });

  test('is sure where the facts of the host say that it is off', () => {
    const [finding] = rule.find({ ...given, host: hostOf({ [moduleFile('kvm_amd', 'avic')]: 'N' }) }, []);
    expect([finding.confidence, finding.remedy]).toEqual(['high', expect.stringContaining('kvm_amd.avic has it off')]);
    const [on] = rule.find({ ...given, host: hostOf({ [moduleFile('kvm_intel', 'enable_apicv')]: 'Y' }) }, []);
    expect(on.confidence).toBe('medium');
  });

  describe('what the flags of the CPU say', () => {
    const reasons = [
      {
        name: 'msr',
        code: 0x7c,
        vocabulary: 'svm',
        cause: 'register',
        trigger: 'guest',
        meaning: 'It used a model-specific register.',
      },
    ] as const;
    const on = (flags: string) => {
      const host = hostOf({ '/proc/cpuinfo': `flags : svm ${flags}`, [moduleFile('kvm_amd', 'avic')]: 'N' });
      return rule.find({ ...given, reasons, host }, [])[0];
    };

    test('a CPU without AVIC makes nothing of turning it on', () => {
      const { gain, remedy, confidence, evidence: seen, knobs } = on('npt');
      expect([gain.likelyNs, confidence]).toEqual([0, 'medium']);
      expect(gain.reasoning).toContain('its CPU has no AVIC');
      expect(`${remedy} ${seen}`).not.toContain('avic');
      expect(knobs.map(({ text }) => text).join()).not.toMatch(/kvm_amd/);
    });

    test('one with AVIC alone keeps exits for the x2APIC, one with x2AVIC none', () => {
      expect(on('avic').gain.reasoning).toContain('go with x2AVIC');
      const { gain, confidence, remedy } = on('avic x2avic');
      expect([gain.likelyNs, gain.reasoning]).toEqual([1e8, expect.stringContaining('none of these exits remains')]);
      expect([confidence, remedy]).toEqual(['high', expect.stringContaining('kvm_amd.avic has it off')]);
    });
  });

  test('leaves interrupts between vCPUs, and what other findings have, to these', () => {
    const sent = exitRow({ ...ends, detail: 'IPI to 0x1, vector 0xfd', ledgerNs: { hypervisor: 5e8 } });
    const [finding] = rule.find(evidence({ exits: [ends, sent] }), []);
    expect(finding.costNs).toBe(1e8);
    expect(rule.find(given, [finding])).toEqual([]);
  });
});
