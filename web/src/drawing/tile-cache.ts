/**
 * Tiles of lanes, fetched when they are wanted and kept while there is room. A tile that is not there yet is stood in for by
 * a coarser one, so that something true is always on the screen.
 */
import { levelFor, tileLengthNs, tileSpan } from './resolution.js';
import type { Span } from './span.js';

export interface Tile {
  readonly bytes: number;
}

/**
 * Fetches the tiles of several lanes for one span. The answer has one tile per lane, in their order.
 * Rejects when it is aborted, or fails.
 */
export type TileLoader<T extends Tile> = (
  lanes: readonly number[],
  span: Span,
  level: number,
  signal: AbortSignal,
) => Promise<readonly T[]>;

export interface Wanted {
  readonly lanes: readonly number[];
  readonly level: number;
  readonly first: number;
  readonly last: number;
}

/** A tile and what it stands for. */
export interface Found<T> {
  readonly tile: T;
  readonly level: number;
  readonly index: number;
}

interface Batch {
  readonly lanes: number[];
  readonly level: number;
  readonly index: number;
  readonly abort: AbortController;
}

const MOST_BYTES = 64 * 2 ** 20;
/** Requests at once: more only make all of them late. */
const MOST_REQUESTS = 2;
/** A tile whose request failed is not asked for again before that many milliseconds. */
const RETRY_MS = 2000;

export class TileCache<T extends Tile> {
  readonly #load: TileLoader<T>;
  readonly #arrived: (lanes: readonly number[]) => void;
  readonly #failed: (error: unknown) => void;
  readonly #mostBytes: number;
  /** By key; the one that was used longest ago comes first. */
  readonly #tiles = new Map<string, T>();
  readonly #running = new Map<string, Batch>();
  readonly #notBefore = new Map<string, number>();
  readonly #highestLevel: number;
  #wanted: readonly Wanted[] = [];
  #bytes = 0;

  /**
   * @param wholeLevel the level at which all of T is one tile: the coarsest that can stand in
   * @param arrived tiles of these lanes are there now
   */
  constructor(options: {
    load: TileLoader<T>;
    arrived: (lanes: readonly number[]) => void;
    failed: (error: unknown) => void;
    wholeLevel: number;
    mostBytes?: number;
  }) {
    this.#load = options.load;
    this.#arrived = options.arrived;
    this.#failed = options.failed;
    this.#highestLevel = options.wholeLevel;
    this.#mostBytes = options.mostBytes ?? MOST_BYTES;
  }

  /** Bytes of the tiles that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True while something that is wanted is not there. */
  get isLoading(): boolean {
    return this.#running.size > 0;
  }

  /** The level to draw a span with: coarser than all of T in one tile is of no use. */
  levelFor(span: Span, pixels: number): number {
    return Math.min(this.#highestLevel, levelFor(span, pixels));
  }

  /** The tile itself, or else the least coarse one that has its time. */
  find(lane: number, level: number, index: number): Found<T> | undefined {
    for (let coarse = level; coarse <= this.#highestLevel; coarse++) {
      const at = Math.floor(index / 2 ** (coarse - level));
      const tile = this.#use(keyOf(lane, coarse, at));
      if (tile !== undefined) return { tile, level: coarse, index: at };
    }
    return undefined;
  }

  /** Says what is wanted now, the most urgent first; requests for what is no longer wanted are given up. */
  want(wanted: readonly Wanted[]): void {
    this.#wanted = wanted;
    for (const [key, batch] of this.#running) {
      if (!wanted.some((one) => one.level === batch.level && one.first <= batch.index && batch.index <= one.last)) {
        batch.abort.abort();
        this.#running.delete(key);
      }
    }
    this.#start();
  }

  /** Forgets everything, for example because the recording is another one now. */
  clear(): void {
    for (const batch of this.#running.values()) batch.abort.abort();
    this.#running.clear();
    this.#tiles.clear();
    this.#wanted = [];
    this.#bytes = 0;
  }

  #use(key: string): T | undefined {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return undefined;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  #start(): void {
    for (const { lanes, level, first, last } of this.#wanted) {
      for (let index = first; index <= last; index++) {
        if (this.#running.size >= MOST_REQUESTS) return;
        const missing = lanes.filter((lane) => this.#isMissing(lane, level, index));
        if (missing.length > 0) void this.#fetch({ lanes: missing, level, index, abort: new AbortController() });
      }
    }
  }

  #isMissing(lane: number, level: number, index: number): boolean {
    const key = keyOf(lane, level, index);
    if (this.#tiles.has(key) || (this.#notBefore.get(key) ?? 0) > performance.now()) return false;
    for (const batch of this.#running.values()) {
      if (batch.level === level && batch.index === index && batch.lanes.includes(lane)) return false;
    }
    return true;
  }

  async #fetch(batch: Batch): Promise<void> {
    const { lanes, level, index, abort } = batch;
    const name = `${level}/${index}/${lanes[0]}`;
    this.#running.set(name, batch);
    try {
      const tiles = await this.#load(lanes, tileSpan(level, index), level, abort.signal);
      if (abort.signal.aborted) return;
      lanes.forEach((lane, position) => {
        const tile = tiles[position];
        if (tile !== undefined) this.#keep(keyOf(lane, level, index), tile);
      });
      this.#running.delete(name);
      this.#arrived(lanes);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#running.delete(name);
      for (const lane of lanes) this.#notBefore.set(keyOf(lane, level, index), performance.now() + RETRY_MS);
      this.#failed(error);
    }
    this.#start();
  }

  #keep(key: string, tile: T): void {
    this.#bytes += tile.bytes - (this.#tiles.get(key)?.bytes ?? 0);
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    for (const [oldest, { bytes }] of this.#tiles) {
      if (this.#bytes <= this.#mostBytes || oldest === key) return;
      this.#tiles.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}

const keyOf = (lane: number, level: number, index: number): string => `${lane}/${level}/${index}`;

/** The level at which a recording of this length is one tile. */
export function wholeLevelOf(durationNs: number): number {
  let level = 0;
  while (tileLengthNs(level) < durationNs) level++;
  return level;
}
