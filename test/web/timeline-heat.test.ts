import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { luminance } from '../../web/src/drawing/lane-image.js';
import type { HeatMap } from '../../web/src/engine/engine.js';
import { usedRows } from '../../web/src/views/heat/heat-picture.js';
import { boxesOfSpan, boxOfCell, cellAt, spanOfCell, spanOfCells } from '../../web/src/views/heat/heat-places.js';
import { legendCounts, rampColour, shareOf } from '../../web/src/views/heat/heat-scale.js';

const BOX = { x: 64, y: 8, width: 900, height: 240 };

function mapOf(kind: HeatMap['kind'], columns: number, rows: number, filled: readonly number[] = []): HeatMap {
  const counts = Array.from({ length: columns * rows }, () => 0);
  for (const index of filled) counts[index] = 1;
  const columnNs = kind === 'latency' ? 2 ** 20 : 1e6;
  return {
    kind,
    fromNs: 3 * columnNs,
    columnNs,
    columns,
    rows,
    bordersNs: Array.from({ length: rows + 1 }, (_, row) => (kind === 'latency' ? 64 * 2 ** row : (row * 1e6) / rows)),
    counts,
    most: filled.length > 0 ? 1 : 0,
    errorNs: 0,
  };
}

const sizes = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });

describe.each(['latency', 'offset'] as const)('places in a map of %s', (kind) => {
  it('find the cell that is drawn there', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), ({ columns, rows }, column, row) => {
        const map = mapOf(kind, columns, rows);
        const span = { fromNs: map.fromNs, toNs: map.fromNs + columns * map.columnNs };
        const cell = { column: column % columns, row: row % rows };
        const all = { first: 0, end: rows };
        const { x, y, width, height } = boxOfCell(map, all, span, BOX, cell);
        expect(cellAt(map, all, span, BOX, x + width / 2, y + height / 2)).toEqual(cell);
      }),
    );
  });

  it('select from the earlier cell to the end of the later one', () => {
    const map = mapOf(kind, 20, 10);
    const [one, other] = [
      { column: 7, row: 2 },
      { column: 4, row: 8 },
    ];
    const span = spanOfCells(map, one, other);
    expect(span).toEqual(spanOfCells(map, other, one));
    expect(span.fromNs).toBe(spanOfCell(map, other).fromNs);
    expect(span.toNs).toBe(spanOfCell(map, one).toNs);
  });

  it('shade as much of the picture as the span is of the time', () => {
    const map = mapOf(kind, 40, 10);
    const span = { fromNs: map.fromNs, toNs: map.fromNs + 40 * map.columnNs };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 399 }), fc.integer({ min: 1, max: 200 }), (from, length) => {
        const part = {
          fromNs: map.fromNs + (from * map.columnNs) / 10,
          toNs: map.fromNs + (Math.min(400, from + length) * map.columnNs) / 10,
        };
        const area = boxesOfSpan(map, span, BOX, part).reduce((sum, { width, height }) => sum + width * height, 0);
        const share = (part.toNs - part.fromNs) / (span.toNs - span.fromNs);
        expect(area / (BOX.width * BOX.height)).toBeCloseTo(share, 6);
      }),
    );
  });
});

describe('colours of heat maps', () => {
  it.each(['light', 'dark'] as const)('go from faint to strong, never back: %s', (theme) => {
    const steps = Array.from({ length: 64 }, (_, step) => luminance(rampColour(theme, step / 63)));
    for (let step = 1; step < steps.length; step++) {
      if (theme === 'light') expect(steps[step]).toBeLessThan(steps[step - 1]);
      else expect(steps[step]).toBeGreaterThan(steps[step - 1]);
    }
  });

  it('are for orders of magnitude, and the legend has both ends', () => {
    expect([1, 10, 100, 1000].map((count) => shareOf(count, 1, 1000))).toEqual(
      [0, 1 / 3, 2 / 3, 1].map((one) => expect.closeTo(one, 9)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (most) => {
        const counts = legendCounts(1, most);
        expect(counts[0]).toBe(1);
        expect(counts[counts.length - 1]).toBe(most);
        expect(counts.length).toBeLessThanOrEqual(9);
        expect(counts).toEqual([...new Set(counts)].toSorted((a, b) => a - b));
      }),
    );
  });

  it('leave out lengths that do not occur', () => {
    expect(usedRows(mapOf('latency', 4, 20, [1 * 20 + 7, 3 * 20 + 9]))).toEqual({ first: 6, end: 11 });
    expect(usedRows(mapOf('latency', 4, 20))).toEqual({ first: 0, end: 20 });
    expect(usedRows(mapOf('offset', 4, 20, [25]))).toEqual({ first: 0, end: 20 });
  });
});
