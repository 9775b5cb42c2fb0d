/** Time in which the VMM keeps a guest out is no time of accounts: limits mean what the ledger of explain shows. */
import { describe, expect, test } from 'vitest';
import { formatPercent } from '../../src/base/quantities.js';
import { readBudget } from '../../src/budgets/budget-file.js';
import { type CheckedLimit, check } from '../../src/budgets/check.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { textReport } from '../../src/report/text/index.js';
import { explanationOf } from '../support/explained.js';
import { scenario } from '../support/recordings.js';

function checked(explanation: Explanation, ...limits: string[]): readonly CheckedLimit[] {
  const reading = readBudget(
    `version: 1\nlimits:\n${limits.map((limit) => `  - { ${limit} }\n`).join('')}`,
    'budget.yaml',
    [],
  );
  if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
  return check(reading.budget, explanation).limits;
}

/** Its guest is paused while the recorder starts and stops: for most of T. */
const paused = () => explanationOf(scenario('c1-ide-read', 'trace.dat')!, 'trace.dat');

describe('a paused guest', () => {
  test('has the times that the ledger shows', async () => {
    const explanation = await paused();
    const [titles, row] = textReport(explanation).split('\n\nThe ledger')[1].split('\n').slice(1);
    const names = titles.trim().split(/ {2,}/).slice(1);
    const shares = row.trim().split(/ {2,}/).slice(1);
    expect(names).toEqual(expect.arrayContaining(['vmm', 'blocked', 'kept out']));
    const limits = checked(explanation, ...names.map((name) => `time: ${name.replace(' ', '-')}, most: 0 %`));
    expect(limits.map(({ measured }) => formatPercent(100 * (measured as number)))).toEqual(shares);
  });

  test('wants nothing: what it is delayed by is what it lost, and what is behind it is no pause', async () => {
    const explanation = await paused();
    const [delay, lost, blocked] = checked(
      explanation,
      'time: guest-delay, of: wanted, most: 1 %',
      'time: lost, of: wanted, most: 1 %',
      'time: blocked, most: 0 %',
    );
    expect(delay.measured).toBe(lost.measured);
    expect(delay.measured).toBeLessThan(1);
    for (const { note } of [delay, blocked]) expect(note).not.toContain('kept out');
  });

  test('has kept-out time of its own, which can be added to accounts', async () => {
    const explanation = await paused();
    const { durationNs, keptOutNs, ledgerNs } = explanation.totals;
    const [alone, added, rows] = checked(
      explanation,
      'time: kept-out, most: 5 %',
      'time: [hypervisor, vmm, blocked, kept-out], most: 0ns',
      'time: [hypervisor, vmm, blocked], cause: vm-control, most: 0ns',
    );
    expect([alone.verdict, alone.measured]).toEqual(['broken', keptOutNs / durationNs]);
    expect(added.measured).toBe(ledgerNs.hypervisor + ledgerNs.vmm + ledgerNs.blocked);
    expect(rows.measured).toBe(keptOutNs);
  });

  test('is no share of the time wanted, by whatever words it is chosen', async () => {
    const [limit] = checked(await paused(), 'time: blocked, reason: kept out by the VMM, of: wanted, most: 100 %');
    expect([limit.verdict, limit.note]).toEqual(['unjudged', expect.stringContaining('wanted nothing')]);
  });
});
