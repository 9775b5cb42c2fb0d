import { describe, expect, test } from 'vitest';
import { firstTouchFaults } from '../../../src/findings/rules/first-touch-faults.js';
import { memoryTakenBack as rule } from '../../../src/findings/rules/memory-taken-back.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';

const exits = [
  exitRow({
    cause: 'page-fault',
    reason: 'EPT_VIOLATION',
    detail: 'memory read fault, page not mapped',
    count: 1000,
    ledgerNs: { hypervisor: 4e7 },
  }),
];
/** No recording here has memory that is taken back. */
const given = (unmapped: number) =>
  evidence({
    exits,
    recording: { ...evidence().recording, eventCounts: { 'kvm:kvm_unmap_hva_range': unmapped } },
  });

describe('memory-taken-back', () => {
  test('expects one fault less for each time that memory is not unmapped', () => {
    expect(rule.find(given(250), [])[0]).toMatchObject({ costNs: 4e7, gain: { mostNs: 4e7, likelyNs: 1e7 } });
    expect(rule.find(given(5000), [])[0].gain.likelyNs).toBe(4e7);
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
