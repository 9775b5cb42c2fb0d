/** Intervals of slowdowns drawn in text, all on one scale. */
import type { Pair } from '../../benchmarks/comparison/comparison.js';

/** The scale shows at least this either way, and at most six decades. */
const LEAST_SPAN = Math.log(1.02);
const MOST_SPAN = Math.log(1e6);
/** Beyond this factor a logarithmic scale would leave no room for what is near 1, where most slowdowns are. */
const MOST_LOGARITHMIC = Math.log(4);
/** Where the scale may have a mark; those in front are set first. */
const MARKS = [
  1, 10, 100, 1000, 2, 5, 1e4, 1e5, 1e6, 0.5, 0.1, 0.01, 1.2, 1.5, 1.1, 20, 50, 200, 500, 0.8, 0.9, 1.05, 0.95, 1.02,
  0.98,
];

export interface IntervalPlot {
  /** The scale: slowdowns where they lie. */
  readonly title: string;
  draw(pair: Pair): string;
}

/**
 * `|` is no difference, `o` the slowdown, `-` its interval; `<` and `>` where it goes on beyond the scale.
 * The scale is logarithmic; if it has to reach beyond a factor of four, the root of the logarithm, which spreads what is near 1.
 * @param width in characters
 */
export function drawIntervals(pairs: readonly Pair[], width: number): IntervalPlot {
  const [low, high] = spanOf(pairs);
  const place =
    Math.max(-low, high) > MOST_LOGARITHMIC
      ? (log: number) => Math.sign(log) * Math.sqrt(Math.abs(log))
      : (log: number) => log;
  const [first, last] = [place(low), place(high)];
  const column = (log: number) => Math.round(((place(log) - first) / (last - first)) * (width - 1));
  return { title: scaleOf(column, width), draw: (pair) => drawn(pair, column, width) };
}

function spanOf(pairs: readonly Pair[]): readonly [low: number, high: number] {
  let [low, high] = [-LEAST_SPAN, LEAST_SPAN];
  for (const { slowdown, ciLow, ciHigh } of pairs) {
    for (const factor of [slowdown, ciLow, ciHigh]) {
      if (factor === null) continue;
      low = Math.max(Math.min(low, Math.log(factor)), -MOST_SPAN);
      high = Math.min(Math.max(high, Math.log(factor)), MOST_SPAN);
    }
  }
  return [low, high];
}

function drawn({ slowdown, ciLow, ciHigh }: Pair, column: (log: number) => number, width: number): string {
  const cells = Array.from({ length: width }, () => ' ');
  cells[column(0)] = '|';
  if (slowdown === null) return cells.join('');
  const [from, at, to] = [ciLow ?? slowdown, slowdown, ciHigh ?? slowdown].map((factor) => column(Math.log(factor)));
  for (let cell = Math.max(0, from); cell <= Math.min(width - 1, to); cell++) cells[cell] = '-';
  if (from < 0) cells[0] = '<';
  if (to > width - 1) cells[width - 1] = '>';
  if (at >= 0 && at < width) cells[at] = 'o';
  return cells.join('');
}

/** Marks where there is room for them, each beginning at its place. */
function scaleOf(column: (log: number) => number, width: number): string {
  const cells = Array.from({ length: width }, () => ' ');
  for (const mark of MARKS) {
    const text = markText(mark);
    const start = column(Math.log(mark));
    const isFree = cells.slice(Math.max(0, start - 1), start + text.length + 1).every((cell) => cell === ' ');
    if (start < 0 || start + text.length > width || !isFree) continue;
    for (let index = 0; index < text.length; index++) cells[start + index] = text[index];
  }
  return cells.join('');
}

function markText(mark: number): string {
  if (mark >= 1e6) return `${mark / 1e6}M`;
  return mark >= 1000 ? `${mark / 1000}k` : String(mark);
}
