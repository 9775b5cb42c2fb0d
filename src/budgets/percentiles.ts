/** Between which lengths a percentile lies of which only those of its parts are known, and some exits have no length. */
import type { Distribution } from '../explain/explanation.js';

/** Percentiles of a distribution that has any, by the share of its exits that are no longer. */
export interface Lengths {
  readonly timed: number;
  readonly minNs: number;
  readonly maxNs: number;
  readonly byShare: readonly (readonly [share: number, ns: number])[];
}

/** Exits that were not timed. */
export interface Untimed {
  /** Exits of which a part was seen. */
  readonly exits: number;
  /** Time in which there may have been any number of further exits, of which nothing was seen. */
  readonly hiddenNs: number;
  /** No exit of either sort took longer. */
  readonly longestNs: number;
}

export const EVERYTHING_TIMED: Untimed = { exits: 0, hiddenNs: 0, longestNs: 0 };

export interface Bounds {
  readonly lowest: number;
  /** Infinity: without a bound. */
  readonly highest: number;
}

export function lengthsOf({ timed, minNs, p50Ns, p90Ns, p99Ns, p999Ns, maxNs }: Distribution): Lengths | null {
  if (minNs === null || p50Ns === null || p90Ns === null || p99Ns === null || p999Ns === null || maxNs === null)
    return null;
  const byShare = [
    [0.5, p50Ns],
    [0.9, p90Ns],
    [0.99, p99Ns],
    [0.999, p999Ns],
    [1, maxNs],
  ] as const;
  return { timed, minNs, maxNs, byShare };
}

/**
 * @param share which percentile, as a share
 * @param limit a length that is to be compared with it
 * @returns bounds that are lengths of the parts or the limit: between them nothing more is known
 */
export function percentileBounds(share: number, parts: readonly Lengths[], untimed: Untimed, limit: number): Bounds {
  const timed = sumOver(parts, (part) => part.timed);
  const lengths = new Set([limit, ...parts.flatMap(({ byShare }) => byShare.map(([, ns]) => ns))]);
  const marks = [...lengths].sort((a, b) => a - b);
  const isAtMost = (mark: number): boolean => {
    // Each hidden exit that is longer takes more of the hidden time than that; shorter ones only lower the percentile.
    const hidden = untimed.hiddenNs > 0 ? Math.floor(untimed.hiddenNs / mark) : 0;
    const further = untimed.exits + hidden;
    const total = timed + further;
    return sumOver(parts, (part) => longerThan(mark, part)) + further <= total - rankOf(share, total);
  };
  const isAtLeast = (mark: number): boolean =>
    untimed.hiddenNs === 0 &&
    sumOver(parts, (part) => shorterThan(mark, part)) + untimed.exits < rankOf(share, timed + untimed.exits);
  return { lowest: marks.findLast(isAtLeast) ?? 0, highest: marks.find(isAtMost) ?? Infinity };
}

/** Which of so many lengths, from the shortest, counted from 1, the percentile is: as in Histogram. */
const rankOf = (share: number, count: number): number => Math.max(1, Math.ceil(share * count));

/** How many exits at most. */
function longerThan(mark: number, { timed, byShare }: Lengths): number {
  const known = byShare.findLast(([, ns]) => ns <= mark);
  return known === undefined ? timed : timed - rankOf(known[0], timed);
}

/** How many exits at most. */
function shorterThan(mark: number, { timed, minNs, byShare }: Lengths): number {
  if (mark <= minNs) return 0;
  const known = byShare.find(([, ns]) => ns >= mark);
  return known === undefined ? timed : rankOf(known[0], timed) - 1;
}

const sumOver = (parts: readonly Lengths[], countOf: (part: Lengths) => number): number =>
  parts.reduce((sum, part) => sum + countOf(part), 0);
