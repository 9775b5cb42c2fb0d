import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_KIND, NO_LABEL } from '../../../src/episodes/lanes.js';
import type { LaneTile } from '../../../src/episodes/tile.js';
import { Columns, drawnTile, NOTHING } from '../../../web/src/drawing/columns.js';

const KINDS = 4;

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly kind: number;
}

/** Segments side by side from 0 on. */
const chain = fc
  .array(fc.record({ length: fc.integer({ min: 1, max: 400 }), kind: fc.nat(KINDS - 1) }), { minLength: 1 })
  .map((parts) => {
    let at = 0;
    return parts.map(({ length, kind }): Segment => {
      at += length;
      return { start: at - length, end: at, kind };
    });
  });

function segmentTile(segments: readonly Segment[]): LaneTile {
  const { length } = segments;
  return {
    lane: 0,
    rows: 'segments',
    count: length,
    firstBinNs: 0,
    start: Float64Array.from(segments, ({ start }) => start),
    duration: Float64Array.from(segments, ({ start, end }) => end - start),
    kind: Uint8Array.from(segments, ({ kind }) => kind),
    label: new Int32Array(length).fill(NO_LABEL),
    merged: new Float64Array(length).fill(1),
    sums: new Float64Array(0),
    kinds: KINDS,
  };
}

const overlap = ({ start, end }: Segment, from: number, to: number): number =>
  Math.max(0, Math.min(end, to) - Math.max(start, from));

/** What the format says of bins, in as few words as possible. */
function binTile(segments: readonly Segment[], resolution: number): LaneTile {
  const count = Math.ceil(segments[segments.length - 1].end / resolution);
  const bins = Array.from({ length: count }, (_, bin) => {
    const [from, to] = [bin * resolution, (bin + 1) * resolution];
    const touching = segments.filter((one) => overlap(one, from, to) > 0);
    const winner = touching
      .filter(({ kind }) => kind !== 0)
      .sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)[0];
    const sums = Array.from({ length: KINDS }, (_, kind) =>
      touching.filter((one) => one.kind === kind).reduce((sum, one) => sum + overlap(one, from, to), 0),
    );
    const merged = segments.filter(({ start, kind }) => kind !== 0 && start >= from && start < to).length;
    return { winner, sums, merged };
  });
  return {
    lane: 0,
    rows: 'bins',
    count,
    firstBinNs: 0,
    start: Float64Array.from(bins, ({ winner }) => winner?.start ?? 0),
    duration: Float64Array.from(bins, ({ winner }) => (winner === undefined ? 0 : winner.end - winner.start)),
    kind: Uint8Array.from(bins, ({ winner }) => winner?.kind ?? NO_KIND),
    label: new Int32Array(count).fill(NO_LABEL),
    merged: Float64Array.from(bins, ({ merged }) => merged),
    sums: Float64Array.from(bins.flatMap(({ sums }) => sums)),
    kinds: KINDS,
  };
}

const sumByKind = (columns: Columns): number[] =>
  Array.from({ length: KINDS }, (_, kind) => {
    let total = 0;
    for (let x = 0; x < columns.width; x++) total += columns.sums[x * KINDS + kind];
    return total;
  });

describe('the columns of a lane', () => {
  it('share out the time of segments and lose none of it', () => {
    fc.assert(
      fc.property(chain, fc.integer({ min: 1, max: 300 }), fc.nat(200), (segments, width, from) => {
        const end = segments[segments.length - 1].end;
        const span = { fromNs: Math.min(from, end - 1), toNs: end };
        const columns = new Columns(width, KINDS);
        columns.begin(span, span.toNs);
        columns.add(drawnTile(segmentTile(segments)), 0, 1, span);
        sumByKind(columns).forEach((sum, kind) => {
          const wanted = segments.filter((one) => one.kind === kind).map((one) => overlap(one, span.fromNs, span.toNs));
          const total = wanted.reduce((a, b) => a + b, 0);
          expect(Math.abs(sum - total)).toBeLessThan(1e-3 * (1 + total));
        });
      }),
    );
  });

  it('hold the same time whether it comes in bins or as segments, in one tile or two', () => {
    fc.assert(
      fc.property(
        chain,
        fc.integer({ min: 0, max: 5 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (segments, level, cut) => {
          const end = segments[segments.length - 1].end;
          const span = { fromNs: 0, toNs: end };
          const middle = cut * end;
          const resolution = 2 ** level;
          const width = Math.max(1, Math.floor(end / resolution));
          const columns = new Columns(width, KINDS);
          columns.begin(span, span.toNs);
          const tile = binTile(segments, resolution);
          columns.add(drawnTile(tile), 0, resolution, { fromNs: 0, toNs: middle });
          columns.add(drawnTile(tile), 1, resolution, { fromNs: middle, toNs: end });
          sumByKind(columns).forEach((sum, kind) => {
            const total = segments
              .filter((one) => one.kind === kind)
              .reduce((all, one) => all + one.end - one.start, 0);
            expect(Math.abs(sum - total)).toBeLessThan(1e-3 * (1 + total));
          });
        },
      ),
    );
  });

  it('show every segment that is the longest where it is, and only segments that are there', () => {
    fc.assert(
      fc.property(chain, fc.integer({ min: 1, max: 60 }), (segments, width) => {
        const end = segments[segments.length - 1].end;
        const span = { fromNs: 0, toNs: end };
        const columns = new Columns(width, KINDS);
        columns.begin(span, span.toNs);
        columns.add(drawnTile(segmentTile(segments)), 7, 1, span);
        const perNs = width / end;
        const longest = Math.max(0, ...segments.filter(({ kind }) => kind !== 0).map((one) => one.end - one.start));
        for (let x = 0; x < width; x++) {
          const row = columns.winnerRow[x];
          if (row === NOTHING) continue;
          expect(columns.winnerTile[x]).toBe(7);
          const winner = segments[row];
          expect(winner.kind).not.toBe(0);
          expect(winner.start * perNs).toBeLessThan(x + 1 + 1e-9);
          expect(winner.end * perNs).toBeGreaterThan(x - 0.5 - 1e-9);
        }
        // The longest of all can be outdone nowhere, so it must be in the column in which it starts.
        segments.forEach((one, row) => {
          if (one.kind === 0 || one.end - one.start < longest) return;
          const winner = segments[columns.winnerRow[Math.min(width - 1, Math.floor(one.start * perNs))]];
          expect(winner.end - winner.start, `row ${row}`).toBe(longest);
        });
      }),
    );
  });

  it('has a run for each segment that won, in order and without overlap', () => {
    const columns = new Columns(100, KINDS);
    const span = { fromNs: 0, toNs: 1000 };
    columns.begin(span, span.toNs);
    const tile = segmentTile([
      { start: 0, end: 100, kind: 0 },
      { start: 100, end: 300, kind: 1 },
      { start: 300, end: 301, kind: 2 },
      { start: 301, end: 900, kind: 0 },
      { start: 900, end: 1000, kind: 3 },
    ]);
    columns.add(drawnTile(tile), 0, 1, span);
    const runs: number[][] = [];
    columns.eachRun((...run) => runs.push(run));
    expect(runs).toEqual([
      [10, 30, 0, 1],
      [30, 31, 0, 2],
      [90, 100, 0, 4],
    ]);
  });
});
