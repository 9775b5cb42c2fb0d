/**
 * Guests of Xen of which exits were not recorded, or without lengths: what the quality says, and that the first screen, limits and
 * differences take none of it for a measurement.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readBudget } from '../../src/budgets/budget-file.js';
import { check, type Verdict } from '../../src/budgets/check.js';
import { difference } from '../../src/differences/compare.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { lostTimeNs } from '../../src/explain/sources.js';
import { differenceText } from '../../src/report/text/difference.js';
import { textReport } from '../../src/report/text/index.js';
import { sideOf } from '../support/sides.js';
import { explainXen, explanationOfXen, xenRecording } from '../support/xen-recordings.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-unseen-exits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const firstScreen = (explanation: Explanation) =>
  textReport(explanation).split('\n\nThe ledger')[0].replace(/\n +/g, ' ');

function verdicts(explanation: Explanation, limits: readonly string[]): Record<string, Verdict> {
  const text = `version: 1\nlimits:\n${limits.map((limit) => `  - { name: "${limit}", ${limit} }\n`).join('')}`;
  const reading = readBudget(text, 'budget.yaml', []);
  if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
  return Object.fromEntries(check(reading.budget, explanation).limits.map(({ name, verdict }) => [name, verdict]));
}

const OF_EXITS = [
  'time: hypervisor, most: 99 %',
  'time: interrupt, most: 99 %',
  'time: guest-exits, most: 99 %',
  'time: interrupts, most: 99 %',
  'time: host-cost, most: 99 %',
  'time: lost, most: 99 %',
  'time: guest, least: 1 %',
  'rate: exits, most: 1000000/s',
  'rate: exits, cause: interrupt, most: 1000000/s',
  'length: p99, most: 10s',
  'length: max, most: 10s',
];

const CASES = [
  ['armpvh-cpu', 'missing', 'C', /Exits were not recorded, and nothing else cost/],
  ['armpvh-overcommit', 'missing', 'C', /causes, without exits that were not recorded:/],
  ['pvh-overcommit-schedonly', 'missing', 'C', /causes, without exits that were not recorded:/],
  ['pv-cpu', 'without lengths', 'B', /How long exits took was not recorded, and nothing else cost/],
  ['pv-disk', 'without lengths', 'B', /causes, without exits whose lengths were not recorded:/],
] as const;

for (const [name, exits, grade, causes] of CASES) {
  const recording = xenRecording(name);
  if (recording === undefined) {
    test.skip(`${name} (not bundled: set VMTOLL_RECORDINGS)`, () => {});
    continue;
  }
  describe(name, () => {
    test('the quality and the first screen say what is not known', async () => {
      const explanation = await explanationOfXen(recording);
      const { quality, findings } = explanation;
      expect(quality).toMatchObject({ exits, grade, lostTime: 'at least' });
      expect(quality.notRecorded).toEqual(expect.arrayContaining(['hypervisor', 'interrupt']));
      expect(quality.upperBounds).toContainEqual({ account: 'guest', contains: ['hypervisor', 'interrupt'] });
      const screen = firstScreen(explanation);
      expect(screen).toMatch(/The guests lost at least .* guest exits not recorded · interrupts not recorded/s);
      expect(screen).toMatch(/host cost at least 0/);
      expect(screen).toMatch(causes);
      expect(screen).not.toMatch(/Change nothing|No exit cost/);
      expect(findings.map(({ rule }) => rule)).not.toContain('nothing-to-gain');
    });

    test('no limit on what exits cost is judged as kept', async () => {
      const found = verdicts(await explanationOfXen(recording), OF_EXITS);
      expect(found).toEqual(Object.fromEntries(OF_EXITS.map((limit) => [limit, 'unjudged'])));
    });
  });
}

test('what broke a limit on waiting is who had the pCPUs', async () => {
  const explanation = await explanationOfXen(xenRecording('pvh-overcommit-schedonly')!);
  const text = 'version: 1\nlimits:\n  - { time: lost, most: 1 %, machine: vm2 }\n';
  const reading = readBudget(text, 'budget.yaml', []);
  if (!reading.ok) throw new Error('the budget is wrong');
  const [{ note }] = check(reading.budget, explanation).limits;
  // Its vCPU shares a pCPU with those of the other machine alone.
  expect(note).toMatch(/of it: waiting while vCPU [01] of vm1 had the pCPU$/);
});

test('what is known all the same is judged', async () => {
  const overcommitted = await explanationOfXen(xenRecording('pvh-overcommit-schedonly')!);
  expect(
    verdicts(overcommitted, ['time: overload, most: 1 %', 'time: lost, most: 1 %', 'time: preempted, least: 60 %']),
  ).toEqual({
    'time: overload, most: 1 %': 'broken',
    'time: lost, most: 1 %': 'broken',
    'time: preempted, least: 60 %': 'ok',
  });
  // Hypercalls of PV guests are all written down; their interrupts are not.
  const pv = await explanationOfXen(xenRecording('pv-cpu')!);
  expect(verdicts(pv, ['rate: exits, cause: hypercall, most: 1000/s', 'rate: exits, most: 1000/s'])).toEqual({
    'rate: exits, cause: hypercall, most: 1000/s': 'ok',
    'rate: exits, most: 1000/s': 'broken',
  });
});

describe('differences of recordings with other events', () => {
  for (const [before, after] of [
    ['pvh-overcommit', 'pvh-overcommit-schedonly'],
    ['pvh-cpu', 'pv-cpu'],
  ] as const) {
    test(`${before} and ${after}: exits and what they cost are untested`, async () => {
      const sides = [await sideOf(xenRecording(before)!.path), await sideOf(xenRecording(after)!.path)] as const;
      for (const outcome of [difference(...sides), difference(sides[1], sides[0])]) {
        expect(outcome.lost?.p).toBeNull();
        expect(differenceText(outcome, { width: 1000 })).toMatch(/points (more|less), which cannot be compared/);
        const ofExits = outcome.rows.filter(
          ({ account }) => account === null || ['guest', 'hypervisor', 'interrupt'].includes(account),
        );
        expect(ofExits.length).toBeGreaterThan(5);
        expect(new Set(ofExits.map(({ verdict }) => verdict))).toEqual(new Set(['untested']));
        expect(outcome.issues.find(({ code }) => code === 'events-differ')?.message).toMatch(
          /how many exits there were/,
        );
        expect(outcome.rows.some(({ account, verdict }) => account === 'preempted' && verdict !== 'untested')).toBe(
          true,
        );
      }
    });
  }
});

test('differences of recordings without lengths of exits are tested, and what they leave out is said', async () => {
  const [before, after] = [await sideOf(xenRecording('pv-cpu')!.path), await sideOf(xenRecording('pv-disk')!.path)];
  const { lost, issues } = difference(before, after);
  expect(lost!.p).toBeLessThan(0.05);
  const codes = issues.map(({ code }) => code);
  expect(codes).toContain('exits-unseen');
  expect(codes).not.toContain('events-differ');
});

/** Classes of events: bits 16 to 27 of a record's first word. Source: Xen's public header trace.h. */
const CLASS_BITS = 0x0fff_0000;
const HVM = 0x0008_0000;
const MEMORY = 0x0010_0000;

/** The same file with all records of HVM guests made such of memory, which tell nothing of vCPUs. */
function withoutExits(path: string): string {
  const bytes = readFileSync(path);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const header = bytes.readUInt32LE(at);
    if ((header & CLASS_BITS & ~0xffff) >>> 0 === HVM) {
      bytes.writeUInt32LE(((header & ~CLASS_BITS) | MEMORY) >>> 0, at);
    }
    at += 4 * (1 + ((header >>> 28) & 7) + 2 * (header >>> 31));
  }
  const changed = join(folder, 'without-exits.xen');
  writeFileSync(changed, bytes);
  return changed;
}

test('of the same run without its exits, at least what is told was lost, and waits are the same', async () => {
  const { path, hz } = xenRecording('pvh-overcommit')!;
  const whole = await explainXen(path, hz);
  const part = await explainXen(withoutExits(path), hz);
  expect([whole.quality.exits, part.quality.exits]).toEqual(['complete', 'missing']);
  const [all, seen] = [lostTimeNs(whole.sources), lostTimeNs(part.sources)];
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(all);
  expect(part.totals.ledgerNs.preempted / whole.totals.ledgerNs.preempted).toBeCloseTo(1, 1);
  expect(part.totals.ledgerNs.guest).toBeGreaterThan(whole.totals.ledgerNs.guest);
});

describe('a frequency that the recording contradicts', () => {
  const { path, hz } = xenRecording('armpvh-overcommit')!;
  test('is on the first screen and lowers the grade, and the host is still one of Arm', async () => {
    const wrong = await explainXen(path, 2_596_096_000);
    expect(wrong.quality.grade).toBe('C');
    expect(firstScreen(wrong).split('The guests lost')[0]).toMatch(
      /At 2596\.096 MHz, as --clock-hz says, .* 62\.5\d\d MHz/,
    );
    const hints = wrong.quality.issues.map(({ hint }) => hint ?? '');
    expect(hints.join('\n')).not.toMatch(/Record all classes/);
  });

  test('leaves limits on times and rates not judged, and not those on shares', async () => {
    const wrong = await explainXen(path, 2_596_096_000);
    expect(verdicts(wrong, ['time: overload, most: 1s', 'time: overload, most: 1 %'])).toEqual({
      'time: overload, most: 1s': 'unjudged',
      'time: overload, most: 1 %': 'broken',
    });
  });

  test('is not found in the true one', async () => {
    const { quality } = await explainXen(path, hz);
    expect(quality.issues.map(({ code }) => code)).not.toContain('clock-contradicted');
  });
});
