/** In which order the segments of a file are read, and what is final after each of them. */
import type { Segment } from './segment-index.js';

export interface Step extends Segment {
  /** When it begins, in cycles, by all that is known; NaN where nobody says it. */
  readonly begin: number;
  /** Nothing that is read after this step is earlier, in cycles. */
  readonly finalBefore: number;
  /** The CPU tells no earlier and no later time in it, in cycles: anything else is damage. */
  readonly earliest: number;
  readonly latest: number;
}

/** A segment and what its neighbours in the same chain of buffers say about its time. */
interface Placed {
  readonly segment: Segment;
  readonly begin: number;
  readonly earliest: number;
  readonly latest: number;
}

/**
 * Segments in the order of the times at which they begin; those that do not say it stay with their predecessor.
 * @param slack cycles by which an event may be earlier than the beginning of its buffer
 * @param perCpu whether each CPU has a chain of buffers of its own
 */
export function readingPlan(segments: readonly Segment[], slack: number, perCpu: boolean): Step[] {
  const placed = segments.map((segment): Placed => ({ segment, begin: NaN, earliest: -Infinity, latest: Infinity }));
  for (const chain of chainsOf(segments, perCpu)) {
    for (let at = 0; at < chain.length; at++) placed[chain[at]] = placeOf(segments, chain, at, slack);
  }
  let last = Number.NEGATIVE_INFINITY;
  const begins = placed.map(({ begin }) => {
    if (!Number.isNaN(begin)) last = begin;
    return last;
  });
  const order = [...segments.keys()].sort((a, b) => compare(begins[a], begins[b]) || a - b);
  return order.map((index, step) => {
    const next = step + 1 < order.length ? begins[order[step + 1]] : Infinity;
    const { segment, begin, earliest, latest } = placed[index];
    return { ...segment, begin, finalBefore: next - slack, earliest, latest };
  });
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Positions of the segments that say when they begin, chain by chain. */
function chainsOf(segments: readonly Segment[], perCpu: boolean): number[][] {
  const chains = new Map<number, number[]>();
  segments.forEach(({ cpu, time }, index) => {
    if (Number.isNaN(time)) return;
    const chain = perCpu ? cpu : 0;
    const positions = chains.get(chain);
    if (positions === undefined) chains.set(chain, [index]);
    else positions.push(index);
  });
  return [...chains.values()];
}

function placeOf(segments: readonly Segment[], chain: readonly number[], at: number, slack: number): Placed {
  const segment = segments[chain[at]];
  const before = at > 0 ? segments[chain[at - 1]].time : -Infinity;
  const after = at + 1 < chain.length ? segments[chain[at + 1]].time : Infinity;
  if (!isOutlier(segments, chain, at)) return { segment, begin: segment.time, earliest: -Infinity, latest: Infinity };
  const begin = Number.isFinite(before) ? before : after;
  return { segment, begin, earliest: before - slack, latest: after + slack };
}

/**
 * A segment that does not lie between its neighbours, which themselves are in order. At an end of the chain there is one
 * neighbour only: which of the two is wrong, the one beyond it tells.
 */
function isOutlier(segments: readonly Segment[], chain: readonly number[], at: number): boolean {
  const timeAt = (position: number, beyond: number): number => segments[chain[position]]?.time ?? beyond;
  const time = timeAt(at, NaN);
  const before = timeAt(at - 1, -Infinity);
  const after = timeAt(at + 1, Infinity);
  if (before <= time && time <= after) return false;
  if (at === 0) return time > timeAt(at + 2, Infinity);
  if (at === chain.length - 1) return time < timeAt(at - 2, -Infinity);
  return before <= after;
}
