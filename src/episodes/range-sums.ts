/** Nanoseconds by kind between two times: whole bins from the levels, what is left at both ends from single segments. */
import type { Bins } from './bins.js';
import type { LaneData } from './lane-data.js';
import type { Rows } from './rows.js';

export interface Sums {
  readonly ns: number[];
  readonly errorNs: number;
}

/** @param binNs length of the finest bins; @param scratch filled anew */
export function sumsBetween(lane: LaneData, fromNs: number, toNs: number, binNs: number, scratch: Rows): Sums {
  const ns = Array.from({ length: lane.kinds }, () => 0);
  if (toNs <= fromNs) return { ns, errorNs: 0 };
  const first = Math.ceil(fromNs / binNs);
  const end = Math.floor(toNs / binNs);
  if (first >= end) return { ns, errorNs: addEdge(lane, fromNs, toNs, binNs, ns, scratch) };
  addBins(lane.levels, first, end, ns);
  const before = addEdge(lane, fromNs, first * binNs, binNs, ns, scratch);
  return { ns, errorNs: before + addEdge(lane, end * binNs, toNs, binNs, ns, scratch) };
}

/** Bins of the finest level from `first` to before `end`, by the fewest bins of all levels. */
function addBins(levels: readonly Bins[], first: number, end: number, ns: number[]): void {
  let [from, to] = [first, end];
  for (let level = 0; from < to; level++) {
    const bins = levels[level];
    if (level === levels.length - 1) {
      for (let bin = from; bin < to; bin++) addBin(bins, bin, ns);
      return;
    }
    if (from % 2 === 1) addBin(bins, from++, ns);
    if (to % 2 === 1 && from < to) addBin(bins, --to, ns);
    from /= 2;
    to /= 2;
  }
}

function addBin(bins: Bins, bin: number, ns: number[]): void {
  if (bin >= bins.count) return;
  for (let kind = 0; kind < bins.kinds; kind++) ns[kind] += bins.sums[bin * bins.kinds + kind];
}

/** Less than a bin at an end. @returns the greatest error of one number */
function addEdge(lane: LaneData, fromNs: number, toNs: number, binNs: number, ns: number[], scratch: Rows): number {
  if (toNs <= fromNs) return 0;
  if (!lane.keepsSegments) return addShare(lane.levels[0], fromNs, toNs, binNs, ns);
  for (const block of lane.blocks(fromNs, toNs)) {
    lane.read(block, scratch);
    let start = scratch.start;
    for (let row = 0; row < scratch.count && start < toNs; row++) {
      const end = scratch.end[row];
      const overlap = Math.min(end, toNs) - Math.max(start, fromNs);
      if (overlap > 0) ns[scratch.kind[row]] += overlap;
      start = end;
    }
  }
  return 0;
}

/** Of the one or two bins that it lies in, its share: what is in them is spread over all of them. */
function addShare(bins: Bins, fromNs: number, toNs: number, binNs: number, ns: number[]): number {
  for (let bin = Math.floor(fromNs / binNs); bin * binNs < toNs && bin < bins.count; bin++) {
    const share = (Math.min(toNs, (bin + 1) * binNs) - Math.max(fromNs, bin * binNs)) / binNs;
    for (let kind = 0; kind < bins.kinds; kind++) ns[kind] += bins.sums[bin * bins.kinds + kind] * share;
  }
  return toNs - fromNs;
}
