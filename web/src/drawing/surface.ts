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

/** A rectangle of another surface, with its own origin. */
export class PartSurface implements Surface {
  readonly width: number;
  readonly height: number;
  readonly #whole: Surface;
  readonly #x: number;
  readonly #y: number;

  constructor(whole: Surface, x: number, y: number, width: number, height: number) {
    this.#whole = whole;
    this.#x = x;
    this.#y = y;
    this.width = width;
    this.height = height;
  }

  rect(x: number, y: number, width: number, height: number, colour: string, opacity?: number): void {
    this.#whole.rect(this.#x + x, this.#y + y, width, height, colour, opacity);
  }

  outline(x: number, y: number, width: number, height: number, style: LineStyle): void {
    this.#whole.outline(this.#x + x, this.#y + y, width, height, style);
  }

  line(points: readonly number[], style: LineStyle): void {
    this.#whole.line(this.#moved(points), style);
  }

  polygon(points: readonly number[], colour: string): void {
    this.#whole.polygon(this.#moved(points), colour);
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    this.#whole.text(text, this.#x + x, this.#y + y, style);
  }

  textWidth(text: string, size?: number): number {
    return this.#whole.textWidth(text, size);
  }

  image(pixels: Uint32Array, columns: number, rows: number, x: number, y: number, width: number, height: number): void {
    this.#whole.image(pixels, columns, rows, this.#x + x, this.#y + y, width, height);
  }

  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    this.#whole.clipped(this.#x + x, this.#y + y, width, height, draw);
  }

  #moved(points: readonly number[]): number[] {
    return points.map((value, index) => value + (index % 2 === 0 ? this.#x : this.#y));
  }
}
