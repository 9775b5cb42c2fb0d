import { describe, expect, test } from 'vitest';
import type { ExitRow } from '../../../src/explain/explanation.js';
import type { Finding } from '../../../src/findings/finding.js';
import { haltPolling as rule } from '../../../src/findings/rules/halt-polling.js';
import { culprit, evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { explanationOf } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { hostOf, moduleFile } from '../../support/host-facts.js';
import { entry, exit, explainLines, type Line, switchedIn, switchedOut, wokenUp } from '../../support/kernel-text.js';
import { scenario } from '../../support/recordings.js';
import { kvmCounters } from '../../support/witnesses.js';

const MOST_BY_DEFAULT = 200_000;
const advisedLimit = ({ knobs }: Pick<Finding, 'knobs'>): number => Number(/echo (\d+)/.exec(knobs[0].text)![1]);

describe('halt-polling', () => {
  known(
    'n-timer-nopoll',
    'trace.dat',
    'missing: a limit that covers sleeps of 100 µs',
    ({ findings, culprits }, _findings, found) => {
      const finding = findings.find((one) => one.rule === rule.id)!;
      // The kernel did not poll either.
      expect(kvmCounters(found).all('halt_attempted_poll')).toBe(0);
      const asleep = culprits.filter(({ kind }) => kind === 'idle pCPU').reduce((sum, { ns }) => sum + ns, 0);
      expect(finding.costNs).toBe(asleep);
      expect(finding.accounts).toEqual(['wakeup']);
      expect(advisedLimit(finding)).toBe(MOST_BY_DEFAULT);
      expect(finding.evidence).toContain('did not poll');
    },
  );

  known('e-timer', 'trace.dat', 'is silent for the same sleeps with polling', (_explanation, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('what it promises for n-timer-nopoll is what e-timer, with polling, has saved', async () => {
    const [without, polling] = await Promise.all(
      ['n-timer-nopoll', 'e-timer'].map((name) => explanationOf(scenario(name, 'trace.dat')!, 'trace.dat')),
    );
    const { gain } = without.findings.find((one) => one.rule === rule.id)!;
    const saved = without.totals.ledgerNs.wakeup - polling.totals.ledgerNs.wakeup;
    expect(Math.abs(gain.likelyNs - saved)).toBeLessThan(0.25 * saved);
  });

  known(
    'native-vs-vm/rec/sleep',
    'trace.dat',
    'a longer limit where KVM polls and most halts are a little longer',
    ({ findings }) => {
      const finding = findings.find((one) => one.rule === rule.id)!;
      expect(advisedLimit(finding)).toBeGreaterThan(MOST_BY_DEFAULT);
      expect(finding.accounts).toEqual(['wakeup']);
    },
  );

  for (const name of ['a-idle', 'b1-uart-flood', 'c2-virtio-blk-read'])
    known(name, 'trace.dat', 'is silent where halts are long', (_explanation, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });

  /** 1,000 halts, all of about this length. */
  const halts = (ns: number, ledgerNs: Partial<ExitRow['ledgerNs']>) =>
    exitRow({
      cause: 'halt',
      reason: 'hlt',
      count: 1000,
      timed: 1000,
      minNs: 0.9 * ns,
      p50Ns: ns,
      p90Ns: ns,
      p99Ns: 1.1 * ns,
      maxNs: 1.2 * ns,
      ledgerNs,
    });
  const machines = [machine('vm1', vcpu(0, { idle: 5e8 }))];

  /** Once in 2 ms a halt of this length: KVM polls for 0.2 ms as long as it lasts, and sleeps for the rest. */
  const halting = (lengthMs: number): Line[] => [
    [0, entry],
    ...Array.from({ length: 150 }, (_, n): Line[] => {
      const at = 2 * n + 0.5;
      const over = at + lengthMs;
      const slept = lengthMs > 0.2;
      const sleep: Line[] = [
        [at + 0.2, switchedOut('S')],
        [over - 0.002, wokenUp],
        [over - 0.001, switchedIn],
      ];
      return [
        [at, exit('hlt')],
        ...(slept ? sleep : []),
        [over, 'kvm_halt_poll_ns: vcpu 0: halt_poll_ns 200000 (grow 200000)'],
        [over, `kvm_vcpu_wakeup: ${slept ? 'wait' : 'poll'} time ${Math.round(lengthMs * 1e6)} ns, polling valid`],
        [over + 0.01, entry],
      ];
    }).flat(),
    // A recording without the scheduler's events would not tell who slept.
    [301, switchedOut('S')],
  ];

  test.each([0.6, 1.3])(
    'for nothing, read from text: all halts take %d ms, all the polling is its cost',
    async (length) => {
      const { findings, totals } = await explainLines(halting(length));
      const found = findingOf(findings, rule.id);
      expect([found?.costNs, totals.ledgerNs.poll]).toEqual([150 * 200_000, 150 * 200_000]);
      expect(found?.accounts).toEqual(['poll']);
      expect(found?.gain.likelyNs).toBe(150 * 200_000);
    },
  );

  test('is silent where all halts end while KVM polls', async () => {
    const { findings, totals } = await explainLines(halting(0.15));
    expect(totals.ledgerNs.poll).toBe(150 * 150_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('for nothing: all halts are longer than KVM polls', () => {
    const exits = [halts(1e6, { poll: 1.5e8, idle: 8e8 })];
    const [finding] = rule.find(evidence({ machines, exits }), []);
    expect(finding.accounts).toEqual(['poll']);
    expect([finding.costNs, finding.gain.likelyNs]).toEqual([1.5e8, 1.5e8]);
  });

  test('not for nothing: halts may have ended while KVM polled, or there was no sleep after it', () => {
    expect(rule.find(evidence({ machines, exits: [halts(1.5e5, { poll: 1.5e8, idle: 1e6 })] }), [])).toEqual([]);
    expect(rule.find(evidence({ machines, exits: [halts(6e5, { poll: 6e8, idle: 0 })] }), [])).toEqual([]);
    const untimed = exitRow({ cause: 'halt', count: 1000, ledgerNs: { poll: 1.5e8, idle: 8e8 } });
    expect(rule.find(evidence({ machines, exits: [untimed] }), [])).toEqual([]);
  });

  const asleep = [culprit({ account: 'wakeup', kind: 'idle pCPU', name: 'nobody', ns: 1e8, count: 900 })];

  test.each([
    [9e4, 100_000],
    [1.5e5, 200_000],
    [4.2e5, 500_000],
  ])('halts of %d ns need a limit of %d ns', (length, limit) => {
    const exits = [halts(length, { wakeup: 1e8, idle: 1e8 })];
    const [finding] = rule.find(evidence({ machines, exits, culprits: asleep }), []);
    expect(advisedLimit(finding)).toBe(limit);
    expect(finding.gain.likelyNs).toBeLessThanOrEqual(1e8);
  });

  test('knows the limit in force by the facts of the host', () => {
    const exits = [halts(4.2e5, { wakeup: 1e8, idle: 1e8 })];
    const withLimit = (value: string) =>
      rule.find(
        evidence({ machines, exits, culprits: asleep, host: hostOf({ [moduleFile('kvm', 'halt_poll_ns')]: value }) }),
        [],
      );
    expect(withLimit('1000000')).toEqual([]);
    expect(withLimit('200000')[0].evidence).toContain('halt_poll_ns is 200000');
  });

  test('is silent where halts take longer than polling should, and on other hypervisors', () => {
    const given = (length: number) =>
      evidence({ machines, exits: [halts(length, { wakeup: 1e8, idle: 1e8 })], culprits: asleep });
    expect(rule.find(given(3e6), [])).toEqual([]);
    const { recording, ...rest } = given(9e4);
    expect(rule.find({ ...rest, recording: { ...recording, hypervisor: 'qnx' } }, [])).toEqual([]);
  });
});
