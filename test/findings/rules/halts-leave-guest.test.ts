import { describe, expect, test } from 'vitest';
import { haltsLeaveGuest as rule } from '../../../src/findings/rules/halts-leave-guest.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { trueBooks } from '../../../src/simulation/qnx/true-books.js';
import { truthOf } from '../../../src/simulation/qnx/truth.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { explanationOfHost, guestDoing, hostThreadOn, hostWith, machineOf, vcpuOn } from '../../support/qnx-plans.js';

/** Halts after 20 µs of work, and is woken every 50 µs. */
const halting = { ...guestDoing({ halt: 1 }, 20_000), timerPeriodNs: 50_000 };
const alone = hostWith([machineOf('one', [vcpuOn([0], halting), vcpuOn([1], halting)])]);

describe('halts-leave-guest', () => {
  test('its cost is what halts really cost but the sleep itself', async () => {
    const { findings } = await explanationOfHost(alone, ['system one\ncpu\ncpu\n']);
    const found = findingOf(findings, rule.id);
    expect(findings[0]).toBe(found);
    const books = trueBooks(truthOf(simulate(alone)), alone.cyclesPerSecond);
    const halts = books.flatMap(({ exits }) => exits.filter(({ exit }) => exit?.cause === 'halt'));
    const hypervisor = halts.reduce((sum, { sums }) => sum + (sums.hypervisor ?? 0), 0);
    const wakeup = halts.reduce((sum, { sums }) => sum + (sums.wakeup ?? 0), 0);
    expect(found!.costNs).toBeGreaterThanOrEqual(hypervisor);
    expect(found!.costNs).toBeLessThanOrEqual(hypervisor + wakeup);
    expect(found!.title).toContain(`${halts.reduce((sum, { count }) => sum + count, 0)} times`);
    expect(found!.knobs.map(({ text }) => text)).toEqual(['set exit-on-halt off']);
  });

  test('is silent where the configuration says so already', async () => {
    const { findings } = await explanationOfHost(alone, ['system one\ncpu\ncpu\nset exit-on-halt off\n']);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test.each([
    ['vCPUs share a pCPU', hostWith([machineOf('one', [vcpuOn([0], halting), vcpuOn([0], halting)])])],
    ['a thread of the host needs the pCPU', { ...alone, hostThreads: [hostThreadOn(0, 5)] }],
    ['the guest computes', hostWith([machineOf('one', [vcpuOn([0], guestDoing({ halt: 1 }, 1_000_000))])])],
  ])('is silent where %s', async (_name, plan) => {
    expect(ruleIds((await explanationOfHost(plan)).findings)).not.toContain(rule.id);
  });

  known('e-timer', 'trace.dat', 'is silent about KVM, which polls in halts', (_explanation, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });
});
