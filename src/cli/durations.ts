/** Durations as users write them. */

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, '': 1e9, m: 60e9 };

/** "2s", "150ms", "10us", "0.5" (seconds) as nanoseconds; undefined where it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|)$/.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * NANOSECONDS[match[2]]);
}
