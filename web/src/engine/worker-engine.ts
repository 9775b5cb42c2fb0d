/** Has dropped files analysed by a worker of this page. Books of a part are kept by a worker of their own, which can be ended. */
import type { FromAnalyst } from '../../../src/server/messages.js';
import type { Answer, ExplanationQuery, Question, Workspace } from '../../../src/workspace/protocol.js';
import { answeredBy, errorOf } from './answered.js';
import type { DroppedFile } from './dropped-files.js';
import { type Engine, EngineError, type Progress } from './engine.js';
import type { ToWorker } from './worker.js';

export type { DroppedFile };

/** More bytes than that a browser would take too long for. The worker says so too: file-analysis.ts. */
const LARGEST_FILE = 4 * 2 ** 30;

/** Name of the worker's script beside the page: the build puts it in. */
declare const WORKER_FILE: string;

/** Whether this page can analyse files: one that is a single file has no worker. */
export const canAnalyse = (): boolean => location.protocol !== 'file:';

/** What is told before work begins, a sentence for people. */
export const WORKER_LIMITS =
  'Files are analysed in this browser and do not leave it: one recording, or two that are compared, up to 4 GB each, with single episodes as long as they take less than 512 MB; above that the timeline shows an overview. vmtoll open FILE has no such limits.';

/**
 * @throws {EngineError} for files that cannot be analysed here
 */
export function workerEngine(files: readonly DroppedFile[]): Engine {
  const refusal = refusalOf(files);
  if (refusal !== undefined) throw refusal;
  const work = new FileWork(files);
  return {
    kind: 'worker',
    open: (onProgress, signal) => work.open(onProgress, signal),
    ...answeredBy((question, signal) => work.ask(question, signal)),
    close: () => work.close(),
  };
}

function refusalOf(files: readonly DroppedFile[]): EngineError | undefined {
  if (files.length === 0) return new EngineError('how-many', 'There is no file in what was dropped.');
  const large = files.find(({ file }) => file.size > LARGEST_FILE);
  if (large === undefined) return undefined;
  const gigabytes = (large.file.size / 2 ** 30).toFixed(1);
  const message = `${large.path} has ${gigabytes} GB: a browser would take too long for more than ${LARGEST_FILE / 2 ** 30} GB.`;
  return new EngineError('too-large-for-browser', message, 'vmtoll open FILE shows it.');
}

class FileWork {
  readonly #files: readonly DroppedFile[];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #parts = new Set<Worker>();
  #asked = 0;

  constructor(files: readonly DroppedFile[]) {
    this.#files = files;
    this.#worker = this.#start();
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromAnalyst>) => {
      if (data.kind !== 'answer') return;
      this.#waiting.get(data.id)?.(data.answer);
      this.#waiting.delete(data.id);
    });
  }

  open(onProgress?: (progress: Progress) => void, signal?: AbortSignal): Promise<Workspace> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        this.close();
        reject(new EngineError('not-wanted', 'The analysis was stopped.'));
      });
      this.#worker.addEventListener('message', ({ data }: MessageEvent<FromAnalyst>) => {
        if (data.kind === 'progress') onProgress?.(data.progress);
        else if (data.kind === 'opened') resolve(data.workspace);
        else if (data.kind === 'failed') reject(errorOf(data.issue));
      });
      this.#worker.addEventListener('error', () => reject(broken()));
      this.#tell(this.#worker, { kind: 'open', files: this.#files });
    });
  }

  ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    if (question.ask === 'explanation' && isPartOfT(question)) return this.#part(question, signal);
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell(this.#worker, { kind: 'ask', id, question });
    });
  }

  close(): void {
    for (const worker of [this.#worker, ...this.#parts]) worker.terminate();
    this.#parts.clear();
  }

  #part(query: ExplanationQuery, signal?: AbortSignal): Promise<Answer> {
    const worker = this.#start();
    this.#parts.add(worker);
    return new Promise<Answer>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new EngineError('not-wanted', 'Another part was asked for.')));
      worker.addEventListener('error', () => reject(broken()));
      worker.addEventListener('message', ({ data }: MessageEvent<FromAnalyst>) => {
        if (data.kind === 'answer') resolve(data.answer);
        else if (data.kind === 'failed') reject(errorOf(data.issue));
      });
      this.#tell(worker, { kind: 'part', files: this.#files, query });
    }).finally(() => {
      worker.terminate();
      this.#parts.delete(worker);
    });
  }

  #start(): Worker {
    return new Worker(new URL(WORKER_FILE, document.baseURI), { type: 'module', name: 'vmtoll' });
  }

  #tell(worker: Worker, message: ToWorker): void {
    worker.postMessage(message);
  }
}

const isPartOfT = ({ fromNs, toNs }: ExplanationQuery): boolean => fromNs !== undefined || toNs !== undefined;

const broken = (): EngineError =>
  new EngineError('worker-ended', 'The analysis ended, most likely for lack of memory.', 'vmtoll open FILE shows it.');
