import { describe, expect, test } from 'vitest';
import { firstTouchFaults } from '../../../src/findings/rules/first-touch-faults.js';
import { memoryTakenBack as rule } from '../../../src/findings/rules/memory-taken-back.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines, type Line } from '../../support/kernel-text.js';

const exits = [
  exitRow({
    cause: 'page-fault',
    reason: 'EPT_VIOLATION',
    detail: 'memory read fault, page not mapped',
    count: 1000,
    ledgerNs: { hypervisor: 4e7 },
  }),
];
const given = (unmapped: number) =>
  evidence({
    exits,
    recording: { ...evidence().recording, eventCounts: { 'kvm:kvm_unmap_hva_range': unmapped } },
  });

/** Error code of SVM: a read of a page that is not there, while translating a guest physical address. */
const MISSING_PAGE = 0x1_0000_0004;

/** 200 faults of 50 µs, and so many ranges of memory that the host's merging of equal pages unmaps meanwhile. */
const faulting = (unmapped: number) =>
  explainLines([
    ...exitsEvery(0.1, 200, exit('npf', MISSING_PAGE, 0x1234000)),
    ...Array.from(
      { length: unmapped },
      (_, n): Line => [
        20 + n * 0.1,
        'kvm_unmap_hva_range: mmu notifier unmap range: 0x7f2c00000000 -- 0x7f2c00001000',
        'ksmd-30',
      ],
    ),
  ]);

/** No real recording here has memory that is taken back. */
describe('memory-taken-back', () => {
  test('memory that is merged meanwhile, read from text: its cost is the time of the faults', async () => {
    const { exits, findings } = await faulting(100);
    const found = findingOf(findings, rule.id);
    expect([found?.costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
    // 100 of 200 faults.
    expect(found?.gain.likelyNs).toBe(5_000_000);
    expect(found?.evidence).toContain('100 events');
    expect(ruleIds(findings)).not.toContain(firstTouchFaults.id);
  });

  test('the same faults without it are of memory that is touched for the first time', async () => {
    const { exits, findings } = await faulting(0);
    expect(findings[0]).toMatchObject({ rule: firstTouchFaults.id, costNs: workIn(exits) });
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('expects one fault less for each time that memory is not unmapped', () => {
    expect(rule.find(given(250), [])[0]).toMatchObject({ costNs: 4e7, gain: { mostNs: 4e7, likelyNs: 1e7 } });
    expect(rule.find(given(5000), [])[0].gain.likelyNs).toBe(4e7);
  });

  test('of a part of the recording it takes as many as that is a part of all, and says so', () => {
    const whole = given(500);
    const part = { ...whole, recording: { ...whole.recording, wholeNs: 2 * whole.recording.durationNs } };
    const [finding] = rule.find(part, []);
    // 250 of 1,000 faults, as in a recording of that length with half as many.
    expect(finding.gain.likelyNs).toBe(rule.find(given(250), [])[0].gain.likelyNs);
    expect(finding.title).toContain('about 250 times');
    expect(finding.evidence).toContain('The whole recording has 500 events');
    expect(finding.gain.reasoning).toContain('if that came as often in T');
    // A hundredth of a recording with 2,000 of them: 20 are no cause of 1,000 faults.
    const { recording } = given(2000);
    const short = { ...given(2000), recording: { ...recording, wholeNs: 100 * recording.durationNs } };
    expect(rule.find(short, [])).toEqual([]);
  });

  test('what it counts, first-touch-faults does not count again', () => {
    const others = rule.find(given(250), []);
    expect(firstTouchFaults.find(given(250), others)).toEqual([]);
    expect(firstTouchFaults.find(given(250), [])).toHaveLength(1);
  });

  test('is silent where little was unmapped', () => {
    expect(rule.find(given(99), [])).toEqual([]);
  });

  for (const name of ['g-first-touch', 'g2-first-touch-4k'])
    known(name, 'trace.dat', 'is silent where memory is touched for the first time', (_, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });
});
