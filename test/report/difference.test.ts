/** The text of a difference holds no number that is none, and says what is sure where it counts it. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { formatPercent } from '../../src/base/quantities.js';
import { difference } from '../../src/differences/compare.js';
import type { Change, Difference, DifferenceRow, Side } from '../../src/differences/difference.js';
import { differenceText } from '../../src/report/text/difference.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { halvesOf, sideOf } from '../support/sides.js';

const of = (name: string) => sideOf(pathIn(scenario(name, 'trace.dat'), 'trace.dat'));

const outcome = await (async () => {
  const [before, after] = await halvesOf(pathIn(scenario('e-timer', 'trace.dat'), 'trace.dat'));
  return difference(before, after);
})();

describe('rows', () => {
  test('of a side on which nothing was awake have a dash', () => {
    const rows = outcome.rows.map((row) => ({ ...row, time: { ...row.time, before: Number.NaN } }));
    const text = differenceText({ ...outcome, rows });
    expect(text).toContain('– → ');
    expect(text).not.toContain('NaN');
    // JSON has no such number: its schema says what stands there.
    const schema = JSON.parse(readFileSync('docs/difference.schema.json', 'utf8')) as AnySchemaObject;
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const printed = JSON.parse(JSON.stringify({ ...outcome, rows })) as { rows: { time: { before: unknown } }[] };
    expect(printed.rows[0].time.before).toBeNull();
    expect([validate(printed), validate.errors]).toEqual([true, null]);
  });

  test('of single vCPUs are among the first where only they are sure', () => {
    const rows = outcome.rows.map((row) => ({ ...row, verdict: 'unclear' as const }));
    const sure = { ...rows[0], vcpu: 7, verdict: 'worse' as const };
    const text = differenceText({ ...outcome, rows: [sure, ...rows] });
    expect(text.split('\nAll rows')[0]).toMatch(/Worse\n.*\n +vCPU 7 /);
    expect(text).not.toContain('none of them sure');
  });
});

const PARTS = / \(largest part: (.*), (\S+(?: %)? → .*?)\) +(\S+ % → \S+ %) +(\S+ → \S+) /;

describe('a cause', () => {
  /** As wide as it takes, so that no name goes on in a further line. */
  const firstTables = (compared: Difference): string =>
    differenceText(compared, { width: 1000 }).split('\nAll rows')[0];

  test.each([
    ['c1-ide-read', 'e-timer', 'device-port'],
    ['b1-uart-flood', 'n-timer-nopoll', 'device-port'],
    ['e-timer', 'c1-ide-read', 'device-port'],
  ])('%s → %s: %s has its own numbers, and its largest detail those of the detail', async (before, after, cause) => {
    const compared = difference(await of(before), await of(after));
    const line = firstTables(compared)
      .split('\n')
      .find((one) => one.startsWith(`  ${cause}, all (`))!;
    const [, name, numbers, time, rate] = PARTS.exec(line)!;
    const isIt = (row: DifferenceRow) =>
      [row.detail ?? row.reason, row.device].filter((part) => part !== null).join(', ');
    const detail = compared.rows.find((row) => row.kind === 'detail' && row.cause === cause && isIt(row) === name)!;
    const whole = compared.rows.find((row) => row.kind === 'cause' && row.cause === cause)!;
    const shares = ({ before: one, after: other }: Change) =>
      `${formatPercent(one * 100)} → ${formatPercent(other * 100)}`;
    expect(time).toBe(shares(whole.time));
    const [rateBefore, rateAfter] = rate.replaceAll(',', '').split(' → ').map(Number);
    expect([rateBefore / whole.rate!.before, rateAfter / whole.rate!.after]).toEqual([
      expect.closeTo(1, 1),
      expect.closeTo(1, 1),
    ]);
    if (numbers.includes('%')) expect(numbers).toBe(shares(detail.time));
    else expect(Number(numbers.replaceAll(',', '').split(' → ')[0]) / detail.rate!.before).toBeCloseTo(1, 1);
  });

  test('that is one detail alone is called by it', async () => {
    const compared = difference(await of('c1-ide-read'), await of('e-timer'));
    const details = compared.rows.filter(({ kind, cause }) => kind === 'detail' && cause === 'timer');
    expect(details.map(({ detail }) => detail)).toEqual(['MSR 0x6e0 IA32_TSC_DEADLINE write']);
    expect(firstTables(compared)).toContain('\n  timer: MSR 0x6e0 IA32_TSC_DEADLINE write ');
  });

  test('names no detail where details cannot be compared', async () => {
    const file = pathIn(scenario('m-mixed', 'perf-kvm.data'), 'perf-kvm.data');
    const compared = difference(await of('m-mixed'), await sideOf(file));
    expect(firstTables(compared)).not.toContain('largest part');
  });
});

test.each([
  ['m-mixed', 'n-timer-nopoll'],
  ['b1-uart-flood', 'c1-ide-read'],
  ['e-timer', 'n-timer-nopoll'],
])(
  '%s → %s: the interval of what was lost is without 0 where that is called more than variation',
  async (before, after) => {
    const compared = difference(await of(before), await of(after));
    const text = differenceText(compared, { width: 1000 });
    const [, low, high, verdict] =
      /\(95 % interval, corrected for \d+ comparisons: (\S+) to (\S+)\), which (can be variation|is more than variation)\./.exec(
        text,
      )!;
    const isWithout = Number(low) > 0 || Number(high) < 0;
    expect(verdict).toBe(isWithout ? 'is more than variation' : 'can be variation');
  },
);

test('where a workload was not steady it is said what that means for a difference', async () => {
  const [steady, unsteady] = [await of('i1-overcommit-unpinned'), await of('m-mixed')];
  const text = (before: Side, after: Side) => differenceText(difference(before, after), { width: 1000 });
  expect([difference(steady, unsteady).before.isSteady, difference(steady, unsteady).after.isSteady]).toEqual([
    true,
    false,
  ]);
  expect(text(steady, unsteady)).toContain('The workload was not steady in the recording after: ');
  expect(text(unsteady, unsteady)).toContain('The workload was not steady in either recording: ');
  expect(text(steady, steady)).not.toContain('steady');
});
