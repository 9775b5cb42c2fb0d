/** Analyses dropped files with the engine of the command: the worker's part of it. */
import { failure, type Result, success } from '../../../src/base/issue.js';
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import type { Comparison } from '../../../src/benchmarks/comparison/comparison.js';
import { sideOf } from '../../../src/benchmarks/reading.js';
import { difference } from '../../../src/differences/compare.js';
import type { Side } from '../../../src/differences/difference.js';
import { MemoryBlockStore } from '../../../src/episodes/block-store.js';
import type { EpisodeTimeline } from '../../../src/episodes/timeline.js';
import { BooksOfParts } from '../../../src/explain/books-of-parts.js';
import { EpisodeObserver } from '../../../src/explain/episodes.js';
import { explain } from '../../../src/explain/explain.js';
import type { Explanation } from '../../../src/explain/explanation.js';
import type { ExplainOptions } from '../../../src/explain/options.js';
import { Observation } from '../../../src/explain/reconciliation/observation.js';
import { reconciled } from '../../../src/explain/reconciliation/reconciled.js';
import { SeriesObserver } from '../../../src/explain/series.js';
import { detectFormat } from '../../../src/formats/open.js';
import { hypervisorOf } from '../../../src/hypervisors/registry.js';
import { answerFrom, partFrom } from '../../../src/workspace/answers.js';
import type { Answer, ExplanationQuery, Progress, Question, Workspace } from '../../../src/workspace/protocol.js';
import { Rate } from '../../../src/workspace/rate.js';
import { BlobSource, type ReadNow } from './blob-source.js';
import { browserCodecs } from './browser-codecs.js';
import { type DroppedFile, type SortedFiles, sortFiles } from './dropped-files.js';

/** Of single episodes of one recording, in memory. */
export const MOST_EPISODE_BYTES = 512 * 2 ** 20;
/** Larger files take a browser too long. */
export const LARGEST_FILE = 4 * 2 ** 30;

interface Opened {
  readonly side: Side;
  readonly timeline: EpisodeTimeline;
  readonly parts: BooksOfParts;
  /** Why the recording is not set against the benchmarks, a sentence. */
  readonly remark?: string;
}

type OnProgress = (progress: Progress) => void;

export class FileAnalysis {
  readonly #files: readonly DroppedFile[];
  readonly #readNow: ReadNow;
  #opened: readonly Opened[] = [];
  #comparison: Comparison | undefined;

  constructor(files: readonly DroppedFile[], readNow: ReadNow) {
    this.#files = files;
    this.#readNow = readNow;
  }

  async open(onProgress: OnProgress): Promise<Result<Workspace>> {
    const files = await sortFiles(this.#files, this.#readNow);
    if (!files.ok) return files;
    const { recordings, remarks } = files.value;
    const opened: Opened[] = [];
    for (const recording of recordings) {
      const result = await this.#openOne(recording, files.value, onProgress);
      if (!result.ok) return result;
      opened.push(result.value);
    }
    this.#opened = opened;
    this.#comparison = comparisonOf(files.value);
    return success({
      version: '',
      recordings: opened.map(({ side: { explanation } }) => ({
        names: explanation.recording.sources,
        lengthNs: explanation.recording.durationNs,
        timeUnit: explanation.recording.timeUnit,
        hasParts: true,
      })),
      hasComparison: this.#comparison !== undefined,
      hasDifference: opened.length === 2,
      ranges: true,
      limits: [...opened.flatMap(({ timeline, remark = '' }) => [timeline.info.limit, remark]), ...remarks].filter(
        (limit) => limit !== '',
      ),
    });
  }

  /** Everything but the books of a part of T, which take long: see `part`. */
  answer(question: Question): Answer {
    if (question.ask === 'comparison') return json(this.#comparison);
    if (question.ask === 'difference') return this.#difference();
    if (question.ask !== 'explanation')
      return answerFrom(
        this.#opened.map(({ timeline }) => timeline),
        question,
      );
    if (question.machine === undefined && question.vcpu === undefined) {
      return json(this.#opened[question.recording]?.side.explanation);
    }
    return partFrom(
      this.#opened.map(({ parts }) => parts),
      question,
      JSON.stringify,
    );
  }

  /** The books of a part of T; reads the file again. */
  async part({ recording, ...part }: ExplanationQuery): Promise<Answer> {
    const files = await sortFiles(this.#files, this.#readNow);
    if (!files.ok) return files;
    const file = files.value.recordings[recording];
    if (file === undefined) return NOTHING;
    const result = await this.#explained(file, files.value, part);
    return result.ok ? json(result.value) : result;
  }

  async #openOne(dropped: DroppedFile, files: SortedFiles, onProgress: OnProgress): Promise<Result<Opened>> {
    const episodes = new EpisodeObserver(new MemoryBlockStore(MOST_EPISODE_BYTES));
    const series = new SeriesObserver();
    const parts = new BooksOfParts();
    const isBenchmarked = files.recordings.length === 1 && files.benchmarks.native.length > 0;
    const observation = isBenchmarked ? new Observation() : undefined;
    const options = { episodes, series, parts, ...(observation !== undefined && { observation }) };
    const result = await this.#explained(dropped, files, options, onProgress);
    if (!result.ok) return result;
    const against =
      observation === undefined ? undefined : await this.#against(dropped, files, result.value, observation);
    const explanation = against?.ok === true ? against.value : result.value;
    return success({
      side: { explanation, series: series.series },
      timeline: episodes.timeline,
      parts,
      ...(against?.ok === false && {
        remark: `The recording is not set against the benchmarks: ${against.issue.message}. vmtoll open can be told which.`,
      }),
    });
  }

  /** The books with how much of what the benchmarks lost they explain. */
  #against(
    dropped: DroppedFile,
    files: SortedFiles,
    explanation: Explanation,
    observation: Observation,
  ): Promise<Result<Explanation>> {
    const benchmarks = { ...files.benchmarks, unrecorded: [] };
    return reconciled(explanation, observation, benchmarks, false, (part, closer) =>
      this.#explained(dropped, files, { ...part, observation: closer }),
    );
  }

  async #explained(
    { file, path }: DroppedFile,
    { configurations }: SortedFiles,
    options: ExplainOptions,
    onProgress: OnProgress = () => {},
  ): Promise<Result<Explanation>> {
    const source = new BlobSource(path, file, this.#readNow);
    const format = await detectFormat(source);
    if (!format.ok) return failure(format.issue);
    const hypervisor = hypervisorOf(format.value.id);
    const recording = await format.value.open(source, { catalog: hypervisor.catalog, codecs: browserCodecs });
    if (!recording.ok) return recording;
    const rate = new Rate(
      `reading ${path}`,
      onProgress,
      () => performance.now(),
      () => Math.min(1, source.bytesRead / Math.max(1, source.size)),
    );
    return explain(recording.value, hypervisor, {
      configurations: configurations.map((configuration) => ({ configuration })),
      ...options,
      onProgress: (records) => rate.update(records),
    });
  }

  #difference(): Answer {
    const [before, after] = this.#opened;
    return before === undefined || after === undefined ? NOTHING : json(difference(before.side, after.side));
  }
}

function comparisonOf({ benchmarks: { native, vm }, mechanisms }: SortedFiles): Comparison | undefined {
  if (native.length === 0) return undefined;
  return compare({ native: sideOf(native), vm: sideOf(vm), mechanisms, options: {} });
}

const NOTHING: Answer = { ok: true, text: '' };

const json = (value: unknown): Answer => ({ ok: true, text: value === undefined ? '' : JSON.stringify(value) });
