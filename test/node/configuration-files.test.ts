/** Configurations from files: includes beside them, and what is no file. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfigurationPaths } from '../../src/node/configuration-files.js';
import { CONFIGURATIONS } from '../support/configurations.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-configurations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function one(path: string) {
  const read = readConfigurationPaths([path]);
  if (!read.ok) throw new Error(read.issue.message);
  return read.value[0];
}

describe('includes', () => {
  it('are found beside the file that includes them', () => {
    const path = join(CONFIGURATIONS, 'every-option.qvmconf');
    const console = one(path).devices.find(({ type }) => type === 'pl011')!;
    expect(console.place.source).toBe(join(CONFIGURATIONS, 'parts/console.qvmconf'));
  });

  it('may go up and down, and be absolute', () => {
    const common = file('common/cpus.qvmconf', '@../board/ram.qvmconf cpu cpu\n');
    file('board/ram.qvmconf', 'ram 1M\n');
    const { vcpus, memory, issues } = one(file('guest/guest.qvmconf', `system x @../common/cpus.qvmconf @${common}\n`));
    expect([vcpus.length, memory.length, issues]).toEqual([4, 2, []]);
  });

  it('of a cycle are found by whatever path', () => {
    const { issues } = one(file('ring/a.qvmconf', 'cpu @../ring/./b.qvmconf\n@b.qvmconf\n'));
    expect(issues.map(({ code }) => code)).toEqual(['include-failed', 'include-failed']);
    file('ring/b.qvmconf', 'cpu @../ring/a.qvmconf');
    const ring = one(join(folder, 'ring/a.qvmconf'));
    expect(ring.issues.map(({ code }) => code)).toEqual(['include-cycle', 'include-cycle']);
    expect(ring.vcpus.length).toBe(3);
  });

  it('of what is no file are refused without reading it', () => {
    expect(spawnSync('mkfifo', [join(folder, 'pipe')]).status).toBe(0);
    const { issues, vcpus } = one(file('odd.qvmconf', 'cpu @/dev/zero\n@pipe @. @missing cpu\n'));
    expect(vcpus.length).toBe(2);
    expect(issues.map(({ code, place }) => `${code} ${place?.line}`)).toEqual([
      'include-failed 1',
      'include-failed 2',
      'include-failed 2',
      'include-failed 2',
    ]);
  });

  it('that are huge are refused', () => {
    file('huge.qvmconf', `cpu ${' '.repeat(512 * 1024)}`);
    const { issues, vcpus } = one(file('small.qvmconf', 'cpu @huge.qvmconf'));
    expect(issues.map(({ code, message }) => `${code}: ${message}`).join()).toMatch(
      /include-failed.*longer than 512 KiB/,
    );
    expect(vcpus.length).toBe(1);
  });

  it('that are huge together are refused', () => {
    file('large.qvmconf', `cpu ${' '.repeat(500 * 1024)}`);
    const { issues, vcpus } = one(file('many.qvmconf', `cpu ${'@large.qvmconf '.repeat(5)}`));
    expect(issues.map(({ code }) => code)).toEqual(['too-large']);
    expect(vcpus.length).toBe(5);
  });
});

describe('files', () => {
  const codeOf = (...paths: string[]) => {
    const read = readConfigurationPaths(paths);
    return read.ok ? 'ok' : read.issue.code;
  };

  it('are read as they are encoded', () => {
    const text = '\uFEFFsystem n\u00e4me\r\ncpu\r\n';
    const utf16 = new Uint8Array(new Uint16Array(Array.from(text, (character) => character.charCodeAt(0))).buffer);
    expect(one(file('utf8.qvmconf', text)).name).toBe('n\u00e4me');
    expect(one(file('utf16.qvmconf', utf16)).name).toBe('n\u00e4me');
  });

  it('that cannot be read fail with what is wrong', () => {
    expect(codeOf(join(folder, 'nowhere'))).toBe('cannot-open');
    expect(codeOf(folder)).toBe('cannot-open');
    expect(codeOf('/dev/zero')).toBe('too-large');
    expect(codeOf('/dev/null')).toBe('empty-input');
    expect(codeOf(join(folder, 'a.qvmconf', 'below'))).toBe('cannot-open');
  });

  it.each([
    ['demo/trace.dat', /trace\.dat is a recording \(trace-dat\), not the configuration of a machine/],
    ['fixtures/guest-symbols/kallsyms-extract.txt', /is a list of symbols, not the configuration of a machine/],
    [process.execPath, /is a program \(ELF\), not the configuration of a machine/],
  ])('%s is something else, and what is said', (path, message) => {
    const read = readConfigurationPaths([path]);
    expect(read).toMatchObject({
      ok: false,
      issue: { code: 'mistaken-file', message: expect.stringMatching(message) as string },
    });
  });
});
