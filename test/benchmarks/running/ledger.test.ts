/** Which runs are still to be made. */
import { describe, expect, test } from 'vitest';
import { continuation } from '../../../src/benchmarks/running/continuation.js';
import { readPlan } from '../../../src/benchmarks/running/plan-file.js';
import { estimateNs, Ledger, longestRun } from '../../../src/benchmarks/running/result.js';
import { resultText } from '../../../src/benchmarks/running/result-file.js';
import { failedRun, PLAN_TEXT, resultOf, run } from './results.js';

const slot = (block: number, side: 'native' | 'vm' = 'native', benchmark = 'a') => ({
  block,
  side,
  benchmark,
  isWarmup: false,
});

describe('a slot is open', () => {
  test('until it has a good run', () => {
    const ledger = new Ledger([run({ block: 1 })], 0);
    expect([slot(0), slot(1), slot(1, 'vm')].map((one) => ledger.isOpen(one))).toEqual([true, false, true]);
  });

  test('for a second attempt, not for a third', () => {
    const ledger = new Ledger([], 0);
    ledger.add(failedRun());
    expect([ledger.isOpen(slot(0)), ledger.attempts(slot(0))]).toEqual([true, 1]);
    ledger.add(failedRun({ attempt: 2 }));
    expect([ledger.isOpen(slot(0)), ledger.attempts(slot(0))]).toEqual([false, 2]);
  });

  const failures = (blocks: number) =>
    Array.from({ length: 2 * blocks }, (_, index) => failedRun({ block: index >> 1 }));

  test('unless its benchmark never works: then it is left out, on both sides', () => {
    const ledger = new Ledger(failures(3), 0);
    expect([...ledger.hopeless]).toEqual(['a']);
    expect([slot(3), slot(3, 'vm'), slot(3, 'vm', 'b')].map((one) => ledger.isOpen(one))).toEqual([false, false, true]);
  });

  test('if its benchmark works sometimes', () => {
    const ledger = new Ledger([run({ block: 9 }), ...failures(5)], 0);
    expect([ledger.hopeless.size, ledger.isOpen(slot(5))]).toEqual([0, true]);
  });

  test('again in the next sitting, where what failed before may have been mended', () => {
    const ledger = new Ledger([...failures(3), run({ block: 7, side: 'vm' })], 1);
    expect([slot(0), slot(7, 'vm'), slot(8)].map((one) => ledger.isOpen(one))).toEqual([true, false, true]);
    expect(ledger.attempts(slot(0))).toBe(0);
  });
});

test('what is left is estimated from the same benchmark on the same side, else from all', () => {
  const runs = [run({ elapsedNs: 10 }), run({ elapsedNs: 20 }), run({ side: 'vm', elapsedNs: 90 })];
  expect(estimateNs([slot(3), slot(3, 'vm'), slot(3, 'vm', 'new')], runs)).toBe(15 + 90 + 40);
  expect(estimateNs([slot(3)], [])).toBeUndefined();
});

test('all runs of the largest plan fit into one string', () => {
  expect(longestRun(20_000) * 20_000).toBeLessThanOrEqual(2 ** 29 - 24);
  expect(longestRun(1)).toBeLessThanOrEqual(2 ** 22);
});

describe('a result goes on', () => {
  const planOf = (text: string) => {
    const reading = readPlan(text, 'plan.yaml');
    if (!reading.ok) throw new Error('bad plan');
    return { plan: reading.plan, record: { source: 'plan.yaml', text, sha256: 'new' }, seed: undefined };
  };
  const previous = resultOf([run()]);

  test.each([
    ['the same plan', PLAN_TEXT],
    ['comments and more repeats', `# more\n${PLAN_TEXT.replace('repeats: 2', 'repeats: 20\ntimeLimit: 1h')}`],
    ['another timeout and mechanism', PLAN_TEXT.replace('["true"]', '["true"], timeout: 9s, mechanism: timer')],
  ])('%s', (_what, text) => {
    const continued = continuation(previous, planOf(text), 'r.json');
    expect(continued.ok && continued.value.plan.text).toBe(text);
    expect(continued.ok && resultText({ ...continued.value, plan: previous.plan })).toBe(resultText(previous));
  });

  test.each([
    ['another command', PLAN_TEXT.replace('["true"]', '["false"]'), 'benchmarks.0.command.0: "true" → "false"'],
    ['another side', PLAN_TEXT.replace('[nice]', '[nice, -n, "5"]'), 'sides.vm.prefix.1: absent → "-n"'],
    ['a warm-up more', PLAN_TEXT.replace('warmup: 0', 'warmup: 1'), 'warmup: 0 → 1'],
    ['one benchmark more', `${PLAN_TEXT}  - { name: b, command: [x] }\n`, 'benchmarks.1: absent → {"name":"b"'],
  ])('not with %s', (_what, text, says) => {
    const continued = continuation(previous, planOf(text), 'r.json');
    expect(continued.ok ? '' : continued.issue.message).toContain(says);
  });

  test('not with another seed', () => {
    const continued = continuation(previous, { ...planOf(PLAN_TEXT), seed: 2 }, 'r.json');
    expect(continued.ok ? '' : continued.issue.message).toContain('seed: 1 → 2');
  });
});
