/** How the command starts: with the code that was compiled when it was built, or without where that cannot be used. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Bundle } from '../../src/cli/start/cached-bundle.js';
import { COMMAND, runNode, vmtoll } from '../support/cli.js';

const BUILT = dirname(COMMAND);
const RECORDING = 'demo/trace.dat';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the command whose caches are changed, or gone where `change` gives nothing. */
function copyWith(name: string, change: (cache: Buffer) => Buffer | undefined): string {
  const copy = join(folder, name);
  cpSync(dirname(BUILT), join(copy, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.map') });
  cpSync('package.json', join(copy, 'package.json'));
  for (const bundle of ['vmtoll', 'decoder']) {
    const path = join(copy, 'dist/cli', `${bundle}.cache`);
    const changed = change(readFileSync(path));
    if (changed === undefined) rmSync(path);
    else writeFileSync(path, changed);
  }
  return join(copy, 'dist/cli/main.cjs');
}

describe.each(['vmtoll', 'decoder'])('%s', (name) => {
  const bundle = new Bundle(join(BUILT, `${name}.cjs`));
  const cache = readFileSync(join(BUILT, `${name}.cache`));

  test('V8 takes the code that was compiled at the build', () => {
    const data = bundle.dataOf(cache);
    expect(data).toBeDefined();
    expect(bundle.compiled(data).cachedDataRejected).toBe(false);
  });

  test('the cache names no folder of the machine that it was built on', () => {
    expect(cache.includes(process.cwd())).toBe(false);
  });

  test.each([0, 3, 4, 5, 1000, cache.length - 1])('a cache in which byte %i is wrong is none', (at) => {
    const damaged = Buffer.from(cache);
    damaged[at] ^= 0x10;
    expect(bundle.dataOf(damaged)).toBeUndefined();
  });

  test.each([0, 3, 4, 100, cache.length - 1])('a cache cut to %i bytes is none', (length) => {
    expect(bundle.dataOf(cache.subarray(0, length))).toBeUndefined();
  });
});

test('the cache of one bundle is none of another', () => {
  const [one, other] = ['vmtoll', 'decoder'].map((name) => join(BUILT, name));
  expect(new Bundle(`${one}.cjs`).dataOf(readFileSync(`${other}.cache`))).toBeUndefined();
});

test('characters beyond ASCII are what they are in the sources', () => {
  expect(vmtoll(['explain', '--to', '9000000µs', RECORDING])).toEqual(vmtoll(['explain', '--to', '9s', RECORDING]));
});

describe('the command says the same', () => {
  const expected = vmtoll(['explain', '--json', RECORDING]);

  test.each([
    ['without caches', () => undefined],
    ['with damaged ones', (cache: Buffer) => cache.fill(0xff, cache.length / 2)],
    ['with empty ones', () => Buffer.alloc(0)],
  ])('%s', (name, change) => {
    const command = copyWith(name.replaceAll(' ', '-'), change);
    expect(runNode([command, 'explain', '--json', RECORDING])).toEqual(expected);
  });

  test('where V8 is told to compile otherwise than at the build', () => {
    expect(runNode(['--no-lazy', COMMAND, 'explain', '--json', RECORDING])).toEqual(expected);
  });
});
