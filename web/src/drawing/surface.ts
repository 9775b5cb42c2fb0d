/**
 * What pictures are drawn on: a canvas, or an SVG document. Views draw once, on either, so a picture that is saved is the
 * one on the screen. Sizes are CSS pixels; text is anchored at its baseline.
 */

export interface TextStyle {
  readonly colour: string;
  /** Pixels; 12 by default. */
  readonly size?: number;
  readonly weight?: 400 | 600;
  readonly anchor?: 'start' | 'middle' | 'end';
}

export interface LineStyle {
  readonly colour: string;
  readonly width?: number;
  readonly dash?: readonly number[];
}

export interface Surface {
  readonly width: number;
  readonly height: number;
  rect(x: number, y: number, width: number, height: number, colour: string, opacity?: number): void;
  outline(x: number, y: number, width: number, height: number, style: LineStyle): void;
  /** Through all points: x, y, x, y, … */
  line(points: readonly number[], style: LineStyle): void;
  polygon(points: readonly number[], colour: string): void;
  text(text: string, x: number, y: number, style: TextStyle): void;
  /** Width of a text in pixels. */
  textWidth(text: string, size?: number): number;
  /** Draws pixels (0xAABBGGRR, row by row) over a rectangle, without smoothing. */
  image(pixels: Uint32Array, columns: number, rows: number, x: number, y: number, width: number, height: number): void;
  /** Everything that `draw` draws is cut off at the rectangle. */
  clipped(x: number, y: number, width: number, height: number, draw: () => void): void;
}

export const FONT_FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
export const TEXT_SIZE = 12;

/** The text, or as much of its beginning as fits, with "…"; empty where not even three characters do. */
export function fitText(surface: Surface, text: string, width: number, size = TEXT_SIZE): string {
  if (surface.textWidth(text, size) <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (surface.textWidth(`${text.slice(0, middle)}…`, size) <= width) low = middle;
    else high = middle - 1;
  }
  return low < 3 ? '' : `${text.slice(0, low).trimEnd()}…`;
}
