/** What trace-cmd and perf print of a recording of arm64 says the same as the recording itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { arm64Recordings } from '../support/arm64-recordings.js';
import { explainPaths, explanationOf, vcpusOf } from '../support/explained.js';
import { pathIn, runTool } from '../support/read-records.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-texts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function explainText(text: string): Promise<Explanation> {
  const path = join(folder, 'text');
  writeFileSync(path, text);
  return explainPaths([path]);
}

/** How many exits of what, and of which vCPU. */
const exitsOf = ({ exits }: Explanation): Record<string, number> =>
  Object.fromEntries(
    exits
      .filter(({ count }) => count > 0)
      .map(({ machine, vcpu, cause, reason, detail, device, count }) => [
        [machine, vcpu, cause, reason, detail, device].join(' | '),
        count,
      ]),
  );

/** These have everything in them that occurs; others add nothing but time. */
const CHOSEN = /\/(?:x-idle|uartflood|lifecycle)\//;
const chosen = (file: string) => arm64Recordings([file]).filter(({ name }) => CHOSEN.test(name));

describe.each(chosen('trace.dat'))('trace-cmd report, $name', ({ scenario, file }) => {
  test.each([
    ['without its plug-ins', ['-N']],
    ['with its plug-ins, which know x86 alone', []],
  ])('%s', async (_which, options) => {
    const ofFile = await explanationOf(scenario, file);
    const ofText = await explainText(runTool('trace-cmd', ['report', ...options, pathIn(scenario, file)]));
    // trace-cmd cannot print a single character: the i of WFI is lost.
    const withoutWfi = Object.entries(exitsOf(ofFile)).map(([key, count]) => [
      key.replace(' | WFI | ', ' |  | '),
      count,
    ]);
    expect(exitsOf(ofText)).toEqual(Object.fromEntries(withoutWfi));
    // Texts have microseconds: half of one at each event.
    const [a, b] = [ofText, ofFile].map((one) => vcpusOf(one).map(({ ledgerNs }) => ledgerNs.guest));
    expect(a.every((ns, index) => Math.abs(ns - b[index]) < 1000 * ofFile.totals.exits)).toBe(true);
  });
});

describe.each(chosen('perf.data'))('perf script, $name', ({ scenario, file }) => {
  test('with the samples that were taken in the guest', async () => {
    const ofFile = await explanationOf(scenario, file);
    const ofText = await explainText(runTool('perf', ['script', '--guest-code', '-i', pathIn(scenario, file)]));
    expect(exitsOf(ofText)).toEqual(exitsOf(ofFile));
  });
});
