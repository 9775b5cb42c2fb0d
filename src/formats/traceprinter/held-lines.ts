/** Lines that were read and not used yet, in their order: what follows a line may be needed to judge it. */
import { PrintedLine } from './printed-line.js';

/** Used lines are tidied away from so many on. */
const TIDY_FROM = 1024;

export class HeldLines {
  #lines: PrintedLine[] = [];
  #start = 0;
  /** For the next lines, so that they need no new objects. */
  readonly #free: PrintedLine[] = [];

  get count(): number {
    return this.#lines.length - this.#start;
  }

  /** The first one is at 0. */
  at(index: number): PrintedLine {
    return this.#lines[this.#start + index];
  }

  /** Undefined where none is held. */
  get last(): PrintedLine | undefined {
    return this.count === 0 ? undefined : this.#lines[this.#lines.length - 1];
  }

  add(line: PrintedLine): void {
    this.#lines.push(line);
  }

  /** A line to be filled, and added then. */
  fresh(): PrintedLine {
    return this.#free.pop() ?? new PrintedLine();
  }

  /** The first line is not needed any more. */
  drop(): void {
    this.#free.push(this.#lines[this.#start++]);
    if (this.#start === this.#lines.length) {
      this.#lines.length = 0;
      this.#start = 0;
    } else if (this.#start >= TIDY_FROM) {
      this.#lines = this.#lines.slice(this.#start);
      this.#start = 0;
    }
  }
}
