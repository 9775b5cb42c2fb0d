import { describe, expect, test } from 'vitest';
import { doorbells } from '../../../src/findings/doorbells.js';
import { doorbellInVmm as rule } from '../../../src/findings/rules/doorbell-in-vmm.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines, mmio, toVmm } from '../../support/kernel-text.js';

/** A thousand writes. */
const row = (detail: string, reachedVmm: number) =>
  exitRow({
    cause: detail.startsWith('port') ? 'device-port' : 'device-mmio',
    reason: 'EPT_MISCONFIG',
    detail,
    count: 1000,
    reachedVmm,
    ledgerNs: { hypervisor: 2e7, vmm: 3e7 },
  });
const find = (...exits: ReturnType<typeof exitRow>[]) => rule.find(evidence({ exits }), []);

/** Where QEMU has the doorbell of a second queue; error code of SVM: a write to a reserved page. */
const DOORBELL = 0xfebf_b004;
const DEVICE_WRITE = 0x1_0000_000f;
/** 200 writes of 50 µs each. */
const ringing = (...more: readonly string[]) =>
  explainLines(exitsEvery(0.1, 200, exit('npf', DEVICE_WRITE, DOORBELL), mmio('write', 2, DOORBELL), ...more));

/** No real recording here has doorbells in the VMM. */
describe('doorbell-in-vmm', () => {
  test('doorbells that end in the VMM, read from text: their cost is the time of these exits', async () => {
    const { exits, findings } = await ringing(toVmm.mmio);
    const [first] = findings;
    expect(first.rule).toBe(rule.id);
    expect(first.title).toContain('200 doorbells');
    expect([first.costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
  });

  test('is silent where the same doorbells end in the kernel', async () => {
    const { findings } = await ringing();
    expect(findings[0].rule).toBe('frequent-doorbells');
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('finds doorbells that reach the VMM, and leaves them what they cost in the kernel', () => {
    const [finding] = find(row('address 0xfebfb004, 2-byte write', 1000));
    expect(finding.costNs).toBe(5e7);
    expect(finding.confidence).toBe('medium');
    // 1.6 to 2.6 thousand cycles at 3 GHz for each.
    expect(finding.gain.likelyNs).toBe(5e7 - 1000 * 700);
    expect(find(row('port 0xc050, 2-byte write', 1000))).toHaveLength(1);
  });

  test('knows VIRTIO over MMIO by the places that it has on the virt board of Arm', () => {
    const slot = { device: 'VIRTIO device in slot 31' };
    const at = (offset: string) => exitRow({ ...row(`address 0xa003e${offset}, 4-byte write`, 1000), ...slot });
    expect(find(at('50'))).toMatchObject([{ costNs: 5e7, confidence: 'high' }]);
    expect(find(at('64'))).toEqual([]);
    expect(find(exitRow({ ...at('50'), device: null }))).toEqual([]);
  });

  test.each([
    ['address 0xfebfb004, 2-byte write', 0],
    ['address 0xfebfb004, 2-byte read', 1000],
    ['address 0xfebf8014, 2-byte write', 1000],
    ['address 0xfebfb002, 2-byte write', 1000],
    ['address 0xfebfb004, 1-byte write', 1000],
    ['port 0xc052, 2-byte write', 1000],
    ['port 0x1f0, 2-byte write', 1000],
  ])('is silent about %s, %s times in the VMM', (detail, reachedVmm) => {
    expect(find(row(detail, reachedVmm))).toEqual([]);
  });

  // The 200 reads that the guest made rang it once each; QEMU has ioeventfd on.
  known('c2-virtio-blk-read', 'trace.dat', 'is silent where KVM passes doorbells on', (explanation, findings) => {
    const found = doorbells({ ...explanation, configurations: new Map() }, explanation.machines[0]);
    expect(found.map(({ rows }) => rows[0].count)).toContain(200);
    expect(found.flatMap(({ rows }) => rows).every(({ reachedVmm }) => reachedVmm === 0)).toBe(true);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('b1-uart-flood', 'trace.dat', 'is silent where the VMM serves another device', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });
});
