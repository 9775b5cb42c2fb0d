/** Intervals of slowdowns drawn in text, on one logarithmic scale. */
import type { Pair } from '../../benchmarks/comparison/comparison.js';
import { formatFactor } from '../comparison-words.js';

const WIDTH = 28;
/** The scale shows at least half a percent either way, and at most six decades. */
const LEAST_SPAN = Math.log(1.02);
const MOST_SPAN = Math.log(1e6);

export interface IntervalPlot {
  readonly title: string;
  draw(pair: Pair): string;
}

/** `|` is no difference, `o` the slowdown, `-` its interval; `<` and `>` where it goes on beyond the scale. */
export function drawIntervals(pairs: readonly Pair[]): IntervalPlot {
  const logs = pairs
    .flatMap(({ slowdown, ciLow, ciHigh }) => [slowdown, ciLow, ciHigh])
    .filter((value): value is number => value !== null && value > 0 && Number.isFinite(value))
    .map(Math.log);
  const low = Math.max(Math.min(-LEAST_SPAN, ...logs), -MOST_SPAN);
  const high = Math.min(Math.max(LEAST_SPAN, ...logs), MOST_SPAN);
  const column = (log: number) => Math.round(((log - low) / (high - low)) * (WIDTH - 1));
  const [left, right] = [formatFactor(Math.exp(low)), formatFactor(Math.exp(high))];
  return {
    title: left + right.padStart(WIDTH - left.length),
    draw: ({ slowdown, ciLow, ciHigh }) => {
      const cells = Array.from({ length: WIDTH }, () => ' ');
      cells[column(0)] = '|';
      if (slowdown === null || slowdown <= 0) return cells.join('');
      const from = Math.log(ciLow ?? slowdown);
      const to = Math.log(ciHigh ?? slowdown);
      const first = Math.max(0, column(from));
      const last = Math.min(WIDTH - 1, column(to));
      for (let at = first; at <= last; at++) cells[at] = '-';
      if (column(from) < 0) cells[0] = '<';
      if (column(to) > WIDTH - 1) cells[WIDTH - 1] = '>';
      const at = column(Math.log(slowdown));
      if (at >= 0 && at < WIDTH) cells[at] = 'o';
      return cells.join('');
    },
  };
}
