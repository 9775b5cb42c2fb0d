/** What is claimed of the time lost where events are missing, against the same run recorded with them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { boundOf } from '../../src/explain/bounds.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { textReport } from '../../src/report/text/index.js';
import { explainPaths, explanationOf, realRecordings } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

/** The least and the largest share, whatever the unknown time was. */
function lostShare({ sources, totals }: Explanation): { least: number; most: number } {
  const lost = sources.guestExitsNs + sources.interruptsNs + sources.overloadNs;
  const { guest, unknown } = totals.ledgerNs;
  const wanted = lost + guest + unknown;
  return { least: lost / wanted, most: (lost + unknown) / wanted };
}

const firstScreen = (explanation: Explanation) => textReport(explanation).split('\n\nThe ledger')[0];

test('sums of accounts that contain one another', () => {
  const contains = (account: 'idle' | 'hypervisor', ...inside: ('poll' | 'vmm')[]) => ({ account, contains: inside });
  expect(boundOf(['hypervisor', 'vmm'], [])).toBe('measured');
  expect(boundOf(['hypervisor', 'vmm'], [contains('hypervisor', 'vmm')])).toBe('measured');
  expect(boundOf(['hypervisor', 'vmm'], [contains('hypervisor', 'poll')])).toBe('at most');
  expect(boundOf(['hypervisor', 'vmm'], [contains('idle', 'vmm')])).toBe('at least');
  expect(boundOf(['hypervisor', 'vmm'], [contains('idle', 'vmm'), contains('hypervisor', 'poll')])).toBe('rough');
});

describe('a recording from which lines are left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-bounds-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const whole = readFileSync(pathIn(scenario('m-mixed', 'trace-cmd-report.txt'), 'trace-cmd-report.txt'), 'utf8');

  async function without(events: RegExp | undefined): Promise<Explanation> {
    const lines = whole.split('\n').filter((line) => events === undefined || !events.test(line));
    const path = join(folder, 'report.txt');
    writeFileSync(path, lines.join('\n'));
    return explainPaths([path]);
  }

  test.each<[string, RegExp, Explanation['quality']['lostTime'], string[], RegExp]>([
    [
      'scheduler events',
      /: sched_/,
      'rough',
      ['blocked', 'wakeup', 'preempted'],
      /lost roughly [\d.]+ % .*\n.*hypervisor overload not recorded/,
    ],
    ['wake-ups', /: sched_wak/, 'rough', ['wakeup'], /lost roughly [\d.]+ %/],
    [
      'returns to the VMM',
      /: kvm_(userspace_exit|fpu)/,
      'at most',
      ['vmm'],
      /lost roughly [\d.]+ % .* \(up to [\d.]+ %, as/,
    ],
    [
      'host interrupts',
      /: (irq_|softirq_|local_timer|reschedule_|call_function|irq_work)/,
      'at least',
      ['interrupt'],
      /lost at least [\d.]+ %/,
    ],
    [
      'ends of halts',
      /: kvm_(vcpu_wakeup|halt_poll_ns)/,
      'at most',
      ['poll'],
      /lost up to [\d.]+ % .*\n.*\n.*halt polling not recorded/,
    ],
  ])('%s', async (_what, events, bound, accounts, said) => {
    const all = await without(undefined);
    expect([all.quality.lostTime, all.quality.notRecorded]).toEqual(['measured', []]);
    const part = await without(events);
    expect([part.quality.lostTime, part.quality.notRecorded]).toEqual([bound, accounts]);
    for (const account of accounts) expect(all.totals.ledgerNs[account as 'idle']).toBeGreaterThan(0);
    expect(firstScreen(part)).toMatch(said);
    const truth = lostShare(all);
    expect(truth.least).toBe(truth.most);
    if (bound === 'at most') expect(lostShare(part).most).toBeGreaterThanOrEqual(truth.least);
    if (bound === 'at least') expect(lostShare(part).least).toBeLessThanOrEqual(truth.least);
  });
});

describe('perf kvm stat record, which leaves the scheduler out', () => {
  test.each(realRecordings(['perf-kvm.data']))('$name', async ({ scenario, file }) => {
    const explanation = await explanationOf(scenario, file);
    const screen = firstScreen(explanation);
    expect(explanation.quality.lostTime).toBe('rough');
    expect(screen).toContain('it can be too high and too low: scheduler events were not recorded');
    expect(screen).toContain('hypervisor overload not recorded');
    // Its causes have no ranks; what to change has.
    expect(screen.split('What to change first')[0]).not.toMatch(/lost up to|^ {2}1\. /m);
  });
});
