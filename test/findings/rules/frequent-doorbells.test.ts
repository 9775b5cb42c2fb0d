import { describe, expect, test } from 'vitest';
import { doorbellInVmm } from '../../../src/findings/rules/doorbell-in-vmm.js';
import { frequentDoorbells as rule } from '../../../src/findings/rules/frequent-doorbells.js';
import { deviceName } from '../../../src/platform/configurations/device-names.js';
import { configurationOf } from '../../support/configurations.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { explanationOf, workIn } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines, mmio } from '../../support/kernel-text.js';
import { textIn } from '../../support/read-records.js';

/** Error code of SVM: a write to a reserved page. */
const DEVICE_WRITE = 0x1_0000_000f;
/** 200 writes of 50 µs each. */
const writing = (size: number, address: number) =>
  explainLines(exitsEvery(0.1, 200, exit('npf', DEVICE_WRITE, address), mmio('write', size, address)));

describe('frequent-doorbells', () => {
  test('doorbells that end in the kernel, read from text: their cost is the time of these exits', async () => {
    const { exits, findings } = await writing(2, 0xfebf_b004);
    const [first] = findings;
    expect(first.rule).toBe(rule.id);
    expect(first.title).toContain('200 times');
    expect([first.costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
  });

  test('is silent where the same exits are for another register', async () => {
    const { exits, findings } = await writing(4, 0xfebf_8014);
    expect(workIn(exits)).toBe(10_000_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  // The guest read 200 times.
  known(
    'c2-virtio-blk-read',
    'trace.dat',
    'is what to change first where a disk is read by VIRTIO',
    ({ exits }, findings) => {
      const [first] = findings;
      expect(first.rule).toBe(rule.id);
      expect(first.evidence).toContain('address 0xfebfb000, 2-byte write (200 times)');
      const rows = exits.filter(({ detail }) => /^address 0xfeb[f]\w{4}, 2-byte write$/.test(detail ?? ''));
      expect(first.costNs).toBe(rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor, 0));
    },
  );

  known(
    'c2-virtio-blk-read',
    'trace.dat',
    'names what tells the address of a PCI device, which the command line of QEMU does not',
    async (_explanation, _findings, found) => {
      const configuration = configurationOf(textIn(found, 'qemu-cmdline.g1'), { source: 'qemu-cmdline.g1' });
      const { findings } = await explanationOf(found, 'trace.dat', { configurations: [{ configuration }] });
      const { remedy } = findingOf(findings, rule.id)!;
      for (const teller of ['lspci -v', '/proc/iomem', 'info mtree']) expect(remedy).toContain(teller);
      expect(remedy).not.toContain('(--config tells)');
    },
  );

  known(
    'vconflood',
    'trace.dat',
    'is found on Arm as well: a doorbell for each line',
    (explanation, findings) => {
      const finding = findingOf(findings, rule.id);
      const rows = explanation.exits.filter(({ detail }) => detail === 'address 0x8000003004, 2-byte write');
      expect(finding?.costNs).toBe(rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor, 0));
      // All of KVM's events of accesses to devices are these writes.
      expect(finding?.title).toContain(
        `${explanation.recording.eventCounts['kvm:kvm_mmio'].toLocaleString('en-US')} times`,
      );
    },
    'kvm-arm64',
  );

  known('c1-ide-read', 'trace.dat', 'is silent where the same disk is IDE', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('leaves doorbells that reach the VMM to doorbell-in-vmm', () => {
    const row = exitRow({
      cause: 'device-mmio',
      reason: 'EPT_MISCONFIG',
      detail: 'address 0xfebfb000, 2-byte write',
      count: 100,
      ledgerNs: { hypervisor: 1e7 },
    });
    const given = evidence({ exits: [row, exitRow({ ...row, vcpu: 1, reachedVmm: 100 })] });
    expect(rule.find(given, []).map(({ costNs }) => costNs)).toEqual([1e7]);
    const mixed = evidence({ exits: [exitRow({ ...row, reachedVmm: 50 })] });
    expect(rule.find(mixed, doorbellInVmm.find(mixed, []))).toEqual([]);
  });

  test('a console gets no advice for disks', () => {
    const row = exitRow({
      cause: 'device-mmio',
      detail: 'address 0xfebfb000, 2-byte write',
      count: 100,
      ledgerNs: { hypervisor: 1e7 },
    });
    const of = (device: string) => rule.find(evidence({ exits: [exitRow({ ...row, device })] }), [])[0];
    expect(of('VIRTIO device in slot 3').remedy).toContain('If it is a disk');
    const configuration = configurationOf('qemu-system-x86_64 -device virtio-serial-pci,id=console0', {
      source: 'qemu.cmd',
    });
    const configurations = new Map([['vm1', [configuration]]]);
    const device = configuration.devices.find(({ type }) => type.startsWith('virtio-serial'))!;
    const exits = [exitRow({ ...row, device: deviceName(device) })];
    const [console] = rule.find(evidence({ exits, configurations }), []);
    expect(console.remedy).toContain('console');
    expect(console.knobs).toEqual([]);
  });
});
