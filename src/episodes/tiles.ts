/** Makes tiles: from the levels in memory, or from single segments where that is not fine enough. */
import { Bins } from './bins.js';
import type { LaneData } from './lane-data.js';
import type { Rows } from './rows.js';
import { type LaneTile, MOST_COLUMNS, type Tile, type TileQuery } from './tile.js';
import { emptyLane } from './tile-codec.js';

/**
 * @param binNs length of the finest bins in memory
 * @param lengthNs of T
 */
export function makeTile(
  lanes: readonly LaneData[],
  query: TileQuery,
  binNs: number,
  lengthNs: number,
  scratch: Rows,
): Tile {
  const fromNs = Math.max(0, Math.floor(query.fromNs));
  const toNs = Math.max(fromNs, Math.min(lengthNs, Math.ceil(query.toNs)));
  const keepsSegments = lanes.every((lane) => lane.keepsSegments);
  const resolutionNs = resolutionFor(query.resolutionNs, toNs - fromNs, keepsSegments ? 1 : binNs, lengthNs);
  const chosen = query.lanes.filter((lane) => lanes[lane] !== undefined);
  const tiles = chosen.map((index) => {
    const lane = lanes[index];
    return resolutionNs < binNs
      ? fromSegments(lane, index, fromNs, toNs, resolutionNs, scratch)
      : fromLevel(lane, index, fromNs, toNs, resolutionNs, binNs);
  });
  return { fromNs, toNs, resolutionNs, lanes: tiles };
}

/** A power of two that is not above what was asked for, unless nothing finer is there or there would be too many bins. */
function resolutionFor(asked: number, spanNs: number, finestNs: number, lengthNs: number): number {
  const whole = 2 ** Math.ceil(Math.log2(Math.max(1, lengthNs)));
  let resolution = 2 ** Math.floor(Math.log2(Math.max(1, asked)));
  resolution = Math.max(finestNs, Math.min(whole, Number.isFinite(resolution) ? resolution : whole));
  while (spanNs / resolution > MOST_COLUMNS - 1) resolution *= 2;
  return resolution;
}

function fromLevel(
  lane: LaneData,
  index: number,
  fromNs: number,
  toNs: number,
  resolutionNs: number,
  binNs: number,
): LaneTile {
  const level = Math.min(Math.log2(resolutionNs / binNs), lane.levels.length - 1);
  // A lane whose levels end earlier has one bin for all there is, which is that of the coarser one as well.
  const bins = lane.levels[level];
  const first = Math.floor(fromNs / resolutionNs);
  const end = Math.max(first, Math.min(bins.count, Math.ceil(toNs / resolutionNs)));
  return laneOf(bins, index, first, end, first * resolutionNs);
}

function laneOf(bins: Bins, index: number, first: number, end: number, firstBinNs: number): LaneTile {
  return {
    lane: index,
    rows: 'bins',
    count: end - first,
    firstBinNs,
    start: bins.start.subarray(first, end),
    duration: bins.duration.subarray(first, end),
    kind: bins.kind.subarray(first, end),
    label: bins.label.subarray(first, end),
    merged: Float64Array.from(bins.merged.subarray(first, end)),
    sums: bins.sums.subarray(first * bins.kinds, end * bins.kinds),
    kinds: bins.kinds,
  };
}

function fromSegments(
  lane: LaneData,
  index: number,
  fromNs: number,
  toNs: number,
  resolutionNs: number,
  scratch: Rows,
): LaneTile {
  const first = Math.floor(fromNs / resolutionNs);
  const columns = Math.max(1, Math.ceil(toNs / resolutionNs) - first);
  const origin = first * resolutionNs;
  const bins = new Bins(lane.kinds, columns);
  const segments = emptyLane(index, 'segments', columns, lane.kinds);
  let count = 0;
  const until = origin + columns * resolutionNs;
  for (const block of lane.blocks(origin, until)) {
    lane.read(block, scratch);
    let start = scratch.start;
    for (let row = 0; row < scratch.count && start < until; row++) {
      const end = scratch.end[row];
      if (end > origin) {
        const [kind, label] = [scratch.kind[row], scratch.label[row]];
        bins.add(kind, label, start, end, resolutionNs, origin, columns);
        if (count < columns) {
          segments.start[count] = start;
          segments.duration[count] = end - start;
          segments.kind[count] = kind;
          segments.label[count] = label;
          segments.merged[count] = 1;
        }
        count++;
      }
      start = end;
    }
  }
  return count <= columns ? cut(segments, count) : laneOf(bins, index, 0, bins.count, origin);
}

const cut = (lane: LaneTile, count: number): LaneTile => ({
  ...lane,
  count,
  start: lane.start.subarray(0, count),
  duration: lane.duration.subarray(0, count),
  kind: lane.kind.subarray(0, count),
  label: lane.label.subarray(0, count),
  merged: lane.merged.subarray(0, count),
});
