/** The events of a .kev file in pieces, step by step in the order of the plan. */
import type { ByteSource } from '../../base/byte-source.js';
import { EVENT_BYTES } from '../qnx/trace-classes.js';
import { findEvents } from './alignment.js';
import { type Following, MISALIGNED_RUN } from './event-reader.js';
import { EVENT_WORDS, eventWords } from './event-words.js';
import type { Plan } from './planner.js';
import type { Step } from './reading-plan.js';

/** Read at a time. */
export const PIECE_BYTES = 1 << 18;
const WORD_BYTES = 4;

/** Events that were read from the file and are on their way into the queue. */
export interface Piece extends Following {
  /** As in the file, and whole events only. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Offset in the file of the first one. */
  readonly start: number;
  /** The next word. */
  at: number;
}

/** How the end of a step is. */
export interface StepEnd {
  readonly step: Step;
  readonly offset: number;
  /** Bytes after the last whole event. */
  readonly rest: number;
}

export class Pieces {
  readonly #source: ByteSource;
  readonly #littleEndian: boolean;
  readonly #nextPlan: () => Promise<Plan | undefined>;
  readonly #onStep: (step: Step) => boolean;
  #plan: Plan = { steps: [], isLast: false };
  #nextStep = 0;
  /** Where to read on in the present step, and where it ends. */
  #position = 0;
  #stepEnd = 0;
  /** Of the present piece, again and again. */
  readonly #memory = new Uint8Array(PIECE_BYTES);

  /**
   * @param nextPlan is asked when all steps of the one before have been read; undefined: there are no more
   * @param onStep is told of each step before its first piece; where it returns false, the step is not read
   */
  constructor(
    source: ByteSource,
    littleEndian: boolean,
    nextPlan: () => Promise<Plan | undefined>,
    onStep: (step: Step) => boolean,
  ) {
    this.#source = source;
    this.#littleEndian = littleEndian;
    this.#nextPlan = nextPlan;
    this.#onStep = onStep;
  }

  /** Makes the next plan; false where there is none. Only when all steps of the one before have been read. */
  async loadPlan(): Promise<boolean> {
    const plan = await this.#nextPlan();
    if (plan === undefined) return false;
    this.#plan = plan;
    this.#nextStep = 0;
    return true;
  }

  /** The next events of the present step, or of the one after it; undefined at the end. */
  async next(): Promise<Piece | undefined> {
    while (this.#stepEnd - this.#position < EVENT_BYTES) {
      const step = this.#plan.steps[this.#nextStep];
      if (step === undefined) {
        if (!(await this.loadPlan())) return undefined;
        continue;
      }
      this.#nextStep++;
      if (!this.#onStep(step)) continue;
      this.#position = step.segment.start;
      this.#stepEnd = step.segment.end;
    }
    const wanted = Math.min(PIECE_BYTES, this.#stepEnd - this.#position);
    const bytes = await this.#source.read(this.#position, wanted, this.#memory);
    // A file is shorter than it was.
    if (bytes.length < wanted) this.#stepEnd = this.#position + bytes.length;
    return this.#pieceOf(bytes, this.#position);
  }

  #pieceOf(bytes: Uint8Array, start: number): Piece {
    const whole = bytes.subarray(0, bytes.length - (bytes.length % EVENT_BYTES));
    this.#position = start + whole.length;
    const hasMore = this.#stepEnd - this.#position >= EVENT_BYTES;
    const isLast = !hasMore && this.#plan.isLast && this.#nextStep >= this.#plan.steps.length;
    return { bytes: whole, words: eventWords(whole, this.#littleEndian), start, hasMore, isLast, at: 0 };
  }

  /** How the step ends that has no further piece; undefined where it has. */
  get stepEnd(): StepEnd | undefined {
    const rest = this.#stepEnd - this.#position;
    if (rest >= EVENT_BYTES) return undefined;
    return { step: this.#plan.steps[this.#nextStep - 1], offset: this.#position, rest: Math.max(0, rest) };
  }

  /** What follows of the piece is read again, with more behind it. */
  extend(piece: Piece): void {
    this.#position = piece.start + piece.at * WORD_BYTES;
  }

  /**
   * Looks for the place where events begin again, after too many that are none. Undefined where the piece has none; the same
   * piece where they begin where they did, which they are to be from word `sure` on.
   */
  realigned(piece: Piece, sorts: Uint8Array): { readonly piece: Piece; readonly sure: number } | undefined {
    const { bytes, start, at } = piece;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const from = (at - MISALIGNED_RUN * EVENT_WORDS) * WORD_BYTES;
    const found = findEvents(view, from, sorts, this.#littleEndian);
    if (found < 0) return undefined;
    if (found % EVENT_BYTES === 0) return { piece, sure: found / WORD_BYTES };
    return { piece: this.#pieceOf(bytes.subarray(found), start + found), sure: 0 };
  }
}
