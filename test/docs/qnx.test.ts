/** docs/qnx.md: every command in it prints what it shows, in that order, in one folder. "…" stands for lines left out. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { shell } from '../support/cli.js';

const text = readFileSync('docs/qnx.md', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-qnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LEFT_OUT = '…\n';

/** The pieces that are shown, in order, and nothing before the first or after the last unless it says so. */
function expectShown(printed: string, shown: string): void {
  let rest = printed;
  let mayBeLeftOut = false;
  for (const piece of shown.split(new RegExp(`^${LEFT_OUT}`, 'm'))) {
    const at = rest.indexOf(piece);
    if (at < 0 || (at > 0 && !mayBeLeftOut)) expect(rest).toBe(piece);
    rest = rest.slice(at + piece.length);
    mayBeLeftOut = true;
  }
  if (!shown.endsWith(LEFT_OUT)) expect(rest).toBe('');
}

describe('commands', () => {
  const blocks = [...text.matchAll(/^```console\n\$ vmtoll ([^\n]*)\n(.*?)^```$/gms)];

  test('are there', () => expect(blocks.length).toBeGreaterThan(6));

  test.each(blocks.map(([, words, shown]) => ({ words, shown })))('vmtoll $words', ({ words, shown }) => {
    const { stdout, stderr } = shell(`cd "$1" && $VMTOLL ${words}`, [folder]);
    expectShown(stdout + stderr, shown);
  });
});

test('all accounts are explained, but those that QNX never has', () => {
  for (const account of ACCOUNTS.filter((name) => name !== 'poll')) expect(text).toContain(`| \`${account}\``);
});

test('the demonstration fits a screen', () => {
  const { stdout } = shell('$VMTOLL demo qnx');
  expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});

test('what is saved is never written over', () => {
  const { code, stderr } = shell('cd "$1" && $VMTOLL demo qnx --save .', [folder]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('nothing is written over')]);
});
