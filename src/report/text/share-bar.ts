/** Shares of a whole as a bar of characters. */

export interface BarPart {
  /** One character on the screen. */
  readonly letter: string;
  readonly amount: number;
}

/** Each part gets its share of the characters, by largest remainder: the bar is always full if the parts are the whole. */
export function shareBar(parts: readonly BarPart[], whole: number, width: number): string {
  const exact = parts.map(({ amount }) => (amount / (whole || 1)) * width);
  const widths = exact.map(Math.floor);
  const byRemainder = exact.map((value, index) => [value % 1, index] as const).sort((a, b) => b[0] - a[0]);
  const missing =
    Math.round(exact.reduce((sum, value) => sum + value, 0)) - widths.reduce((sum, value) => sum + value, 0);
  for (const [, index] of byRemainder.slice(0, missing)) widths[index]++;
  return parts.map(({ letter }, index) => letter.repeat(widths[index])).join('');
}
