import { describe, expect, test } from 'vitest';
import type { ExitRow } from '../../../src/explain/explanation.js';
import { guestTimers as rule } from '../../../src/findings/rules/guest-timers.js';
import { evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { known, ruleIds } from '../../support/findings.js';
import { textIn } from '../../support/read-records.js';
import { perfKvmStat } from '../../support/witnesses.js';
import { explanationOfXen, xenRecording } from '../../support/xen-recordings.js';

const work = (rows: readonly ExitRow[]): number =>
  rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor + ledgerNs.vmm + ledgerNs.blocked, 0);

describe('guest-timers', () => {
  for (const name of ['e-timer', 'n-timer-nopoll', 'e-timer-unstable-tsc']) {
    known(
      name,
      'trace.dat',
      'is what to change first where a program sleeps for 100 µs',
      ({ findings, exits }, _findings, found) => {
        const [first] = findings;
        expect(first.rule).toBe(rule.id);
        // As many as perf counts writes of the register.
        const written = perfKvmStat(textIn(found, 'perf-kvm-stat-msr.txt')).samples['0x6e0:W'];
        expect(first.title).toContain(`${written.toLocaleString('en-US')} times`);
        const rows = exits.filter(({ cause, detail }) => cause === 'timer' || detail?.endsWith('vector 0xec') === true);
        expect(first.costNs).toBe(work(rows));
        expect(first.gain.likelyNs).toBeLessThan(first.gain.mostNs);
        expect(first.gain.mostNs).toBeLessThan(first.costNs);
        expect(first.remedy).toContain('sleep');
      },
    );
  }

  for (const name of ['b1-uart-flood', 'h1-cpuid', 'a-idle', 'f1-pingpong-pinned'])
    known(name, 'trace.dat', 'is silent where the guest sleeps long or computes', (_explanation, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });

  const ticking = (times: number) =>
    evidence({
      exits: [
        exitRow({
          cause: 'timer',
          reason: 'MSR_WRITE',
          detail: 'MSR 0x6e0 IA32_TSC_DEADLINE write',
          count: times,
          ledgerNs: { hypervisor: 3e7 },
        }),
        exitRow({ cause: 'timer', reason: 'PREEMPTION_TIMER', count: times, ledgerNs: { hypervisor: 2e7 } }),
      ],
    });

  test('a kernel that ticks 250 times a second is told to tick less, and what is left is a tick of 100 Hz', () => {
    const [finding] = rule.find(ticking(250), []);
    expect([finding.costNs, finding.gain.mostNs, finding.gain.likelyNs]).toEqual([5e7, 3e7, 1.5e7]);
    expect(finding.remedy).toContain('tick less');
  });

  test('a guest that sets its timer around each halt that other interrupts end is no guest with many timers', () => {
    const halts = exitRow({
      cause: 'halt',
      detail: 'woken by vector 0x26',
      count: 1400,
      ledgerNs: { hypervisor: 1e8 },
    });
    const given = ticking(3000);
    const [finding] = rule.find({ ...given, exits: [...given.exits, halts] }, []);
    // 200 of the 3,000 settings are left, which is a tick: half of them would do.
    expect(finding.remedy).toContain('tick less');
    expect([finding.costNs, finding.gain.mostNs]).toEqual([5e7, Math.round((5e7 * 200) / 3000 / 2)]);
    const more = exitRow({ ...halts, count: 1460 });
    expect(rule.find({ ...given, exits: [...given.exits, more] }, [])).toEqual([]);
  });

  test('is silent where the tick is slow, and where another finding has the timer', () => {
    expect(rule.find(ticking(100), [])).toEqual([]);
    expect(rule.find(ticking(3000), rule.find(ticking(3000), []))).toEqual([]);
  });

  test('a guest with one vCPU cannot do without its tick, and others can only on the vCPUs that they have', () => {
    const machines = [machine('vm1', vcpu(0), vcpu(1), vcpu(2))];
    const parameters = (given: ReturnType<typeof ticking>) =>
      rule
        .find(given, [])[0]
        .knobs.filter(({ tool }) => tool === 'kernel parameter of the guest')
        .map(({ text }) => text);
    expect(parameters(ticking(250))).toEqual([]);
    expect(rule.find(ticking(250), [])[0].risk).not.toContain('nohz_full');
    expect(parameters({ ...ticking(750), machines })).toEqual(['nohz_full=1-2 rcu_nocbs=1-2']);
  });

  test('a Xen guest that sleeps for timers more often than it ticks is told of its programs, one that computes of its tick', async () => {
    const of = async (name: string) => {
      const { findings, exits, recording } = await explanationOfXen(xenRecording(name)!);
      const calls = exits.filter(({ cause }) => cause === 'hypercall').reduce((sum, { count }) => sum + count, 0);
      const { remedy, gain, costNs } = findings.find((finding) => finding.rule === rule.id)!;
      return { remedy, gain, costNs, hz: calls / (recording.durationNs / 1e9) };
    };
    const sleeping = await of('pvh-timer');
    expect(sleeping.remedy).toMatch(/^Find the programs in the guest that sleep/);
    // A tick of 250 Hz stays, and half of the others.
    expect(sleeping.gain.likelyNs / (0.5 * sleeping.costNs * (1 - 250 / sleeping.hz))).toBeCloseTo(1, 1);
    expect((await of('pvh-cpu')).remedy).toMatch(/^Let the guest tick less/);
  });
});
