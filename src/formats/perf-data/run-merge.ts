/**
 * Stable natural merge sort of (time, place) pairs: the records of a round are a few ascending runs, one per CPU,
 * so that log2(CPUs) passes suffice, and one when they are in order already.
 */

export interface Pairs {
  readonly time: Float64Array;
  readonly place: Int32Array;
}

/**
 * Sorts the first `count` pairs of `pairs`, whose ascending runs begin at `runs` (the first at 0).
 * Returns whichever of `pairs` and `scratch` holds the result; equal times keep their order.
 */
export function mergeRuns(pairs: Pairs, scratch: Pairs, count: number, runs: number[]): Pairs {
  let from = pairs;
  let to = scratch;
  let left = runs.length;
  while (left > 1) {
    let out = 0;
    for (let run = 0; run < left; run += 2) {
      const start = runs[run];
      const middle = run + 1 < left ? runs[run + 1] : count;
      const end = run + 2 < left ? runs[run + 2] : count;
      mergeTwo(from, to, start, middle, end);
      runs[out++] = start;
    }
    left = out;
    [from, to] = [to, from];
  }
  return from;
}

function mergeTwo(from: Pairs, to: Pairs, start: number, middle: number, end: number): void {
  const { time, place } = from;
  const { time: toTime, place: toPlace } = to;
  let a = start;
  let b = middle;
  let out = start;
  while (a < middle && b < end) {
    if (time[b] < time[a]) {
      toTime[out] = time[b];
      toPlace[out++] = place[b++];
    } else {
      toTime[out] = time[a];
      toPlace[out++] = place[a++];
    }
  }
  for (; a < middle; a++, out++) {
    toTime[out] = time[a];
    toPlace[out] = place[a];
  }
  for (; b < end; b++, out++) {
    toTime[out] = time[b];
    toPlace[out] = place[b];
  }
}
