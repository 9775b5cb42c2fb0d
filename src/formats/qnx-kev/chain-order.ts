/**
 * In which order the kernel filled the buffers of a chain. In the file they may come in another one: kernels that ran out of
 * buffers scramble them, and a ring begins anywhere. Source: QNX' documentation of the System Analysis Toolkit, "Time stamps".
 */
import type { Segment } from './segment-index.js';

/** 6.x counts buffers up to here, and begins again. */
const SEQUENCES = 0x800;

/**
 * @param chain positions of the segments of a chain, all of which say when they begin, in the order of the file
 * @returns the same in the order of their times, as far as their numbers say so, too; one whose number does not fit its time
 *   stays behind the one that it follows in the file. The file's own order where the other one has more gaps.
 */
export function filledOrder(segments: readonly Segment[], chain: readonly number[]): readonly number[] {
  if (breaks(segments, chain) === 0) return chain;
  const byTime = chain.toSorted((a, b) => segments[a].time - segments[b].time || a - b);
  const isConfirmed = new Set(byTime.filter((_, at) => fitsItsTime(segments, byTime, at)));
  // Each confirmed one with those behind it that are not.
  const groups = new Map<number, number[]>();
  const first: number[] = [];
  let group = first;
  for (const index of chain) {
    if (isConfirmed.has(index)) {
      group = [];
      groups.set(index, group);
    }
    group.push(index);
  }
  const order = [...first, ...byTime.flatMap((index) => groups.get(index) ?? [])];
  const fewer = breaks(segments, chain) - breaks(segments, order);
  return fewer > 0 || (fewer === 0 && descents(segments, order) < descents(segments, chain)) ? order : chain;
}

/** Whether the number of a segment follows that of the one before it, or is followed, or at least lies between the two. */
function fitsItsTime(segments: readonly Segment[], byTime: readonly number[], at: number): boolean {
  const sequenceAt = (place: number, beyond: number) => segments[byTime[place]]?.sequence ?? beyond;
  const own = sequenceAt(at, Number.NaN);
  const before = sequenceAt(at - 1, -Infinity);
  const after = sequenceAt(at + 1, Infinity);
  return isNext(before, own) || isNext(own, after) || (before < own && own < after);
}

/** How many segments have another number than the one that follows on that of the segment before them. */
const breaks = (segments: readonly Segment[], order: readonly number[]): number =>
  order.filter((index, at) => at > 0 && !isNext(segments[order[at - 1]].sequence, segments[index].sequence)).length;

/** How often time goes back. */
const descents = (segments: readonly Segment[], order: readonly number[]): number =>
  order.filter((index, at) => at > 0 && segments[index].time < segments[order[at - 1]].time).length;

const isNext = (sequence: number, next: number): boolean => next % SEQUENCES === (sequence + 1) % SEQUENCES;
