import * as fc from 'fast-check';
import sax from 'sax';
import { describe, expect, it } from 'vitest';
import { SvgSurface } from '../../../web/src/drawing/svg-surface.js';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
}

/** The document as a parser of XML sees it; throws where it is not well-formed. */
function elements(document: string): Element[] {
  const found: Element[] = [];
  const parser = sax.parser(true);
  Object.assign(parser, {
    onerror: (error: Error) => {
      throw error;
    },
    onopentag: ({ name, attributes }: sax.Tag) => found.push({ name, attributes, text: '' }),
    ontext: (text: string) => {
      if (found.length > 0) found[found.length - 1].text += text;
    },
  });
  parser.write(document).close();
  return found;
}

const measure = (text: string, size: number): number => text.length * size * 0.6;

describe('an SVG picture', () => {
  it('shows names from a recording as text, whatever is in them', () => {
    const hostile = `</text><script>alert(1)</script>&"'<image href=x onerror=y>\u0000\u202e]]>`;
    const surface = new SvgSurface(100, 50, measure);
    surface.text(hostile, 1, 2, { colour: '#000000' });
    const document = surface.document(hostile);
    const found = elements(document);
    expect(found.map(({ name }) => name)).toEqual(['svg', 'title', 'text']);
    expect(found[2].text.trim()).toBe(hostile.replace('\u0000', '\uFFFD'));
  });

  it('is the pixels that it was given', () => {
    const colours = [0xff0000ff, 0xff00ff00, 0xffff0000];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.nat(2)),
        (columns, rows, stream) => {
          const pixels = Uint32Array.from({ length: columns * rows }, () => colours[stream.next().value as number]);
          const surface = new SvgSurface(columns, rows, measure);
          surface.image(pixels, columns, rows, 0, 0, columns, rows);
          const drawn = new Uint32Array(columns * rows);
          let area = 0;
          for (const { name, attributes } of elements(surface.document('pixels'))) {
            if (name !== 'path') continue;
            const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(attributes['fill'].slice(at, at + 2), 16));
            for (const [, x, y, width, height] of attributes['d'].matchAll(/M(\S+) (\S+)h(\d+)v(\d+)h-\d+z/g)) {
              for (let row = Number(y); row < Number(y) + Number(height); row++) {
                for (let column = Number(x); column < Number(x) + Number(width); column++) {
                  drawn[row * columns + column] = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
                  area++;
                }
              }
            }
          }
          expect(drawn).toEqual(pixels);
          expect(area).toBe(columns * rows);
        },
      ),
    );
  });
});
