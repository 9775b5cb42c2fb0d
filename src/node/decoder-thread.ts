/** Threads for decoding. They take as long to start as the rest of the program, so one can be started beside it. */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DecoderTask } from './decoder-messages.js';

/** From this size on a second thread pays for its start, bytes. */
const WORTH_A_THREAD = 32 * 1024 * 1024;

export const isLargeEnough = (bytes: number): boolean =>
  bytes >= WORTH_A_THREAD && bytes !== Infinity && availableParallelism() >= 2;

let prepared: Worker | undefined;

const newThread = (): Worker => new Worker(new URL('./decoder-worker.js', import.meta.url));

/** Starts a thread if one of the words is a file that will be decoded in one. Nothing waits for it if it is not used. */
export function prepareDecoder(words: readonly string[]): void {
  if (!words.some((word) => isLargeEnough(sizeOf(word)))) return;
  prepared = newThread();
  prepared.unref();
}

/** A thread that works on the task. */
export function startDecoder(task: DecoderTask): Worker {
  const worker = prepared ?? newThread();
  prepared = undefined;
  worker.ref();
  worker.postMessage(task);
  return worker;
}

/** Bytes; 0 for what is no file that can be looked at: whoever opens it says so. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
