import { describe, expect, test } from 'vitest';
import { blockedInExits as rule } from '../../../src/findings/rules/blocked-in-exits.js';
import { emulatedDevice } from '../../../src/findings/rules/emulated-device.js';
import { exitsToTheVmm } from '../../../src/findings/rules/exits-to-the-vmm.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { entry, exit, explainLines, switchedIn, switchedOut, wokenUp } from '../../support/kernel-text.js';

const row = (device: string | null, more: Partial<Parameters<typeof exitRow>[0]> = {}) =>
  exitRow({
    cause: 'device-mmio',
    reason: 'npf',
    detail: 'address 0xfebf1010, 4-byte write',
    device,
    count: 10,
    reachedVmm: 10,
    maxNs: 5e7,
    ledgerNs: { hypervisor: 1e6, vmm: 2e6, blocked: 1e8 },
    ...more,
  });

/** Exit information of SVM: a read of one byte at port 0x71. */
const READ_RTC = 0x0071_0011;

/** In no recording here a vCPU sleeps in exits for long. */
describe('blocked-in-exits', () => {
  test.each([
    ['virtio-blk-pci disk disk0', 'the storage behind its disk', 1e8],
    ['16550 serial port COM1', 'whoever reads its console', 1e8],
    ['I/O APIC', 'the interrupt controller', 1e8],
    ['HPET timer', 'a lock of the VMM', 5e7],
    [null, 'a lock of the VMM', 5e7],
  ])('%s: it waited for %s', (device, why, likelyNs) => {
    const [finding] = rule.find(evidence({ exits: [row(device)] }), []);
    expect([finding.costNs, finding.gain.likelyNs, finding.accounts]).toEqual([1e8, likelyNs, ['blocked']]);
    expect(finding.title).toContain(`it waited for ${why}`);
    expect(finding.verify).toMatch(/^Record again: no blocked time at .*[^,]\.$/);
  });

  test('is found in the events of a vCPU that slept 29.8 ms in the VMM', async () => {
    const { findings, totals } = await explainLines([
      [0, entry],
      [50, exit('io', READ_RTC)],
      [50.1, 'kvm_userspace_exit: reason KVM_EXIT_IO (2)'],
      [50.2, switchedOut('S')],
      [80, wokenUp],
      [80.1, switchedIn],
      [80.2, entry],
      [100, exit('hlt')],
    ]);
    expect(findingOf(findings, rule.id)).toMatchObject({ costNs: 29_800_000, confidence: 'low' });
    expect(totals.ledgerNs.blocked).toBe(29_800_000);
  });

  test('is silent about the events of the same vCPU that slept in a halt', async () => {
    const { findings, totals } = await explainLines([
      [0, entry],
      [50, exit('hlt')],
      [50.2, switchedOut('S')],
      [80, wokenUp],
      [80.1, switchedIn],
      [80.2, entry],
      [100, exit('hlt')],
    ]);
    expect(totals.ledgerNs.idle).toBe(29_800_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('names who ended most sleeps, where the host tells', () => {
    const sleep = { machine: 'vm1', vcpu: 0, account: 'blocked', count: 1, kind: 'process' } as const;
    const sleeps = [
      { ...sleep, state: 'MUTEX', wokenBy: 'qvm', ns: 2e7 },
      { ...sleep, state: 'REPLY', wokenBy: 'devb-ahci', ns: 8e7 },
    ];
    const [finding] = rule.find(evidence({ exits: [row(null)], sleeps }), []);
    expect(finding.evidence).toContain('most were in state REPLY, ended by "devb-ahci"');
  });

  test('what an emulated device cost is not counted again, and its own time not by exits-to-the-vmm', () => {
    const serial = evidence({ exits: [row('16550 serial port COM1')] });
    expect(rule.find(serial, emulatedDevice.find(serial, []))).toEqual([]);
    const other = evidence({ exits: [row('HPET timer')] });
    const [rest] = exitsToTheVmm.find(other, rule.find(other, []));
    expect(rest.costNs).toBe(3e6);
  });

  test('is silent about halts, unknown exits, page faults and a VMM that stops its machine', () => {
    const exits = (['halt', 'other', 'page-fault', 'vm-control'] as const).map((cause) => row(null, { cause }));
    expect(rule.find(evidence({ exits }), [])).toEqual([]);
  });

  // Here the guests were paused for seconds, which is the account blocked as well.
  for (const name of ['b1-uart-flood', 'c1-ide-read', 'e-timer'])
    known(name, 'trace.dat', 'is silent where no exit sleeps for long', (_, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });
});
