/**
 * Up to which time all records have been read.
 *
 * xentrace goes round the pCPUs in the order of their numbers, and writes down what each one's buffer holds: a window. So when a
 * round ends, everything is there that had happened when the round before it ended, and that is later than where the windows
 * of that round begin. A pCPU that has no window in a round had nothing to tell. Source: tools/xentrace/xentrace.c.
 */
export class Rounds {
  /** Everything up to this time has been read, cycles. */
  complete = Number.NEGATIVE_INFINITY;
  #pcpu = -1;
  /** Latest beginnings of windows in this round and in the one before it. */
  #present = Number.NEGATIVE_INFINITY;
  #before = Number.NEGATIVE_INFINITY;

  /** A window of a pCPU begins. @param begin time of its first record, cycles; NaN: not known */
  window(pcpu: number, begin: number): void {
    if (pcpu <= this.#pcpu) {
      if (this.#before > this.complete) this.complete = this.#before;
      this.#before = this.#present;
      this.#present = Number.NEGATIVE_INFINITY;
    }
    this.#pcpu = pcpu;
    if (begin > this.#present) this.#present = begin;
  }
}
