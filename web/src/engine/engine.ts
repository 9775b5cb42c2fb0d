/**
 * The one door between the page and the data. Three engines are behind it, and no view knows which: `server` asks a local
 * `vmtoll open`, `worker` analyses dropped files in the browser, `report` reads what an exported page carries with it.
 *
 * Times are nanoseconds since the start of T of the recording (its first event, unless stated). Every text comes from a
 * recording or a benchmark and is untrusted: show it as text, never as markup.
 */
import type { Comparison } from '../../../src/benchmarks/comparison/comparison.js';
import type { Difference } from '../../../src/differences/difference.js';
import type { ChainQuery } from '../../../src/episodes/chains.js';
import type { LaneType, Occupant } from '../../../src/episodes/lanes.js';
import type { EpisodeChain, HeatMap, HeatQuery, LaneSums, TimelineInfo } from '../../../src/episodes/model.js';
import type { Tile, TileQuery } from '../../../src/episodes/tile.js';
import type { SumsQuery } from '../../../src/episodes/timeline.js';
import type { Explanation, OutsideGuest } from '../../../src/explain/explanation.js';
import type { AccountName, AccountSums } from '../../../src/ledger/accounts.js';
import type { Cause } from '../../../src/recording/causes.js';
import type { ExplanationQuery, Progress, RecordingInfo, Workspace } from '../../../src/workspace/protocol.js';

export type {
  EpisodeChain,
  EpisodePart,
  ExitLabel,
  HeatCount,
  HeatKind,
  HeatMap,
  Lane,
  LaneSums,
  OccupantLabel,
  OtherOccupant,
  TimelineInfo,
  WakeLink,
} from '../../../src/episodes/model.js';
export { MOST_COLUMNS } from '../../../src/episodes/tile.js';
export type {
  Comparison,
  Difference,
  Explanation,
  ExplanationQuery,
  LaneType,
  Occupant,
  Progress,
  RecordingInfo,
  Tile,
  Workspace,
};

/** Position in `Workspace.recordings`. */
export type RecordingIndex = number;

export interface Engine {
  readonly kind: 'server' | 'worker' | 'report';
  /** Resolves when everything can be asked for; until then `onProgress` tells how far it is. */
  open(onProgress?: (progress: Progress) => void, signal?: AbortSignal): Promise<Workspace>;
  /**
   * The books of the recording, or of a part of it. The numbers of a part are exact: for a part of T the recording is read
   * again, so it takes about as long as opening it; asking again for the same part does not.
   * @throws {EngineError} `no-ranges` for a part of T where `Workspace.ranges` is false, `no-parts` for single machines and
   * vCPUs where `RecordingInfo.hasParts` is
   */
  explanation(query: ExplanationQuery, signal?: AbortSignal): Promise<Explanation>;
  /** The lanes of the timeline and what their rows mean. */
  timeline(recording: RecordingIndex, signal?: AbortSignal): Promise<TimelineInfo>;
  /** What lanes did between two times. At most MOST_COLUMNS bins a lane: the tile says how long its bins are. */
  tile(request: TileRequest, signal?: AbortSignal): Promise<Tile>;
  /** Exact nanoseconds by kind in a part of T; quick, unlike `explanation`. One row a lane, in the order asked for. */
  sums(request: SumsRequest, signal?: AbortSignal): Promise<LaneSums[]>;
  /** The episode (on a pCPU lane: the stay) at a time, with all that is known of it; undefined where there is none. */
  episode(request: EpisodeRequest, signal?: AbortSignal): Promise<EpisodeChain | undefined>;
  heat(request: HeatRequest, signal?: AbortSignal): Promise<HeatMap>;
  /** Benchmarks of both sides; undefined where none were given. */
  comparison(signal?: AbortSignal): Promise<Comparison | undefined>;
  /** The first recording against the second; undefined where there is one only. */
  difference(signal?: AbortSignal): Promise<Difference | undefined>;
  /** Stops what is under way and lets go of all memory. */
  close(): void;
}

export interface TileRequest extends TileQuery {
  readonly recording: RecordingIndex;
}

export interface SumsRequest extends SumsQuery {
  readonly recording: RecordingIndex;
}

export interface EpisodeRequest extends ChainQuery {
  readonly recording: RecordingIndex;
}

export interface HeatRequest extends HeatQuery {
  readonly recording: RecordingIndex;
}

/** Why something could not be answered: `code` for programs, `message` and `hint` for people. */
export class EngineError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
    this.hint = hint;
  }
}

export type { AccountName, AccountSums, Cause, OutsideGuest };
