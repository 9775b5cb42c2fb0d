/** Offsets in a text → lines and columns. */
import type { ConfigurationFile } from './configuration-format.js';
import type { Place } from './machine-configuration.js';

/** @param offset in characters (UTF-16 units), from 0 to the length of the text */
export type PlaceAt = (offset: number) => Place;

export function placesIn({ source, text }: ConfigurationFile): PlaceAt {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return (offset) => {
    const line = lastNotAbove(starts, offset);
    return { source, line: line + 1, column: offset - starts[line] + 1 };
  };
}

/** Index of the last of the ascending values that is not above the wanted one. */
function lastNotAbove(values: readonly number[], wanted: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (values[middle] <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
