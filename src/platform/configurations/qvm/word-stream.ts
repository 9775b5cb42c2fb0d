/** The words of a configuration and of all files that it includes, one after the other. */
import type { ConfigurationFile, ReadIncluded } from '../configuration-format.js';
import type { Complaints } from './complaints.js';
import { type Word, wordsOf } from './words.js';

/** Files that include each other, the first one counted. */
const DEEPEST_INCLUDE = 8;
const MOST_INCLUDES = 64;
/** Characters of all files together. */
const LONGEST_WHOLE = 2 * 1024 * 1024;

/** Hands out words one by one, with one word of look-ahead; enters and leaves included files. */
export class WordStream {
  readonly #complaints: Complaints;
  readonly #include: ReadIncluded;
  /** The files being read, the innermost last. */
  readonly #open: Generator<Word>[] = [];
  /** Which file included one that is being read. */
  readonly #includedBy = new Map<string, string>();
  #next: Word | undefined;
  #includes = 0;
  #characters = 0;

  constructor(file: ConfigurationFile, include: ReadIncluded, complaints: Complaints) {
    this.#include = include;
    this.#complaints = complaints;
    this.#enter(file);
    this.#advance();
  }

  peek(): Word | undefined {
    return this.#next;
  }

  take(): Word | undefined {
    const word = this.#next;
    if (word !== undefined) this.#advance();
    return word;
  }

  /** Reads the file that a word "@name", which was taken last, stands for, before what follows the word. */
  include(word: Word): void {
    const following = this.#next;
    const file = this.#included(word);
    if (file === undefined) return;
    // The word of look-ahead comes after the included file; it is put below it.
    if (following !== undefined) this.#open.push(only(following));
    this.#includedBy.set(file.source, word.place.source);
    this.#enter(file);
    this.#advance();
  }

  #enter(file: ConfigurationFile): void {
    this.#characters += file.text.length;
    this.#open.push(wordsOf(file, this.#complaints));
  }

  #advance(): void {
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      const { value, done } = top.next();
      if (done !== true) {
        this.#next = value;
        return;
      }
      this.#open.pop();
    }
    this.#next = undefined;
  }

  #included(word: Word): ConfigurationFile | undefined {
    const name = word.text.slice(1);
    const { place } = word;
    const refuse = (code: string, message: string): undefined => {
      this.#complaints.add(code, place, message);
    };
    const around = this.#filesAround(place.source);
    if (around.length >= DEEPEST_INCLUDE) return refuse('too-many-includes', `more than ${DEEPEST_INCLUDE} files deep`);
    if (++this.#includes > MOST_INCLUDES)
      return refuse('too-many-includes', `more than ${MOST_INCLUDES} files included`);
    const file = this.#include(name, place.source);
    if (!file.ok) return refuse('include-failed', `the included file cannot be read: ${file.issue.message}`);
    if (around.includes(file.value.source)) {
      return refuse('include-cycle', `${file.value.source} includes itself`);
    }
    if (this.#characters + file.value.text.length > LONGEST_WHOLE) {
      return refuse(
        'too-large',
        `with ${file.value.source} the configuration is longer than ${LONGEST_WHOLE / 2 ** 20} MiB`,
      );
    }
    return file.value;
  }

  /** A file, the one that included it, and so on. */
  #filesAround(source: string): string[] {
    const files = [source];
    for (let file = this.#includedBy.get(source); file !== undefined; file = this.#includedBy.get(file))
      files.push(file);
    return files;
  }
}

function* only(word: Word): Generator<Word> {
  yield word;
}
