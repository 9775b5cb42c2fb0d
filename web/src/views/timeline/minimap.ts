/** All of T in a narrow strip: how the time of all vCPUs together is divided, and which part is in view. */
import { KINDS_OF } from '../../../../src/episodes/lanes.js';
import { Columns, NOTHING } from '../../drawing/columns.js';
import { paintLane } from '../../drawing/lane-image.js';
import type { Span } from '../../drawing/span.js';
import { xOf } from '../../drawing/span.js';
import type { Surface } from '../../drawing/surface.js';
import type { TileCache } from '../../drawing/tile-cache.js';
import { wholeLevelOf } from '../../drawing/tile-cache.js';
import type { TimelineInfo } from '../../engine/engine.js';
import { keptOutHatch, type LaneColours, STACK_ORDER } from './colours.js';
import type { CachedTile } from './lane-view.js';
import { isKeptOut } from './words.js';

export const MINIMAP_HEIGHT = 40;
/** The part in view is never narrower than this, so that it can be taken hold of. */
const LEAST_WINDOW = 6;

export class Minimap {
  readonly #lanes: readonly number[];
  readonly #lengthNs: number;
  readonly #info: TimelineInfo;
  #pixels = new Uint32Array(0);
  #columns = 0;
  #rows = 0;
  /** What the pixels were made of. */
  #made: readonly unknown[] = [];

  constructor(lanes: readonly number[], info: TimelineInfo) {
    this.#lanes = lanes;
    this.#lengthNs = info.lengthNs;
    this.#info = info;
  }

  /** Works out the pixels again where what the cache has is other than before, or something else has changed. */
  update(cache: TileCache<CachedTile>, width: number, height: number, scale: number, colours: LaneColours): void {
    const found = this.#lanes.flatMap((lane) => cache.find(lane, wholeLevelOf(this.#lengthNs), 0)?.tile ?? []);
    const made = [width, height, scale, colours.nothing, ...found];
    if (made.length === this.#made.length && made.every((part, index) => part === this.#made[index])) return;
    this.#made = made;
    this.#columns = Math.max(1, Math.round(width * scale));
    this.#rows = Math.max(1, Math.round(height * scale));
    const whole = { fromNs: 0, toNs: this.#lengthNs };
    const columns = new Columns(this.#columns, KINDS_OF.vcpu.length);
    columns.begin(whole, this.#lengthNs);
    found.forEach(({ rows, resolutionNs }, number) => {
      columns.add(rows, number, resolutionNs, whole);
    });
    const hatchedKind = this.#keptOutKinds(columns, found);
    // As if all were one vCPU; of winners there is no more to see in a sum.
    for (let i = 0; i < columns.sums.length; i++) columns.sums[i] /= Math.max(1, found.length);
    columns.winnerRow.fill(NOTHING);
    this.#pixels = new Uint32Array(this.#columns * this.#rows);
    const { pixels, nothing } = colours;
    paintLane(
      this.#pixels,
      this.#rows,
      columns,
      whole,
      {
        kinds: pixels.vcpu,
        nothing,
        order: STACK_ORDER.vcpu,
        hatchedKind: (x) => hatchedKind[x],
        hatch: keptOutHatch(colours, scale),
      },
      () => 0,
    );
  }

  /** By column: the account in which a VMM kept the vCPU of the longest segment out; -1 where none did. */
  #keptOutKinds({ width, winnerTile, winnerRow }: Columns, tiles: readonly CachedTile[]): Int8Array {
    const kinds = new Int8Array(width).fill(-1);
    for (let x = 0; x < width; x++) {
      if (winnerRow[x] === NOTHING) continue;
      const { rows } = tiles[winnerTile[x]];
      if (isKeptOut(this.#info, rows.label[winnerRow[x]])) kinds[x] = rows.kind[winnerRow[x]];
    }
    return kinds;
  }

  draw(surface: Surface, view: Span, range: Span | undefined, colours: LaneColours): void {
    const { width, height } = surface;
    const { surfaces } = colours;
    surface.rect(0, 0, width, height, surfaces.surface);
    if (this.#columns > 0) surface.image(this.#pixels, this.#columns, this.#rows, 0, 0, width, height);
    const whole = { fromNs: 0, toNs: this.#lengthNs };
    const { left, right } = windowOf(view, whole, width);
    surface.rect(0, 0, left, height, surfaces.page, 0.65);
    surface.rect(right, 0, width - right, height, surfaces.page, 0.65);
    surface.outline(left + 0.5, 0.5, right - left - 1, height - 1, { colour: surfaces.accent, width: 1.5 });
    for (const x of [left, right]) surface.rect(x - 1.5, height / 2 - 7, 3, 14, surfaces.accent);
    if (range === undefined) return;
    const [from, to] = [xOf(whole, width, range.fromNs), xOf(whole, width, range.toNs)];
    surface.rect(from, height - 4, Math.max(2, to - from), 4, surfaces.accent);
  }
}

/** Where the part in view is, in pixels. */
export function windowOf(view: Span, whole: Span, width: number): { left: number; right: number } {
  const left = xOf(whole, width, view.fromNs);
  const right = xOf(whole, width, view.toNs);
  const missing = Math.max(0, LEAST_WINDOW - (right - left));
  const from = Math.max(0, Math.min(left - missing / 2, width - LEAST_WINDOW));
  return { left: from, right: Math.min(width, Math.max(right, from + LEAST_WINDOW)) };
}
