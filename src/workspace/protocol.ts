/**
 * What a page asks and is answered, whoever answers: a local server, or a worker in the browser. Times are nanoseconds since the
 * start of T, those of ExplanationQuery since the first event of the recording.
 */
import type { Issue } from '../base/issue.js';
import type { ChainQuery } from '../episodes/chains.js';
import type { HeatQuery } from '../episodes/model.js';
import type { TileQuery } from '../episodes/tile.js';
import type { SumsQuery } from '../episodes/timeline.js';

export interface Progress {
  /** What is being done, a few words for people: "reading trace.dat". Untrusted: it may hold names of files. */
  readonly doing: string;
  /** 0 to 1; undefined where the end is not known. */
  readonly fraction: number | undefined;
  readonly records: number;
  readonly recordsPerSecond: number;
  /** Milliseconds that are left, an estimate; undefined where the end is not known. */
  readonly leftMs: number | undefined;
}

export interface Workspace {
  /** Version of vmtoll that answers. */
  readonly version: string;
  /** One, or two to be compared. Empty where only benchmarks were given. */
  readonly recordings: readonly RecordingInfo[];
  readonly hasComparison: boolean;
  readonly hasDifference: boolean;
  /** Whether `explanation` can be asked for parts of T: not in a report, nor of what came through a pipe. */
  readonly ranges: boolean;
  /** What is not as it would be elsewhere and why: sentences for people, for example a limit of the browser. */
  readonly limits: readonly string[];
}

export interface RecordingInfo {
  /** Names of its files, as given. Untrusted. */
  readonly names: readonly string[];
  /** Length of T. */
  readonly lengthNs: number;
  /** As in the Explanation: all times are cycles where nobody says how many make a second. */
  readonly timeUnit: 'ns' | 'cycles';
  /** Whether `explanation` can be asked for single machines and vCPUs. */
  readonly hasParts: boolean;
}

export interface ExplanationQuery {
  /** Position in `Workspace.recordings`. */
  readonly recording: number;
  /** Since the first event of the recording. Both absent: all of it. */
  readonly fromNs?: number;
  readonly toNs?: number;
  /** Only this machine (its id), or one vCPU of it. */
  readonly machine?: string;
  readonly vcpu?: number;
}

interface OfRecording {
  readonly recording: number;
}

export type Question =
  | ({ readonly ask: 'explanation' } & ExplanationQuery)
  | ({ readonly ask: 'timeline' } & OfRecording)
  | ({ readonly ask: 'tile' } & OfRecording & TileQuery)
  | ({ readonly ask: 'sums' } & OfRecording & SumsQuery)
  | ({ readonly ask: 'episode' } & OfRecording & ChainQuery)
  | ({ readonly ask: 'heat' } & OfRecording & HeatQuery)
  | { readonly ask: 'comparison' }
  | { readonly ask: 'difference' };

/** Questions about a timeline, which are answered at once. */
export type TimelineQuestion = Extract<Question, { ask: 'timeline' | 'tile' | 'sums' | 'episode' | 'heat' }>;

/** `text` is JSON, empty for "there is none"; `bytes` are a tile. */
export type Answer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly issue: Issue };

export const refused = (code: string, message: string, hint?: string): Answer => ({
  ok: false,
  issue: { code, severity: 'error', message, ...(hint !== undefined && { hint }) },
});
