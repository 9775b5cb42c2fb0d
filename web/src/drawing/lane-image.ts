/**
 * The pixels of one lane: below, how the time of each column is divided, as a stack over the whole height; above, a band in
 * the colour of the longest segment there. Where one segment fills a column the two are one block.
 */
import { BACKGROUND } from '../../../src/episodes/lanes.js';
import { type Columns, NOTHING } from './columns.js';
import { lengthOf, type Span } from './span.js';

/** Colours as ImageData has them in a little-endian word: 0xAABBGGRR. */
export interface LanePaint {
  /** By kind. */
  readonly kinds: Uint32Array;
  /** Where nothing is known, or T is over. */
  readonly nothing: number;
  /** From the bottom of the stack to its top, all kinds. */
  readonly order: readonly number[];
  /** Instead of `kinds` for the longest segment of a column: undefined where its kind's colour does. */
  readonly tint?: (tile: number, row: number) => number | undefined;
  /** The kind that is hatched in a column; -1 where none is. */
  readonly hatchedKind?: (x: number) => number;
  readonly hatch?: Hatch;
}

export interface Hatch {
  /** By kind: between the stripes, which have the colour of the kind. */
  readonly between: Uint32Array;
  /** From stripe to stripe along a row of pixels. */
  readonly period: number;
}

/** Part of the height that the band of the longest segment takes. */
const BAND_SHARE = 0.24;

/**
 * Fills rows [0, height) of `pixels`, which are columns.width wide.
 * @param kindOf the kind of a tile's row
 */
export function paintLane(
  pixels: Uint32Array,
  height: number,
  columns: Columns,
  span: Span,
  paint: LanePaint,
  kindOf: (tile: number, row: number) => number,
): void {
  const { width, kinds, sums, used, winnerTile, winnerRow } = columns;
  const { hatch } = paint;
  const columnNs = lengthOf(span) / width;
  const band = Math.max(1, Math.round(height * BAND_SHARE));
  for (let x = 0; x < width; x++) {
    const winner = winnerRow[x];
    const kind = winner === NOTHING ? BACKGROUND : kindOf(winnerTile[x], winner);
    const colour = (winner === NOTHING ? undefined : paint.tint?.(winnerTile[x], winner)) ?? paint.kinds[kind];
    const hatched = hatch === undefined ? -1 : (paint.hatchedKind?.(x) ?? -1);
    let bottom = height;
    let filledNs = 0;
    for (const stacked of paint.order) {
      if ((used[x] & (1 << stacked)) === 0) continue;
      filledNs += sums[x * kinds + stacked];
      const top = Math.max(0, height - Math.round((filledNs / columnNs) * height));
      fillColumn(pixels, width, x, top, bottom, stacked === kind ? colour : paint.kinds[stacked]);
      if (stacked === hatched) hatchColumn(pixels, width, x, top, bottom, hatch!, stacked);
      bottom = Math.min(bottom, top);
    }
    // What is missing to the top lies outside of T, or has not been loaded.
    fillColumn(pixels, width, x, 0, bottom, paint.nothing);
    if (winner === NOTHING) continue;
    fillColumn(pixels, width, x, 0, band, colour);
    if (kind === hatched) hatchColumn(pixels, width, x, 0, band, hatch!, kind);
  }
}

function fillColumn(pixels: Uint32Array, width: number, x: number, from: number, to: number, colour: number): void {
  for (let at = from * width + x; at < to * width; at += width) pixels[at] = colour;
}

/** Paints over what is between the stripes, which rise to the right. */
function hatchColumn(
  pixels: Uint32Array,
  width: number,
  x: number,
  from: number,
  to: number,
  { between, period }: Hatch,
  kind: number,
): void {
  for (let y = from; y < to; y++) if ((x + y) % period >= period / 2) pixels[y * width + x] = between[kind];
}

/** "#rrggbb" as ImageData has it. */
export function pixelColour(hex: string): number {
  const value = Number.parseInt(hex.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >>> 16)) >>> 0;
}

/** A colour between two, `share` of the way to the second. */
export function mixedColour(one: string, other: string, share: number): string {
  const part = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(part(one, at) * (1 - share) + part(other, at) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Relative luminance as in WCAG 2: 0 black, 1 white. */
export function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever is easier to read on this colour. */
export function textColourOn(hex: string): string {
  const light = luminance(hex);
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? '#ffffff' : '#0b0f14';
}
