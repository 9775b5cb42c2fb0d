/** Debian's Chromium, one for all tests of a file. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

export async function startBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: npm run test:setup installs it`);
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong in the page, and what the browser refused. */
  readonly complaints: readonly string[];
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  if (url.startsWith('http')) {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(url).origin });
  }
  const page = await context.newPage();
  // Room for a machine that has other things to do as well.
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, complaints };
}

/** Goes to a part of the page and waits until its numbers are there. */
export async function show(page: Page, address: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
  await settled(page);
}

/** Until nothing is being read or counted. */
export async function settled(page: Page): Promise<void> {
  const busy = page.locator('[aria-busy="true"], .state progress');
  await page.locator('.view > *').first().waitFor();
  while ((await busy.count()) > 0) await busy.first().waitFor({ state: 'detached' });
}

/** The rows of a table, as its button copies them. */
export async function copiedRows(page: Page, label: string): Promise<Record<string, string | number | null>[]> {
  const button = page.getByRole('button', { name: `Copy JSON: ${label}`, exact: true });
  await button.click();
  await button.filter({ hasText: 'Copied' }).waitFor();
  const text = (await page.evaluate('navigator.clipboard.readText()')) as string;
  return JSON.parse(text) as Record<string, string | number | null>[];
}
