/**
 * Reads the rest of a file in the order of time where its rounds are too large for the queue: recorders with large
 * buffers, many CPUs or a snapshot mode write a few very long ascending runs, one per CPU. A first light pass finds
 * where the runs begin; then all that overlap in time are read side by side, each from its own place in the file.
 */
import type { ByteSource } from '../../base/byte-source.js';
import { RECORD_HEADER_BYTES, RecordType } from './constants.js';
import type { RecordReader } from './record-reader.js';
import { RecordWindow } from './record-window.js';

/** Of one run; many may be open at a time. */
const RUN_CHUNK_BYTES = 1 << 16;
/** A file with more runs than this in too large rounds is left to the queue alone. */
const MOST_RUNS = 1 << 16;
/** Records that are handed to the reader at a time, at most. */
const BLOCK_RECORDS = 1024;

interface Run {
  readonly start: number;
  end: number;
  readonly firstTime: number;
}

interface OpenRun {
  readonly window: RecordWindow;
  /** Time of its next sample. */
  time: number;
}

export interface RunIndex {
  readonly runs: readonly Run[];
  /** Up to where the file could be indexed: what follows is damaged. */
  readonly end: number;
}

/** Undefined where the records are not plain samples in a moderate number of runs. */
export async function indexRuns(
  source: ByteSource,
  start: number,
  end: number,
  reader: RecordReader,
): Promise<RunIndex | undefined> {
  const window = new RecordWindow(source, start, end);
  const runs: Run[] = [];
  let last = Infinity;
  do {
    const { view } = window;
    for (let size = reader.sizeOfRecord(view, window.position); size > 0; ) {
      const at = window.position;
      if (isSpecial(reader.typeOfRecord(view, at))) return undefined;
      const time = reader.timeOfSample(view, at, at + size);
      if (time < last) {
        if (runs.length === MOST_RUNS) return undefined;
        // What is no sample belongs to the run before it, at the very beginning to the first.
        runs.push({ start: runs.length === 0 ? start : window.offset, end: 0, firstTime: time });
      }
      if (!Number.isNaN(time)) last = time;
      window.position += size;
      size = reader.sizeOfRecord(view, window.position);
    }
  } while (await window.refill());
  runs.forEach((run, index) => {
    run.end = index + 1 < runs.length ? runs[index + 1].start : window.offset;
  });
  return { runs, end: window.offset };
}

function isSpecial(type: number): boolean {
  return type === RecordType.Compressed || type === RecordType.Compressed2 || type === RecordType.Auxtrace;
}

export class RunMerger {
  readonly #source: ByteSource;
  readonly #reader: RecordReader;
  /** By their first times, the next one last. */
  readonly #waiting: Run[];
  #open: OpenRun[] = [];

  constructor(source: ByteSource, index: RunIndex, reader: RecordReader) {
    this.#source = source;
    this.#reader = reader;
    this.#waiting = index.runs.toSorted((a, b) => b.firstTime - a.firstTime || b.start - a.start);
  }

  /** No sample before this time will come. */
  get finalUpTo(): number {
    const open = this.#open.reduce((time, run) => Math.min(time, run.time), Infinity);
    return Math.min(open, this.#waiting.at(-1)?.firstTime ?? Infinity);
  }

  /** Hands some records to the reader; false at the end of all runs. */
  async step(): Promise<boolean> {
    const now = this.finalUpTo;
    while (this.#waiting.length > 0 && this.#waiting[this.#waiting.length - 1].firstTime <= now) {
      const { start, end, firstTime } = this.#waiting.pop() as Run;
      this.#open.push({ window: new RecordWindow(this.#source, start, end, RUN_CHUNK_BYTES), time: firstTime });
    }
    const run = this.#open.find(({ time }) => time === now);
    if (run === undefined) return false;
    const others = this.#open.reduce((time, other) => (other === run ? time : Math.min(time, other.time)), Infinity);
    const limit = Math.min(others, this.#waiting.at(-1)?.firstTime ?? Infinity);
    if (!this.#readBlock(run, limit) && !(await run.window.refill())) {
      this.#open = this.#open.filter((other) => other !== run);
    }
    return true;
  }

  /** Reads records up to `limit`; false where the window ends before that. */
  #readBlock(run: OpenRun, limit: number): boolean {
    const { window } = run;
    const { view, position } = window;
    const reader = this.#reader;
    let at = position;
    let stopped = false;
    for (let records = 0; !stopped; records++) {
      const size = reader.sizeOfRecord(view, at);
      if (size < RECORD_HEADER_BYTES) break;
      const time = reader.timeOfSample(view, at, at + size);
      if (!Number.isNaN(time)) run.time = time;
      stopped = run.time > limit || records === BLOCK_RECORDS;
      if (!stopped) at += size;
    }
    reader.position = 0;
    reader.read(new DataView(view.buffer, view.byteOffset + position, at - position), window.offset);
    window.position = at;
    return stopped;
  }
}
