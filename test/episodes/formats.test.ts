/** What is written is read again; what is damaged is refused or harmless, and never takes more memory than it has bytes for. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKGROUND, NO_KIND, NO_LABEL } from '../../src/episodes/lanes.js';
import { decodeRows, encodeRows, Flag, Rows } from '../../src/episodes/rows.js';
import type { LaneTile, Tile } from '../../src/episodes/tile.js';
import { decodeTile, emptyLane, encodeTile } from '../../src/episodes/tile-codec.js';
import { VarintReader, VarintWriter } from '../../src/episodes/varints.js';
import { Account } from '../../src/ledger/accounts.js';

const RESOLUTION = 4096;
const KINDS = 10;

const bin = fc.record({
  used: fc.array(fc.tuple(fc.integer({ min: 0, max: KINDS - 1 }), fc.integer({ min: 1, max: 400 })), { maxLength: 4 }),
  isFull: fc.boolean(),
  winner: fc.option(
    fc.record({
      before: fc.integer({ min: -(2 ** 45), max: 4095 }),
      duration: fc.integer({ min: 1, max: 2 ** 46 }),
      kind: fc.integer({ min: 1, max: KINDS - 1 }),
      label: fc.integer({ min: NO_LABEL, max: 100_000 }),
      merged: fc.integer({ min: 0, max: 2 ** 31 }),
    }),
  ),
});

const bins = fc
  .tuple(fc.integer({ min: 2 ** 34, max: 2 ** 36 }), fc.array(bin, { maxLength: 30 }))
  .map(([first, rows]) => {
    const lane = emptyLane(3, 'bins', rows.length, KINDS, first * RESOLUTION);
    for (const [row, { used, isFull, winner }] of rows.entries()) {
      for (const [kind, ns] of used) lane.sums[row * KINDS + kind] = ns;
      const total =
        used.length === 0 ? 0 : lane.sums.subarray(row * KINDS, (row + 1) * KINDS).reduce((a, b) => a + b, 0);
      if (isFull && used.length > 0) lane.sums[row * KINDS + used[0][0]] += RESOLUTION - total;
      if (winner === null) continue;
      lane.start[row] = lane.firstBinNs + row * RESOLUTION + winner.before;
      lane.duration[row] = winner.duration;
      lane.kind[row] = winner.kind;
      lane.label[row] = winner.label;
      lane.merged[row] = winner.merged;
    }
    return lane;
  });

const segments = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 0, max: KINDS - 1 })), { maxLength: 30 })
  .map((rows) => {
    const lane = emptyLane(0, 'segments', rows.length, KINDS);
    let at = 12_345;
    for (const [row, [duration, kind]] of rows.entries()) {
      lane.start[row] = at;
      lane.duration[row] = duration;
      lane.kind[row] = kind;
      lane.label[row] = kind === BACKGROUND ? NO_LABEL : row;
      lane.merged[row] = 1;
      at += duration;
    }
    return lane;
  });

const tiles = fc
  .array(fc.oneof(bins, segments), { maxLength: 4 })
  .map((lanes: LaneTile[]): Tile => ({ fromNs: 2 ** 47, toNs: 2 ** 48, resolutionNs: RESOLUTION, lanes }));

describe('tiles', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(tiles, (tile) => {
        const decoded = decodeTile(encodeTile(tile));
        expect(decoded).toEqual({ ok: true, value: tile });
      }),
    );
  });

  test('cut anywhere they are refused', () => {
    fc.assert(
      fc.property(tiles, (tile) => {
        const bytes = encodeTile(tile);
        for (let length = 0; length < bytes.length; length++) {
          expect(decodeTile(bytes.subarray(0, length)).ok).toBe(false);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('with any byte changed they are refused, or are of proper kinds and no larger than their bytes', () => {
    fc.assert(
      fc.property(tiles, fc.nat(), fc.integer({ min: 1, max: 255 }), (tile, at, change) => {
        const bytes = encodeTile(tile);
        bytes[at % bytes.length] ^= change;
        const decoded = decodeTile(bytes);
        if (!decoded.ok) {
          expect(decoded.issue.code).toBe('damaged-tile');
          return;
        }
        for (const lane of decoded.value.lanes) {
          expect(lane.count).toBeLessThanOrEqual(bytes.length);
          expect([...lane.kind].every((kind) => kind < lane.kinds || kind === NO_KIND)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a count that no bytes are there for takes no memory', () => {
    const writer = new VarintWriter();
    writer.append(encodeTile({ fromNs: 0, toNs: 1, resolutionNs: 1, lanes: [] }).subarray(0, 5));
    for (const value of [0, 1, 0, 2 ** 50]) writer.unsigned(value);
    expect(decodeTile(writer.written)).toMatchObject({ ok: false, issue: { code: 'damaged-tile' } });
  });

  test('another version is refused by its number', () => {
    const bytes = encodeTile({ fromNs: 0, toNs: 1, resolutionNs: 1, lanes: [] });
    bytes[4] = 2;
    expect(decodeTile(bytes)).toMatchObject({ ok: false, issue: { message: expect.stringContaining('version 2') } });
  });
});

describe('numbers', () => {
  test.each([0, 1, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER])(
    '%d is exact',
    (value) => {
      const writer = new VarintWriter(1);
      writer.unsigned(value);
      writer.signed(-Math.floor(value / 2));
      const reader = new VarintReader(writer.written);
      expect([reader.unsigned(), reader.signed(), reader.left]).toEqual([value, -Math.floor(value / 2) + 0, 0]);
    },
  );

  test('they are those that LEB128 has', () => {
    // Wikipedia's example, which is that of the DWARF standard.
    const writer = new VarintWriter();
    writer.unsigned(624_485);
    expect([...writer.written]).toEqual([0xe5, 0x8e, 0x26]);
  });
});

describe('blocks of segments', () => {
  test('are read as they were written', () => {
    const row = fc.record({
      length: fc.integer({ min: 1, max: 2 ** 42 }),
      kind: fc.integer({ min: 0, max: KINDS - 1 }),
      label: fc.integer({ min: NO_LABEL, max: 70_000 }),
      pcpu: fc.integer({ min: -1, max: 8192 }),
      flags: fc.integer({ min: 0, max: 63 }),
      lead: fc.integer({ min: 0, max: 3 }),
      waker: fc.tuple(fc.integer({ min: -1, max: 9999 }), fc.integer({ min: -1, max: 8192 })),
      address: fc.option(fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (all) => {
        const rows = new Rows();
        rows.clear(77);
        for (const [index, { length, kind, flags, label, pcpu, waker, address, lead }] of all.entries()) {
          const isEpisode = (flags & Flag.episode) !== 0;
          const hasLabel = kind !== BACKGROUND && kind !== Account.unknown;
          const kept = isEpisode ? flags : flags & (Flag.keptOut | Flag.woken);
          rows.push(rows.last + length, kind, kept, hasLabel ? label : NO_LABEL, pcpu);
          if ((flags & Flag.woken) !== 0) [rows.waker[index], rows.wakerPcpu[index]] = waker;
          if (isEpisode) rows.lead[index] = lead;
          if (isEpisode && address !== null) [rows.addressHigh[index], rows.addressLow[index]] = address;
        }
        const writer = new VarintWriter();
        encodeRows(rows, Account.unknown, writer);
        const again = new Rows();
        decodeRows(writer.written, Account.unknown, again);
        expect([again.count, again.start]).toEqual([rows.count, rows.start]);
        for (const column of ['end', 'kind', 'flags', 'label', 'pcpu', 'lead'] as const) {
          expect([...again[column].subarray(0, rows.count)], column).toEqual([...rows[column].subarray(0, rows.count)]);
        }
        for (let row = 0; row < rows.count; row++) {
          // They are of the first segment of an episode alone.
          if ((rows.flags[row] & Flag.episode) === 0) continue;
          expect(again.addressHigh[row]).toBe(rows.addressHigh[row]);
          expect(again.addressLow[row]).toBe(rows.addressLow[row]);
        }
      }),
    );
  });
});
