import { describe, expect, test } from 'vitest';
import { firstTouchFaults } from '../../../src/findings/rules/first-touch-faults.js';
import { swappedMemory as rule } from '../../../src/findings/rules/swapped-memory.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';

const fault = (blocked: number, detail = 'memory read fault, page not mapped') =>
  exitRow({
    cause: 'page-fault',
    reason: 'EPT_VIOLATION',
    detail,
    count: 50,
    maxNs: 3e7,
    ledgerNs: { hypervisor: 1e6, blocked },
  });

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

  test('the rest of these faults is left to first-touch-faults', () => {
    const given = evidence({ exits: [fault(2e8)] });
    const [finding] = firstTouchFaults.find(given, rule.find(given, []));
    expect(finding.costNs).toBe(1e6);
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
