import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unhandledInterrupts as rule } from '../../../src/findings/rules/unhandled-interrupts.js';
import { evidence } from '../../support/evidence.js';
import { explainPaths } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';

/** A guest that runs, and an interrupt of the host every millisecond; what its handler says. */
function recordingOf(returned: (index: number) => string, count = 200): string {
  const at = (us: number) => `[000] d..2. ${(10 + us / 1e6).toFixed(6)}:`;
  const lines = Array.from({ length: count }, (_, index) => [
    `  CPU 0/KVM-141   ${at(index * 1000)} kvm_entry: vcpu 0, rip 0xffffffff81000000`,
    `  CPU 0/KVM-141   ${at(index * 1000 + 900)} kvm_exit: vcpu 0 reason EXTERNAL_INTERRUPT rip 0xffffffff81000000 info1 0x0000000000000000 info2 0x0000000000000000 intr_info 0x80000022 error_code 0x00000000`,
    `  CPU 0/KVM-141   ${at(index * 1000 + 910)} irq_handler_entry: irq=24 name=eth0`,
    `  CPU 0/KVM-141   ${at(index * 1000 + 950)} irq_handler_exit: irq=24 ret=${returned(index)}`,
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
    const { interrupts, findings } = await explained(recordingOf((index) => (index < 10 ? 'handled' : 'unhandled')));
    expect(interrupts).toEqual([{ name: 'IRQ 24 (eth0)', count: 200, unhandled: 190 }]);
    const finding = findings.find((one) => one.rule === rule.id)!;
    expect(finding.title).toContain('200 runs of the handlers of IRQ 24 (eth0)');
    expect(finding.title).toContain('95.0 % found nothing to do');
    // As recorded: 199 exits end in T, of 100 µs each with the 40 µs of the handler; 19 of 20 were for nothing.
    const lostNs = 199 * 100_000;
    expect(finding.costNs).toBeGreaterThan(0.93 * lostNs);
    expect(finding.costNs).toBeLessThan(0.96 * lostNs);
    expect(finding.gain.likelyNs).toBe(finding.costNs);
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
