import { describe, expect, test } from 'vitest';
import { findAll } from '../../../src/findings/find.js';
import { hostInterruptExits as rule } from '../../../src/findings/rules/host-interrupt-exits.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { explanationOf } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { scenario } from '../../support/recordings.js';

describe('host-interrupt-exits', () => {
  for (const name of ['e-timer', 'h1-cpuid', 'b1-uart-flood'])
    known(
      name,
      'trace.dat',
      'is silent: they are below a hundredth of what the guest wanted to run',
      (_explanation, findings) => {
        expect(ruleIds(findings)).not.toContain(rule.id);
      },
    );

  known(
    'e-timer',
    'trace.dat',
    'with a lower threshold it tells exits that inject nothing, and costs what the ledger says',
    (explanation) => {
      const rows = explanation.exits.filter(({ cause, detail }) => cause === 'interrupt' && detail === null);
      const found = findAll({ ...explanation, configurations: new Map() }, { leastGain: 0.001 }, [rule]);
      expect(found.map(({ costNs }) => costNs)).toEqual([
        rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor, 0),
      ]);
      expect(found[0].gain.likelyNs).toBeLessThan(found[0].costNs);
    },
  );

  test('names the vectors of the host where they are recorded, and leaves those of the guest out', () => {
    const row = {
      cause: 'interrupt',
      reason: 'EXTERNAL_INTERRUPT',
      count: 1000,
      ledgerNs: { hypervisor: 1e8 },
    } as const;
    const exits = [
      exitRow({ ...row, detail: 'host vector 0xec (local timer)' }),
      exitRow({ ...row, detail: 'injects vector 0x26' }),
    ];
    const [finding] = rule.find(evidence({ exits }), []);
    expect(finding.costNs).toBe(1e8);
    expect(finding.evidence).toContain('host vector 0xec (local timer) (1,000)');
    expect(rule.find(evidence({ exits }), [finding])).toEqual([]);
  });

  test('names each interrupt once, with what all vCPUs left for it', () => {
    const row = {
      cause: 'interrupt',
      reason: 'IRQ',
      detail: 'host IRQ 13 (arch_timer)',
      count: 200,
      ledgerNs: { hypervisor: 1e8 },
    } as const;
    const [{ evidence: seen }] = rule.find(evidence({ exits: [exitRow(row), exitRow({ ...row, vcpu: 1 })] }), []);
    expect(seen).toContain('Most: host IRQ 13 (arch_timer) (400).');
  });

  known(
    'i1-overcommit-unpinned',
    'perf-kvm.data',
    'without the scheduler, time that others had the pCPU is no cost of interrupts',
    async (explanation, findings) => {
      expect(explanation.quality.notRecorded).toContain('preempted');
      expect(ruleIds(findings)).not.toContain(rule.id);
      const [found] = findAll({ ...explanation, configurations: new Map() }, { leastGain: 0.001 }, [rule]);
      // The same seconds, with the scheduler's events.
      const complete = await explanationOf(scenario('i1-overcommit-unpinned', 'trace.dat')!, 'trace.dat');
      const real = complete.exits
        .filter(({ cause }) => cause === 'interrupt')
        .reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor, 0);
      expect(found.costNs).toBeGreaterThan(0.2 * real);
      expect(found.costNs).toBeLessThan(1.5 * real);
      expect(found.confidence).toBe('low');
    },
  );
});
