import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../../src/base/histogram.js';

const RUNS = { numRuns: 300, seed: 20_261_122 };
const PERCENTILES = [0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

/** Whole numbers of every magnitude up to 2^53, with many near powers of two. */
const anyValue = fc.oneof(
  fc
    .tuple(fc.nat({ max: 53 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([bits, share]) => Math.floor(2 ** bits * share)),
  fc.tuple(fc.nat({ max: 53 }), fc.integer({ min: -2, max: 2 })).map(([bits, more]) => clamp(2 ** bits + more)),
);
const clamp = (value: number) => Math.min(2 ** 53, Math.max(0, value));
const anyValues = fc.array(anyValue, { minLength: 1, maxLength: 200 });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

/** The smallest value that at least the share p does not exceed. */
function exactPercentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.find((_, i) => i + 1 >= p * sorted.length)!;
}

const read = (histogram: Histogram) => ({
  count: histogram.count,
  sum: histogram.sum,
  min: histogram.min,
  max: histogram.max,
  percentiles: histogram.percentiles(PERCENTILES),
});

describe('a histogram', () => {
  test('knows every percentile within 0.8 %', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const histogram = histogramOf(values);
        for (const p of PERCENTILES) {
          const exact = exactPercentile(values, p);
          expect(Math.abs(histogram.percentiles([p])[0] - exact), `${p}: ${exact}`).toBeLessThanOrEqual(0.008 * exact);
        }
      }),
      RUNS,
    );
  });

  test('is exact below 128, where a bucket is one value', () => {
    for (let value = 0; value < 128; value++) {
      expect(histogramOf([value, 1000, 1000]).percentiles([0.2])[0]).toBe(value);
    }
  });

  test('finds one value among others of every power of two', () => {
    for (let bits = 7; bits <= 53; bits++) {
      const value = 2 ** bits;
      const median = histogramOf([0, value, 2 ** 53]).percentiles([0.5])[0];
      expect(Math.abs(median - value) / value, `2^${bits}`).toBeLessThanOrEqual(0.008);
    }
  });

  test('keeps count, sum, least and greatest value exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
        const { count, sum, min, max } = histogramOf(values);
        expect({ count, sum, min, max }).toEqual({
          count: values.length,
          sum: values.reduce((total, value) => total + value, 0),
          min: Math.min(...values),
          max: Math.max(...values),
        });
      }),
      RUNS,
    );
  });

  test('never reads a value outside of those it got', () => {
    fc.assert(
      fc.property(anyValues, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const { min, max } = histogramOf(values);
        const value = histogramOf(values).percentiles([p])[0];
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(max);
      }),
      RUNS,
    );
  });

  test('merged is as if all had been added to one', () => {
    const small = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { maxLength: 50 });
    fc.assert(
      fc.property(small, small, small, (a, b, c) => {
        const merged = histogramOf(a);
        const other = histogramOf(b);
        merged.merge(other);
        merged.merge(histogramOf(c));
        expect(read(merged)).toEqual(read(histogramOf([...a, ...b, ...c])));
        // What was merged stays as it was, and is not shared.
        merged.add(5);
        expect(read(other)).toEqual(read(histogramOf(b)));
      }),
      RUNS,
    );
  });

  test('without values has none to read', () => {
    const { count, sum, percentiles } = read(new Histogram());
    expect({ count, sum }).toEqual({ count: 0, sum: 0 });
    expect(percentiles.every(Number.isNaN)).toBe(true);
  });
});
