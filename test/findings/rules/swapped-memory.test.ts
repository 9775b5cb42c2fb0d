import { describe, expect, test } from 'vitest';
import { dirtyLogging } from '../../../src/findings/rules/dirty-logging.js';
import { firstTouchFaults } from '../../../src/findings/rules/first-touch-faults.js';
import { memoryTakenBack } from '../../../src/findings/rules/memory-taken-back.js';
import { swappedMemory as rule } from '../../../src/findings/rules/swapped-memory.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { entry, exit, explainLines, switchedIn, switchedOut, wokenUp } from '../../support/kernel-text.js';

const fault = (blocked: number, detail = 'memory read fault, page not mapped') =>
  exitRow({
    cause: 'page-fault',
    reason: 'EPT_VIOLATION',
    detail,
    count: 50,
    maxNs: 3e7,
    ledgerNs: { hypervisor: 1e6, blocked },
  });

/** Error code of SVM: a write, while translating a guest physical address. */
const PAGE_FAULT_WRITE = 0x1_0000_0006;

/** No recording here has swapped memory. */
describe('swapped-memory', () => {
  test('is the time that vCPUs slept in page faults', () => {
    const read = fault(0, 'page read in by the host (asynchronous page fault)');
    const [finding] = rule.find(
      evidence({ exits: [fault(2e8), fault(5e7, 'memory write fault, page not mapped'), read] }),
      [],
    );
    expect([finding.costNs, finding.gain.likelyNs, finding.accounts]).toEqual([25e7, 25e7, ['blocked']]);
    expect(finding.evidence).toBe(
      '100 page faults of a kind in which the vCPU slept; the longest took 30.0 ms; 50 asynchronous page faults beside them.',
    );
  });

  test('is found in the events of a vCPU that slept 29.9 ms in a page fault', async () => {
    const { findings, totals } = await explainLines([
      [0, entry],
      [50, exit('npf', PAGE_FAULT_WRITE, 0x1234000)],
      [50.1, switchedOut('S')],
      [80, wokenUp],
      [80.1, switchedIn],
      [80.2, entry],
      [100, exit('hlt')],
    ]);
    expect([findingOf(findings, rule.id)?.costNs, totals.ledgerNs.blocked]).toEqual([29_900_000, 29_900_000]);
  });

  test('the rest of these faults is left to first-touch-faults', () => {
    const given = evidence({ exits: [fault(2e8)] });
    const [finding] = firstTouchFaults.find(given, rule.find(given, []));
    expect(finding.costNs).toBe(1e6);
  });

  test('nor do dirty-logging and memory-taken-back count the sleep again', () => {
    const protectedWrite = evidence({ exits: [fault(2e8, 'memory write fault, page protected')] });
    expect(dirtyLogging.find(protectedWrite, rule.find(protectedWrite, []))[0].costNs).toBe(1e6);
    const recording = { ...evidence().recording, eventCounts: { 'kvm:kvm_unmap_hva_range': 50 } };
    const taken = evidence({ exits: [fault(2e8)], recording });
    expect(memoryTakenBack.find(taken, rule.find(taken, []))[0].costNs).toBe(1e6);
  });

  test('is silent where page faults do not sleep, or other exits do', () => {
    expect(rule.find(evidence({ exits: [fault(0), exitRow({ ...fault(1e8), cause: 'device-port' })] }), [])).toEqual(
      [],
    );
  });

  known('g2-first-touch-4k', 'trace.dat', 'is silent where the host has the memory', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });
});
