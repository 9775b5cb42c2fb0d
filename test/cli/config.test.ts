/** vmtoll config */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { MachineConfiguration } from '../../src/platform/configurations/machine-configuration.js';
import { shell, vmtoll } from '../support/cli.js';
import { CONFIGURATIONS } from '../support/configurations.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ARM = join(CONFIGURATIONS, 'arm-guest.qvmconf');
const LINUX = join(CONFIGURATIONS, 'linux-guest.qvmconf');

function written(text: string): string {
  const path = join(folder, 'guest.qvmconf');
  writeFileSync(path, text);
  return path;
}

it('shows several configurations one after the other', () => {
  const { code, stdout, stderr } = vmtoll(['config', ARM, LINUX]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.match(/^\S.*: guest_\d$/gm)).toEqual([`${ARM}: guest_1`, `${LINUX}: guest_2`]);
  expect(stdout).toMatch(/^ {2}pl011 +18 +emulated +console +– +0x1c090000–0x1c090fff$/m);
  expect(stdout).toMatch(/^ {2}pl011 +18 +gic:37$/m);
});

it('prints all of it as JSON, from a pipe as well', () => {
  const ofFiles = JSON.parse(vmtoll(['config', ARM, LINUX, '--json']).stdout) as Printed;
  expect(ofFiles.version).toBe(1);
  expect(ofFiles.configurations.map(({ name, format }) => [name, format])).toEqual([
    ['guest_1', 'qvmconf'],
    ['guest_2', 'qvmconf'],
  ]);
  const piped = JSON.parse(vmtoll(['config', '-', '--json'], { input: readFileSync(ARM) }).stdout) as Printed;
  const renamed = JSON.stringify(ofFiles.configurations[0]).replaceAll(JSON.stringify(ARM), '"standard input"');
  expect(piped.configurations[0]).toEqual(JSON.parse(renamed));
});

interface Printed {
  readonly version: number;
  readonly configurations: readonly MachineConfiguration[];
}

it('says what it cannot read, and ends with 3; with 2 where no file is given', () => {
  const wrong = vmtoll(['config', ARM, 'demo/trace.dat']);
  expect([wrong.code, wrong.stdout]).toEqual([3, '']);
  expect(wrong.stderr).toMatch(/demo\/trace\.dat/);
  expect(vmtoll(['config']).code).toBe(2);
  expect(vmtoll(['config', '/dev/zero']).code).toBe(3);
});

it('ends with 3 where a configuration has errors, and shows what it understood all the same', () => {
  const path = written('system guest\ncpu sched fast\n');
  for (const flags of [[], ['--json']]) {
    const { code, stdout } = vmtoll(['config', path, ...flags]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/"fast\\?" is no priority/);
  }
});

it('notes variables that qvm does not know, which is no error', () => {
  const outcome = vmtoll(['config', written('system guest\nset trace-wfe on\nset trace-wef on\n'), '--json']);
  expect(outcome.code).toBe(0);
  const { configurations } = JSON.parse(outcome.stdout) as Printed;
  expect(configurations[0].issues.map(({ code, severity, place }) => [code, severity, place?.line])).toEqual([
    ['unknown-variable', 'note', 3],
  ]);
});

it('prints hostile text harmless', () => {
  const hostile = '\u001b[2J\u202e\u009b31m';
  const path = written(
    `system "${hostile}"\nvdev "${hostile}" name "${hostile}" loc "${hostile}" intr "${hostile}:1"\n` +
      `cpu cluster "${hostile}" partition "${hostile}" sched "${hostile}"\nset "${hostile}" "${hostile}"\n"${hostile}" 1\n`,
  );
  const harmful = /[\p{Cc}\p{Cf}]/u;
  for (const flags of [[], ['--json']]) {
    const { code, stdout, stderr } = vmtoll(['config', path, ...flags]);
    expect(code).toBe(3);
    expect(harmful.test((stdout + stderr).replaceAll('\n', ''))).toBe(false);
  }
  const { configurations } = JSON.parse(vmtoll(['config', path, '--json']).stdout) as Printed;
  expect(configurations[0].name).toBe(hostile);
});

it('has examples in its help that run', () => {
  const { stdout } = vmtoll(['config', '--help']);
  const examples = [...stdout.matchAll(/^ {2}vmtoll (config .*?)(?: {3,}.*)?$/gm)].map(([, example]) => example);
  expect(examples.length).toBe(2);
  for (const example of examples) {
    const line = `$VMTOLL ${example.replace('guest.qvmconf', '"$1"')}`;
    const outcome = shell(line, [ARM]);
    expect([line, outcome.code, outcome.stderr]).toEqual([line, 0, '']);
    expect(outcome.stdout).toContain('pl011');
  }
});
