/**
 * What a lane shows in each pixel column: how its time is divided, and which segment is the longest. So a lane never has
 * more to draw than it has pixels, and what is longest somewhere is seen, however short it is.
 */
import { BACKGROUND, NO_KIND } from '../../../src/episodes/lanes.js';
import type { LaneTile } from '../../../src/episodes/tile.js';
import { lengthOf, type Span } from './span.js';

export const NOTHING = -1;

/** A tile as it is drawn: with what each bin has time of, a bit a kind, since most have time of few. */
export interface DrawnTile extends LaneTile {
  /** Empty for segments. */
  readonly used: Uint16Array;
}

export function drawnTile(tile: LaneTile): DrawnTile {
  const { sums, kinds } = tile;
  const used = new Uint16Array(tile.rows === 'bins' ? tile.count : 0);
  for (let row = 0; row < used.length; row++) {
    for (let kind = 0; kind < kinds; kind++) if (sums[row * kinds + kind] > 0) used[row] |= 1 << kind;
  }
  return { ...tile, used };
}

export class Columns {
  readonly width: number;
  readonly kinds: number;
  /** Nanoseconds by column, then kind. */
  readonly sums: Float32Array;
  /** By column, which kinds it has time of: a bit a kind. */
  readonly used: Uint16Array;
  /** By column, its longest segment that is not background: the tile, as numbered by the caller, and the row there; NOTHING where there is none. */
  readonly winnerTile: Int16Array;
  readonly winnerRow: Int32Array;
  /** Segments that begin in the column and are not background. */
  readonly merged: Float64Array;
  readonly #winnerNs: Float64Array;
  #span: Span = { fromNs: 0, toNs: 1 };
  #perNs = 1;
  #endNs = Number.POSITIVE_INFINITY;

  constructor(width: number, kinds: number) {
    this.width = width;
    this.kinds = kinds;
    this.sums = new Float32Array(width * kinds);
    this.used = new Uint16Array(width);
    this.winnerTile = new Int16Array(width);
    this.winnerRow = new Int32Array(width);
    this.merged = new Float64Array(width);
    this.#winnerNs = new Float64Array(width);
  }

  /**
   * Empties all columns, which show `span` from now on.
   * @param endNs where T ends: bins may end later, their time does not
   */
  begin(span: Span, endNs: number): void {
    this.#span = span;
    this.#endNs = endNs;
    this.#perNs = this.width / lengthOf(span);
    this.sums.fill(0);
    this.used.fill(0);
    this.winnerTile.fill(NOTHING);
    this.winnerRow.fill(NOTHING);
    this.merged.fill(0);
    this.#winnerNs.fill(0);
  }

  /**
   * Adds what a tile says of `part`.
   * @param tileNumber by which the caller knows it
   * @param resolutionNs length of its bins
   */
  add(tile: DrawnTile, tileNumber: number, resolutionNs: number, part: Span): void {
    const from = Math.max(part.fromNs, this.#span.fromNs);
    const to = Math.min(part.toNs, this.#span.toNs);
    if (to <= from) return;
    if (tile.rows === 'bins') this.#addBins(tile, tileNumber, resolutionNs, from, to);
    else this.#addSegments(tile, tileNumber, from, to);
  }

  #addBins(tile: DrawnTile, tileNumber: number, resolutionNs: number, from: number, to: number): void {
    const { firstBinNs, count } = tile;
    const isFine = resolutionNs * this.#perNs <= 1;
    const end = Math.min(count, Math.ceil((Math.min(to, this.#endNs) - firstBinNs) / resolutionNs));
    for (let row = Math.max(0, Math.floor((from - firstBinNs) / resolutionNs)); row < end; row++) {
      const binFrom = firstBinNs + row * resolutionNs;
      const binTo = Math.min(binFrom + resolutionNs, this.#endNs);
      // Of a bin at the border of the part, the part's share.
      const partFrom = binFrom > from ? binFrom : from;
      const partTo = binTo < to ? binTo : to;
      this.#spread(tile, row, partFrom, partTo, binTo - binFrom);
      if (tile.kind[row] === NO_KIND) continue;
      if (isFine) {
        const column = this.#column((partFrom + partTo) / 2);
        this.#offer(column, column + 1, tile, tileNumber, row);
        this.merged[column] += tile.merged[row];
      } else {
        const start = Math.max(tile.start[row], partFrom);
        this.#offerTime(start, tile.start[row] + tile.duration[row], partTo, tile, tileNumber, row);
        this.merged[this.#column(start)] += tile.merged[row];
      }
    }
  }

  #addSegments(tile: DrawnTile, tileNumber: number, from: number, to: number): void {
    const { start, duration, kind, count } = tile;
    for (let row = firstReaching(tile, from); row < count && start[row] < to; row++) {
      const end = start[row] + duration[row];
      const partFrom = start[row] > from ? start[row] : from;
      const partTo = end < to ? end : to;
      this.#spreadSegment(kind[row], partFrom, partTo);
      if (kind[row] === BACKGROUND) continue;
      this.#offerTime(partFrom, end, to, tile, tileNumber, row);
      if (start[row] >= from) this.merged[this.#column(start[row])]++;
    }
  }

  /** Divides the time of a bin among the columns that it touches. */
  #spread(tile: DrawnTile, row: number, from: number, to: number, binNs: number): void {
    const { kinds, sums, used } = this;
    const first = this.#column(from);
    const last = this.#column(to);
    for (let column = first; column <= last; column++) {
      const ns = first === last ? to - from : this.#overlap(column, from, to);
      if (ns <= 0) continue;
      const share = ns / binNs;
      used[column] |= tile.used[row];
      for (let bits = tile.used[row]; bits !== 0; bits &= bits - 1) {
        const kind = 31 - Math.clz32(bits & -bits);
        sums[column * kinds + kind] += tile.sums[row * kinds + kind] * share;
      }
    }
  }

  #spreadSegment(kind: number, from: number, to: number): void {
    const first = this.#column(from);
    const last = this.#column(to);
    for (let column = first; column <= last; column++) {
      const ns = first === last ? to - from : this.#overlap(column, from, to);
      if (ns <= 0) continue;
      this.sums[column * this.kinds + kind] += ns;
      this.used[column] |= 1 << kind;
    }
  }

  /** Nanoseconds of [from, to) in a column. */
  #overlap(column: number, from: number, to: number): number {
    const columnFrom = this.#span.fromNs + column / this.#perNs;
    const columnTo = this.#span.fromNs + (column + 1) / this.#perNs;
    return (to < columnTo ? to : columnTo) - (from > columnFrom ? from : columnFrom);
  }

  #column(timeNs: number): number {
    const column = Math.floor((timeNs - this.#span.fromNs) * this.#perNs);
    return column < 0 ? 0 : column >= this.width ? this.width - 1 : column;
  }

  /** Offers the columns from the start to the one whose middle the end has passed, one at least. */
  #offerTime(from: number, to: number, limit: number, tile: DrawnTile, tileNumber: number, row: number): void {
    const first = this.#column(from);
    const until = Math.round(((to < limit ? to : limit) - this.#span.fromNs) * this.#perNs);
    this.#offer(first, Math.min(this.width, Math.max(first + 1, until)), tile, tileNumber, row);
  }

  #offer(first: number, until: number, tile: DrawnTile, tileNumber: number, row: number): void {
    const ns = tile.duration[row];
    for (let column = first; column < until; column++) {
      if (ns <= this.#winnerNs[column]) continue;
      this.#winnerNs[column] = ns;
      this.winnerTile[column] = tileNumber;
      this.winnerRow[column] = row;
    }
  }

  /** Calls `visit` with every run of columns that one segment won: [from, until). */
  eachRun(visit: (from: number, until: number, tile: number, row: number) => void): void {
    let from = 0;
    for (let x = 1; x <= this.width; x++) {
      const isSame =
        x < this.width && this.winnerTile[x] === this.winnerTile[from] && this.winnerRow[x] === this.winnerRow[from];
      if (isSame) continue;
      if (this.winnerRow[from] !== NOTHING) visit(from, x, this.winnerTile[from], this.winnerRow[from]);
      from = x;
    }
  }
}

/** The first segment that ends after `timeNs`. */
export function firstReaching(tile: Pick<LaneTile, 'start' | 'duration' | 'count'>, timeNs: number): number {
  let low = 0;
  let high = tile.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tile.start[middle] + tile.duration[middle] <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
