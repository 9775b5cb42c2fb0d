/**
 * A timeline of reduced depth: one tile of all of T, and heat maps that were made of it. It is what a page carries that is
 * exported, and it is asked like the whole one.
 */
import { type Result, success } from '../base/issue.js';
import { ACCOUNTS } from '../ledger/accounts.js';
import { Bins } from './bins.js';
import { MemoryBlockStore } from './block-store.js';
import { type ChainQuery, chainAt, type Surroundings } from './chains.js';
import { LaneBooks } from './lane-books.js';
import { LaneData } from './lane-data.js';
import { NO_LABEL, OccupantKind } from './lanes.js';
import type { EpisodeChain, HeatMap, HeatQuery, LaneSums, TimelineInfo } from './model.js';
import { sumsBetween } from './range-sums.js';
import { Rows } from './rows.js';
import { Scale } from './scale.js';
import type { LaneTile, Tile, TileQuery } from './tile.js';
import { decodeTile, encodeTile } from './tile-codec.js';
import { makeTile } from './tiles.js';
import type { EpisodeTimeline, SumsQuery } from './timeline.js';

export interface ReducedTimeline {
  readonly info: TimelineInfo;
  /** Of all lanes and all of T. */
  readonly tile: Uint8Array;
  readonly heat: readonly HeatMap[];
}

/** Heat maps that are kept: 20 ms and 1 s are the periods at which most hosts do something. */
const PERIODS_NS = [1e9, 2e7];
const HEAT_COLUMNS = 400;

/**
 * @param columns of the tile, at most
 * @param mostLanes of vCPUs, and of pCPUs; further ones are left out
 */
export function reduce(timeline: EpisodeTimeline, columns: number, mostLanes: number): ReducedTimeline {
  const { info } = timeline;
  const lanes = [...lanesOf(info, 'vcpu').slice(0, mostLanes), ...lanesOf(info, 'pcpu').slice(0, mostLanes)];
  const tile = timeline.tile({
    lanes,
    fromNs: 0,
    toNs: info.lengthNs,
    resolutionNs: Math.max(info.lengthNs / columns, info.baseNs),
  });
  const exits = new UsedLabels();
  const occupants = new UsedLabels();
  const kept = tile.lanes.map((lane, position): LaneTile => {
    const used = info.lanes[lane.lane].type === 'vcpu' ? exits : occupants;
    return { ...lane, lane: position, label: lane.label.map((label) => used.numberOf(label)) };
  });
  const whole = { lanes: [], fromNs: 0, toNs: info.lengthNs, columns: HEAT_COLUMNS };
  return {
    info: {
      ...info,
      lanes: lanes.map((lane) => info.lanes[lane]),
      exits: exits.of(info.exits),
      occupants: occupants.of(info.occupants),
      finestNs: tile.resolutionNs,
      baseNs: tile.resolutionNs,
      limit: limitOf(info, lanes.length),
    },
    tile: encodeTile({ ...tile, lanes: kept }),
    heat: [
      timeline.heat({ ...whole, kind: 'latency' }),
      ...PERIODS_NS.map((periodNs) => timeline.heat({ ...whole, kind: 'offset', periodNs })),
    ],
  };
}

const lanesOf = (info: TimelineInfo, type: string): number[] =>
  [...info.lanes.keys()].filter((lane) => info.lanes[lane].type === type);

function limitOf(info: TimelineInfo, kept: number): string {
  const lanes = kept < info.lanes.length ? ` Of ${info.lanes.length} lanes the first are shown.` : '';
  return `This page carries an overview of the timeline: vmtoll open RECORDING shows single episodes.${lanes}`;
}

/** Labels that occur, in the order in which they do. */
class UsedLabels {
  readonly #numbers = new Map<number, number>();

  numberOf(label: number): number {
    if (label === NO_LABEL) return NO_LABEL;
    const known = this.#numbers.get(label);
    if (known !== undefined) return known;
    this.#numbers.set(label, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  of<Label>(all: readonly Label[]): Label[] {
    return [...this.#numbers.keys()].map((label) => all[label]);
  }
}

/** Fails where its bytes are damaged. */
export function readReduced({ info, tile, heat }: ReducedTimeline): Result<ReducedReader> {
  const decoded = decodeTile(tile);
  return decoded.ok ? success(new ReducedReader(info, decoded.value, heat)) : decoded;
}

export class ReducedReader {
  readonly info: TimelineInfo;
  readonly #lanes: readonly LaneData[];
  readonly #heat: readonly HeatMap[];
  readonly #around: Surroundings;
  readonly #scratch = new Rows();

  constructor(info: TimelineInfo, tile: Tile, heat: readonly HeatMap[]) {
    this.info = info;
    this.#heat = heat;
    this.#lanes = info.lanes.map((_, index) => this.#laneOf(tile, index));
    this.#around = {
      lanes: this.#lanes,
      binNs: info.baseNs,
      pcpuLane: () => -1,
      vcpuLaneOf: () => -1,
      functionAt: () => undefined,
    };
  }

  tile(query: TileQuery): Tile {
    return makeTile(this.#lanes, query, this.info.baseNs, this.info.lengthNs, this.#scratch);
  }

  sums({ lanes, fromNs, toNs }: SumsQuery): LaneSums[] {
    const to = Math.min(this.info.lengthNs, toNs);
    return lanes
      .filter((lane) => this.#lanes[lane] !== undefined)
      .map((lane) => ({
        lane,
        ...sumsBetween(this.#lanes[lane], Math.max(0, fromNs), to, this.info.baseNs, this.#scratch),
      }));
  }

  /** The longest segment there: more is not kept. */
  episode(query: ChainQuery): EpisodeChain | undefined {
    return chainAt(query, this.#around);
  }

  /** Of the maps that are kept the one that is most alike, as far as it touches what is asked for; always of all vCPUs. */
  heat(query: HeatQuery): HeatMap | undefined {
    const alike = this.#heat.filter(({ kind }) => kind === query.kind);
    const wanted = query.periodNs ?? PERIODS_NS[0];
    const [map] = alike.toSorted((a, b) => Math.abs(a.columnNs - wanted) - Math.abs(b.columnNs - wanted));
    return map && partOf(map, query);
  }

  #laneOf(tile: Tile, index: number): LaneData {
    const { lanes } = this.info;
    const lane = lanes[index];
    const unknownKind = lane.type === 'vcpu' ? ACCOUNTS.indexOf('unknown') : OccupantKind.unknown;
    const found = tile.lanes.find((candidate) => candidate.lane === index);
    const shared = { store: new MemoryBlockStore(0), scale: new Scale(new Set()), keepsSegments: false };
    const books = new LaneBooks(found?.kinds ?? 0, unknownKind, shared);
    if (found !== undefined) books.bins = binsOf(found);
    const labels = lane.type === 'vcpu' ? this.info.exits.length : this.info.occupants.length;
    const labelOf = Int32Array.from({ length: labels }, (_, label) => label);
    return new LaneData(books, { lane, labelOf, occupant: NO_LABEL }, this.info.baseNs, false, this.#scratch);
  }
}

/** Bins of a tile that begins with T; segments, where a recording has so few, are put into bins by whoever made the tile. */
function binsOf(lane: LaneTile): Bins {
  const bins = new Bins(lane.kinds, Math.max(1, lane.count));
  bins.count = lane.count;
  bins.sums.set(lane.sums);
  bins.start.set(lane.start);
  bins.duration.set(lane.duration);
  bins.kind.set(lane.kind);
  bins.label.set(lane.label);
  bins.merged.set(lane.merged);
  return bins;
}

function partOf(map: HeatMap, { fromNs, toNs }: HeatQuery): HeatMap {
  const first = Math.max(0, Math.floor((fromNs - map.fromNs) / map.columnNs));
  const end = Math.max(first + 1, Math.min(map.columns, Math.ceil((toNs - map.fromNs) / map.columnNs)));
  const counts = map.counts.slice(first * map.rows, end * map.rows);
  return {
    ...map,
    fromNs: map.fromNs + first * map.columnNs,
    columns: end - first,
    counts,
    most: counts.reduce((most, count) => Math.max(most, count), 0),
  };
}
