/** Threads for decoding. They take as long to start as the rest of the program, so one can be started beside it. */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DecoderData, DecoderMessage, DecoderOrder, DecoderTask } from './decoder-messages.js';

/** From this size on a second thread pays for its start, bytes. */
const WORTH_A_THREAD = 32 * 1024 * 1024;

export const isLargeEnough = (bytes: number): boolean =>
  bytes >= WORTH_A_THREAD && bytes !== Infinity && availableParallelism() >= 2;

let prepared: Worker | undefined;

/** @param foretold the path of its task, as far as that can be told already */
const newThread = (foretold?: string): Worker =>
  new Worker(new URL('./decoder-worker.cjs', import.meta.url), { workerData: { foretold } satisfies DecoderData });

/**
 * Starts a thread if one of the words is a file that will be decoded in one: it opens the file while the rest of the program
 * is loaded. Nothing waits for it if it is not used.
 */
export function prepareDecoder(words: readonly string[]): void {
  const large = words.find((word) => isLargeEnough(sizeOf(word)));
  if (large === undefined) return;
  prepared = newThread(large);
  prepared.unref();
}

/** A thread that works on the task. */
export function startDecoder(task: DecoderTask): DecoderThread {
  const worker = prepared ?? newThread();
  prepared = undefined;
  worker.ref();
  worker.postMessage(task);
  return new DecoderThread(worker);
}

/** Its messages in order; fails when the thread does. */
export class DecoderThread {
  readonly #worker: Worker;
  readonly #messages: DecoderMessage[] = [];
  #error: Error | undefined;
  readonly #ended: Promise<void>;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: DecoderMessage) => this.#messages.push(message));
    worker.on('error', (error) => {
      this.#error = error;
    });
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.once('exit', () => {
      // Whoever waits for a message then has none any more.
      this.#error ??= new Error('the decoding thread has ended');
    });
  }

  /** Once, after it has opened the recording. */
  order(order: DecoderOrder): void {
    this.#worker.postMessage(order);
  }

  async receive(): Promise<DecoderMessage> {
    while (this.#messages.length === 0) {
      this.check();
      await Promise.race([once(this.#worker, 'message'), this.#ended]);
    }
    return this.#messages.shift()!;
  }

  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  stop(): void {
    void this.#worker.terminate();
  }
}

/** Bytes; 0 for what is no file that can be looked at: whoever opens it says so. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
