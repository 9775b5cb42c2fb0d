/** The text of a checked budget: broken limits look broken, and what to record is said once. */
import { describe, expect, test } from 'vitest';
import { readBudget } from '../../src/budgets/budget-file.js';
import { check } from '../../src/budgets/check.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { checkText } from '../../src/report/text/check.js';
import { explanationOf } from '../support/explained.js';
import { scenario } from '../support/recordings.js';

function textOf(explanation: Explanation, ...limits: string[]): string {
  const text = `version: 1\nlimits:\n${limits.map((limit) => `  - { ${limit} }\n`).join('')}`;
  const reading = readBudget(text, 'budget.yaml', []);
  if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
  return checkText(check(reading.budget, explanation));
}

describe('the text of a checked budget', () => {
  test('has digits enough to see that a limit is broken, and that another is kept', async () => {
    const explanation = await explanationOf(scenario('c1-ide-read', 'trace.dat')!, 'trace.dat');
    // explain says 64.6 %.
    const text = textOf(explanation, 'time: lost, of: wanted, most: 64.6 %', 'time: lost, of: wanted, most: 70 %');
    expect(text).toMatch(/^ {2}BROKEN .* 64\.6[1-9]\d* % +at most 64\.60+ %$/m);
    expect(text).toMatch(/^ {2}ok .* 64\.6 % +at most 70\.0 %$/m);
  });

  test('says once how to record what several limits lack', async () => {
    const explanation = await explanationOf(scenario('l4-perf-lost', 'perf.data')!, 'perf.data');
    const text = textOf(explanation, 'rate: exits, most: 1000000/s', 'time: vmm, most: 5 %', 'length: max, most: 6ms');
    expect(text.match(/67\.6 % of the time is unknown/g)).toHaveLength(3);
    expect(text.match(/perf record -m/g)).toHaveLength(1);
  });
});
