/**
 * Keeps the thread table with the names that records carry (`prev_comm`, `comm`, …).
 *
 * Most records repeat a name that is known already. A small cache of raw names, one line per few threads, finds that
 * out by comparing four 32-bit words, so that a string is made only where something changed.
 */
import type { ThreadTable } from '../../recording/threads.js';
import { type EventField, type EventFormat, FieldStorage, findField } from './event-format.js';

/** The kernel's TASK_COMM_LEN: no thread name is longer, its final NUL included. */
export const NAME_BYTES = 16;

/** A power of two. Threads that share a line only cost each other a comparison that fails. */
const CACHE_LINES = 4096;
/** Thread, then the four words of the name. */
const LINE_WORDS = 5;

const decoder = new TextDecoder();

/** The thread table of one recording, with its cache. */
export class ThreadNames {
  readonly #threads: ThreadTable;
  readonly #cache = new Int32Array(CACHE_LINES * LINE_WORDS);

  constructor(threads: ThreadTable) {
    this.#threads = threads;
  }

  /** Notes the name at `at` of `view`: up to NAME_BYTES bytes that end with a NUL or after `length` bytes. */
  note(thread: number, view: DataView, at: number, length: number): void {
    // Thread 0 is the idle thread of whatever CPU; negative numbers are no threads.
    if (thread <= 0) return;
    if (length === NAME_BYTES && !this.#isNews(thread, view, at)) return;
    this.#threads.setName(thread, readName(view, at, Math.min(length, NAME_BYTES)));
  }

  #isNews(thread: number, view: DataView, at: number): boolean {
    const cache = this.#cache;
    const line = (thread & (CACHE_LINES - 1)) * LINE_WORDS;
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    if (
      cache[line] === thread &&
      cache[line + 1] === a &&
      cache[line + 2] === b &&
      cache[line + 3] === c &&
      cache[line + 4] === d
    ) {
      return false;
    }
    cache[line] = thread;
    cache[line + 1] = a;
    cache[line + 2] = b;
    cache[line + 3] = c;
    cache[line + 4] = d;
    return true;
  }
}

function readName(view: DataView, at: number, length: number): string {
  let end = 0;
  while (end < length && view.getUint8(at + end) !== 0) end++;
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, end));
}

/** A pair of fields of one event that name a thread. */
export class ThreadNameField {
  readonly #thread: EventField;
  readonly #name: EventField;
  readonly #littleEndian: boolean;
  readonly #recordSize: number;

  private constructor(thread: EventField, name: EventField, littleEndian: boolean) {
    this.#thread = thread;
    this.#name = name;
    this.#littleEndian = littleEndian;
    this.#recordSize = Math.max(thread.offset + thread.size, name.offset + name.size);
  }

  /** Undefined where the event lacks one of the two fields. */
  static create(format: EventFormat, thread: string, name: string, littleEndian: boolean): ThreadNameField | undefined {
    const threadField = findField(format.fields, thread);
    const nameField = findField(format.fields, name);
    if (threadField?.storage !== FieldStorage.Plain || threadField.size !== 4) return undefined;
    if (nameField === undefined || nameField.storage === FieldStorage.Plain) return undefined;
    if (nameField.storage !== FieldStorage.Array && nameField.size !== 4) return undefined;
    return new ThreadNameField(threadField, nameField, littleEndian);
  }

  /** The record of `size` bytes at `start` must lie inside `view`; one that is too short for the fields is passed over. */
  note(view: DataView, start: number, size: number, names: ThreadNames): void {
    if (size < this.#recordSize) return;
    const thread = view.getInt32(start + this.#thread.offset, this.#littleEndian);
    const name = this.#name;
    if (name.storage === FieldStorage.Array) {
      names.note(thread, view, start + name.offset, name.size);
      return;
    }
    const location = view.getUint32(start + name.offset, this.#littleEndian);
    const base = name.storage === FieldStorage.Located ? 0 : name.offset + name.size;
    const offset = base + (location & 0xffff);
    const length = location >>> 16;
    if (offset + length <= size) names.note(thread, view, start + offset, length);
  }
}
