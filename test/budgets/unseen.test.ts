/** What limits on lengths and findings say where events were lost: nothing passes that was not seen. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBudget } from '../../src/budgets/budget-file.js';
import { type CheckedLimit, check } from '../../src/budgets/check.js';
import { type Lengths, percentileBounds } from '../../src/budgets/percentiles.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import { serialConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../src/simulation/qnx/simulate.js';
import { explanationOf } from '../support/explained.js';
import { explained, kevOf } from '../support/qnx-hosts.js';
import { scenario } from '../support/recordings.js';

const RULES = ['stacked-vcpus'];

function checked(explanation: Explanation, limit: string): CheckedLimit {
  const reading = readBudget(`version: 1\nlimits:\n  - { ${limit} }\n`, 'budget.yaml', RULES);
  if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
  return check(reading.budget, explanation).limits[0];
}

const verdicts = (explanation: Explanation, ...limits: string[]) =>
  limits.map((limit) => checked(explanation, limit).verdict);

/** Two thirds of its time are unknown: perf says that 960 events were lost. */
const veryLossy = () => explanationOf(scenario('l4-perf-lost', 'perf.data')!, 'perf.data');
/** One gap, 3.2 ms of 12 s. */
const hardlyLossy = () => explanationOf(scenario('l3-lost-events', 'trace.dat')!, 'trace.dat');

describe('where much is unknown', () => {
  test('no length is bounded by what was seen, and the outcome says why and what to do', async () => {
    const explanation = await veryLossy();
    expect(
      verdicts(
        explanation,
        'length: max, most: 6ms',
        'length: p99, most: 10ms',
        'length: p99.9, cause: cpuid, most: 1s',
      ),
    ).toEqual(['unjudged', 'unjudged', 'unjudged']);
    const { note, remedy, highest } = checked(explanation, 'length: p99, most: 10ms');
    expect(note).toMatch(/67\.6 % of the time is unknown, 14 exits have no length$/);
    expect(remedy).toMatch(/^Record with larger buffers: perf record -m /);
    expect(highest).toBeNull();
  });

  test('a length that was seen breaks a limit, one that cannot fit into the unknown time holds', async () => {
    const explanation = await veryLossy();
    expect(verdicts(explanation, 'length: max, most: 5ms', 'length: max, most: 3s')).toEqual(['broken', 'ok']);
    // So many exits of more than 10 ms as would raise it do not fit in.
    expect(verdicts(explanation, 'length: p90, most: 10ms')).toEqual(['ok']);
  });

  test('findings that are not there may be hidden, those that are count', async () => {
    const explanation = await veryLossy();
    expect(verdicts(explanation, 'findings: stacked-vcpus, most: 0', 'findings: any, most: 100')).toEqual([
      'unjudged',
      'unjudged',
    ]);
    expect(checked(explanation, 'findings: stacked-vcpus, most: 0').note).toContain('67.6 % of the time is unknown');
    expect(verdicts(explanation, 'findings: any, most: 0')).toEqual(['broken']);
  });
});

describe('where little is unknown', () => {
  test('percentiles and findings are judged', async () => {
    const explanation = await hardlyLossy();
    expect(
      verdicts(
        explanation,
        'length: p50, most: 1ms',
        'length: p99, most: 10ms',
        'length: p99, cause: cpuid, most: 1ms',
        'findings: stacked-vcpus, most: 0',
        'length: p99, cause: nested, most: 1ms',
      ),
    ).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  test('a maximum is judged by the gap that could hide a longer exit', async () => {
    const explanation = await hardlyLossy();
    const { unknown } = explanation.totals.ledgerNs;
    const longest = explanation.groups.cause.find(({ cause }) => cause === 'cpuid')!.maxNs!;
    expect(unknown).toBeGreaterThan(longest);
    const at = (ns: number) => `length: max, cause: cpuid, most: ${ns}ns`;
    expect(verdicts(explanation, at(longest - 1), at(unknown - 1), at(unknown))).toEqual(['broken', 'unjudged', 'ok']);
  });
});

test('what no event of a hypervisor tells is not 0: on QNX time in the VMM', async () => {
  const explanation = (await explained(kevOf(simulate(serialConsolePlan())), qnxKev))!;
  expect(
    verdicts(
      explanation,
      'time: vmm, most: 50 %',
      'time: kept-out, most: 50 %',
      'rate: vmm-exits, most: 1000000/s',
      'time: [hypervisor, vmm], most: 50 %',
      'time: preempted, most: 50 %',
    ),
  ).toEqual(['unjudged', 'unjudged', 'unjudged', 'ok', 'ok']);
  expect(checked(explanation, 'time: vmm, most: 50 %').note).toMatch(/^No event tells .* is inside hypervisor/);
});

/** Counted out, as nobody does it who has only percentiles. */
function percentileOf(share: number, lengths: readonly number[]): number {
  const sorted = [...lengths].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
}

function partOf(lengths: readonly number[]): Lengths {
  const byShare = [0.5, 0.9, 0.99, 0.999, 1].map((share) => [share, percentileOf(share, lengths)] as const);
  return { timed: lengths.length, minNs: Math.min(...lengths), maxNs: Math.max(...lengths), byShare };
}

test('whatever the exits without a length were, the percentile of all lies between its bounds', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 150 });
  const few = fc.array(fc.integer({ min: 500, max: 1000 }), { minLength: 1, maxLength: 5 });
  const hidden = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 20 });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(few, lengths), { minLength: 1, maxLength: 4 }),
      fc.oneof(fc.constant([]), hidden),
      hidden,
      fc.constantFrom(0.5, 0.9, 0.99, 0.999),
      fc.integer({ min: 1, max: 2000 }),
      (parts, untimed, unseen, share, limit) => {
        const hiddenNs = unseen.reduce((sum, length) => sum + length, 0);
        const unknown = { exits: untimed.length, hiddenNs, longestNs: 5000 };
        const { lowest, highest } = percentileBounds(share, parts.map(partOf), unknown, limit);
        const actual = percentileOf(share, [...parts.flat(), ...untimed, ...unseen]);
        expect(lowest).toBeLessThanOrEqual(actual);
        expect(highest).toBeGreaterThanOrEqual(actual);
      },
    ),
    { numRuns: 1000 },
  );
});
