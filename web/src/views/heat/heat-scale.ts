/** From counts to colours: one hue from faint to strong, so that it can be read without telling colours apart. */
import type { Theme } from '../../design/palette.js';
import { mixedColour, pixelColour } from '../../drawing/lane-image.js';

/** From few to many, each clearly apart from its neighbours and from what lies behind. */
const RAMPS: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#d3e3f6', '#8db9e8', '#3f82cc', '#1c4f99', '#0b2350'],
  dark: ['#1d3454', '#2b5f9f', '#4c95dd', '#9dcdf8', '#f4faff'],
};
/** More steps than this no eye tells apart. */
const STEPS = 64;

/** A colour for a share of 0 to 1 of the way from few to many. */
export function rampColour(theme: Theme, share: number): string {
  const ramp = RAMPS[theme];
  const at = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const index = Math.min(ramp.length - 2, Math.floor(at));
  return mixedColour(ramp[index], ramp[index + 1], at - index);
}

export const rampPixels = (theme: Theme): Uint32Array =>
  Uint32Array.from({ length: STEPS }, (_, step) => pixelColour(rampColour(theme, step / (STEPS - 1))));

/** How far from few to many a count is: logarithmic, since one cell may hold a million and the odd outlier one. */
export function shareOf(count: number, least: number, most: number): number {
  if (most <= least) return 1;
  return Math.min(1, Math.max(0, Math.log(count / least) / Math.log(most / least)));
}

/** What a cell has to hold to be told apart from nothing: one episode, or a microsecond. */
export const leastOf = (unit: 'exits' | 'ns'): number => (unit === 'exits' ? 1 : 1000);

/** Legends have no more steps than these: more say nothing more. */
export const MOST_STEPS = 7;

/** Round counts for the legend, from the least to the most: about as many as `steps`, and the most. */
export function legendCounts(least: number, most: number, steps = MOST_STEPS): number[] {
  const digits = most / least < 200 ? [1, 2, 5] : [1];
  const counts = [least];
  for (let power = 10 ** Math.floor(Math.log10(least)); power < most; power *= 10) {
    // What is close to the ends is said by them.
    for (const digit of digits)
      if (digit * power > least * 1.5 && digit * power < most / 1.5) counts.push(digit * power);
  }
  if (most > least) counts.push(most);
  const stride = Math.ceil(counts.length / steps);
  return counts.filter((_, index) => index % stride === 0 || index === counts.length - 1);
}
