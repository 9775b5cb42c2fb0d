/** Two recordings side by side, with the numbers of "vmtoll diff". */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Difference } from '../../src/differences/difference.js';
import { vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { copiedRows, settled, show, startBrowser, visit } from './support/browser.js';
import { type Opened, open } from './support/opened.js';

const [before, after] = ['e-timer', 'n-timer-nopoll'].map((name) => pathIn(scenario(name, 'trace.dat'), 'trace.dat'));

let browser: Browser;
let server: Opened;
beforeAll(async () => {
  [browser, server] = await Promise.all([startBrowser(), open([before, after])]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test('what changed is what the command says, row by row; each recording has its own books', async () => {
  const { rows, lost } = JSON.parse(vmtoll(['diff', before, after, '--json']).stdout) as Difference;
  const { page, complaints } = await visit(browser, server.url);
  await settled(page);
  await show(page, '#v1/compare');
  const copied = await copiedRows(page, 'What changed');
  expect(
    copied.map(({ verdict, timeBefore, timeAfter, rateAfter }) => [verdict, timeBefore, timeAfter, rateAfter]),
  ).toEqual(rows.map(({ verdict, time, rate }) => [verdict, time.before, time.after, rate?.after ?? null]));
  const [shareBefore, shareAfter] = await page.locator('.answer h1 b').allTextContents();
  expect(Number.parseFloat(shareBefore)).toBeCloseTo(lost!.before * 100, 0);
  expect(Number.parseFloat(shareAfter)).toBeCloseTo(lost!.after * 100, 0);
  await show(page, '#v1/overview');
  const first = await page.locator('.answer').innerText();
  await page.getByRole('combobox', { name: 'Recording' }).selectOption('1');
  await settled(page);
  await expect.poll(() => page.locator('.answer').innerText()).not.toBe(first);
  expect(complaints).toEqual([]);
});
