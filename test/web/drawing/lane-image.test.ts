import { expect, test } from 'vitest';
import { NO_LABEL } from '../../../src/episodes/lanes.js';
import { Columns, drawnTile } from '../../../web/src/drawing/columns.js';
import { type LanePaint, paintLane } from '../../../web/src/drawing/lane-image.js';

const [GROUND, SOLID, BETWEEN, NOTHING] = [1, 2, 3, 4];

/** Two segments of 8 ns side by side, 8 pixels each, of one kind; the second one is hatched. */
function painted(isHatched: boolean): Uint32Array {
  const tile = drawnTile({
    lane: 0,
    rows: 'segments',
    count: 2,
    firstBinNs: 0,
    start: Float64Array.of(0, 8),
    duration: Float64Array.of(8, 8),
    kind: Uint8Array.of(1, 1),
    label: new Int32Array(2).fill(NO_LABEL),
    merged: new Float64Array(2).fill(1),
    sums: new Float64Array(0),
    kinds: 2,
  });
  const span = { fromNs: 0, toNs: 16 };
  const columns = new Columns(16, 2);
  columns.begin(span, 16);
  columns.add(tile, 0, 0, span);
  const pixels = new Uint32Array(16 * 8);
  const paint: LanePaint = {
    kinds: Uint32Array.of(GROUND, SOLID),
    nothing: NOTHING,
    order: [1, 0],
    hatchedKind: (x) => (isHatched && x >= 8 ? 1 : -1),
    hatch: { between: Uint32Array.of(GROUND, BETWEEN), period: 4 },
  };
  paintLane(pixels, 8, columns, span, paint, () => 1);
  return pixels;
}

const share = (pixels: Uint32Array, colour: number, from: number): number =>
  pixels.filter((pixel, at) => at % 16 >= from && at % 16 < from + 8 && pixel === colour).length / 64;

test('a hatched segment has half of its pixels between stripes, and no other segment any', () => {
  const pixels = painted(true);
  expect([share(pixels, SOLID, 0), share(pixels, BETWEEN, 0)]).toEqual([1, 0]);
  expect([share(pixels, SOLID, 8), share(pixels, BETWEEN, 8)]).toEqual([0.5, 0.5]);
});

test('stripes rise to the right, one pixel a column', () => {
  const pixels = painted(true);
  for (let y = 1; y < 8; y++) {
    for (let x = 8; x < 15; x++) expect(pixels[y * 16 + x]).toBe(pixels[(y - 1) * 16 + x + 1]);
  }
});

test('without it everything is solid', () => {
  expect(new Set(painted(false))).toEqual(new Set([SOLID]));
});
