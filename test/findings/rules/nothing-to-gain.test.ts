import { describe, expect, test } from 'vitest';
import type { Draft } from '../../../src/findings/rule.js';
import { hostThreadsTakePcpus } from '../../../src/findings/rules/host-threads-take-pcpus.js';
import { nothingToGain as rule } from '../../../src/findings/rules/nothing-to-gain.js';
import { ALL_RECORDED, culprit, evidence, machine, vcpu } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import {
  entry,
  exit,
  explainLines,
  type Line,
  switchedIn,
  switchedOut,
  toVmm,
  wokenUp,
} from '../../support/kernel-text.js';

/** One of each class of events: where one is missing, its time could hide in that of the guest. */
const complete: readonly Line[] = [
  [50.2, exit('hlt')],
  [50.21, switchedOut('S')],
  [50.8, wokenUp],
  [50.81, switchedIn],
  [50.82, 'kvm_vcpu_wakeup: wait time 620000 ns, polling valid'],
  ...['local_timer_entry: vector=236', 'local_timer_exit: vector=236'].map((text): Line => [50.82, text]),
  ...['irq_handler_entry: irq=24 name=eth0', 'irq_handler_exit: irq=24 ret=handled'].map((text): Line => [50.82, text]),
  ...['softirq_entry: vec=3 [action=NET_RX]', 'softirq_exit: vec=3 [action=NET_RX]'].map((text): Line => [50.82, text]),
  ...['kvm_fpu: unload', toVmm.port, 'kvm_fpu: load'].map((text): Line => [50.82, text]),
  [50.82, entry],
];

/** A guest that computes for 100 ms, and is left for an interrupt once a millisecond; half of the way it sleeps for 0.6 ms. */
const leftFor = (exitMs: number): Line[] => {
  const exits = Array.from({ length: 99 }, (_, n): Line[] => [
    [n + 1, exit('interrupt')],
    [n + 1 + exitMs, entry],
  ]);
  return [[0, entry], ...exits.slice(0, 50).flat(), ...complete, ...exits.slice(50).flat()];
};

describe('nothing-to-gain', () => {
  test('a guest that is left for 1 % of the time, read from text: what it lost is its cost', async () => {
    const { findings, totals } = await explainLines(leftFor(0.01));
    const found = findingOf(findings, rule.id);
    expect(found?.costNs).toBe(totals.guestDelayNs);
    // 99 exits of 10 µs, and 30 µs of the halt beside its sleep.
    expect(found?.costNs).toBe(1_020_000);
  });

  test('is silent where the same exits take a tenth of the time', async () => {
    const { findings, totals } = await explainLines(leftFor(0.1));
    expect(totals.guestDelayNs).toBe(9_930_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('b1-uart-flood', 'trace.dat', 'is silent where most of the time is lost', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('a-idle', 'trace.dat', 'is what is said of an idle guest', ({ totals }, findings) => {
    expect(findings[0].rule).toBe(rule.id);
    expect(findings[0].gain.likelyNs).toBe(0);
    expect(totals.ledgerNs.idle).toBeGreaterThan(0.98 * (totals.durationNs - totals.keptOutNs));
  });

  // Every exit of the real recordings costs tens of microseconds: none of them is well tuned.
  test('fires where little is lost, unless something hides more', () => {
    const tuned = [machine('vm1', vcpu(0, { hypervisor: 1e7 }))];
    expect(rule.find(evidence({ machines: tuned }), [])).toMatchObject([{ costNs: 1e7, told: 'always' }]);
    const unknown = [machine('vm1', vcpu(0, { hypervisor: 1e7, unknown: 1e8 }))];
    expect(rule.find(evidence({ machines: unknown }), [])).toEqual([]);
    const rough = [{ ...tuned[0], recorded: { ...ALL_RECORDED, lostTime: 'rough' as const } }];
    expect(rule.find(evidence({ machines: rough }), [])).toEqual([]);
  });

  test('is silent where another rule expects a gain', () => {
    const machines = [machine('vm1', vcpu(0, { preempted: 1.5e7 }))];
    const given = evidence({ machines, culprits: [culprit({ ns: 1.5e7 })] });
    const others: readonly Draft[] = hostThreadsTakePcpus.find(given, []);
    expect(others).toHaveLength(1);
    expect(rule.find(given, others)).toEqual([]);
  });
});
