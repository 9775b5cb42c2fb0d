/** A surface that is an SVG document: text stays text, rectangles stay rectangles. */
import { FONT_FAMILY, type LineStyle, type Surface, TEXT_SIZE, type TextStyle } from './surface.js';

export class SvgSurface implements Surface {
  readonly width: number;
  readonly height: number;
  readonly #measure: (text: string, size: number) => number;
  readonly #parts: string[] = [];
  #clips = 0;

  /** @param measure the width of a text in pixels: a document without a screen cannot tell */
  constructor(width: number, height: number, measure: (text: string, size: number) => number) {
    this.width = width;
    this.height = height;
    this.#measure = measure;
  }

  /** The whole document. */
  document(title: string): string {
    const size = `width="${number(this.width)}" height="${number(this.height)}"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${number(this.width)} ${number(this.height)}" role="img" font-family="${escaped(FONT_FAMILY)}">`,
      `<title>${escaped(title)}</title>`,
      ...this.#parts,
      '</svg>',
      '',
    ].join('\n');
  }

  rect(x: number, y: number, width: number, height: number, colour: string, opacity = 1): void {
    const extra = opacity === 1 ? '' : ` fill-opacity="${number(opacity)}"`;
    this.#parts.push(`<rect ${box(x, y, width, height)} fill="${escaped(colour)}"${extra}/>`);
  }

  outline(x: number, y: number, width: number, height: number, style: LineStyle): void {
    this.#parts.push(`<rect ${box(x, y, width, height)} fill="none" ${stroke(style)}/>`);
  }

  line(points: readonly number[], style: LineStyle): void {
    this.#parts.push(`<polyline points="${points.map(number).join(' ')}" fill="none" ${stroke(style)}/>`);
  }

  polygon(points: readonly number[], colour: string): void {
    this.#parts.push(`<polygon points="${points.map(number).join(' ')}" fill="${escaped(colour)}"/>`);
  }

  text(
    text: string,
    x: number,
    y: number,
    { colour, size = TEXT_SIZE, weight = 400, anchor = 'start' }: TextStyle,
  ): void {
    const place = `x="${number(x)}" y="${number(y)}" font-size="${size}" text-anchor="${anchor}"`;
    const bold = weight === 400 ? '' : ` font-weight="${weight}"`;
    this.#parts.push(`<text ${place} fill="${escaped(colour)}"${bold}>${escaped(text)}</text>`);
  }

  textWidth(text: string, size = TEXT_SIZE): number {
    return this.#measure(text, size);
  }

  /** One rectangle for each run of a colour along the longer way: fewer than pixels, and sharp at any size. */
  image(pixels: Uint32Array, columns: number, rows: number, x: number, y: number, width: number, height: number): void {
    const [cellWidth, cellHeight] = [width / columns, height / rows];
    const byColour = new Map<number, string[]>();
    for (let row = 0; row < rows; row++) {
      for (let from = 0; from < columns; ) {
        const colour = pixels[row * columns + from];
        let until = from + 1;
        while (until < columns && pixels[row * columns + until] === colour) until++;
        const down = this.#sameBelow(pixels, columns, rows, row, from, until);
        if (down > 0) {
          const path = `M${number(x + from * cellWidth)} ${number(y + row * cellHeight)}h${number((until - from) * cellWidth)}v${number(down * cellHeight)}h${number((from - until) * cellWidth)}z`;
          const paths = byColour.get(colour);
          if (paths === undefined) byColour.set(colour, [path]);
          else paths.push(path);
        }
        from = until;
      }
    }
    for (const [colour, paths] of byColour) {
      if (colour >>> 24 === 0) continue;
      this.#parts.push(`<path fill="${hexOf(colour)}" shape-rendering="crispEdges" d="${paths.join('')}"/>`);
    }
  }

  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    const id = `clip${this.#clips++}`;
    this.#parts.push(
      `<clipPath id="${id}"><rect ${box(x, y, width, height)}/></clipPath>`,
      `<g clip-path="url(#${id})">`,
    );
    draw();
    this.#parts.push('</g>');
  }

  /** How many rows from `row` on have exactly this run; 0 where the row above has it, so it is drawn already. */
  #sameBelow(pixels: Uint32Array, columns: number, rows: number, row: number, from: number, until: number): number {
    if (row > 0 && isRun(pixels, columns, row - 1, from, until)) return 0;
    let down = 1;
    while (row + down < rows && isRun(pixels, columns, row + down, from, until, pixels[row * columns + from])) down++;
    return down;
  }
}

/** Whether [from, until) of a row is one run that begins and ends there, of the colour of the row below it or `colour`. */
function isRun(
  pixels: Uint32Array,
  columns: number,
  row: number,
  from: number,
  until: number,
  colour = pixels[(row + 1) * columns + from],
): boolean {
  const start = row * columns;
  if (from > 0 && pixels[start + from - 1] === colour) return false;
  if (until < columns && pixels[start + until] === colour) return false;
  for (let column = from; column < until; column++) if (pixels[start + column] !== colour) return false;
  return true;
}

/** At most two decimals. */
const number = (value: number): string => String(Math.round(value * 100) / 100);

const box = (x: number, y: number, width: number, height: number): string =>
  `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;

function stroke({ colour, width = 1, dash = [] }: LineStyle): string {
  const dashes = dash.length === 0 ? '' : ` stroke-dasharray="${dash.map(number).join(' ')}"`;
  return `stroke="${escaped(colour)}" stroke-width="${number(width)}"${dashes}`;
}

const hexOf = (pixel: number): string =>
  `#${[pixel & 0xff, (pixel >>> 8) & 0xff, (pixel >>> 16) & 0xff].map((part) => part.toString(16).padStart(2, '0')).join('')}`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is only text in XML, whatever it is; characters that XML does not allow become a replacement mark. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character])
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
