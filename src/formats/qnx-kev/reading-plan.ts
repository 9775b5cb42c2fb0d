/** In which order the segments of a file are read, and what is final after each of them. */
import { filledOrder } from './chain-order.js';
import type { Segment } from './segment-index.js';

/** A segment and what its neighbours in the same chain of buffers say about its time. */
interface Placed {
  readonly segment: Segment;
  /** When it begins, in cycles, by all that is known; NaN where nobody says it. */
  readonly begin: number;
  /** When the next buffer of the same chain begins, in cycles; Infinity where there is none, or bytes are missing before it. */
  readonly next: number;
  /** When the buffers of the same chain before and after it begin, in cycles, bytes missing or not; infinite where there are none. */
  readonly before: number;
  readonly after: number;
  /** The CPU tells no earlier and no later time in it, in cycles: anything else is damage. */
  readonly earliest: number;
  readonly latest: number;
}

export interface Step extends Placed {
  /** Nothing that is read after this step is earlier, in cycles. */
  readonly finalBefore: number;
}

const ANYTIME = { earliest: -Infinity, latest: Infinity, next: Infinity, before: -Infinity, after: Infinity };

export interface PlanOptions {
  /** Cycles by which an event may be earlier than the beginning of its buffer. */
  readonly slack: number;
  /** Each CPU has a chain of buffers of its own. */
  readonly perCpu: boolean;
  /** The clocks of all CPUs go alike: what is in a buffer lies between its beginning and that of the next one. */
  readonly oneClock: boolean;
}

const WRAP = 2 ** 32;

/** Segments in the order of the times at which they begin; those that do not say it stay with their predecessor. */
export function readingPlan(segments: readonly Segment[], options: PlanOptions): Step[] {
  const { slack, perCpu } = options;
  const placed = segments.map((segment): Placed => ({ segment, begin: NaN, ...ANYTIME }));
  for (const inFile of chainsOf(segments, perCpu)) {
    const chain = filledOrder(segments, inFile);
    const times = repaired(segments, chain, slack);
    chain.forEach((index, at) => {
      placed[index] = placeOf(segments[index], times, at, options);
    });
    inFile.forEach((index, at) => {
      // Up to the next one that says when it begins, others of the chain lie between the two.
      const { begin, after } = placed[index];
      for (let between = index + 1; between < (inFile[at + 1] ?? index); between++) {
        const isOfChain = !perCpu || segments[between].cpu === segments[index].cpu;
        if (isOfChain) placed[between] = { ...placed[between], before: begin, after };
      }
    });
  }
  let last = Number.NEGATIVE_INFINITY;
  const begins = placed.map(({ begin }) => {
    if (!Number.isNaN(begin)) last = begin;
    return last;
  });
  const order = [...segments.keys()].sort((a, b) => compare(begins[a], begins[b]) || a - b);
  return order.map((index, step) => {
    const following = step + 1 < order.length ? begins[order[step + 1]] : Infinity;
    return { ...placed[index], finalBefore: following - slack };
  });
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Positions of the segments that say when they begin, chain by chain, in the order of the file. */
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

/** `times` are those at which the segments of a chain begin; a segment that told another one is wrong. */
function placeOf(segment: Segment, times: readonly number[], at: number, { slack, oneClock }: PlanOptions): Placed {
  const begin = times[at];
  const following = times[at + 1];
  const before = at > 0 && times[at - 1] <= begin ? times[at - 1] : -Infinity;
  const after = following >= begin ? following : Infinity;
  const placed = { ...ANYTIME, segment, begin, before, after };
  if (!oneClock && begin === segment.time) return placed;
  // What the last one tells may be wrong, and no other one would say so.
  if (following === undefined) return { ...placed, earliest: (times[at - 1] ?? begin) - slack };
  const next = segment.missingBytes > 0 ? Infinity : following;
  return { ...placed, earliest: begin - slack, latest: after + slack, next };
}

/** The times at which the segments of a chain begin: in place of a wrong one, the one that its low half and a neighbour give. */
function repaired(segments: readonly Segment[], chain: readonly number[], slack: number): number[] {
  const times = chain.map((index) => segments[index].time);
  const wrong = times.map((_, at) => isOutlier(times, at));
  if (times.length === 2 && times[0] > times[1]) wrong[fartherOff(times, segments)] = true;
  wrong.forEach((isWrong, at) => {
    if (!isWrong) return;
    const low = times[at] % WRAP;
    const before = at > 0 ? times[at - 1] : NaN;
    const after = wrong.indexOf(false, at);
    if (!Number.isNaN(before)) times[at] = before + passedFrom(before % WRAP, low, slack);
    else if (after >= 0) times[at] = times[after] - passedFrom(low, times[after] % WRAP, slack);
  });
  return times;
}

/** Cycles from one low half to a later one; 0 where it is a little earlier. */
function passedFrom(low: number, later: number, slack: number): number {
  const passed = (later - low + WRAP) % WRAP;
  return passed > WRAP - 2 * slack ? 0 : passed;
}

/**
 * A segment that does not lie between its neighbours, which themselves are in order. At an end of the chain there is one
 * neighbour only: which of the two is wrong, the one beyond it tells.
 */
function isOutlier(times: readonly number[], at: number): boolean {
  const timeAt = (position: number, beyond: number): number => times[position] ?? beyond;
  const time = times[at];
  const before = timeAt(at - 1, -Infinity);
  const after = timeAt(at + 1, Infinity);
  if (before <= time && time <= after) return false;
  if (at === 0) return time > timeAt(at + 2, Infinity);
  if (at === times.length - 1) return time < timeAt(at - 2, -Infinity);
  return before <= after;
}

/** Which of two times is farther away from that of most segments. */
function fartherOff([first, second]: readonly number[], segments: readonly Segment[]): 0 | 1 {
  const times = segments.map(({ time }) => time).filter(Number.isFinite);
  const middle = times.sort(compare)[times.length >> 1];
  return Math.abs(first - middle) >= Math.abs(second - middle) ? 0 : 1;
}
