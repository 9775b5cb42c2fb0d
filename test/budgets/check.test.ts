/** What limits measure, against counters of KVM and tables of perf; and what cannot be judged. */
import { describe, expect, test } from 'vitest';
import { readBudget } from '../../src/budgets/budget-file.js';
import type { CheckedLimit } from '../../src/budgets/check.js';
import { check } from '../../src/budgets/check.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { explainPaths, explanationOf } from '../support/explained.js';
import { pathIn, textIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { kvmCounters } from '../support/witnesses.js';

const mixed = scenario('m-mixed', 'trace.dat')!;
const mixedExplained = () => explanationOf(mixed, 'trace.dat');

function checkedLimits(explanation: Explanation, ...limits: string[]): readonly CheckedLimit[] {
  const text = `version: 1\nlimits:\n${limits.map((limit) => `  - { ${limit} }\n`).join('')}`;
  const reading = readBudget(text, 'budget.yaml', []);
  if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
  return check(reading.budget, explanation).limits;
}

const checked = (explanation: Explanation, limit: string): CheckedLimit => checkedLimits(explanation, limit)[0];

describe('the numbers', () => {
  test('rates are those of the counters of KVM', async () => {
    const explanation = await mixedExplained();
    const seconds = explanation.recording.durationNs / 1e9;
    const counted = kvmCounters(mixed).all;
    for (const [limit, counter] of [
      ['rate: exits', 'exits'],
      ['rate: exits, cause: halt', 'halt_exits'],
      ['rate: exits, reason: io', 'io_exits'],
    ] as const) {
      const exact = counted(counter) / seconds;
      expect(checked(explanation, `${limit}, most: 1`).measured).toBeCloseTo(exact, 6);
      expect(checked(explanation, `${limit}, most: ${(exact * 1.001).toFixed(6)}`).verdict).toBe('ok');
      expect(checked(explanation, `${limit}, most: ${(exact * 0.999).toFixed(6)}`).verdict).toBe('broken');
      expect(checked(explanation, `${limit}, least: ${(exact * 1.001).toFixed(6)}`).verdict).toBe('broken');
    }
  });

  test('the longest exit of a reason is that of perf', async () => {
    const explanation = await explanationOf(mixed, 'perf-kvm.data');
    const [, longest] = /^ *msr .*?us +([\d.]+)us /m.exec(textIn(mixed, 'perf-kvm-stat-vmexit.txt'))!;
    const limit = checked(explanation, 'length: max, reason: msr, most: 1ns');
    expect(limit.measured).toBeCloseTo(Number(longest) * 1000, -2);
    // Nobody recorded whether the VMM kept the guest out meanwhile: it is that at most.
    expect([limit.verdict, limit.lowest, limit.highest]).toEqual(['unjudged', 0, limit.measured]);
    expect(checked(explanation, 'length: max, reason: msr, most: 1s').verdict).toBe('ok');
  });

  test('shares add up to T, and to the time wanted', async () => {
    const explanation = await mixedExplained();
    const accounts = [...Object.keys(explanation.totals.ledgerNs), 'kept-out'];
    const all = checkedLimits(explanation, ...accounts.map((name) => `time: ${name}, most: 0 %`));
    expect(all.reduce((sum, { measured }) => sum + (measured as number), 0)).toBeCloseTo(1, 9);
    const [lost, guest, exits, interrupts, overload] = checkedLimits(
      explanation,
      'time: lost, of: wanted, most: 0 %',
      'time: guest, of: wanted, most: 0 %',
      'time: guest-exits, of: wanted, most: 0 %',
      'time: interrupts, of: wanted, most: 0 %',
      'time: overload, of: wanted, most: 0 %',
    ).map(({ measured }) => measured as number);
    expect(lost + guest).toBeCloseTo(1, 9);
    expect(exits + interrupts + overload).toBeCloseTo(lost, 9);
    const byCause = checkedLimits(
      explanation,
      ...explanation.groups.cause.map(({ cause }) => `time: hypervisor, cause: ${cause}, most: 0ns`),
    );
    const sum = byCause.reduce((total, { measured }) => total + (measured as number), 0);
    expect(sum).toBe(explanation.totals.ledgerNs.hypervisor);
  });

  test('of some exits they are what the tables have of these', async () => {
    const explanation = await mixedExplained();
    const { cause } = explanation.groups;
    const measured = (time: string) =>
      checkedLimits(explanation, ...cause.map((group) => `time: ${time}, cause: ${group.cause}, most: 0ns`)).map(
        (limit) => limit.measured,
      );
    expect(measured('guest-delay')).toEqual(cause.map(({ guestDelayNs }) => guestDelayNs));
    expect(measured('host-cost')).toEqual(
      cause.map(({ ledgerNs: { hypervisor, vmm, interrupt, poll } }) => hypervisor + vmm + interrupt + poll),
    );
    // Being kept out by the VMM is lost by nobody.
    const lost = cause.map((group) => {
      const { hypervisor, vmm, blocked } = group.ledgerNs;
      return group.guestDelayNs - (group.cause === 'vm-control' ? hypervisor + vmm + blocked : 0);
    });
    expect(measured('lost')).toEqual(lost);
  });

  test('what makes most of a broken limit is named', async () => {
    const explained = await explanationOf(scenario('b1-uart-flood', 'trace.dat')!, 'trace.dat');
    expect(checked(explained, 'time: lost, most: 0.1 %').note).toContain('0x3f8');
  });

  test('the grade, lost events and unknown time of the data', async () => {
    const lossy = await explanationOf(scenario('l3-lost-events', 'trace.dat')!, 'trace.dat');
    const limits = ['quality: grade, least: A', 'quality: lost-events, most: 0', 'quality: unknown, most: 0 %'];
    expect(checkedLimits(lossy, ...limits).map(({ verdict }) => verdict)).toEqual(['broken', 'broken', 'broken']);
    const whole = checkedLimits(await mixedExplained(), ...limits.slice(0, 2), 'quality: unknown, most: 1 %');
    expect(whole.map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok']);
  });

  test('each machine is judged for itself', async () => {
    const one = await mixedExplained();
    const two: Explanation = { ...one, machines: [one.machines[0], { ...one.machines[0], id: 'vm2', name: 'other' }] };
    const [first, second, all] = checkedLimits(two, 'rate: exits, most: 1, machine: each', 'rate: exits, most: 1');
    expect([first.machine, second.machine, all.machine]).toEqual([one.machines[0].id, 'vm2', null]);
    expect(first.measured).toBe(all.measured);
    expect(second.measured).toBe(0);
    expect(checked(two, 'rate: exits, most: 1, machine: other').machine).toBe('vm2');
  });
});

describe('what cannot be judged', () => {
  test('a machine that is not there', async () => {
    const limit = checked(await mixedExplained(), 'rate: exits, most: 1, machine: vm9');
    expect([limit.verdict, limit.note]).toEqual(['unjudged', 'there is no machine "vm9" in the recording']);
  });

  test('an account without its events, but what is certain all the same', async () => {
    const explanation = await explanationOf(mixed, 'perf-kvm.data');
    const preempted = checked(explanation, 'time: preempted, most: 50 %');
    expect([preempted.verdict, preempted.measured, preempted.highest]).toEqual(['unjudged', 0, null]);
    expect(preempted.note).toBe('scheduler events and wake-ups were not recorded');
    expect(preempted.remedy).toMatch(/^Record .* -e sched /);
    // As without returns to the VMM: hypervisor is less than what is measured, nobody knows how much less.
    const quality = { ...explanation.quality, upperBounds: [{ account: 'hypervisor', contains: ['vmm'] }] as const };
    const share = (explanation.totals.ledgerNs.hypervisor / explanation.totals.durationNs) * 100;
    const limits = checkedLimits(
      { ...explanation, quality },
      `time: hypervisor, most: ${(share * 0.9).toFixed(6)} %`,
      `time: hypervisor, most: ${(share * 1.1).toFixed(6)} %`,
      `time: hypervisor, least: ${(share * 0.9).toFixed(6)} %`,
      `time: hypervisor, least: ${(share * 1.1).toFixed(6)} %`,
      // The VMM may have kept the guest out for all of it.
      'time: [hypervisor, vmm], most: 0 %',
      'time: [hypervisor, vmm, blocked, kept-out], most: 0 %',
    );
    expect(limits.map(({ verdict }) => verdict)).toEqual([
      'unjudged',
      'ok',
      'unjudged',
      'broken',
      'unjudged',
      'broken',
    ]);
  });

  test('with much unknown time what it would decide', async () => {
    const lossy = await explanationOf(scenario('l4-perf-lost', 'perf.data')!, 'perf.data');
    const unknown = lossy.totals.ledgerNs.unknown / lossy.totals.durationNs;
    const share = lossy.totals.ledgerNs.hypervisor / lossy.totals.durationNs;
    expect(unknown).toBeGreaterThan(0.01);
    const at = (value: number) => checked(lossy, `time: hypervisor, most: ${(value * 100).toFixed(6)} %`).verdict;
    expect([at(share * 0.99), at(share + unknown / 2), at(Math.min(1, share + unknown * 1.01))]).toEqual([
      'broken',
      'unjudged',
      'ok',
    ]);
    expect(checked(lossy, 'rate: exits, most: 100000000').verdict).toBe('unjudged');
    expect(checked(lossy, 'rate: exits, most: 0').verdict).toBe('broken');
  });

  test('a percentile of which only parts are known, where they do not decide', async () => {
    const one = await mixedExplained();
    const two: Explanation = { ...one, machines: [...one.machines, { ...one.machines[0], id: 'vm2' }] };
    const machine = one.machines[0].id;
    const parts = one.exits
      .filter(({ cause, p99Ns }) => cause === 'device-port' && p99Ns !== null)
      .map(({ p99Ns }) => p99Ns!);
    const exact = checked(one, 'length: p99, cause: device-port, most: 1ns');
    const rough = (most: number) =>
      checked(two, `length: p99, cause: device-port, most: ${most}ns, machine: ${machine}`);
    expect(parts.length).toBeGreaterThan(1);
    const [least, most] = [Math.min(...parts), Math.max(...parts)];
    expect(exact.measured).toBeGreaterThanOrEqual(least);
    expect(exact.measured).toBeLessThanOrEqual(most);
    const { lowest, highest } = rough(least);
    // Percentiles are read within 1 %.
    expect(lowest).toBeLessThanOrEqual((exact.measured as number) * 1.01);
    expect(highest).toBeGreaterThanOrEqual((exact.measured as number) * 0.99);
    expect([rough(least - 1), rough(lowest! - 1), rough(highest!), rough(most)].map(({ verdict }) => verdict)).toEqual([
      'broken',
      'broken',
      'ok',
      'ok',
    ]);
  });

  test('findings where rules lack their evidence, but not those that were found', async () => {
    const complete = await mixedExplained();
    const partial = await explanationOf(mixed, 'perf-kvm.data');
    expect(checked(complete, 'findings: any, most: 100').verdict).toBe('ok');
    expect(checked(partial, 'findings: any, most: 100').verdict).toBe('unjudged');
    const found = { ...partial, findings: complete.findings };
    expect(checked(complete, 'findings: any, most: 0').verdict).toBe('broken');
    expect(checked(found, 'findings: any, most: 0').verdict).toBe('broken');
  });

  test('times of a clock that measures none', async () => {
    const explanation = await mixedExplained();
    const counting = { ...explanation, recording: { ...explanation.recording, clockMeasuresTime: false } };
    const limits = checkedLimits(
      counting,
      'time: vmm, most: 100 %',
      'rate: exits, most: 1',
      'findings: any, most: 100',
      'quality: lost-events, most: 0',
    );
    expect(limits.map(({ verdict }) => verdict)).toEqual(['unjudged', 'unjudged', 'unjudged', 'ok']);
  });

  test('breaks the gate unless that is allowed', async () => {
    const reading = readBudget('version: 1\nlimits: [{ rate: exits, machine: no, most: 1 }]', 'b', []);
    if (!reading.ok) throw new Error('the budget is fine');
    const explanation = await mixedExplained();
    expect(check(reading.budget, explanation).verdict).toBe('broken');
    expect(check(reading.budget, explanation, { allowUnjudged: true }).verdict).toBe('ok');
  });

  test('a reason that is no word of the CPU is not judged, one that is and does not occur holds', async () => {
    const explanation = await mixedExplained();
    const [intel, misspelt, absent] = checkedLimits(
      explanation,
      'rate: exits, reason: IO_INSTRUCTION, most: 1000000',
      'length: p99, reason: IOIO, most: 1s',
      'rate: exits, reason: shutdown, most: 0',
    );
    expect([intel.verdict, misspelt.verdict, absent.verdict]).toEqual(['unjudged', 'unjudged', 'ok']);
    // Of this recording perf says so, too.
    expect(textIn(mixed, 'perf-kvm-stat-vmexit.txt')).toMatch(/^ *io /m);
    expect(misspelt.note).toMatch(/"IOIO"; those that occur: .*\bio\b/);
  });

  test('on arm64 too: what KVM returns without a trap is a word of that CPU, what x86 calls its exits is not', async () => {
    const explanation = await explanationOf(scenario('x-idle', 'trace.dat', 'kvm-arm64')!, 'trace.dat');
    const [occurring, absent, ofX86] = checkedLimits(
      explanation,
      'rate: exits, reason: IRQ, most: 1000000',
      'rate: exits, reason: HYP_GONE, most: 0',
      'rate: exits, reason: hlt, most: 0',
    );
    expect([occurring.verdict, absent.verdict, ofX86.verdict]).toEqual(['ok', 'ok', 'unjudged']);
    expect(ofX86.note).toMatch(/"hlt"; those that occur: .*\bWFx\b/);
  });

  test('a device that does not occur passes, and that is said', async () => {
    const limit = checked(await mixedExplained(), 'rate: exits, device: nosuch, most: 0');
    expect([limit.verdict, limit.measured, limit.note]).toEqual(['ok', 0, 'no such exit occurred']);
  });

  test('exits that do not occur are no doubt', async () => {
    const limit = checked(await mixedExplained(), 'length: p99, cause: nested, most: 1ns');
    expect([limit.verdict, limit.measured, limit.note]).toEqual(['ok', null, 'no such exit occurred']);
  });
});

test('a part of a recording is judged by that part', async () => {
  const part = await explainPaths([pathIn(mixed, 'trace.dat')], { fromNs: 0, toNs: 1e8 });
  const { measured } = checked(part, 'rate: exits, most: 0');
  expect(measured).toBeCloseTo(part.totals.exits / 0.1, 6);
});
