/** Blocks in a temporary file, and in memory: what was put there is there, until there is no more room. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type BlockStore, MemoryBlockStore } from '../../src/episodes/block-store.js';
import { FileBlockStore } from '../../src/node/file-blocks.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
const before = process.env['TMPDIR'];
process.env['TMPDIR'] = folder;
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  rmSync(folder, { recursive: true });
});

const STORES: Readonly<Record<string, (most: number) => BlockStore>> = {
  file: (most) => new FileBlockStore(most),
  memory: (most) => new MemoryBlockStore(most),
};

const block = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 7) % 251);

describe.each(Object.entries(STORES))('%s', (_, store) => {
  test('every block is what it was', () => {
    const blocks = store(2 ** 26);
    const lengths = Array.from({ length: 60 }, (__, index) => 1 + ((index * 104_729) % 400_000));
    const offsets = lengths.map((length, seed) => blocks.append(block(length, seed)));
    for (const [seed, length] of lengths.entries()) {
      expect(Buffer.compare(blocks.read(offsets[seed], length), block(length, seed))).toBe(0);
    }
    blocks.close();
  });

  test('when there is no more room it says so, from then on', () => {
    const blocks = store(1000);
    expect(blocks.append(block(900, 1))).toBe(0);
    expect(blocks.append(block(200, 2))).toBe(-1);
    expect(blocks.append(block(1, 3))).toBe(-1);
    expect(blocks.limit).toMatch(/\w+/);
    blocks.close();
  });
});

test('no file is left behind, even while one is used', () => {
  const blocks = new FileBlockStore(1000);
  blocks.append(block(100, 1));
  expect(readdirSync(folder)).toEqual([]);
  blocks.close();
});
