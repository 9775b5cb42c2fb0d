/** A recorded timeline with its names, to be asked: lanes, tiles, sums, single episodes, heat maps. */
import { type ChainQuery, chainAt, type Surroundings } from './chains.js';
import { heatMap } from './heat.js';
import type { LaneBooks } from './lane-books.js';
import { LaneData, type LaneNames } from './lane-data.js';
import type { EpisodeChain, HeatMap, HeatQuery, LaneSums, TimelineInfo } from './model.js';
import { sumsBetween } from './range-sums.js';
import type { EpisodeRecorder } from './recorder.js';
import { Rows } from './rows.js';
import type { Tile, TileQuery } from './tile.js';
import { makeTile } from './tiles.js';

export interface SumsQuery {
  /** Positions in the list of lanes. */
  readonly lanes: readonly number[];
  readonly fromNs: number;
  readonly toNs: number;
}

/** What the recorder does not know. */
export interface TimelineNames
  extends Pick<TimelineInfo, 'fromNs' | 'lengthNs' | 'exits' | 'occupants' | 'schedulerSeen'> {
  readonly lanes: readonly NamedLane[];
  readonly functionAt: Surroundings['functionAt'];
}

export interface NamedLane extends LaneNames {
  readonly books: LaneBooks;
}

export class EpisodeTimeline {
  readonly info: TimelineInfo;
  readonly #lanes: readonly LaneData[];
  readonly #recorder: EpisodeRecorder;
  readonly #around: Surroundings;
  readonly #scratch = new Rows();

  constructor(recorder: EpisodeRecorder, names: TimelineNames) {
    const { scale, keepsSegments, store } = recorder.shared;
    this.#recorder = recorder;
    this.#lanes = names.lanes.map(
      (named) => new LaneData(named.books, named, scale.binNs, keepsSegments, this.#scratch),
    );
    this.#around = surroundings(this.#lanes, names, scale.binNs);
    this.info = {
      fromNs: names.fromNs,
      lengthNs: names.lengthNs,
      lanes: names.lanes.map(({ lane }) => lane),
      exits: names.exits,
      occupants: names.occupants,
      finestNs: keepsSegments ? 0 : scale.binNs,
      baseNs: scale.binNs,
      segments: names.lanes.reduce((sum, { books }) => sum + books.segments, 0),
      episodes: recorder.vcpus.reduce((sum, { episodes }) => sum + episodes, 0),
      limit: keepsSegments ? '' : `Nothing shorter than the bins is shown: ${store.limit}.`,
      schedulerSeen: names.schedulerSeen,
    };
  }

  tile(query: TileQuery): Tile {
    return makeTile(this.#lanes, query, this.info.baseNs, this.info.lengthNs, this.#scratch);
  }

  sums({ lanes, fromNs, toNs }: SumsQuery): LaneSums[] {
    const from = Math.max(0, fromNs);
    const to = Math.min(this.info.lengthNs, toNs);
    return lanes
      .filter((lane) => this.#lanes[lane] !== undefined)
      .map((lane) => ({ lane, ...sumsBetween(this.#lanes[lane], from, to, this.info.baseNs, this.#scratch) }));
  }

  /** The episode (on a pCPU: the stay) at a time; undefined where there is none. */
  episode(query: ChainQuery): EpisodeChain | undefined {
    return chainAt(query, this.#around);
  }

  heat(query: HeatQuery): HeatMap {
    const { scale } = this.#recorder.shared;
    const { lengthNs } = this.info;
    return heatMap(this.#lanes, query, { lengthNs, binNs: scale.binNs, sliceNs: scale.sliceNs }, this.#scratch);
  }

  /** Lets go of the single segments. */
  close(): void {
    this.#recorder.shared.store.close();
  }
}

function surroundings(lanes: readonly LaneData[], names: TimelineNames, binNs: number): Surroundings {
  const pcpus = new Map<number, number>();
  const vcpus = new Map<number, number>();
  for (const [index, { lane }] of lanes.entries()) {
    if (lane.type === 'pcpu') pcpus.set(lane.number, index);
    else vcpus.set(lane.thread, index);
  }
  return {
    lanes,
    binNs,
    pcpuLane: (pcpu) => pcpus.get(pcpu) ?? -1,
    vcpuLaneOf: (occupant) => {
      const label = names.occupants[occupant];
      return label?.kind === 'vcpu' ? (vcpus.get(label.thread) ?? -1) : -1;
    },
    functionAt: names.functionAt,
  };
}
