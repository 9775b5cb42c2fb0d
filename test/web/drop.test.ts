/** Files that are dropped on the page are analysed in the browser, with the same numbers, and nothing is sent anywhere. */

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPage } from '../../src/server/page-files.js';
import { copiedRows, settled, show, startBrowser, visit } from './support/browser.js';
import { explained, INPUTS } from './support/inputs.js';

let browser: Browser;
let server: Server;
let url: string;
const asked: string[] = [];

beforeAll(async () => {
  browser = await startBrowser();
  const files = readPage('dist/web', false)!;
  // Without the mark of "vmtoll open": a page that waits for files.
  server = createServer((request, response) => {
    asked.push(request.url!);
    const file = files.get(request.url === '/' ? 'index.html' : request.url!.slice(1));
    if (file === undefined) response.writeHead(404).end();
    else
      response.writeHead(200, { 'Content-Type': file.type }).end(
        Buffer.from(file.bytes)
          .toString('utf8')
          .replace(/<meta name="vmtoll-engine"[^>]*>/, ''),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  await browser.close();
  server.close();
});

test('a dropped recording is shown with the numbers of the command', async () => {
  const [path] = INPUTS['KVM, UART flood']();
  const { page, complaints } = await visit(browser, url);
  expect(await page.locator('.state').textContent()).toContain('do not leave it');
  const before = asked.length;
  const bytes = readFileSync(path).toString('base64');
  await page.evaluate(`{
    const bytes = Uint8Array.from(atob(${JSON.stringify(bytes)}), (one) => one.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], ${JSON.stringify(basename(path))}));
    for (const type of ['dragover', 'drop']) {
      window.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
  }`);
  await page.locator('.answer').waitFor();
  await settled(page);
  const books = explained([path]);
  await show(page, '#v1/exits?by=flat');
  const rows = await copiedRows(page, 'Exits');
  const key = (count: unknown, ns: unknown) => `${String(count)} ${String(ns)}`;
  expect(rows.map(({ count, costNs }) => key(count, costNs)).toSorted()).toEqual(
    books.exits.map(({ count, guestDelayNs }) => key(count, guestDelayNs)).toSorted(),
  );
  // The scripts that analyse, and nothing else.
  for (const address of asked.slice(before)) expect(address).toMatch(/^\/[\w-]+\.js$/);
  expect(complaints).toEqual([]);
});

test('what is no recording is refused in words', async () => {
  const { page } = await visit(browser, url);
  await page.locator('input[type="file"]').setInputFiles({
    name: 'holiday.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.from('\u00ff\u00d8\u00ff\u00e0 no recording at all'),
  });
  const said = page.getByRole('alert');
  await said.waitFor();
  expect(await said.textContent()).toMatch(/holiday\.jpg|not|format/i);
});
