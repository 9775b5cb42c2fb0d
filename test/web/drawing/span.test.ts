import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  broughtIntoView,
  fittedTo,
  keptWithin,
  lengthOf,
  pannedBy,
  SMALLEST_SPAN_NS,
  timeAt,
  xOf,
  zoomedAround,
} from '../../../web/src/drawing/span.js';

const WIDTH = 1200;
/** T from a microsecond to three months, a view in it, a place on the screen. */
const scene = fc
  .record({
    lengthNs: fc
      .integer({ min: 3, max: 15 })
      .chain((power) => fc.integer({ min: 1, max: 9 }).map((n) => n * 10 ** power)),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    share: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    x: fc.integer({ min: 0, max: WIDTH }),
    factor: fc.double({ min: 0.05, max: 20, noNaN: true }),
  })
  .map(({ lengthNs, from, share, x, factor }) => {
    const whole = { fromNs: 0, toNs: lengthNs };
    const length = Math.max(SMALLEST_SPAN_NS, lengthNs * share);
    const view = keptWithin({ fromNs: from * lengthNs, toNs: from * lengthNs + length }, whole);
    return { whole, view, x, factor };
  });

describe('the span in view', () => {
  it('stays within T, and no shorter than can be shown', () => {
    fc.assert(
      fc.property(scene, ({ whole, view, x, factor }) => {
        const timeNs = timeAt(view, WIDTH, x);
        for (const next of [
          zoomedAround(view, whole, timeNs, factor),
          pannedBy(view, whole, (factor - 10) * lengthOf(view)),
        ]) {
          expect(next.fromNs).toBeGreaterThanOrEqual(whole.fromNs);
          // The end is the start plus a length: a double's rounding is all that may be over.
          expect(next.toNs).toBeLessThanOrEqual(whole.toNs * (1 + 2 ** -52));
          expect(lengthOf(next)).toBeGreaterThanOrEqual(SMALLEST_SPAN_NS * (1 - 1e-6) - whole.toNs * 2 ** -51);
        }
      }),
    );
  });

  it('keeps the time under the pointer where it is while it zooms, unless an end of T is in the way', () => {
    fc.assert(
      fc.property(scene, ({ whole, view, x, factor }) => {
        const timeNs = timeAt(view, WIDTH, x);
        const next = zoomedAround(view, whole, timeNs, factor);
        if (next.fromNs === whole.fromNs || next.toNs >= whole.toNs * (1 - 1e-12)) return;
        expect(Math.abs(xOf(next, WIDTH, timeNs) - x)).toBeLessThan(
          0.5 + (whole.toNs * 2 ** -50 * WIDTH) / lengthOf(next),
        );
      }),
    );
  });

  it('comes back to where it was when it pans there and back', () => {
    const whole = { fromNs: 0, toNs: 1e9 };
    const view = { fromNs: 1e8, toNs: 2e8 };
    expect(pannedBy(pannedBy(view, whole, 12_345_678), whole, -12_345_678)).toEqual(view);
  });

  it('fits an episode with its surroundings, and moves no more than needed to bring one into view', () => {
    const whole = { fromNs: 0, toNs: 1e9 };
    expect(fittedTo({ fromNs: 1000, toNs: 2000 }, whole)).toEqual({ fromNs: 900, toNs: 2100 });
    expect(fittedTo(whole, whole)).toEqual(whole);
    const view = { fromNs: 100, toNs: 1100 };
    expect(broughtIntoView(view, whole, { fromNs: 200, toNs: 300 })).toBe(view);
    expect(broughtIntoView(view, whole, { fromNs: 5000, toNs: 5100 })).toEqual({ fromNs: 4550, toNs: 5550 });
    expect(broughtIntoView(view, whole, { fromNs: 5000, toNs: 15_000 })).toEqual({ fromNs: 4000, toNs: 16_000 });
  });

  it('shows all of a recording that is shorter than the shortest span', () => {
    const whole = { fromNs: 0, toNs: 5 };
    expect(zoomedAround(whole, whole, 2, 0.1)).toEqual(whole);
  });
});
