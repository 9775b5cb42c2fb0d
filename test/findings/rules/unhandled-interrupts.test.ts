import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unhandledInterrupts as rule } from '../../../src/findings/rules/unhandled-interrupts.js';
import { evidence } from '../../support/evidence.js';
import { explainPaths, workIn } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines, type Line } from '../../support/kernel-text.js';

/**
 * A guest that runs, and an interrupt of the host every millisecond.
 * @param returned what its handler says
 * @param irqs of so many devices in turn, from number 24 on
 */
function recordingOf(returned: (index: number) => string, { count = 200, irqs = 1 } = {}): string {
  const at = (us: number) => `[000] d..2. ${(10 + us / 1e6).toFixed(6)}:`;
  const lines = Array.from({ length: count }, (_, index) => [
    `  CPU 0/KVM-141   ${at(index * 1000)} kvm_entry: vcpu 0, rip 0xffffffff81000000`,
    `  CPU 0/KVM-141   ${at(index * 1000 + 900)} kvm_exit: vcpu 0 reason EXTERNAL_INTERRUPT rip 0xffffffff81000000 info1 0x0000000000000000 info2 0x0000000000000000 intr_info 0x80000022 error_code 0x00000000`,
    `  CPU 0/KVM-141   ${at(index * 1000 + 910)} irq_handler_entry: irq=${24 + (index % irqs)} name=eth${index % irqs}`,
    `  CPU 0/KVM-141   ${at(index * 1000 + 950)} irq_handler_exit: irq=${24 + (index % irqs)} ret=${returned(index)}`,
  ]);
  return ['# tracer: nop', '#', ...lines.flat(), ''].join('\n');
}

async function explained(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-unhandled-'));
  try {
    const path = join(folder, 'trace.txt');
    writeFileSync(path, text);
    return await explainPaths([path]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('unhandled-interrupts', () => {
  test('counts what handlers say of themselves', async () => {
    const { interrupts, findings, totals, exits } = await explained(
      recordingOf((index) => (index < 10 ? 'handled' : 'unhandled')),
    );
    expect(interrupts).toEqual([{ name: 'IRQ 24 (eth0)', count: 200, unhandled: 190 }]);
    const finding = findings.find((one) => one.rule === rule.id)!;
    expect(finding.title).toContain('200 runs of the handlers of IRQ 24 (eth0)');
    expect(finding.title).toContain('95.0 % found nothing to do');
    // As recorded: 199 exits end in T, of 100 µs each with the 40 µs of the handler; 19 of 20 were for nothing.
    const lostNs = 199 * 100_000;
    expect(workIn(exits) + totals.ledgerNs.interrupt).toBe(lostNs + 50_000);
    expect(finding.costNs / (0.95 * lostNs)).toBeCloseTo(1, 2);
    expect(finding.gain.likelyNs).toBe(finding.costNs);
    expect(findings[0]).toBe(finding);
  });

  test('no other finding promises or counts the same time', async () => {
    // Of two devices one interrupts in vain.
    const text = recordingOf((index) => (index % 2 === 0 ? 'handled' : 'unhandled'), { count: 400, irqs: 2 });
    const { findings, totals } = await explained(text);
    const gaining = findings.filter(({ gain }) => gain.likelyNs > 0);
    expect(ruleIds(gaining)).toEqual(expect.arrayContaining([rule.id, 'host-interrupt-exits']));
    expect(gaining[0].rule).toBe(rule.id);
    expect(gaining.reduce((sum, { costNs }) => sum + costNs, 0)).toBeLessThanOrEqual(totals.guestDelayNs);
  });

  test('spurious interrupts, read from text: their cost is the time of the exits that they force', async () => {
    const spurious = ['spurious_apic_entry: vector=255', 'spurious_apic_exit: vector=255'];
    const lines = (count: number): Line[] => exitsEvery(0.1, count, exit('EXTERNAL_INTERRUPT'), ...spurious);
    const { exits, findings } = await explainLines(lines(200));
    expect(findings[0].rule).toBe(rule.id);
    expect(findings[0].title).toContain('200 spurious interrupts');
    // 50 µs each.
    expect([findings[0].costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
    expect(ruleIds((await explainLines(lines(90))).findings)).not.toContain(rule.id);
  });

  test('is silent where an interrupt is shared: every second look is in vain', async () => {
    const { interrupts, findings } = await explained(
      recordingOf((index) => (index % 2 === 0 ? 'handled' : 'unhandled')),
    );
    expect(interrupts[0].unhandled).toBe(100);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('names what the CPU calls spurious', () => {
    const given = (count: number) => evidence({ interrupts: [{ name: 'spurious interrupt', count, unhandled: 0 }] });
    expect(rule.find(given(99), [])).toEqual([]);
    expect(rule.find(given(500), [])[0].title).toContain('500 spurious interrupts (500/s)');
    expect(rule.find(given(500), [])[0].costNs).toBe(0);
  });

  known(
    'm-mixed',
    'trace.dat',
    'is silent, and interrupts are those that the kernel counted',
    ({ interrupts, recording }, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
      const irqs = interrupts.filter(({ name }) => name.startsWith('IRQ'));
      expect(irqs.reduce((sum, { count }) => sum + count, 0)).toBe(recording.eventCounts['irq:irq_handler_entry']);
      expect(interrupts.find(({ name }) => name === 'local timer')?.count).toBe(
        recording.eventCounts['irq_vectors:local_timer_entry'],
      );
    },
  );
});
