/** How many runs a decision needs, estimated from those there are. */
import { smallestP } from './mann-whitney.js';

/** The number to add to both samples, m and n values now, for a p as small as this to be possible at all. */
export function runsForP(m: number, n: number, p: number): number {
  let more = 0;
  while (smallestP(m + more, n + more) > p) more++;
  return more;
}

/**
 * The number to add to both samples for an interval `factor` times narrower: widths shrink with √(1/m + 1/n).
 * @param most Infinity is returned where more than this were needed
 */
export function runsForWidth(m: number, n: number, factor: number, most: number): number {
  const wanted = (1 / m + 1 / n) / factor ** 2;
  for (let more = 0; more <= most; more++) if (1 / (m + more) + 1 / (n + more) <= wanted) return more;
  return Infinity;
}
