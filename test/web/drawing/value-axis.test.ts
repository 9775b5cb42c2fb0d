import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyTicks } from '../../../web/src/drawing/value-axis.js';

const SIZES: Readonly<Record<string, number>> = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 };

describe('the axis of durations', () => {
  it('has labels that say where they are and do not touch', () => {
    const axis = fc.record({
      from: fc.integer({ min: 6, max: 20 }),
      octaves: fc.integer({ min: 1, max: 22 }),
      length: fc.integer({ min: 60, max: 800 }),
    });
    fc.assert(
      fc.property(axis, ({ from, octaves, length }) => {
        const [fromNs, toNs] = [2 ** from, 2 ** (from + octaves)];
        let last = Number.NEGATIVE_INFINITY;
        for (const { y, label } of latencyTicks(fromNs, toNs, length, 'ns')) {
          const [value, unit] = label.split(' ');
          const ns = fromNs * (toNs / fromNs) ** (y / length);
          expect(ns / (Number(value) * SIZES[unit])).toBeCloseTo(1, 9);
          expect(y - last).toBeGreaterThan(11);
          last = y;
        }
      }),
    );
  });

  it('has powers of ten where there is little room', () => {
    const labels = latencyTicks(1e3, 1e9, 120, 'ns').map(({ label }) => label);
    expect(labels).toEqual(['1 µs', '10 µs', '100 µs', '1 ms', '10 ms', '100 ms', '1 s']);
    expect(latencyTicks(1e3, 1e5, 60, 'cycles').map(({ label }) => label)).toContain('10,000');
  });
});
