/**
 * Keeps the names of interrupts with those that records carry (`irq=24 name=nvme0q1`).
 *
 * Interrupts are frequent and repeat their names: a small cache of raw names tells by comparing bytes that one is known, so
 * that a string is made only where something is new.
 */
import { MAX_NAME } from '../../recording/bounded-name.js';
import type { InterruptNames } from '../../recording/interrupt-names.js';
import { type NameKeeper, readName } from './name-field.js';

/** A power of two. Names that share a line only cost each other a comparison that fails. */
const CACHE_LINES = 256;
/** An interrupt number is never that. */
const NOBODY = -1;

/** The interrupt names of one recording, with their cache. */
export class HandlerNames implements NameKeeper {
  readonly #names: InterruptNames;
  readonly #interrupts = new Int32Array(CACHE_LINES).fill(NOBODY);
  readonly #lengths = new Uint8Array(CACHE_LINES);
  readonly #bytes = new Uint8Array(CACHE_LINES * MAX_NAME);

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
    const known = this.#bytes;
    const from = line * MAX_NAME;
    for (let index = 0; index < bytes; index++) {
      if (known[from + index] !== view.getUint8(at + index)) return false;
    }
    return true;
  }

  #keep(line: number, interrupt: number, view: DataView, at: number, bytes: number): void {
    this.#interrupts[line] = interrupt;
    this.#lengths[line] = bytes;
    for (let index = 0; index < bytes; index++) this.#bytes[line * MAX_NAME + index] = view.getUint8(at + index);
  }
}
