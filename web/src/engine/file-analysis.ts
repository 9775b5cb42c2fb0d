/** Analyses dropped files with the engine of the command: the worker's part of it. */
import { failure, type Issue, type Result, success } from '../../../src/base/issue.js';
import { difference } from '../../../src/differences/compare.js';
import type { Side } from '../../../src/differences/difference.js';
import { MemoryBlockStore } from '../../../src/episodes/block-store.js';
import type { EpisodeTimeline } from '../../../src/episodes/timeline.js';
import { BooksOfParts } from '../../../src/explain/books-of-parts.js';
import { EpisodeObserver } from '../../../src/explain/episodes.js';
import { explain } from '../../../src/explain/explain.js';
import type { Explanation } from '../../../src/explain/explanation.js';
import type { ExplainOptions } from '../../../src/explain/options.js';
import { SeriesObserver } from '../../../src/explain/series.js';
import { detectFormat } from '../../../src/formats/open.js';
import { hypervisorOf } from '../../../src/hypervisors/registry.js';
import { answerFrom, partFrom } from '../../../src/workspace/answers.js';
import type { Answer, ExplanationQuery, Progress, Question, Workspace } from '../../../src/workspace/protocol.js';
import { Rate } from '../../../src/workspace/rate.js';
import { BlobSource, type ReadNow } from './blob-source.js';
import { browserCodecs } from './browser-codecs.js';

/** Of single episodes of one recording, in memory. */
export const MOST_EPISODE_BYTES = 512 * 2 ** 20;
/** Larger files take a browser too long. */
export const LARGEST_FILE = 4 * 2 ** 30;

interface Opened {
  readonly side: Side;
  readonly timeline: EpisodeTimeline;
  readonly parts: BooksOfParts;
}

export class FileAnalysis {
  readonly #files: readonly File[];
  readonly #readNow: ReadNow;
  #opened: readonly Opened[] = [];

  constructor(files: readonly File[], readNow: ReadNow) {
    this.#files = files;
    this.#readNow = readNow;
  }

  async open(onProgress: (progress: Progress) => void): Promise<Result<Workspace>> {
    const opened: Opened[] = [];
    for (const file of this.#files) {
      const result = await this.#openOne(file, onProgress);
      if (!result.ok) return result;
      opened.push(result.value);
    }
    this.#opened = opened;
    return success({
      version: '',
      recordings: opened.map(({ side: { explanation } }) => ({
        names: explanation.recording.sources,
        lengthNs: explanation.recording.durationNs,
        timeUnit: explanation.recording.timeUnit,
        hasParts: true,
      })),
      hasComparison: false,
      hasDifference: opened.length === 2,
      ranges: true,
      limits: opened.map(({ timeline }) => timeline.info.limit).filter((limit) => limit !== ''),
    });
  }

  /** Everything but the books of a part of T, which take long: see `part`. */
  answer(question: Question): Answer {
    if (question.ask === 'comparison') return NOTHING;
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
    const file = this.#files[recording];
    if (file === undefined) return NOTHING;
    const result = await this.#explained(file, part);
    return result.ok ? json(result.value) : { ok: false, issue: result.issue };
  }

  async #openOne(file: File, onProgress: (progress: Progress) => void): Promise<Result<Opened>> {
    const episodes = new EpisodeObserver(new MemoryBlockStore(MOST_EPISODE_BYTES));
    const series = new SeriesObserver();
    const parts = new BooksOfParts();
    const result = await this.#explained(file, { episodes, series, parts }, onProgress);
    if (!result.ok) return result;
    return success({
      side: { explanation: result.value, series: series.series },
      timeline: episodes.timeline,
      parts,
    });
  }

  async #explained(
    file: File,
    options: ExplainOptions,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Result<Explanation>> {
    const source = new BlobSource(file.name, file, this.#readNow);
    const format = await detectFormat(source);
    if (!format.ok) return failure(withHint(format.issue));
    const hypervisor = hypervisorOf(format.value.id);
    const recording = await format.value.open(source, { catalog: hypervisor.catalog, codecs: browserCodecs });
    if (!recording.ok) return recording;
    const rate = new Rate(
      `reading ${file.name}`,
      onProgress,
      () => performance.now(),
      () => Math.min(1, source.bytesRead / Math.max(1, source.size)),
    );
    return explain(recording.value, hypervisor, { ...options, onProgress: (records) => rate.update(records) });
  }

  #difference(): Answer {
    const [before, after] = this.#opened;
    return before === undefined || after === undefined ? NOTHING : json(difference(before.side, after.side));
  }
}

const NOTHING: Answer = { ok: true, text: '' };

const json = (value: unknown): Answer => ({ ok: true, text: value === undefined ? '' : JSON.stringify(value) });

/** Benchmarks and configurations are read by the command only. */
const withHint = (issue: Issue): Issue => ({
  ...issue,
  hint: 'Recordings can be dropped here: trace.dat, perf.data, their text, traces of QNX hosts and of Xen. vmtoll open takes benchmarks and configurations as well.',
});
