import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hostInterruptExits } from '../../../src/findings/rules/host-interrupt-exits.js';
import { unhandledInterrupts as rule } from '../../../src/findings/rules/unhandled-interrupts.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { explainPaths, workIn } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { entry, exit, exitsEvery, explainLines, type Line, switchedOut } from '../../support/kernel-text.js';

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

  /** A guest whose exits are for two devices in turn: of one each handler takes 400 µs, of the other 40 µs, for nothing. */
  const unequal = (count: number): Line[] => {
    const lines: Line[] = [[0, entry]];
    for (let n = 0; n < count; n++) {
      const [irq, ms, said] = n % 2 === 0 ? [24, 0.4, 'handled'] : [25, 0.04, 'unhandled'];
      lines.push(
        [n + 0.5, exit('EXTERNAL_INTERRUPT')],
        [n + 0.5, `irq_handler_entry: irq=${irq} name=eth${irq}`],
        [n + 0.5 + ms, `irq_handler_exit: irq=${irq} ret=${said}`],
        [n + 0.95, entry],
      );
    }
    return lines;
  };

  test('counts the time of those handlers, not their part by number', async () => {
    const { findings, totals } = await explainLines(unequal(400));
    expect(totals.ledgerNs.interrupt).toBe(200 * 400_000 + 200 * 40_000);
    const found = findings.find((one) => one.rule === rule.id)!;
    // Exits without handlers: 50 µs and 410 µs, in halves; nothing says which is which.
    const exitsNs = 0.5 * totals.ledgerNs.hypervisor;
    expect(found.costNs).toBe(200 * 40_000 + exitsNs);
    expect(found.gain.reasoning).toContain('Their handlers took 8.00 ms on top of vCPUs');
    const others = findings.find((one) => one.rule === 'host-interrupts-on-vcpus')!;
    expect(others.costNs).toBe(200 * 400_000);
  });

  test('those that come where no vCPU runs cost no guest anything', async () => {
    const elsewhere = Array.from({ length: 300 }, (_, n): Line[] => [
      [n + 0.7, 'irq_handler_entry: irq=25 name=eth1', 'kworker-30'],
      [n + 0.71, 'irq_handler_exit: irq=25 ret=unhandled', 'kworker-30'],
    ]).flat();
    // After the guest has ended its work on this pCPU.
    const guest = exitsEvery(
      0.01,
      200,
      exit('EXTERNAL_INTERRUPT'),
      'irq_handler_entry: irq=24 name=eth0',
      'irq_handler_exit: irq=24 ret=handled',
    );
    const asleep: Line[] = [[2.5, switchedOut('R')]];
    const { findings } = await explainLines([...guest, ...asleep, ...elsewhere.filter(([ms]) => ms > 2.6)]);
    const found = findings.find((one) => one.rule === rule.id)!;
    expect(found.title).toContain('of IRQ 25 (eth1)');
    // It waits in vain for its pCPU meanwhile, and that is all.
    expect(found.gain.reasoning).toContain('exits for them took 0.');
    expect(found.gain.reasoning).toContain('took 0 on top of vCPUs and kept others waiting for');
    expect(found.costNs).toBe(298 * 10_000);
  });

  test('where exits name their interrupt, as on Arm, all of their time is known', () => {
    const of = (name: string, ns: number) =>
      exitRow({ cause: 'interrupt', reason: 'IRQ', detail: `host ${name}`, count: 200, ledgerNs: { hypervisor: ns } });
    const exits = [of('IRQ 24 (eth0)', 1e6), of('IRQ 13 (arch_timer)', 8e6), of('IRQ 25 (eth1)', 1e6)];
    const interrupts = [
      { name: 'IRQ 13 (arch_timer)', count: 200, unhandled: 0 },
      { name: 'IRQ 24 (eth0)', count: 200, unhandled: 200 },
      { name: 'IRQ 25 (eth1)', count: 200, unhandled: 0 },
    ];
    const given = evidence({ exits, interrupts });
    const needless = rule.find(given, []);
    expect(needless[0].costNs).toBe(1e6);
    expect(hostInterruptExits.find(given, needless)[0].costNs).toBe(9e6);
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
