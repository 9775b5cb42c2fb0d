/**
 * Events of several parts whose parts are not one after the other: those of other CPUs, or of an interrupt, lie between
 * them. The parts of one event share CPU, class, number and time.
 */
import { MOST_CPUS } from '../qnx/trace-classes.js';
import { EVENT_WORDS } from './event-words.js';

/** Interrupts nest a few levels deep; where more events of a CPU are unfinished, the oldest is given up. */
const OPEN_PER_CPU = 8;
/** Parts of an event that are kept: a path of 1000 bytes has 125. What follows is passed over. */
const KEPT_PARTS = 160;
const SLOTS = MOST_CPUS * OPEN_PER_CPU;

export class OpenParts {
  /** Events whose end never came, and parts whose beginning never came. */
  unfinished = 0;
  withoutBeginning = 0;
  /** The parts of the slots, one after the other as in the file; up to the last CPU that had an open event. */
  words = new Uint32Array(0);
  /** By slot: first word without the number of the part, low half of the time; parts so far, 0 for none. */
  readonly #bodies = new Uint32Array(SLOTS);
  readonly #lows = new Uint32Array(SLOTS);
  readonly #parts = new Uint16Array(SLOTS);
  /** By slot: the time, and when it was opened. */
  readonly #times = new Float64Array(SLOTS);
  readonly #opened = new Float64Array(SLOTS);
  #clock = 0;

  /** An event begins; returns its slot. */
  open(cpu: number, body: number, low: number, time: number): number {
    let slot = cpu * OPEN_PER_CPU;
    for (let other = slot; other < (cpu + 1) * OPEN_PER_CPU; other++) {
      if (this.#parts[other] === 0) {
        slot = other;
        break;
      }
      if (this.#opened[other] < this.#opened[slot]) slot = other;
    }
    if (this.#parts[slot] > 0) this.unfinished++;
    const end = this.start((cpu + 1) * OPEN_PER_CPU);
    if (end > this.words.length) this.#grow(end);
    this.#bodies[slot] = body;
    this.#lows[slot] = low;
    this.#parts[slot] = 0;
    this.#times[slot] = time;
    this.#opened[slot] = this.#clock++;
    return slot;
  }

  #grow(length: number): void {
    const larger = new Uint32Array(length);
    larger.set(this.words);
    this.words = larger;
  }

  /** The slot of a further part; -1 where its event did not begin. */
  find(cpu: number, body: number, low: number): number {
    for (let slot = cpu * OPEN_PER_CPU; slot < (cpu + 1) * OPEN_PER_CPU; slot++) {
      if (this.#parts[slot] > 0 && this.#bodies[slot] === body && this.#lows[slot] === low) return slot;
    }
    this.withoutBeginning++;
    return -1;
  }

  /** Adds the part that begins at `at` of `words`. */
  add(slot: number, words: Uint32Array, at: number): void {
    const part = this.#parts[slot];
    if (part >= KEPT_PARTS) return;
    this.#parts[slot] = part + 1;
    const to = this.start(slot) + part * EVENT_WORDS;
    for (let word = 0; word < EVENT_WORDS; word++) this.words[to + word] = words[at + word];
  }

  start(slot: number): number {
    return slot * KEPT_PARTS * EVENT_WORDS;
  }

  time(slot: number): number {
    return this.#times[slot];
  }

  /** The event is complete: returns how many parts of it there are. */
  close(slot: number): number {
    const parts = this.#parts[slot];
    this.#parts[slot] = 0;
    return parts;
  }

  /** Nothing more will come. */
  finish(): void {
    for (let slot = 0; slot < SLOTS; slot++) if (this.close(slot) > 0) this.unfinished++;
  }
}
