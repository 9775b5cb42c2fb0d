/** What vmtoll open and vmtoll export look at: recordings with their timelines, and benchmarks of both sides. */
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { compare } from '../benchmarks/comparison/compare.js';
import type { Comparison } from '../benchmarks/comparison/comparison.js';
import { type BlockStore, MemoryBlockStore } from '../episodes/block-store.js';
import type { EpisodeTimeline } from '../episodes/timeline.js';
import { BooksOfParts } from '../explain/books-of-parts.js';
import { EpisodeObserver } from '../explain/episodes.js';
import type { Explanation } from '../explain/explanation.js';
import type { ExplainOptions } from '../explain/options.js';
import { readSides } from '../node/benchmark-sides.js';
import { FileBlockStore } from '../node/file-blocks.js';
import { createMeter, type MeterCells, shareRead } from '../node/read-meter.js';
import type { ExplanationQuery, Progress, RecordingInfo } from '../workspace/protocol.js';
import { Rate } from '../workspace/rate.js';
import { type BenchmarkFlags, missingSide } from './benchmark-flags.js';
import { benchmarksOf, explained } from './explain.js';
import { type RecordingFlags, readRecordingFlags } from './recording-flags.js';

/** Temporary files of one recording: some 300 million events. */
const MOST_BYTES = 8 * 2 ** 30;

/** Where there is no place for temporary files, in memory. */
const MOST_BYTES_IN_MEMORY = 512 * 2 ** 20;

function blockStore(): BlockStore {
  try {
    return new FileBlockStore(MOST_BYTES);
  } catch {
    return new MemoryBlockStore(MOST_BYTES_IN_MEMORY);
  }
}

/** Plain data, so that threads can be told. */
export interface OpenTask {
  /** Paths of the parts of each recording: none, one, or two recordings. */
  readonly recordings: readonly (readonly string[])[];
  readonly flags: OpenFlags;
  readonly version: string;
}

export interface OpenFlags extends BenchmarkFlags, RecordingFlags {}

export interface OpenedRecording {
  readonly info: RecordingInfo;
  readonly explanation: Explanation;
  readonly timeline: EpisodeTimeline;
  readonly parts: BooksOfParts;
}

/** Two recordings are compared with each other: which of them benchmarks belong to nobody says. */
const flagsOf = ({ recordings, flags }: OpenTask): OpenFlags => {
  if (recordings.length === 1) return flags;
  const { native: _native, vm: _vm, vmUnrecorded: _unrecorded, benchmark: _benchmark, ...others } = flags;
  return others;
};

export async function openRecordingAt(
  task: OpenTask,
  index: number,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Result<OpenedRecording>> {
  const store = blockStore();
  const episodes = new EpisodeObserver(store);
  const parts = new BooksOfParts();
  const meter = createMeter();
  const rate = new Rate(
    `reading ${task.recordings[index].join(', ')}`,
    onProgress,
    () => performance.now(),
    () => shareRead(meter),
  );
  const onRecords = (records: number) => rate.update(records);
  const result = await explanationAt(task, index, { episodes, parts, onProgress: onRecords }, meter);
  if (!result.ok) {
    store.close();
    return result;
  }
  const { recording } = result.value;
  const { sources: names, durationNs: lengthNs, timeUnit } = recording;
  const info = { names, lengthNs, timeUnit, hasParts: true };
  return success({ info, explanation: result.value, timeline: episodes.timeline, parts });
}

/** The books of a recording alone. @param watching what sees all of it beside them @param meter counts what is read */
export async function explanationAt(
  task: OpenTask,
  index: number,
  watching: ExplainOptions = {},
  meter?: MeterCells,
): Promise<Result<Explanation>> {
  const flags = flagsOf(task);
  const benchmarks = await benchmarksOf(flags);
  if (!benchmarks.ok) return benchmarks;
  const asked = await readRecordingFlags(task.recordings[index], flags);
  if (!asked.ok) return asked;
  const metered = { ...asked.value, ...(meter !== undefined && { meter }) };
  return explained(metered, flags, benchmarks.value, watching);
}

/** What vmtoll explain --from --to --machine --vcpu says; without benchmarks, which ran when they ran, not in that part. */
export async function explainedPart(task: OpenTask, query: ExplanationQuery): Promise<Result<Explanation>> {
  const { native: _native, vm: _vm, vmUnrecorded: _unrecorded, benchmark: _benchmark, ...flags } = flagsOf(task);
  const { machine = flags.machine, vcpu, fromNs, toNs } = query;
  const chosen = { ...flags, ...(machine !== undefined && { machine }), ...(vcpu !== undefined && { vcpu }) };
  const asked = await readRecordingFlags(task.recordings[query.recording] ?? [], chosen);
  if (!asked.ok) return asked;
  const interval = {
    ...asked.value.interval,
    ...(fromNs !== undefined && { fromNs }),
    ...(toNs !== undefined && { toNs }),
  };
  return explained({ ...asked.value, interval }, chosen, undefined);
}

/** undefined where no benchmarks were given. */
export function comparisonOf({ flags }: OpenTask): Result<Comparison | undefined> {
  const { native, vm } = flags;
  if (native === undefined && vm === undefined) return success(undefined);
  if (native === undefined || vm === undefined) return failure(oneSide(flags));
  const sides = readSides({ native, vm });
  return sides.ok ? success(compare({ ...sides.value, options: {} })) : sides;
}

export const oneSide = (flags: BenchmarkFlags): Issue => ({
  code: 'one-side',
  severity: 'error',
  message: `Benchmarks of both sides are compared with each other: ${missingSide(flags)}`,
  hint: 'Give --native with results from the bare host, and --vm with results from inside the guest.',
});
