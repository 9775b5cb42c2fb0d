/** The timeline and the heat maps, by hand and by key, on the recording of a noisy host; numbers are those of "--json". */
import type { Browser, Locator, Page } from 'playwright-core';
import sax from 'sax';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation, WorstEpisode } from '../../src/explain/explanation.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { ACCOUNT_COLOURS, type Theme } from '../../web/src/design/palette.js';
import { copiedRows, settled, show, startBrowser, type Visit, visit } from './support/browser.js';
import { explained, HOST_NOISE } from './support/inputs.js';
import { type Opened, open } from './support/opened.js';

let browser: Browser;
let server: Opened;
let visited: Visit;
let page: Page;
let books: Explanation;
beforeAll(async () => {
  browser = await startBrowser();
  server = await open([HOST_NOISE()]);
  books = explained([HOST_NOISE()]);
  visited = await visit(browser, server.url, { reducedMotion: 'reduce' });
  page = visited.page;
  await settled(page);
});
afterAll(async () => {
  await visited.context.close();
  await server.close();
  await browser.close();
});

/** Shows a part of T, until every piece of it is drawn. */
async function look(at: Page, fromNs: number, toNs: number, more = ''): Promise<void> {
  await show(at, `#v1/timeline?view=${Math.floor(fromNs)}-${Math.ceil(toNs)}${more}`);
  await drawn(at);
}

/** The list says what is in view when the picture has stood still. */
async function drawn(at: Page): Promise<void> {
  await at.locator('[data-complete="true"]').waitFor();
  await at.waitForTimeout(250);
  await at.locator('[data-complete="true"]').waitFor();
}

const goneTo = (isThere: (url: string) => boolean): Promise<void> =>
  expect.poll(() => isThere(page.url()), { timeout: 10_000 }).toBe(true);

const viewOf = (url: string): { fromNs: number; toNs: number } => {
  const [, from, to] = /[?&]view=(\d+)-(\d+)/.exec(url)!;
  return { fromNs: Number(from), toNs: Number(to) };
};

/** Where lanes are on the screen: below the minimap, which is as wide as they are. */
async function lanesBox(at: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  const minimap = (await at.locator('.timeline-minimap').boundingBox())!;
  const stage = (await at.locator('.timeline-stage').boundingBox())!;
  return { x: minimap.x, y: stage.y, width: minimap.width, height: stage.height };
}

/** The middle of the first vCPU's lane and of those below it: heads and lanes have known heights where there is room. */
const FIRST_LANE_Y = 26 + 24 + 17;

const timeAt = (view: { fromNs: number; toNs: number }, box: { x: number; width: number }, x: number): number =>
  view.fromNs + ((x - box.x) / box.width) * (view.toNs - view.fromNs);

/** The worst episode of the first vCPU, and what of T shows it well. */
function worstOfFirst(): { worst: WorstEpisode; startNs: number; fromNs: number; toNs: number } {
  const worst = books.worst.find(({ vcpu }) => vcpu === 0)!;
  const startNs = worst.atNs - books.recording.fromNs;
  return { worst, startNs, fromNs: startNs - worst.durationNs, toNs: startNs + 2 * worst.durationNs };
}

const factsOf = async (box: Locator): Promise<Record<string, string>> => {
  const names = await box.locator('dt').allTextContents();
  const values = await box.locator('dd').allTextContents();
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
};

/** "1.23 ms (1,230,456 ns)", and "123 ns" where that is all. */
const exactNs = (text: string): number => Number(/([\d,]+) ns\)?$/.exec(text)![1].replaceAll(',', ''));

describe('the timeline', () => {
  test('of all of T adds up to the books, account by account', async () => {
    await show(page, '#v1/timeline');
    await drawn(page);
    const cells = await page.locator('.in-view-table [data-ns]').evaluateAll((all) => all.map((one) => one.dataset));
    const sums = Object.fromEntries(cells.map(({ account, ns }) => [account, Number(ns)]));
    expect(sums).toEqual(books.totals.ledgerNs);
  });

  test('zooms with the wheel, and the time under the pointer stays there', async () => {
    await look(page, 8e9, 12e9);
    const box = await lanesBox(page);
    const x = box.x + box.width * 0.3;
    await page.mouse.move(x, box.y + FIRST_LANE_Y);
    let before = viewOf(page.url());
    for (const turns of [-3, -3, -2, 4]) {
      for (let turn = 0; turn < Math.abs(turns); turn++) await page.mouse.wheel(0, Math.sign(turns) * 120);
      const wanted = timeAt(before, box, x);
      await goneTo((url) => !url.includes(`view=${before.fromNs}-${before.toNs}`));
      await drawn(page);
      await page.waitForTimeout(400);
      const after = viewOf(page.url());
      const [longer, shorter] = turns > 0 ? [after, before] : [before, after];
      expect(shorter.toNs - shorter.fromNs).toBeLessThan(longer.toNs - longer.fromNs);
      const pixelNs = (after.toNs - after.fromNs) / box.width;
      expect(Math.abs(timeAt(after, box, x) - wanted)).toBeLessThan(pixelNs + 2);
      before = after;
    }
  });

  test('pans as far as the pointer is dragged', async () => {
    await look(page, 8e9, 8.1e9);
    const box = await lanesBox(page);
    const before = viewOf(page.url());
    await page.mouse.move(box.x + 500, box.y + FIRST_LANE_Y);
    await page.mouse.down();
    await page.mouse.move(box.x + 400, box.y + FIRST_LANE_Y, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(500);
    const after = viewOf(page.url());
    const pixelNs = (before.toNs - before.fromNs) / box.width;
    expect(Math.abs(after.fromNs - before.fromNs - 100 * pixelNs)).toBeLessThan(2 * pixelNs);
    expect(after.toNs - after.fromNs).toBeCloseTo(before.toNs - before.fromNs, -1);
  });

  test('an episode that is clicked on shows its chain, with the numbers of the books', async () => {
    const { worst, startNs, fromNs, toNs } = worstOfFirst();
    await look(page, fromNs, toNs);
    const box = await lanesBox(page);
    await page.mouse.click(box.x + box.width / 2, box.y + FIRST_LANE_Y);
    const panel = page.getByRole('region', { name: 'Selected episode' });
    await panel.getByText('reached the VMM').waitFor();
    const facts = await factsOf(panel);
    expect(exactNs(facts['duration'])).toBe(worst.durationNs);
    expect(exactNs(facts['guest delay'])).toBe(worst.guestDelayNs);
    expect([facts['cause'], facts['reason']]).toEqual([worst.cause, worst.reason]);
    expect(facts['guest address'] ?? null).toBe(worst.guestAddress);
    expect((facts['from'].match(/\d/g) ?? []).join('')).toBe((startNs / 1e9).toFixed(9).replace('.', ''));
    const kinds = await panel.locator('.chain-parts > li').allTextContents();
    for (const account of ACCOUNTS) {
      if (account === 'guest' || worst.ledgerNs[account] === 0) continue;
      expect(kinds.join(' ')).toContain(account);
    }
  });

  test('what the pointer is on is told with the numbers of the books', async () => {
    const { worst, startNs, fromNs, toNs } = worstOfFirst();
    await look(page, fromNs, toNs, `&lane=0&at=${Math.floor(startNs + worst.durationNs / 2)}`);
    const panel = page.getByRole('region', { name: 'Selected episode' });
    await panel.getByText('reached the VMM').waitFor();
    const box = await lanesBox(page);
    // Over all of the episode: each of its segments that is wide enough to be met.
    const seen = new Map<string, Record<string, string>>();
    for (let step = 1; step < 40; step++) {
      await page.mouse.move(box.x + (box.width * (1 + step / 40)) / 3, box.y + FIRST_LANE_Y);
      const tip = page.getByRole('tooltip');
      await tip.waitFor();
      const facts = await factsOf(tip);
      if (facts['duration'] !== undefined)
        seen.set(`${facts['from']} ${await tip.locator('p').nth(1).innerText()}`, facts);
    }
    const sums = new Map<string, number>();
    for (const [key, facts] of seen) {
      const account = ACCOUNTS.find((one) => key.includes(` ${one}:`))!;
      sums.set(account, (sums.get(account) ?? 0) + exactNs(facts['duration']));
      expect(facts['cause']).toBe(worst.cause);
    }
    const largest = ACCOUNTS.filter((one) => one !== 'guest').toSorted(
      (one, other) => worst.ledgerNs[other as 'vmm'] - worst.ledgerNs[one as 'vmm'],
    )[0] as 'vmm';
    expect(sums.get(largest)).toBe(worst.ledgerNs[largest]);
  });

  test.each(['light', 'dark'] as const)('has the colours of the accounts on its lanes: %s', async (scheme: Theme) => {
    const { startNs, worst, fromNs, toNs } = worstOfFirst();
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await look(page, fromNs, toNs, `&lane=0&at=${Math.floor(startNs + worst.durationNs / 2)}`);
    const panel = page.getByRole('region', { name: 'Selected episode' });
    await panel.getByText('reached the VMM').waitFor();
    const parts = await panel
      .locator('.chain-bar span')
      .evaluateAll((all) =>
        all.map((one) => ({ name: one.className.replace('vcpu-', ''), ns: Number(one.style.flexGrow) })),
      );
    const box = await lanesBox(page);
    const stage = (await page.locator('.timeline-stage').boundingBox())!;
    let at = startNs;
    let met = 0;
    for (const { name, ns } of parts) {
      const middle = at + ns / 2;
      at += ns;
      if ((ns / (toNs - fromNs)) * box.width < 8) continue;
      // Above the middle of the lane, where no text is.
      const x = Math.floor(box.x - stage.x + ((middle - fromNs) / (toNs - fromNs)) * box.width);
      const pixel = (await page.evaluate(
        `Array.from(document.querySelector('.timeline-stage canvas').getContext('2d').getImageData(${x}, ${FIRST_LANE_Y - 11}, 1, 1).data)`,
      )) as number[];
      const colour = `#${pixel
        .slice(0, 3)
        .map((part) => part.toString(16).padStart(2, '0'))
        .join('')}`;
      expect(colour, name).toBe(ACCOUNT_COLOURS[scheme][name as 'guest']);
      met++;
    }
    expect(met).toBeGreaterThan(0);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  });

  test('a range that is drawn with Shift is what the exits count', async () => {
    await look(page, 6e9, 10e9);
    const box = await lanesBox(page);
    await page.keyboard.down('Shift');
    await page.mouse.move(box.x + 200, box.y + FIRST_LANE_Y);
    await page.mouse.down();
    await page.mouse.move(box.x + 320, box.y + FIRST_LANE_Y, { steps: 3 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await goneTo((url) => url.includes('from='));
    const [, from, to] = /[?&]from=(\d+)&to=(\d+)/.exec(page.url())!;
    const pixelNs = 4e9 / box.width;
    expect(Math.abs(Number(from) - (6e9 + 200 * pixelNs))).toBeLessThan(2 * pixelNs);
    expect(Math.abs(Number(to) - (6e9 + 320 * pixelNs))).toBeLessThan(2 * pixelNs);
    await settled(page);
    const part = explained([HOST_NOISE(), '--from', `${from}ns`, '--to', `${to}ns`]);
    const cells = await page.locator('.in-view-table [data-ns]').evaluateAll((all) => all.map((one) => one.dataset));
    expect(Object.fromEntries(cells.map(({ account, ns }) => [account, Number(ns)]))).toEqual(part.totals.ledgerNs);
    await page.getByRole('tab', { name: 'Exits' }).click();
    await settled(page);
    const rows = await copiedRows(page, 'Exits');
    expect(rows.reduce((sum, { count }) => sum + Number(count), 0)).toBe(part.totals.exits);
    await page.keyboard.press('0');
    await goneTo((url) => !url.includes('from='));
  });

  test('the address brings back what was shown', async () => {
    const { worst, startNs, fromNs, toNs } = worstOfFirst();
    await look(page, fromNs, toNs, `&lane=0&at=${Math.floor(startNs + worst.durationNs / 2)}&a=${Math.floor(startNs)}`);
    await page.getByText('reached the VMM').waitFor();
    const box = await lanesBox(page);
    await page.mouse.move(box.x + 300, box.y + FIRST_LANE_Y);
    await page.keyboard.press('m');
    await page.keyboard.press(']');
    await goneTo((url) => url.includes('flags=') && url.includes('b='));
    const address = page.url();
    const inView = await page.locator('.timeline-below span').first().textContent();
    const other = await visit(browser, address);
    await other.page.getByText('reached the VMM').waitFor();
    await drawn(other.page);
    expect(await other.page.locator('.timeline-below span').first().textContent()).toBe(inView);
    expect(other.page.url()).toBe(address);
    expect(other.complaints).toEqual([]);
    await other.context.close();
  });

  test('everything works by keys alone, and the back button undoes a zoom', async () => {
    await look(page, 8e9, 12e9);
    await page.mouse.move(0, 0);
    const before = page.url();
    await page.waitForTimeout(1000);
    for (const key of ['w', 'w', 'd', 'ArrowDown', 'e']) await page.keyboard.press(key);
    const panel = page.getByRole('region', { name: 'Selected episode' });
    await panel.getByRole('heading').first().waitFor();
    await drawn(page);
    const first = await factsOf(panel);
    expect(first['on']).toContain('vCPU');
    await page.keyboard.press('.');
    await expect.poll(async () => (await factsOf(panel))['from'], { timeout: 10_000 }).not.toBe(first['from']);
    await page.keyboard.press(',');
    await expect.poll(async () => (await factsOf(panel))['from'], { timeout: 10_000 }).toBe(first['from']);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    while (page.url() !== before) await page.goBack();
    await drawn(page);
    expect(await page.locator('.timeline-below span').first().textContent()).toContain('4.00 s in view');
  });

  test('groups close and open, and the list has the lanes that are in view', async () => {
    await show(page, '#v1/timeline');
    await drawn(page);
    const lanes = page.getByRole('region', { name: 'Lanes in view' }).getByRole('button');
    const vcpus = books.machines.flatMap(({ id, vcpus: own }) => own.map((vcpu) => `vCPU ${vcpu.id} of ${id}`));
    const pcpus = Array.from({ length: books.recording.pcpus }, (_, pcpu) => `pCPU ${pcpu}`);
    expect(await lanes.allTextContents()).toEqual([...vcpus, ...pcpus]);
    const box = await lanesBox(page);
    await page.mouse.click(box.x + 300, box.y + 26 + 10);
    await goneTo((url) => url.includes('closed='));
    await expect.poll(() => lanes.allTextContents(), { timeout: 10_000 }).toEqual(pcpus);
    await page.mouse.click(box.x + 300, box.y + 26 + 10);
    await expect.poll(() => lanes.allTextContents(), { timeout: 10_000 }).toEqual([...vcpus, ...pcpus]);
  });

  test('is saved as SVG and as PNG', async () => {
    await look(page, 8e9, 8.01e9);
    const [svg] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'SVG' }).click()]);
    const text = (await streamOf(await svg.createReadStream())).toString('utf8');
    const found: string[] = [];
    const parser = sax.parser(true);
    Object.assign(parser, {
      onerror: (error: Error) => {
        throw error;
      },
      ontext: (content: string) => found.push(content.trim()),
    });
    parser.write(text).close();
    expect(found).toContain('vCPU 0');
    expect(found).toContain('pCPU 1');
    expect(found.filter((one) => one.endsWith(' ms') || one.endsWith(' s')).length).toBeGreaterThan(3);
    const [png] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'PNG' }).click()]);
    const bytes = await streamOf(await png.createReadStream());
    expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
    const stage = (await page.locator('.timeline-stage').boundingBox())!;
    expect(bytes.readUInt32BE(16)).toBe(Math.round(stage.width));
  });
});

describe('heat maps', () => {
  test('count all episodes that the books timed, and all exits', async () => {
    await show(page, '#v1/heat');
    const totalOf = async (name: string) =>
      Number(await page.locator(`[data-heat="${name}"]`).getAttribute('data-total'));
    await page.locator('[data-heat="offset"]').waitFor();
    expect(await totalOf('latency')).toBe(books.exits.reduce((sum, { timed }) => sum + timed, 0));
    expect(await totalOf('offset')).toBe(books.totals.exits);
  });

  test('tell what a cell holds, and select a range by pointer and by keys', async () => {
    await show(page, '#v1/heat');
    const frame = page.locator('[data-heat="latency"] .heat-frame');
    await frame.waitFor();
    const box = (await frame.boundingBox())!;
    await page.mouse.move(box.x + 600, box.y + 100);
    expect(await page.getByRole('tooltip').textContent()).toMatch(/episode/);
    await page.mouse.down();
    await page.mouse.move(box.x + 700, box.y + 120, { steps: 3 });
    await page.mouse.up();
    await goneTo((url) => url.includes('from='));
    const [, from, to] = /[?&]from=(\d+)&to=(\d+)/.exec(page.url())!;
    const nsPerPixel = books.recording.durationNs / (box.width - 76);
    expect(Math.abs((Number(to) - Number(from)) / nsPerPixel - 100)).toBeLessThan(30);
    await frame.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await goneTo((url) => !url.includes(`from=${from}`));
    await page.keyboard.press('0');
  });

  test('nothing went wrong in the page', () => {
    // Chromium's advice to whoever reads pixels often, which only the test of colours does.
    expect(visited.complaints.filter((text) => !text.includes('getImageData'))).toEqual([]);
  });
});

async function streamOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
