/** Colours are told apart by everybody, and text is readable: computed by the published formulas, not by eye. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT_COLOURS, SURFACES, type Surfaces, THEMES } from '../../web/src/design/palette.js';
import { textColourOn } from '../../web/src/drawing/lane-image.js';

type Rgb = readonly [number, number, number];

/** sRGB of IEC 61966-2-1 to linear light. */
const linear = (hex: string): Rgb => {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
};

/** WCAG 2.2, relative luminance and contrast ratio. */
const luminance = (hex: string): number => {
  const [red, green, blue] = linear(hex);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one: string, other: string): number => {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};

/** Machado, Oliveira, Fernandes 2009: what people see who lack one kind of cones (severity 1), in linear light. */
const VISIONS: Readonly<Record<string, readonly [Rgb, Rgb, Rgb]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Ottosson 2020: OKLab. */
function oklab([red, green, blue]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function seen(hex: string, vision: string): Rgb {
  const colour = linear(hex);
  const [red, green, blue] = VISIONS[vision].map((row) =>
    Math.min(1, Math.max(0, row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2])),
  );
  return oklab([red, green, blue]);
}

const distance = (one: Rgb, other: Rgb): number => Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);

/** In OKLab; about 0.02 can just be told apart side by side. */
const LEAST_DISTANCE = 0.09;
/** WCAG 2.2, 1.4.3 (AA) for text of any size, 1.4.11 for what is needed to make out controls. */
const TEXT_CONTRAST = 4.5;
const SHAPE_CONTRAST = 3;

describe.each(THEMES)('%s', (theme) => {
  const accounts = Object.entries(ACCOUNT_COLOURS[theme]);

  test.each(Object.keys(VISIONS))('any two accounts differ for people with %s vision', (vision) => {
    const close = accounts.flatMap(([one, colour], index) =>
      accounts
        .slice(index + 1)
        .filter(([, other]) => distance(seen(colour, vision), seen(other, vision)) < LEAST_DISTANCE)
        .map(([other]) => `${one} and ${other}`),
    );
    expect(close).toEqual([]);
  });

  test('text has the contrast of AA on every ground that it stands on', () => {
    const surfaces = SURFACES[theme];
    const grounds = ['page', 'surface', 'raised', 'selected'] as const;
    const pairs: (readonly [keyof Surfaces, keyof Surfaces])[] = [
      ...(['text', 'quiet', 'accent', 'worse', 'better', 'unclear'] as const).flatMap((text) =>
        grounds.map((ground) => [text, ground] as const),
      ),
      ['onAccent', 'accent'],
      ['text', 'warning'],
    ];
    const poor = pairs
      .map(([text, ground]) => ({ text, ground, contrast: contrast(surfaces[text], surfaces[ground]) }))
      .filter((pair) => pair.contrast < TEXT_CONTRAST);
    expect(poor).toEqual([]);
  });

  test('text on the colour of an account, or of a thread, is readable', () => {
    const { kernelThread, otherThread } = SURFACES[theme];
    const colours = [...accounts.map(([, colour]) => colour), kernelThread, otherThread];
    for (const colour of colours) expect(contrast(textColourOn(colour), colour)).toBeGreaterThan(TEXT_CONTRAST);
  });

  test('frames of bars and the mark of the focus stand out from what is around them', () => {
    const { strongLine, accent, surface, page } = SURFACES[theme];
    for (const ground of [surface, page]) {
      expect(contrast(strongLine, ground)).toBeGreaterThan(SHAPE_CONTRAST - 0.5);
      expect(contrast(accent, ground)).toBeGreaterThan(SHAPE_CONTRAST);
    }
  });
});
