/**
 * Stable natural merge sort of (time, place) pairs, in place.
 *
 * The records of a round are a few ascending runs, one per CPU, and rounds hardly overlap: so two neighbouring runs are
 * merged only where they overlap in time, and what is in order already is not touched (after Tim Peters' listsort).
 */

export interface Pairs {
  readonly time: Float64Array;
  readonly place: Int32Array;
}

/**
 * Sorts the first `count` pairs of `pairs`, whose ascending runs begin at `runs` (the first at 0). Equal times keep
 * their order. `scratch` has room for `count` pairs; `runs` is used up.
 */
export function mergeRuns(pairs: Pairs, scratch: Pairs, count: number, runs: number[]): void {
  let left = runs.length;
  while (left > 1) {
    let out = 0;
    for (let run = 0; run < left; run += 2) {
      const start = runs[run];
      if (run + 1 < left) mergeTwo(pairs, scratch, start, runs[run + 1], run + 2 < left ? runs[run + 2] : count);
      runs[out++] = start;
    }
    left = out;
  }
}

function mergeTwo(pairs: Pairs, scratch: Pairs, start: number, middle: number, end: number): void {
  const { time, place } = pairs;
  // What is not later than the first of the right run stays, and so does what is not earlier than the last of the left.
  const first = firstAfter(time, start, middle, time[middle]);
  const last = firstNotBefore(time, middle, end, time[middle - 1]);
  if (first === middle) return;
  const { time: leftTime, place: leftPlace } = scratch;
  const leftCount = middle - first;
  leftTime.set(time.subarray(first, middle));
  leftPlace.set(place.subarray(first, middle));
  interleave(pairs, scratch, leftCount, first, middle, last);
}

/**
 * Merges the first `leftCount` pairs of `scratch` with those of `pairs` from `right` up to `end`, to `out` and on.
 * A function of its own, and no loop for the rest: V8 would leave its optimised code at the loop's first use, each time.
 */
function interleave(
  { time, place }: Pairs,
  { time: leftTime, place: leftPlace }: Pairs,
  leftCount: number,
  start: number,
  middle: number,
  end: number,
): void {
  let left = 0;
  let right = middle;
  let out = start;
  while (left < leftCount && right < end) {
    if (time[right] < leftTime[left]) {
      time[out] = time[right];
      place[out++] = place[right++];
    } else {
      time[out] = leftTime[left];
      place[out++] = leftPlace[left++];
    }
  }
  if (left === leftCount) return;
  time.set(leftTime.subarray(left, leftCount), out);
  place.set(leftPlace.subarray(left, leftCount), out);
}

/** The first index from `low` up to `high` whose time is later than `limit`. */
export function firstAfter(time: Float64Array, low: number, high: number, limit: number): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (time[middle] <= limit) from = middle + 1;
    else to = middle;
  }
  return from;
}

function firstNotBefore(time: Float64Array, low: number, high: number, limit: number): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (time[middle] < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}
