import { describe, expect, test } from 'vitest';
import { dirtyLogging as rule } from '../../../src/findings/rules/dirty-logging.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { entry, exit, explainLines, type Line } from '../../support/kernel-text.js';

const fault = (detail: string) =>
  exitRow({ cause: 'page-fault', reason: 'npf', detail, count: 1000, ledgerNs: { hypervisor: 3e7 } });
const find = (...exits: ReturnType<typeof exitRow>[]) => rule.find(evidence({ exits }), []);

/** Error code of SVM: a write to a page that is present, while translating a guest physical address. */
const PROTECTED_WRITE = 0x1_0000_0007;

/** No recording here is of a machine that is migrated. */
describe('dirty-logging', () => {
  test('writes to protected pages are probably it', () => {
    const [finding] = find(fault('memory write fault, page protected'));
    expect([finding.costNs, finding.confidence]).toEqual([3e7, 'medium']);
    expect(finding.title).toContain('in 1,000 exits');
  });

  test('is found in the events of writes to protected pages', async () => {
    const writes = Array.from({ length: 100 }, (_, index): Line[] => [
      [index, entry],
      [index + 0.5, exit('npf', PROTECTED_WRITE, 0x1234000)],
    ]).flat();
    const { exits, findings } = await explainLines([...writes, [100, entry], [101, exit('hlt')]]);
    // 0.5 ms each.
    expect(findingOf(findings, rule.id)).toMatchObject({ costNs: 50_000_000, confidence: 'medium' });
    expect(workIn(exits)).toBe(50_000_000);
  });

  test('a full log of the CPU certainly is', () => {
    const full = exitRow({ cause: 'page-fault', reason: 'PML_FULL', count: 10, ledgerNs: { hypervisor: 1e6 } });
    const [finding] = find(full, fault('memory write fault, page protected'));
    expect([finding.costNs, finding.confidence]).toEqual([31e6, 'high']);
  });

  test('is silent about pages that are missing, read or run', () => {
    const details = ['memory write fault, page not mapped', 'memory instruction fetch fault, page protected'];
    expect(find(...details.map((detail) => fault(detail)))).toEqual([]);
  });

  known('g2-first-touch-4k', 'trace.dat', 'is silent where memory is touched for the first time', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });
});
