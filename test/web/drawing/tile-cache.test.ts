import { describe, expect, it } from 'vitest';
import { levelFor, TILE_COLUMNS, tilesOf } from '../../../web/src/drawing/resolution.js';
import { pannedBy, type Span } from '../../../web/src/drawing/span.js';
import { TileCache, type TileLoader, wholeLevelOf } from '../../../web/src/drawing/tile-cache.js';

interface TestTile {
  readonly bytes: number;
  readonly lane: number;
  readonly span: Span;
}

const WHOLE = { fromNs: 0, toNs: 1e9 };
const PIXELS = 1000;

/** A source that answers at once and remembers what it was asked. */
function source(mostBytes?: number) {
  const asked: string[] = [];
  const load: TileLoader<TestTile> = async (lanes, span, level) => {
    for (const lane of lanes) asked.push(`${lane}/${level}/${span.fromNs}`);
    return lanes.map((lane) => ({ bytes: 100, lane, span }));
  };
  const failures: unknown[] = [];
  const cache = new TileCache<TestTile>({
    load,
    arrived: () => {},
    failed: (error) => failures.push(error),
    wholeLevel: wholeLevelOf(1e9),
    ...(mostBytes !== undefined && { mostBytes }),
  });
  return { asked, cache, failures };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function want(cache: TileCache<TestTile>, span: Span, lanes = [0, 1]): void {
  const level = levelFor(span, PIXELS);
  cache.want([{ lanes, level, ...tilesOf(span, level) }]);
}

describe('tiles', () => {
  it('have no more columns than a pixel needs two of, at a power of two', () => {
    for (let length = 17; length < 1e15; length *= 1.37) {
      const level = levelFor({ fromNs: 0, toNs: length }, PIXELS);
      const columns = length / 2 ** level;
      expect(columns).toBeLessThan(2 * PIXELS);
      if (level > 0) expect(columns).toBeGreaterThanOrEqual(PIXELS);
    }
  });

  it('cover the view without a hole', () => {
    for (const fromNs of [0, 1, 1023, 1024, 5e8]) {
      const span = { fromNs, toNs: fromNs + 5000 };
      const { first, last } = tilesOf(span, 2);
      expect(first * TILE_COLUMNS * 4).toBeLessThanOrEqual(span.fromNs);
      expect((last + 1) * TILE_COLUMNS * 4).toBeGreaterThanOrEqual(span.toNs);
      expect((last - first) * TILE_COLUMNS * 4).toBeLessThan(5000 + TILE_COLUMNS * 4);
    }
  });

  it('are asked for once: panning there and back asks for nothing again', async () => {
    const { asked, cache } = source();
    const view = { fromNs: 4e8, toNs: 4.1e8 };
    for (const ns of [0, 3e6, 6e6, 9e6, 6e6, 0]) {
      want(cache, pannedBy(view, WHOLE, ns));
      await settled();
    }
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeGreaterThan(4);
  });

  it('are stood in for by coarser ones until they are there', async () => {
    const { cache } = source();
    want(cache, WHOLE);
    await settled();
    const view = { fromNs: 5e8, toNs: 5.001e8 };
    const level = levelFor(view, PIXELS);
    const { first } = tilesOf(view, level);
    const coarse = cache.find(1, level, first)!;
    expect(coarse.level).toBeGreaterThan(level);
    expect(coarse.tile.span.fromNs).toBeLessThanOrEqual(view.fromNs);
    expect(coarse.tile.span.toNs).toBeGreaterThanOrEqual(view.fromNs);
    want(cache, view);
    await settled();
    expect(cache.find(1, level, first)).toMatchObject({ level, index: first, tile: { lane: 1 } });
  });

  it('are all of T at the coarsest, also in the narrowest picture', async () => {
    const { cache } = source();
    for (const pixels of [10, 100, 1000]) {
      const level = cache.levelFor(WHOLE, pixels);
      const { first, last } = tilesOf(WHOLE, level);
      cache.want([{ lanes: [0], level, first, last }]);
      await settled();
      for (let index = first; index <= last; index++) expect(cache.find(0, level, index)).toMatchObject({ level });
    }
  });

  it('that were not used for longest are forgotten when there is no room', async () => {
    const { asked, cache } = source(1000);
    for (let index = 0; index < 30; index++) {
      cache.want([{ lanes: [0], level: 3, first: index, last: index }]);
      await settled();
      // The first one stays in use.
      cache.find(0, 3, 0);
      expect(cache.bytes).toBeLessThanOrEqual(1000);
    }
    asked.length = 0;
    cache.want([{ lanes: [0], level: 3, first: 0, last: 1 }]);
    await settled();
    expect(asked).toEqual([`0/3/${TILE_COLUMNS * 8}`]);
  });

  it('that cannot be had are told of and not asked for again at once', async () => {
    let requests = 0;
    const failures: unknown[] = [];
    const cache = new TileCache<TestTile>({
      load: async () => {
        requests++;
        throw new Error('gone');
      },
      arrived: () => {},
      failed: (error) => failures.push(error),
      wholeLevel: 20,
    });
    cache.want([{ lanes: [0], level: 3, first: 0, last: 0 }]);
    await settled();
    cache.want([{ lanes: [0], level: 3, first: 0, last: 0 }]);
    await settled();
    expect([requests, failures.length]).toEqual([1, 1]);
  });

  it('that are no longer wanted are given up', async () => {
    const signals: AbortSignal[] = [];
    const cache = new TileCache<TestTile>({
      load: (_lanes, _span, _level, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
      arrived: () => {},
      failed: () => {},
      wholeLevel: 20,
    });
    cache.want([{ lanes: [0], level: 3, first: 0, last: 1 }]);
    cache.want([{ lanes: [0], level: 4, first: 0, last: 0 }]);
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
  });
});
