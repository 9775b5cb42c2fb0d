import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockText, timeAxis } from '../../../web/src/drawing/time-axis.js';

/** A font in which a character is 7 pixels wide. */
const textWidth = (text: string): number => text.length * 7;

const SIZES: Readonly<Record<string, number>> = {
  ns: 1,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  min: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

/** What a reader takes a label for, in nanoseconds. */
function read(label: string, baseNs: number): number {
  if (label === '0') return 0;
  let total = label.startsWith('+') ? baseNs : 0;
  for (const [, value, unit] of label.replace(/[,\u2009+]/g, '').matchAll(/([\d.]+) (\p{L}+)/gu)) {
    total += Number(value) * SIZES[unit];
  }
  return total;
}

const view = fc
  .record({
    power: fc.double({ min: 1.3, max: 15.9, noNaN: true }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    width: fc.integer({ min: 120, max: 4000 }),
  })
  .map(({ power, at, width }) => {
    const length = 10 ** power;
    const fromNs = Math.floor(at * (9e15 - length));
    return { span: { fromNs: Math.max(0, fromNs), toNs: Math.max(0, fromNs) + length }, width };
  });

describe('the time axis', () => {
  it('has labels that never touch and never stick out', () => {
    fc.assert(
      fc.property(view, ({ span, width }) => {
        const { ticks } = timeAxis(span, width, textWidth);
        let end = Number.NEGATIVE_INFINITY;
        for (const { x, label } of ticks) {
          if (label === '') continue;
          expect(x - textWidth(label) / 2).toBeGreaterThanOrEqual(Math.max(0, end + 4));
          end = x + textWidth(label) / 2;
          expect(end).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('says where a tick is: its label read back is its time', () => {
    fc.assert(
      fc.property(view, ({ span, width }) => {
        const { ticks, base, baseNs } = timeAxis(span, width, textWidth);
        if (base !== '') expect(read(base, 0)).toBeCloseTo(baseNs, -1);
        for (const { label, timeNs } of ticks) {
          if (label === '') continue;
          const tolerance = Math.max(1e-3, timeNs * 2 ** -48);
          expect(Math.abs(read(label, baseNs) - timeNs)).toBeLessThanOrEqual(tolerance);
        }
      }),
    );
  });

  it('has ticks on any view that is wide enough for two labels', () => {
    fc.assert(
      fc.property(view, ({ span, width }) => {
        if (width < 500) return;
        const { ticks } = timeAxis(span, width, textWidth);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThan(width / 18 + 1);
      }),
    );
  });

  it('writes round times in the units of people', () => {
    const labels = (fromNs: number, toNs: number) =>
      timeAxis({ fromNs, toNs }, 1000, textWidth)
        .ticks.map(({ label }) => label)
        .filter((label) => label !== '');
    expect(labels(0, 16)).toContain('2 ns');
    expect(labels(0, 1e6)).toContain('0.2 ms');
    expect(labels(0, 3e9)).toContain('2.4 s');
    expect(labels(0, 5 * 3600e9)).toContain('2 h 30 min');
    expect(timeAxis({ fromNs: 2.5e9, toNs: 2.5e9 + 300 }, 1000, textWidth).base).toBe('2.5 s');
  });

  it('counts cycles where a recording does not say how long they are', () => {
    const { ticks } = timeAxis({ fromNs: 0, toNs: 1e6 }, 1000, textWidth, 'cycles');
    expect(ticks.map(({ label }) => label)).toContain('200,000');
  });
});

describe('a moment in words', () => {
  it('is exact', () => {
    expect(clockText(0)).toBe('0');
    expect(clockText(1)).toBe('1 ns');
    expect(clockText(1_234_567)).toBe('1.234\u2009567 ms');
    expect(clockText(7_384_512_345_678)).toBe('2 h 3 min 4.512\u2009345\u2009678 s');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (ns) => {
        expect(Math.abs(read(clockText(ns), 0) - ns)).toBeLessThanOrEqual(Math.max(1e-3, ns * 2 ** -50));
      }),
    );
  });
});
