/**
 * Keeps the names of interrupts with those that records carry (`irq=24 name=nvme0q1`).
 *
 * Interrupts are frequent and repeat their names: a small cache of raw names tells by comparing words that one is known, so
 * that a string is made only where something is new.
 */
import { MAX_NAME } from '../../recording/bounded-name.js';
import type { InterruptNames } from '../../recording/interrupt-names.js';
import { type NameKeeper, readName } from './name-field.js';

/** A power of two. Names that share a line only cost each other a comparison that fails. */
const CACHE_LINES = 256;
const WORD_BYTES = 4;
const LINE_WORDS = MAX_NAME / WORD_BYTES;
/** An interrupt number is never that. */
const NOBODY = -1;

/** The interrupt names of one recording, with their cache. */
export class HandlerNames implements NameKeeper {
  readonly #names: InterruptNames;
  readonly #interrupts = new Int32Array(CACHE_LINES).fill(NOBODY);
  readonly #lengths = new Uint8Array(CACHE_LINES);
  readonly #words = new Int32Array(CACHE_LINES * LINE_WORDS);

  constructor(names: InterruptNames) {
    this.#names = names;
  }

  note(interrupt: number, view: DataView, at: number, length: number): void {
    if (interrupt < 0 || length === 0) return;
    const bytes = Math.min(length, MAX_NAME);
    // Handlers that share an interrupt mostly differ in their first letters or lengths.
    const line = (interrupt + 31 * bytes + 7 * view.getUint8(at)) & (CACHE_LINES - 1);
    if (this.#isKnown(line, interrupt, view, at, bytes) || this.#names.isFull(interrupt)) return;
    this.#keep(line, interrupt, view, at, bytes);
    this.#names.add(interrupt, readName(view, at, bytes));
  }

  #isKnown(line: number, interrupt: number, view: DataView, at: number, bytes: number): boolean {
    if (this.#interrupts[line] !== interrupt || this.#lengths[line] !== bytes) return false;
    const words = this.#words;
    let word = line * LINE_WORDS;
    let from = 0;
    for (; from + WORD_BYTES <= bytes; from += WORD_BYTES) {
      if (words[word++] !== view.getInt32(at + from, true)) return false;
    }
    return from === bytes || words[word] === lastWord(view, at + from, bytes - from);
  }

  #keep(line: number, interrupt: number, view: DataView, at: number, bytes: number): void {
    this.#interrupts[line] = interrupt;
    this.#lengths[line] = bytes;
    let word = line * LINE_WORDS;
    let from = 0;
    for (; from + WORD_BYTES <= bytes; from += WORD_BYTES) this.#words[word++] = view.getInt32(at + from, true);
    if (from < bytes) this.#words[word] = lastWord(view, at + from, bytes - from);
  }
}

/** Fewer bytes than a word has. */
function lastWord(view: DataView, at: number, bytes: number): number {
  let value = 0;
  for (let index = 0; index < bytes; index++) value |= view.getUint8(at + index) << (8 * index);
  return value;
}
