/** The page as people use it: addresses, the back button, the keyboard alone, light and dark, names that mean harm. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SURFACES } from '../../web/src/design/palette.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { copiedRows, settled, show, startBrowser, type Visit, visit } from './support/browser.js';
import { explained, HOST_NOISE } from './support/inputs.js';
import { type Opened, open } from './support/opened.js';

let browser: Browser;
let noisy: Opened;
const visits: Visit[] = [];
beforeAll(async () => {
  [browser, noisy] = await Promise.all([startBrowser(), open([HOST_NOISE()])]);
});
afterEach(async () => {
  for (const { context } of visits.splice(0)) await context.close();
});
afterAll(async () => {
  await noisy.close();
  await browser.close();
});

async function opened(address = '', options: Parameters<typeof visit>[2] = {}): Promise<Page> {
  const visited = await visit(browser, noisy.url + address, options);
  visits.push(visited);
  await settled(visited.page);
  return visited.page;
}

test('in three clicks from the overview: which thread of the host stole the time, and when', async () => {
  const page = await opened();
  const books = explained([HOST_NOISE()]);
  await page.getByRole('region', { name: 'What to change' }).getByRole('link').first().click();
  await page.getByRole('link', { name: 'took pCPU' }).first().click();
  expect(await page.locator('tr.open td').first().textContent()).toBe('kbench');
  const [first] = books.worst
    .map(({ atNs, culprits }) => ({ atNs, culprit: culprits.find(({ name }) => name === 'kbench') }))
    .filter(({ culprit }) => culprit !== undefined)
    .toSorted((a, b) => b.culprit!.ns - a.culprit!.ns);
  const when = page.locator('[data-theft]').first();
  expect(await when.textContent()).toContain(`${(first.atNs / 1e9).toFixed(6)} s`);
  await when.click();
  await settled(page);
  expect(await page.getByRole('tab', { selected: true }).textContent()).toContain('Timeline');
  await page.getByText('kbench').first().waitFor();
});

describe('the address', () => {
  test('brings back what was seen: order, filter, what is unfolded, host cost', async () => {
    const page = await opened('#v1/exits');
    await page.getByRole('searchbox', { name: 'Filter exits' }).fill('interrupt');
    await page.getByRole('button', { name: 'count', exact: true }).click();
    await page.getByText('Host cost', { exact: true }).click();
    await page.locator('[data-table="exits"] tbody tr', { hasText: 'interrupt-control' }).first().click();
    await settled(page);
    const seen = await page.locator('[data-table="exits"]').innerText();
    expect(seen).toContain('host cost');
    const again = await opened(new URL(page.url()).hash);
    expect(await again.locator('[data-table="exits"]').innerText()).toBe(seen);
  });

  test('tabs lead back to views as they were left, with the range as it is now', async () => {
    const page = await opened('#v1/timeline?view=4000000000-6000000000&a=5000000000');
    await page.getByRole('tab', { name: 'Exits' }).click();
    await page.getByRole('searchbox', { name: 'Filter exits' }).fill('timer');
    await show(page, '#v1/overview?from=4000000000&to=5000000000');
    await page.keyboard.press('2');
    await settled(page);
    const timeline = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
    expect(Object.fromEntries(timeline)).toEqual({
      view: '4000000000-6000000000',
      a: '5000000000',
      from: '4000000000',
      to: '5000000000',
    });
    await page.getByRole('tab', { name: 'Exits' }).click();
    expect(await page.getByRole('searchbox', { name: 'Filter exits' }).inputValue()).toBe('timer');
  });

  test('the back button goes back, view by view and range by range', async () => {
    const page = await opened('#v1/overview');
    await page.getByRole('tab', { name: 'Exits' }).click();
    await show(page, '#v1/exits?from=4000000000&to=6000000000');
    const part = await page.locator('[data-table="exits"]').innerText();
    await page.goBack();
    await settled(page);
    expect(await page.locator('[data-table="exits"]').innerText()).not.toBe(part);
    await page.goBack();
    await settled(page);
    expect(await page.getByRole('tab', { selected: true }).textContent()).toContain('Overview');
  });

  test('a range is kept from view to view, and undone', async () => {
    const page = await opened('#v1/exits?from=4000000000&to=6000000000');
    await page.getByRole('tab', { name: 'Overview' }).click();
    await settled(page);
    expect(await page.locator('.answer small').textContent()).toContain('over 2.00 s');
    await page.keyboard.press('0');
    await settled(page);
    expect(await page.locator('.answer small').textContent()).toContain('over 22.5 s');
    await page.keyboard.press('u');
    await settled(page);
    expect(await page.locator('.answer small').textContent()).toContain('over 2.00 s');
  });

  test.each(['#v2/exits', '#nonsense', '#v1/nowhere', '#v1/exits?from=x&to=-1', '#v1/exits?exits.sort=%00&focus=/a/b'])(
    'of nothing that there is (%s) harms nothing',
    async (address) => {
      const page = await opened(address);
      expect(await page.getByRole('tab', { selected: true }).count()).toBe(1);
      expect(visits.at(-1)!.complaints).toEqual([]);
    },
  );
});

describe('by keyboard alone', () => {
  test('views by their numbers and by arrows on the tabs', async () => {
    const page = await opened();
    for (const [key, title] of [
      ['2', 'Timeline'],
      ['3', 'Exits'],
      ['6', 'Findings'],
      ['1', 'Overview'],
    ] as const) {
      await page.keyboard.press(key);
      await settled(page);
      expect(await page.getByRole('tab', { selected: true }).textContent()).toContain(title);
    }
    await page.getByRole('tab', { selected: true }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toContain('Timeline');
  });

  test('a row is unfolded, another reached, and a finding opened', async () => {
    const page = await opened('#v1/exits');
    const rows = page.locator('[data-table="exits"] tbody tr');
    const before = await rows.count();
    await rows.first().focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => rows.count()).toBeGreaterThan(before);
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('tr:focus').getAttribute('aria-level')).toBe('2');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => rows.count()).toBe(before);
    await show(page, '#v1/findings');
    await page.locator('.finding-title').nth(1).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.finding-title').nth(1).getAttribute('aria-expanded')).toBe('true');
  });

  test('"/" searches, Enter goes there, Escape closes; "?" lists the keys that are bound', async () => {
    const page = await opened();
    await page.keyboard.press('/');
    // At once, as whoever knows the key does: nothing of it is lost.
    await page.keyboard.type('kbench');
    expect(await page.getByRole('combobox', { name: 'Search' }).inputValue()).toBe('kbench');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await settled(page);
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(page.url()).not.toMatch(/overview$/);
    await show(page, '#v1/timeline');
    await page.keyboard.press('?');
    const keys = await page.getByRole('dialog', { name: 'Keys' }).innerText();
    for (const key of ['W', 'F', 'M']) expect(keys).toMatch(new RegExp(`^${key}`, 'm'));
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog[open]').count()).toBe(0);
  });

  test('everything that can be clicked on the overview is reached with Tab', async () => {
    const page = await opened('#v1/overview');
    const clickable = await page.locator('a[href]:visible, button:visible, select:visible, summary:visible').count();
    const reached = new Set<string>();
    for (let step = 0; step < clickable + 40; step++) {
      await page.keyboard.press('Tab');
      reached.add(String(await page.evaluate('document.activeElement.outerHTML.slice(0, 300)')));
    }
    const tabs = (await page.getByRole('tab').count()) - 1;
    expect(reached.size).toBeGreaterThanOrEqual(clickable - tabs);
  });
});

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  test('follows the system, and can be chosen', async () => {
    const page = await opened('', { colorScheme: theme });
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const rgb = (hex: string) => `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(', ')})`;
    expect(await background()).toBe(rgb(SURFACES[theme].page));
    const other = theme === 'light' ? 'dark' : 'light';
    await page.getByRole('combobox', { name: 'Light or dark' }).selectOption(other);
    expect(await background()).toBe(rgb(SURFACES[other].page));
    await page.reload();
    await settled(page);
    expect(await background()).toBe(rgb(SURFACES[other].page));
  });
});

describe('a recording whose names hold markup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
  const name = '<img/src=x>';
  let hostile: Opened;
  beforeAll(async () => {
    const report = readFileSync(pathIn(scenario('m-mixed', 'trace-cmd-report.txt'), 'trace-cmd-report.txt'), 'utf8');
    const path = join(folder, '<b>bold<b>"&.txt');
    writeFileSync(path, report.replaceAll('CPU 0/KVM', '<script>a()//').replaceAll('bash', name));
    hostile = await open([path]);
  });
  afterAll(async () => {
    await hostile.close();
    rmSync(folder, { recursive: true });
  });

  test('shows it as text, in every view', async () => {
    const visited = await visit(browser, hostile.url);
    visits.push(visited);
    const { page, complaints } = visited;
    for (const view of ['overview', 'timeline', 'exits', 'heat', 'scheduling', 'findings']) {
      await show(page, `#v1/${view}`);
      expect(await page.locator('.view img, .view script, .view b:text("bold")').count(), view).toBe(0);
    }
    await show(page, '#v1/scheduling');
    expect(await page.locator('[data-table="culprits"]').innerText()).toContain(name);
    expect((await copiedRows(page, 'Who took whose time')).map((row) => row['name'])).toContain(name);
    expect(await page.locator('.recording-name').innerText()).toContain('<b>bold<b>');
    expect(complaints).toEqual([]);
  });
});
