/** Thread names, processes and buffers as the columns before an event name them. */
import type { ThreadTable } from '../../recording/threads.js';
import { detached } from './detached.js';
import type { EventLine } from './event-line.js';

/** A report mixes a handful of buffers; more names are not worth keeping. */
const MAX_BUFFERS = 16;
/** What recorders print where they do not know the name. */
const NO_NAMES: readonly string[] = ['<...>', ':-1', ''];

export class ThreadColumn {
  /** Names of the buffers or files that lines are from; empty where they do not say. */
  readonly buffers: string[] = [];
  readonly #threads: ThreadTable;

  constructor(threads: ThreadTable) {
    this.#threads = threads;
  }

  learn(text: string, line: EventLine): void {
    if (line.bufferEnd > line.bufferStart) this.#learnBuffer(text.slice(line.bufferStart, line.bufferEnd));
    const { thread } = line;
    if (thread <= 0) return;
    if (line.process >= 0 && this.#threads.process(thread) !== line.process) {
      this.#threads.setProcess(thread, line.process);
    }
    const known = this.#threads.name(thread);
    const length = line.nameEnd - line.nameStart;
    if (known?.length === length && text.startsWith(known, line.nameStart)) return;
    if (known !== undefined && line.nameMayBeCut) return;
    const name = text.slice(line.nameStart, line.nameEnd);
    if (!NO_NAMES.includes(name)) this.#threads.setName(thread, detached(name));
  }

  #learnBuffer(name: string): void {
    if (this.buffers.length < MAX_BUFFERS && !this.buffers.includes(name)) this.buffers.push(detached(name));
  }
}
