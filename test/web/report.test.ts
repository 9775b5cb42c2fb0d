/** The exported page: one small file that works without any network, with the numbers of the command. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/workspace/report.js';
import { vmtoll } from '../support/cli.js';
import { settled, show, startBrowser, type Visit, visit } from './support/browser.js';
import { explained, INPUTS } from './support/inputs.js';

/** What a mail takes everywhere. */
const LARGEST_REPORT = 3_000_000;

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

describe.each(['KVM, overcommitted', 'native against VM'] as const)('%s', (name) => {
  const args = INPUTS[name]();
  const path = join(folder, `${name}.html`);
  const requests: string[] = [];
  let visited: Visit;
  beforeAll(async () => {
    const { code, stderr } = vmtoll(['export', ...args, '--html', path]);
    expect([code, stderr]).toEqual([0, '']);
    visited = await visit(browser, 'about:blank', { offline: true });
    await visited.context.route('**', (route) => {
      requests.push(route.request().url());
      return route.request().url().startsWith('file:') ? route.continue() : route.abort();
    });
    await visited.page.goto(pathToFileURL(path).href);
    await settled(visited.page);
  });

  test('is small, and names no other place that it would load anything from', () => {
    expect(statSync(path).size).toBeLessThan(LARGEST_REPORT);
    expect(readFileSync(path, 'utf8')).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//);
  });

  test('has every view, without complaint and without a request', async () => {
    const { page, complaints } = visited;
    for (const view of ['overview', 'timeline', 'exits', 'heat', 'scheduling', 'findings', 'benchmarks']) {
      await show(page, `#v1/${view}`);
      expect(await page.locator('.state.failed').count(), view).toBe(0);
    }
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toHaveLength(1);
  });

  test('has the numbers of the command', async () => {
    const { page } = visited;
    const books = explained(args);
    await show(page, '#v1/exits?by=flat');
    const rows = await page.locator('[data-table="exits"] tbody tr').count();
    expect(rows).toBe(Math.min(60, books.exits.length));
    await show(page, '#v1/overview');
    const tiles = await page
      .locator('[data-source]')
      .evaluateAll((all) => all.map((tile) => Number(tile.dataset['ns'])));
    expect(tiles).toEqual([books.sources.guestExitsNs, books.sources.interruptsNs, books.sources.overloadNs]);
  });

  test('has the books of every vCPU, which are those of the command', () => {
    const [, data] = /<script[^>]* id="vmtoll-report">([^<]*)</.exec(readFileSync(path, 'utf8'))!;
    const { recordings } = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as Report;
    const [{ explanation, parts }] = recordings;
    const vcpus = explanation.machines.flatMap((machine) => machine.vcpus.map(({ id }) => [machine.id, String(id)]));
    expect(parts).toHaveLength(vcpus.length === 1 ? 0 : vcpus.length);
    const [recording] = args;
    for (const [index, part] of parts.entries()) {
      const [machine, vcpu] = vcpus[index];
      expect(part).toEqual(explained([recording, '--machine', machine, '--vcpu', vcpu]));
    }
  });

  test('says where a range is selected that its numbers are of all of T', async () => {
    const { page } = visited;
    await show(page, '#v1/exits?by=flat');
    const all = await page.locator('[data-table="exits"]').innerText();
    await show(page, '#v1/exits?by=flat&from=1000&to=1000000');
    expect(await page.locator('[data-table="exits"]').innerText()).toBe(all);
    expect(await page.locator('.banner').innerText()).toContain('of all of T, not of the range');
  });

  test('says on its first view what only the recording has', async () => {
    const { page } = visited;
    await show(page, '#v1/overview');
    expect(await page.locator('.of-report').innerText()).toMatch(/single episodes.*vmtoll open/);
  });

  test('on paper is light and has all findings in full', async () => {
    const { page } = visited;
    await show(page, '#v1/findings');
    await page.emulateMedia({ media: 'print' });
    const bodies = await page.locator('.finding-body').count();
    expect(await page.locator('.finding-body:visible').count()).toBe(bodies);
    expect(await page.getByRole('tab').first().isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
  });
});
