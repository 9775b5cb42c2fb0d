/** In which order the segments of a file are read, and what is final after each of them. */
import type { Segment } from './segment-index.js';

export interface Step extends Segment {
  /** Nothing that is read after this step is earlier, in cycles. */
  readonly finalBefore: number;
}

/**
 * Segments in the order of the times at which they begin; those that do not say it stay with their predecessor.
 * @param slack cycles by which an event may be earlier than the beginning of its buffer
 */
export function readingPlan(segments: readonly Segment[], slack: number): Step[] {
  let last = Number.NEGATIVE_INFINITY;
  const begins = segments.map(({ time }) => {
    if (!Number.isNaN(time)) last = time;
    return last;
  });
  const order = [...segments.keys()].sort((a, b) => compare(begins[a], begins[b]) || a - b);
  const steps: Step[] = [];
  for (let step = 0; step < order.length; step++) {
    const next = step + 1 < order.length ? begins[order[step + 1]] : Infinity;
    steps.push({ ...segments[order[step]], finalBefore: next - slack });
  }
  return steps;
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
