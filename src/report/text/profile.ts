/** A sequence of values drawn in one line of text. */
import { median } from '../../benchmarks/statistics/quantile.js';

const LEVELS = '▁▂▃▄▅▆▇█';
const WIDEST = 40;

/** From the least value to the greatest, in order; more values than fit are drawn as the medians of neighbours. */
export function profile(values: readonly number[]): string {
  const columns = Math.min(values.length, WIDEST);
  const heights = Array.from({ length: columns }, (_, column) => {
    const [from, to] = [column, column + 1].map((edge) => Math.round((edge * values.length) / columns));
    return median(values.slice(from, to));
  });
  const least = heights.reduce((a, b) => Math.min(a, b), Infinity);
  const span = heights.reduce((a, b) => Math.max(a, b), -Infinity) - least;
  const level = (height: number) => (span > 0 ? Math.round(((height - least) / span) * (LEVELS.length - 1)) : 0);
  return heights.map((height) => LEVELS[level(height)]).join('');
}
