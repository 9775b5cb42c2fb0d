/** A guest that crashes is on the first screen: a recording in which one exit is made a triple fault. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { textReport } from '../../src/report/text/index.js';
import { explainPaths } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-crashes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const lines = readFileSync(pathIn(scenario('m-mixed', 'trace-cmd-report.txt'), 'trace-cmd-report.txt'), 'utf8').split(
  '\n',
);

async function explained(text: readonly string[]): Promise<Explanation> {
  const path = join(folder, 'report.txt');
  writeFileSync(path, text.join('\n'));
  return explainPaths([path]);
}

const firstScreen = (explanation: Explanation) =>
  textReport(explanation, { width: Infinity }).split('\n\nThe ledger')[0];

/** The reason of one exit replaced. */
const crashingAt = (at: number) => lines.with(at, lines[at].replace(/reason EXIT_\w+/, 'reason EXIT_SHUTDOWN'));

test('a triple fault is told with its time, and only where there is one', async () => {
  const whole = await explained(lines);
  expect(firstScreen(whole)).not.toContain('triple fault');
  const [{ clockTime }] = whole.worst;
  const at = lines.findIndex((line) => line.includes(` ${clockTime.slice(0, -3)}: kvm_exit: `));
  const screen = firstScreen(await explained(crashingAt(at)));
  expect(screen).toContain(`\n  vm1 shut down (triple fault) at ${clockTime.slice(0, -6)} s\n`);
});

test('one that did not keep the guest waiting is told without a time', async () => {
  const halt = lines.findIndex((line) => line.includes('reason EXIT_HLT'));
  expect(firstScreen(await explained(crashingAt(halt)))).toContain('\n  vm1 shut down (triple fault)\n');
});
