import { describe, expect, test } from 'vitest';
import { emulatedInterruptController as rule } from '../../../src/findings/rules/emulated-interrupt-controller.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { armExit, armExitsEvery, explainLines, mmio, toVmm } from '../../support/kernel-text.js';

const DISTRIBUTOR = 'interrupt controller (GIC), distributor';
const CPU_INTERFACE = 'interrupt controller (GIC), CPU interface';

const using = (count: number, reachedVmm: number) =>
  evidence({
    exits: [
      exitRow({
        cause: 'interrupt-control',
        reason: 'DABT_LOW',
        detail: 'address 0x8000f00, 4-byte write',
        device: DISTRIBUTOR,
        count: count / 2,
        reachedVmm: reachedVmm / 2,
        ledgerNs: { hypervisor: 2e7 },
      }),
      exitRow({
        cause: 'interrupt-control',
        reason: 'DABT_LOW',
        detail: 'address 0x801000c, 4-byte read',
        device: CPU_INTERFACE,
        count: count / 2,
        reachedVmm: reachedVmm / 2,
        ledgerNs: { hypervisor: 2e7, vmm: reachedVmm > 0 ? 8e7 : 0 },
      }),
    ],
  });

const DATA_ABORT = armExit(0x24, 'DABT_LOW');
/** Of a GICv2 on QEMU's board "virt": GICD_SGIR, by which one CPU interrupts another. Source: QEMU, hw/arm/virt.c; IHI 0048. */
const SEND_INTERRUPT = 0x0800_0f00;
const SERIAL_DATA = 0x0900_0000;

describe('emulated-interrupt-controller', () => {
  test.each([
    ['in the kernel', [], 'Give the machine a GICv3, if the host has one.'],
    ['in the VMM', [toVmm.mmio], 'Have the kernel emulate the interrupt controller.'],
  ])('a guest with a GICv2 %s, read from text: its cost is the time of these exits', async (_name, more, remedy) => {
    const within = [DATA_ABORT, mmio('write', 4, SEND_INTERRUPT), ...more];
    const { exits, findings } = await explainLines(armExitsEvery(0.02, 1100, ...within));
    const [first] = findings;
    expect([first.rule, first.remedy]).toEqual([rule.id, remedy]);
    expect(first.title).toContain('1,100 times');
    // 10 µs each.
    expect([first.costNs, workIn(exits)]).toEqual([11_000_000, 11_000_000]);
  });

  test.each([
    ['the same exits are for a serial port', 1100, SERIAL_DATA],
    ['it is set up only', 900, SEND_INTERRUPT],
  ])('is silent where %s', async (_name, count, address) => {
    const { exits, findings } = await explainLines(armExitsEvery(0.02, count, DATA_ABORT, mmio('write', 4, address)));
    expect(workIn(exits)).toBe(count * 10_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('in the kernel: a GICv3 needs none of it', () => {
    const [finding] = rule.find(using(4000, 0), []);
    expect(finding.costNs).toBe(4e7);
    expect(finding.gain.likelyNs).toBe(4e7);
    expect(finding.knobs.map(({ text }) => text)).toEqual([
      '-machine virt,gic-version=3',
      "<features><gic version='3'/></features>",
    ]);
    expect(finding.evidence).toContain('distributor 2,000 times, CPU interface 2,000 times');
  });

  test('in the VMM: the kernel can do it, at what it costs there', () => {
    const [finding] = rule.find(using(4000, 4000), []);
    expect(finding.costNs).toBe(12e7);
    // 1.6 to 2.6 thousand cycles at 3 GHz: 700 ns each.
    expect(finding.gain.likelyNs).toBe(12e7 - 4000 * 700);
    expect(finding.knobs.map(({ text }) => text)).toEqual(['-machine virt,kernel-irqchip=on']);
  });

  test('what a guest needs to set it up is little', () => {
    expect(rule.find(using(600, 0), [])).toEqual([]);
  });

  known(
    'lifecycle',
    'trace.dat',
    'is silent on a guest that starts, whose accesses are some hundreds',
    ({ exits }, findings) => {
      expect(exits.some(({ device }) => device === DISTRIBUTOR)).toBe(true);
      expect(ruleIds(findings)).not.toContain(rule.id);
    },
    'kvm-arm64',
  );
});
