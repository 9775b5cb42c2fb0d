/**
 * A tile: what some lanes did between two times, at one resolution. It is what a timeline draws, never more rows than pixels
 * call for. `tile-codec.ts` has its bytes.
 *
 * All times are nanoseconds since the start of T.
 */

/** Bins of one lane in one tile: where there would be more, they are longer than was asked for. */
export const MOST_COLUMNS = 8192;

export interface TileQuery {
  /** Positions in the list of lanes. */
  readonly lanes: readonly number[];
  readonly fromNs: number;
  readonly toNs: number;
  /** Nanoseconds per pixel: bins are no longer than that, and a power of two. */
  readonly resolutionNs: number;
}

export interface Tile {
  readonly fromNs: number;
  readonly toNs: number;
  /** Length of a bin: a power of two. */
  readonly resolutionNs: number;
  readonly lanes: readonly LaneTile[];
}

/**
 * Columns of one lane. Its rows are either bins or, where there are fewer of those, the segments themselves.
 *
 * Bins lie side by side from `firstBinNs` on, empty ones too; the last may end after `toNs` and the first begin before
 * `fromNs`. In each, the longest segment that is not background wins, the earliest of several as long ones; it may be longer
 * than the bin. Segments are in the order of time and without gaps, background too; the first and the last may reach beyond
 * the tile.
 */
export interface LaneTile {
  /** Position in the list of lanes. */
  readonly lane: number;
  readonly rows: 'bins' | 'segments';
  readonly count: number;
  /** Start of the first bin; of no meaning for segments. */
  readonly firstBinNs: number;
  /** When the winner, or the segment, begins, and how long it is. 0 in bins without a winner. */
  readonly start: Float64Array;
  readonly duration: Float64Array;
  /** Position in KINDS_OF[type of the lane]; NO_KIND in bins without a winner. */
  readonly kind: Uint8Array;
  /** Position in the labels of the lane's type; NO_LABEL where there is none. */
  readonly label: Int32Array;
  /** Segments that begin in the bin and are not background: how many share the pixel. 1 for segments. */
  readonly merged: Float64Array;
  /** Nanoseconds of the bin by kind, `kinds` numbers a row; what a bin of a lane lacks lies outside of T. Empty for segments. */
  readonly sums: Float64Array;
  readonly kinds: number;
}
