/** One lane as it is on the screen: its columns for the span in view, and which tiles they are from. */
import { BACKGROUND, KINDS_OF, NO_LABEL, OccupantKind } from '../../../../src/episodes/lanes.js';
import type { LaneTile } from '../../../../src/episodes/tile.js';
import { Columns, type DrawnTile, firstReaching, NOTHING } from '../../drawing/columns.js';
import { type LanePaint, paintLane } from '../../drawing/lane-image.js';
import { tileSpan, tilesOf } from '../../drawing/resolution.js';
import { overlapOf, type Span, timeAt } from '../../drawing/span.js';
import type { Tile, TileCache } from '../../drawing/tile-cache.js';
import type { Lane, OccupantLabel, TimelineInfo } from '../../engine/engine.js';
import { keptOutHatch, type LaneColours, STACK_ORDER } from './colours.js';
import { isKeptOut } from './words.js';

/** A tile of one lane in the cache. */
export interface CachedTile extends Tile {
  readonly rows: DrawnTile;
  readonly resolutionNs: number;
}

/** What a column shows. */
export interface Hit {
  /** Position in the list of lanes. */
  readonly lane: number;
  readonly startNs: number;
  readonly durationNs: number;
  /** Position in KINDS_OF[type of the lane]. */
  readonly kind: number;
  readonly label: number;
  /** In the guest, or on a pCPU: nobody. */
  readonly isBackground: boolean;
  /** Not a segment but a bin: where there is nothing but background, or single segments are not kept. */
  readonly isBin: boolean;
  /** Whether it is all that is in the column. */
  readonly isAlone: boolean;
  /** Segments that are not background and begin in the column; 1 where the segment is alone. */
  readonly merged: number;
  /** The column's time by kind, nanoseconds; one kind only where a segment fills it. */
  readonly sums: readonly number[];
}

const BIN = { kind: BACKGROUND, label: NO_LABEL, isBackground: true, isBin: true, merged: 0 } as const;

interface Used {
  readonly tile: CachedTile;
  readonly part: Span;
}

export class LaneView {
  readonly lane: number;
  readonly #type: Lane['type'];
  #columns: Columns;
  #used: Used[] = [];
  #span: Span = { fromNs: 0, toNs: 1 };
  /** Whether all its tiles are of the level that the view asks for. */
  isComplete = false;

  constructor(lane: number, type: Lane['type']) {
    this.lane = lane;
    this.#type = type;
    this.#columns = new Columns(1, KINDS_OF[type].length);
  }

  get columns(): Columns {
    return this.#columns;
  }

  /** Length of the longest bins that it is made of; 0 where all are single segments. */
  get coarsestBinNs(): number {
    return Math.max(0, ...this.#used.map(({ tile }) => (tile.rows.rows === 'bins' ? tile.resolutionNs : 0)));
  }

  /** Works out the columns of `span` from what the cache has. @param width in device pixels */
  update(cache: TileCache<CachedTile>, span: Span, width: number, endNs: number): void {
    if (this.#columns.width !== width) this.#columns = new Columns(width, KINDS_OF[this.#type].length);
    this.#span = span;
    this.#used = this.#find(cache, span, width);
    this.#columns.begin(span, endNs);
    this.#used.forEach(({ tile, part }, number) => {
      this.#columns.add(tile.rows, number, tile.resolutionNs, part);
    });
  }

  #find(cache: TileCache<CachedTile>, span: Span, width: number): Used[] {
    const level = cache.levelFor(span, width);
    const { first, last } = tilesOf(span, level);
    const used: Used[] = [];
    this.isComplete = true;
    for (let index = first; index <= last; index++) {
      const found = cache.find(this.lane, level, index);
      const part = overlapOf(span, tileSpan(level, index));
      if (found?.level !== level) this.isComplete = false;
      if (found !== undefined && part !== undefined) used.push({ tile: found.tile, part });
    }
    return used;
  }

  /** @param scale device pixels per pixel */
  paint(pixels: Uint32Array, height: number, scale: number, colours: LaneColours, info: TimelineInfo): void {
    const paint: LanePaint = {
      kinds: colours.pixels[this.#type],
      nothing: colours.nothing,
      order: STACK_ORDER[this.#type],
      ...(this.#type === 'pcpu'
        ? { tint: (tile, row) => this.#vcpuTint(tile, row, colours, info.occupants) }
        : { hatchedKind: (x) => this.#keptOutKind(x, info), hatch: keptOutHatch(colours, scale) }),
    };
    paintLane(pixels, height, this.#columns, this.#span, paint, (tile, row) => this.#used[tile].tile.rows.kind[row]);
  }

  /** The account of a column's longest segment where the VMM kept the vCPU out; -1 elsewhere. */
  #keptOutKind(x: number, info: TimelineInfo): number {
    const { winnerTile, winnerRow } = this.#columns;
    if (winnerRow[x] === NOTHING) return -1;
    const { rows } = this.#used[winnerTile[x]].tile;
    return isKeptOut(info, rows.label[winnerRow[x]]) ? rows.kind[winnerRow[x]] : -1;
  }

  #vcpuTint(tile: number, row: number, colours: LaneColours, occupants: readonly OccupantLabel[]): number | undefined {
    const { rows } = this.#used[tile].tile;
    if (rows.kind[row] !== OccupantKind.vcpu) return undefined;
    return colours.tintPixels[tintOf(rows.label[row], occupants, colours.tintPixels.length)];
  }

  /** Calls `visit` with every run of columns that one segment won, also where it goes on in the next tile. */
  eachRun(visit: (from: number, until: number, rows: LaneTile, row: number) => void): void {
    let last: { from: number; until: number; rows: LaneTile; row: number } | undefined;
    this.#columns.eachRun((from, until, tile, row) => {
      const { rows } = this.#used[tile].tile;
      const isSame = last?.until === from && last.rows.start[last.row] === rows.start[row];
      if (last !== undefined && isSame) last.until = until;
      else {
        if (last !== undefined) visit(last.from, last.until, last.rows, last.row);
        last = { from, until, rows, row };
      }
    });
    if (last !== undefined) visit(last.from, last.until, last.rows, last.row);
  }

  /** The longest segment that is drawn; undefined where none is. */
  longest(): { readonly startNs: number; readonly durationNs: number } | undefined {
    let longest: { startNs: number; durationNs: number } | undefined;
    this.eachRun((_from, _until, rows, row) => {
      if (rows.duration[row] > (longest?.durationNs ?? 0))
        longest = { startNs: rows.start[row], durationNs: rows.duration[row] };
    });
    return longest;
  }

  /** Whether a column has time of one kind only. */
  isSolid(column: number): boolean {
    const used = this.#columns.used[column];
    return (used & (used - 1)) === 0;
  }

  /** What is at a column; undefined where nothing has been loaded or T is over. */
  at(column: number): Hit | undefined {
    const { winnerTile, winnerRow, kinds, sums, merged, width } = this.#columns;
    if (column < 0 || column >= width) return undefined;
    const row = winnerRow[column];
    const shares = [...sums.subarray(column * kinds, (column + 1) * kinds)];
    if (row === NOTHING) return this.#background(timeAt(this.#span, width, column + 0.5), shares);
    const { rows } = this.#used[winnerTile[column]].tile;
    return hitOf(this.lane, rows, row, merged[column], shares);
  }

  #background(timeNs: number, shares: readonly number[]): Hit | undefined {
    const used = this.#used.find(({ part }) => part.fromNs <= timeNs && timeNs < part.toNs);
    if (used === undefined || !shares.some((ns) => ns > 0)) return undefined;
    const { rows, resolutionNs } = used.tile;
    if (rows.rows === 'segments') {
      const row = firstReaching(rows, timeNs);
      return row < rows.count ? hitOf(this.lane, rows, row, 1, shares) : undefined;
    }
    const isAlone = shares.every((ns, kind) => ns <= 0 || kind === BACKGROUND);
    return { ...BIN, lane: this.lane, startNs: timeNs, durationNs: resolutionNs, isAlone, sums: shares };
  }
}

function hitOf(lane: number, rows: LaneTile, row: number, merged: number, sums: readonly number[]): Hit {
  return {
    lane,
    startNs: rows.start[row],
    durationNs: rows.duration[row],
    kind: rows.kind[row],
    label: rows.label[row],
    isBackground: rows.kind[row] === BACKGROUND,
    isBin: false,
    isAlone: sums.every((ns, kind) => ns <= 0 || kind === rows.kind[row]),
    merged: Math.max(1, merged),
    sums,
  };
}

/** Neighbours of one machine differ, and so do the first of two machines. */
export function tintOf(label: number, occupants: readonly OccupantLabel[], tints: number): number {
  const occupant = occupants[label];
  if (occupant === undefined) return 0;
  const machine = Number(/\d+/.exec(occupant.machine ?? '')?.[0] ?? 0);
  return ((occupant.vcpu ?? 0) + Math.max(0, machine - 1) * 2) % tints;
}
