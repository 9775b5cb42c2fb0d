/** Every view on four recordings: nothing goes wrong, and its numbers are those that "--json" prints. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { vmtoll } from '../support/cli.js';
import { copiedRows, settled, show, startBrowser, type Visit, visit } from './support/browser.js';
import { compared, explained, INPUTS } from './support/inputs.js';
import { type Opened, open } from './support/opened.js';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

describe.each(Object.entries(INPUTS))('%s', (_, argumentsOf) => {
  let args: string[];
  let server: Opened;
  let visited: Visit;
  let books: Explanation;
  beforeAll(async () => {
    args = argumentsOf();
    server = await open(args);
    books = explained(args);
    visited = await visit(browser, server.url);
    await settled(visited.page);
  });
  afterAll(async () => {
    await visited.context.close();
    await server.close();
  });

  test('the overview says what the command says first', async () => {
    const { page } = visited;
    await show(page, '#v1/overview');
    const { stdout } = vmtoll(['explain', ...args]);
    const [share] = /guests lost [\d.]+ %/.exec(stdout.replace(/(up to|roughly|at least) /, ''))!;
    const sentence = (await page.locator('.answer h1').textContent())!;
    expect(sentence.replace(/(up to|roughly|at least) /, '')).toContain(share);
  });

  test('sources and bars are those of the books, and bars add up to T', async () => {
    const { page } = visited;
    await show(page, '#v1/overview');
    const tiles = await page.locator('[data-source]').evaluateAll((all) => all.map((tile) => tile.dataset['ns']));
    const { guestExitsNs, interruptsNs, overloadNs } = books.sources;
    expect(tiles.map(Number)).toEqual([guestExitsNs, interruptsNs, overloadNs]);
    const bars = await page
      .locator('.picture svg a')
      .evaluateAll((all) => all.map((bar) => [...bar.querySelectorAll('[data-ns]')].map((part) => part.dataset['ns'])));
    const vcpus = books.machines.flatMap((machine) => machine.vcpus);
    expect(bars.map((parts) => parts.map(Number).reduce((sum, ns) => sum + ns))).toEqual(
      vcpus.map(({ durationNs }) => durationNs),
    );
  });

  test('the ledger in numbers is that of the books', async () => {
    const { page } = visited;
    await show(page, '#v1/overview');
    await page.getByText('In numbers').click();
    const rows = await copiedRows(page, 'The ledger in numbers');
    const expected = books.machines.flatMap(({ id, vcpus }) =>
      vcpus.map((vcpu) => ({
        machine: id,
        vcpu: vcpu.id,
        ...Object.fromEntries(ACCOUNTS.map((account) => [`${account}Ns`, vcpu.ledgerNs[account]])),
        keptOutNs: vcpu.keptOutNs,
        guestDelayNs: vcpu.guestDelayNs,
        hostCostNs: vcpu.hostCostNs,
        durationNs: vcpu.durationNs,
        exits: vcpu.exits,
      })),
    );
    expect(rows).toEqual(expected);
  });

  test('exits are those of the books, row by row and summed up', async () => {
    const { page } = visited;
    await show(page, '#v1/exits?by=flat');
    const key = (one: Record<string, unknown>) =>
      JSON.stringify(['count', 'costNs', 'p50Ns', 'p90Ns', 'p99Ns', 'p999Ns', 'maxNs'].map((name) => one[name]));
    const rows = await copiedRows(page, 'Exits');
    const expected = books.exits.map((row) => key({ ...row, costNs: row.guestDelayNs }));
    expect(rows.map(key).toSorted()).toEqual(expected.toSorted());
    await show(page, '#v1/exits');
    const causes = await copiedRows(page, 'Exits');
    const groups = books.groups.cause.map(({ key: name, count, guestDelayNs, p99Ns }) => [
      name,
      count,
      guestDelayNs,
      p99Ns,
    ]);
    expect(
      causes.map(({ name, count, costNs, p99Ns }) => JSON.stringify([name, count, costNs, p99Ns])).toSorted(),
    ).toEqual(groups.map((group) => JSON.stringify(group)).toSorted());
  });

  test('host cost instead of guest delay', async () => {
    const { page } = visited;
    await show(page, '#v1/exits?by=flat&cost=host');
    const rows = await copiedRows(page, 'Exits');
    const costs = books.exits.map(
      ({ ledgerNs: { hypervisor, vmm, interrupt, poll } }) => hypervisor + vmm + interrupt + poll,
    );
    const sum = (all: readonly (string | number | null | undefined)[]) =>
      all.reduce<number>((total, one) => total + Number(one), 0);
    expect(sum(rows.map(({ costNs }) => costNs))).toBe(sum(costs));
  });

  test('who took whose time is as in the books', async () => {
    const { page } = visited;
    await show(page, '#v1/scheduling');
    if (books.culprits.length === 0) return;
    const rows = await copiedRows(page, 'Who took whose time');
    const sums = new Map<string, number>();
    for (const { kind, name, ns } of books.culprits)
      sums.set(`${kind} ${name}`, (sums.get(`${kind} ${name}`) ?? 0) + ns);
    expect(new Map(rows.map(({ kind, name, totalNs }) => [`${kind} ${name}`, totalNs]))).toEqual(sums);
    for (const row of rows) expect(Number(row['preemptedNs']) + Number(row['wakeupNs'])).toBe(row['totalNs']);
    const map = await copiedRows(page, 'The pCPU map');
    expect(map.map(({ moves }) => moves)).toEqual(books.placement.vcpus.map(({ moves }) => moves));
  });

  test('findings are those of the books, in their order', async () => {
    const { page } = visited;
    await show(page, '#v1/findings');
    const rules = await page.locator('.finding').evaluateAll((all) => all.map((one) => one.dataset['rule']));
    expect(rules).toEqual(books.findings.map(({ rule }) => rule));
    const titles = await page.locator('.finding-title span + span').allTextContents();
    expect(titles).toEqual(books.findings.map(({ title }) => title));
  });

  test('a part of T and one vCPU are counted exactly', async () => {
    const { page } = visited;
    const [from, to] = [0.2, 0.6].map((share) => Math.floor(books.recording.durationNs * share));
    const [{ id, vcpus }] = books.machines;
    await show(page, `#v1/exits?by=flat&from=${from}&to=${to}&machine=${id}&vcpu=${vcpus[0].id}`);
    const rows = await copiedRows(page, 'Exits');
    const seconds = (ns: number) => `${(ns / 1e9).toFixed(9)}s`;
    const alone = args.includes('--native') ? args.slice(0, args.indexOf('--native')) : args;
    const chosen = ['--from', seconds(from), '--to', seconds(to), '--machine', id, '--vcpu', String(vcpus[0].id)];
    const part = explained([...alone, ...chosen]);
    const key = (count: unknown, ns: unknown) => `${String(count)} ${String(ns)}`;
    expect(rows.map(({ count, costNs }) => key(count, costNs)).toSorted()).toEqual(
      part.exits.map(({ count, guestDelayNs }) => key(count, guestDelayNs)).toSorted(),
    );
  });

  test('benchmarks are those of "compare --json", or it says that there are none', async () => {
    const { page } = visited;
    await show(page, '#v1/benchmarks');
    if (!args.includes('--native')) {
      expect(await page.locator('.state').textContent()).toContain('No benchmarks were given');
      return;
    }
    const { pairs, geomean } = compared();
    const rows = await copiedRows(page, 'Benchmarks in numbers');
    expect(rows.map(({ benchmark, metric, slowdown, verdict }) => [benchmark, metric, slowdown, verdict])).toEqual(
      pairs.map(({ benchmark, metric, slowdown, verdict }) => [benchmark, metric, slowdown, verdict]),
    );
    expect(await page.locator('.answer h1 b').textContent()).toBe(`×${geomean!.slowdown.toFixed(2)}`);
    const { nativeNs, vmNs } = books.reconciliation!.perOperation;
    const steps = await page.locator('[aria-label^="From native to VM"] .part').count();
    expect(steps).toBeGreaterThan(3);
    expect(vmNs.value).toBeGreaterThan(nativeNs.value);
  });

  test('every view is there without complaint, at 1024 pixels and at 400 no wider than the window', async () => {
    const { page, complaints } = visited;
    for (const width of [1024, 400]) {
      await page.setViewportSize({ width, height: 800 });
      for (const view of ['overview', 'timeline', 'exits', 'heat', 'scheduling', 'findings', 'benchmarks', 'compare']) {
        await show(page, `#v1/${view}`);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), `${view} at ${width}`).toBe(0);
      }
    }
    expect(complaints).toEqual([]);
  });
});
