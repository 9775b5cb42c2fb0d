/** Names in a recording were chosen by somebody else; printed, they must be harmless and still tell what they are. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ESCAPE = '\u001b';
/** Linux allows 15 bytes of anything but NUL; text recordings print them as they are. */
const NAMES = {
  title: `${ESCAPE}]0;owned\u0007`,
  colour: `${ESCAPE}[31;1mred`,
  oneByteSequence: 'a\u009b2Jb',
  bidi: '\u202egpj.exe\u2066',
  invisible: 'ro\u200b\u00adot',
  carriageReturn: 'good\rbad',
  tag: 'x\u{e0041}y',
};

/** Everything that a terminal obeys instead of showing it; the program's own line feeds are not. */
const HARMFUL = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

const report = readFileSync(pathIn(scenario('m-mixed', 'trace-cmd-report.txt'), 'trace-cmd-report.txt'), 'utf8');
const overcommitted = pathIn(scenario('i1-overcommit-unpinned', 'trace.dat'), 'trace.dat');

describe.each(Object.entries(NAMES))('a thread name with %s', (what, name) => {
  const path = join(folder, `${what}.txt`);
  writeFileSync(path, report.replaceAll('CPU 0/KVM', name).replaceAll('bash', name));

  test('is harmless in text', () => {
    const { code, stdout, stderr } = vmtoll(['explain', path, '--top', '1000']);
    expect([code, stderr]).toEqual([0, '']);
    expect(HARMFUL.exec(stdout)).toBeNull();
    const [first] = HARMFUL.exec(name)!;
    expect(stdout).toContain(`\\u{${first.codePointAt(0)!.toString(16)}}`);
  });

  test('is harmless as JSON, and the same name to a program', () => {
    const { code, stdout } = vmtoll(['explain', path, '--json']);
    expect(code).toBe(0);
    expect(HARMFUL.exec(stdout)).toBeNull();
    const { machines, totals, culprits } = JSON.parse(stdout) as Explanation;
    expect(totals.exits).toBe(3588);
    expect(machines[0].vcpus[0].threadName).toBe(name);
    expect(culprits.map((row) => row.name)).toContain(name);
  });
});

test.each(Object.entries(NAMES))('a name of an interrupt with %s is harmless', (what, name) => {
  const path = join(folder, `interrupt-${what}.txt`);
  writeFileSync(path, report.replaceAll('virtio1-req.1', name));
  const text = vmtoll(['explain', path, '--top', '1000']);
  expect([text.code, text.stderr]).toEqual([0, '']);
  expect(HARMFUL.exec(text.stdout)).toBeNull();
  const json = vmtoll(['explain', path, '--json']);
  expect(HARMFUL.exec(json.stdout)).toBeNull();
  const { interrupts } = JSON.parse(json.stdout) as Explanation;
  expect(interrupts.map((row) => row.name)).toContain(`IRQ 29 (${name})`);
});

test('file names are harmless in messages', () => {
  const path = join(folder, `${ESCAPE}[2Jno\u202esuch\nfile`);
  const { code, stdout, stderr } = vmtoll(['explain', path]);
  expect([code, stdout]).toEqual([3, '']);
  expect(HARMFUL.exec(stderr)).toBeNull();
  expect(stderr).toContain('\\u{1b}[2Jno\\u{202e}such\\u{a}file');
});

test('names of events are harmless where nothing could be explained', () => {
  const path = join(folder, 'events.txt');
  const lines = report.split('\n').filter((line) => line.includes(' sched_switch:'));
  const hostile = lines.map((line) => line.replace('sched_switch:', 'we\u202eird:'));
  writeFileSync(path, hostile.join('\n'));
  const { code, stdout, stderr } = vmtoll(['explain', path]);
  expect([code, stdout]).toEqual([3, '']);
  expect(HARMFUL.exec(stderr)).toBeNull();
});

test('an unknown machine is answered with harmless names', () => {
  const { code, stderr } = vmtoll(['explain', overcommitted, '--machine', `${ESCAPE}[31m`]);
  expect(code).toBe(2);
  expect(HARMFUL.exec(stderr)).toBeNull();
});
