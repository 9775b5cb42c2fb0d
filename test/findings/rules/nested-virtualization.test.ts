import { describe, expect, test } from 'vitest';
import { nestedVirtualization as rule } from '../../../src/findings/rules/nested-virtualization.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { entry, exit, explainLines, nestedExit } from '../../support/kernel-text.js';

const nested = (reason: string, count: number, hypervisor: number, detail: string | null = null) =>
  exitRow({ cause: 'nested', reason, detail, count, ledgerNs: { hypervisor } });
const inner = nested('IO_INSTRUCTION', 1000, 5e7, 'exit of a nested guest: IO_INSTRUCTION');

/** No recording here has a guest with guests. */
describe('nested-virtualization', () => {
  test('half of what inner exits cost beyond one exit each is likely to go', () => {
    const [finding] = rule.find(evidence({ exits: [inner] }), []);
    // 1.6 to 2.6 thousand cycles at 3 GHz for each exit that remains.
    expect([finding.costNs, finding.gain.likelyNs]).toEqual([5e7, (5e7 - 1000 * 700) / 2]);
    expect(finding.remedy).toMatch(/^Run the inner guests on the host itself/);
    expect(finding.knobs.map(({ text }) => text)).not.toContain('kvm_intel.enable_shadow_vmcs=1');
  });

  test.each([
    ['VMREAD', 'kvm_intel.enable_shadow_vmcs=1'],
    ['stgi', 'kvm_amd.vgif=1'],
    ['vmload', 'kvm_amd.vls=1'],
  ])('%s is an exit only where the CPU does not help', (reason, knob) => {
    const [finding] = rule.find(evidence({ exits: [inner, nested(reason, 20_000, 2e8)] }), []);
    expect(finding.costNs).toBe(25e7);
    expect(finding.gain.likelyNs).toBe(2e8 + (5e7 - 1000 * 700) / 2);
    expect(finding.remedy).toMatch(/^Have the CPU do/);
    expect(finding.knobs.map(({ text }) => text)).toContain(knob);
  });

  test('is found in the events of an inner guest', async () => {
    const { exits, findings } = await explainLines([
      [0, entry],
      [10, exit('io', 0x0080_0010)],
      [10.1, nestedExit('io')],
      [11, entry],
      [12, exit('vmrun')],
      [12.5, entry],
      [30, exit('hlt')],
    ]);
    // 1 ms of the inner exit, 0.5 ms of going back to the inner guest.
    expect([findingOf(findings, rule.id)?.costNs, workIn(exits)]).toEqual([1_500_000, 1_500_000]);
    expect(ruleIds(findings)).not.toContain('exits-to-the-vmm');
  });

  for (const name of ['b1-uart-flood', 'e-timer', 'i1-overcommit-unpinned'])
    known(name, 'trace.dat', 'is silent about guests without guests', (_, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });
});
