/** Result files: what is written is read again; what is cut, changed or made up is never taken for a result. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sidesOfResult } from '../../../src/benchmarks/bench-result.js';
import { isResultText, parseResult, resultText } from '../../../src/benchmarks/running/result-file.js';
import { failedRun, resultOf, run, sitting } from './results.js';

const clock = { side: 'vm', hostBeforeNs: 1, hostAfterNs: 3, clockNs: 5e9, resolutionNs: 1e7, boot: 'v' } as const;
const RESULT = resultOf(
  [
    run({ side: 'vm', facts: { kernel: '6.1' }, issues: [{ code: 'x', severity: 'note', message: 'y' }] }),
    run({ block: 1, isWarmup: true }),
    failedRun({ errorOutput: 'no "disk"\n', signal: 'SIGKILL', exitCode: null }),
  ],
  { sittings: [sitting({ clock: [clock] })] },
);

test('what is written is read again', () => {
  expect(parseResult(resultText(RESULT), 'r.json')).toEqual({ ok: true, value: RESULT });
});

test('it is JSON with one run a line', () => {
  const text = resultText(RESULT);
  expect(JSON.parse(text)).toEqual(RESULT);
  const lines = text.split('\n').filter((line) => line.includes('"attempt"'));
  expect(lines.map((line) => JSON.parse(line.replace(/,$/, '')) as unknown)).toEqual(RESULT.runs);
  expect(isResultText(text)).toBe(true);
  expect(isResultText('{"format": "other"}')).toBe(false);
});

test('cut anywhere it is no result', () => {
  const text = resultText(RESULT).trimEnd();
  for (let length = 0; length < text.length; length += 7) {
    const parsed = parseResult(text.slice(0, length), 'r.json');
    expect(parsed.ok ? length : parsed.issue.source).toBe('r.json');
  }
});

describe('damage is counted', () => {
  const changed = (changes: object) => Object.assign(run(), changes);
  test.each([
    ['another sitting', { sitting: 1 }],
    ['a sitting before the first', { sitting: -1 }],
    ['half a block', { block: 0.5 }],
    ['no such side', { side: 'guest' }],
    ['a time that is text', { elapsedNs: '5' }],
    ['a negative time', { elapsedNs: -1 }],
    ['neither a result nor a failure', { series: [] }],
    ['a series without a unit', { series: [{ benchmark: 'a' }] }],
    ['a value that is no number', { series: [{ ...run().series[0], runs: [{ values: ['1'] }] }] }],
  ])('%s', (_what, changes) => {
    const text = resultText(resultOf([run(), changed(changes), run({ block: 1 })]));
    const parsed = parseResult(text, 'r.json');
    if (!parsed.ok) throw new Error(parsed.issue.message);
    expect(parsed.value.runs).toEqual([run(), run({ block: 1 })]);
    expect(parsed.value.issues.map(({ message }) => message)).toEqual(['run 2 of r.json is damaged and left out']);
  });

  test.each([
    ['another format', { format: 'x' }, 'no result'],
    ['a later version', { version: 2 }, 'version 2'],
    ['no seed', { seed: null }, 'no result'],
    ['an unknown state', { state: 'odd' }, 'no result'],
    ['no plan', { plan: {} }, 'no result'],
  ])('%s: all of it is refused', (_what, changes, says) => {
    const parsed = parseResult(JSON.stringify({ ...RESULT, ...changes }), 'r.json');
    expect(parsed.ok ? '' : parsed.issue.message).toContain(says);
  });

  test('whatever is changed, what is read can be compared', () => {
    const text = resultText(RESULT);
    const values = fc.constantFrom('null', '-1', '1e999', '"x"', '[]', '{}', 'true', '0.5', '1e300');
    const places = [...text.matchAll(/(?<=":)(?:"[^"]*"|-?[\d.e+]+|null|true|false)/g)];
    fc.assert(
      fc.property(fc.nat(places.length - 1), values, (index, value) => {
        const { index: at, 0: old } = places[index];
        const made = text.slice(0, at) + value + text.slice(at + old.length);
        const sides = sidesOfResult(made, 'r.json');
        if (!sides.ok) expect(sides.issue.message).not.toBe('');
      }),
      { numRuns: 250 },
    );
  });
});
