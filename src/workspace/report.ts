/**
 * What an exported page carries: the results in full as far as there is room, timelines of reduced depth, and a word on what was
 * left out.
 */
import type { Comparison } from '../benchmarks/comparison/comparison.js';
import type { Difference } from '../differences/difference.js';
import { type ReducedTimeline, reduce } from '../episodes/reduced.js';
import type { EpisodeTimeline } from '../episodes/timeline.js';
import type { BooksOfParts } from '../explain/books-of-parts.js';
import type { Explanation } from '../explain/explanation.js';
import type { RecordingInfo, Workspace } from './protocol.js';

/** The name of the element that holds it: JSON, compressed with gzip, in base64. */
export const REPORT_ELEMENT = 'vmtoll-report';

export interface Report {
  readonly version: 1;
  readonly workspace: Workspace;
  readonly recordings: readonly ReportedRecording[];
  readonly comparison?: Comparison;
  readonly difference?: Difference;
}

export interface ReportedRecording {
  readonly explanation: Explanation;
  /** Of single machines and vCPUs: none, or all. One that all vCPUs of the recording belong to is not among them. */
  readonly parts: readonly Explanation[];
  readonly timeline: Omit<ReducedTimeline, 'tile'> & {
    /** In base64. */
    readonly tile: string;
  };
}

export interface ReportContents {
  readonly version: string;
  readonly recordings: readonly {
    readonly info: RecordingInfo;
    readonly explanation: Explanation;
    readonly timeline: EpisodeTimeline;
    readonly parts: BooksOfParts;
  }[];
  readonly comparison?: Comparison;
  readonly difference?: Difference;
}

/** How much of everything there is: rows of every table, bins of every lane, lanes of either type, books of single vCPUs. */
export interface Depth {
  readonly rows: number;
  readonly columns: number;
  readonly lanes: number;
  /** Recordings that have more machines and vCPUs have none of their books. */
  readonly parts: number;
}

const MOST_PARTS = 64;

/** From all that a page should hold to the least that is worth one. */
export const DEPTHS: readonly Depth[] = [
  { rows: 20_000, columns: 4096, lanes: 256 },
  { rows: 5000, columns: 2048, lanes: 256 },
  { rows: 2000, columns: 1024, lanes: 128 },
  { rows: 500, columns: 1024, lanes: 64 },
  { rows: 100, columns: 512, lanes: 32 },
  { rows: 20, columns: 256, lanes: 16 },
].flatMap((depth) => [
  { ...depth, parts: MOST_PARTS },
  { ...depth, parts: 0 },
]);

/** @param base64 of bytes */
export function reportOf(contents: ReportContents, depth: Depth, base64: (bytes: Uint8Array) => string): Report {
  const cuts = new Cuts(depth.rows);
  const recordings = contents.recordings.map(({ explanation, timeline, parts }) => {
    const { tile, ...reduced } = reduce(timeline, depth.columns, depth.lanes);
    return {
      explanation: cuts.cut(explanation),
      parts: partsOf(explanation, parts, depth.parts).map((part) => cuts.cut(part)),
      timeline: { ...reduced, tile: base64(tile) },
    };
  });
  const { comparison, difference } = contents;
  const compared = comparison && cuts.cut(comparison);
  const differing = difference && cuts.cut(difference);
  return {
    version: 1,
    workspace: {
      version: contents.version,
      recordings: contents.recordings.map(({ info }, index) => ({
        ...info,
        hasParts: recordings[index].parts.length > 0,
      })),
      hasComparison: comparison !== undefined,
      hasDifference: difference !== undefined,
      ranges: false,
      limits: cuts.limits(),
    },
    recordings,
    ...(compared !== undefined && { comparison: compared }),
    ...(differing !== undefined && { difference: differing }),
  };
}

/** The books of every machine and of every vCPU, as far as they are not those of all; none where there are more than `most`. */
function partsOf({ machines }: Explanation, parts: BooksOfParts, most: number): Explanation[] {
  const wanted = machines.flatMap(({ id: machine, vcpus }) => [
    ...(machines.length > 1 ? [{ machine }] : []),
    ...(vcpus.length > 1 ? vcpus.map(({ id: vcpu }) => ({ machine, vcpu })) : []),
  ]);
  if (wanted.length > most) return [];
  return wanted.flatMap((one) => {
    const part = parts.of(one);
    return part.ok ? [part.value] : [];
  });
}

/** Longer texts come from nothing but names that somebody made up. */
const LONGEST_TEXT = 4000;

/** Leaves the first rows of every table, which are those that matter most. */
class Cuts {
  readonly #rows: number;
  #longest = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  cut<Value>(value: Value): Value {
    return this.#cut(value) as Value;
  }

  limits(): string[] {
    if (this.#longest === 0) return [];
    return [
      `Tables of this page have at most ${this.#rows} rows, the first ones, where there are up to ${this.#longest}: vmtoll open RECORDING shows all.`,
    ];
  }

  #cut(value: unknown): unknown {
    if (typeof value === 'string') return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)} …` : value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      if (value.length > this.#rows) this.#longest = Math.max(this.#longest, value.length);
      return value.slice(0, this.#rows).map((item) => this.#cut(item));
    }
    const entries = Object.entries(value);
    if (entries.length > this.#rows) this.#longest = Math.max(this.#longest, entries.length);
    return Object.fromEntries(entries.slice(0, Math.max(this.#rows, 64)).map(([key, item]) => [key, this.#cut(item)]));
  }
}
