/** Losses that the recorder or the damage of a file is to blame for. */
import type { IssueLog } from '../../base/issue.js';
import type { RecordingTotals } from '../../recording/recording.js';

export class LossCounter {
  readonly #source: string;
  readonly #issues: IssueLog;
  readonly #totals: RecordingTotals;
  /** By LOST records: events that did not fit into the buffer of a CPU. */
  #inBuffers = 0;
  /** By LOST_SAMPLES records: the same events again, by event instead of by CPU, and without a place in time. */
  #byEvent = 0;
  /** Of #inBuffers, those whose record says no time or CPU. */
  #withoutPlace = 0;
  /** Samples that could not be read. */
  #unreadable = 0;

  constructor(source: string, issues: IssueLog, totals: RecordingTotals) {
    this.#source = source;
    this.#issues = issues;
    this.#totals = totals;
  }

  addInBuffer(count: number, hasPlace: boolean): void {
    this.#inBuffers += count;
    this.#totals.gaps++;
    if (!hasPlace) this.#withoutPlace += count;
  }

  addByEvent(count: number): void {
    this.#byEvent += count;
  }

  addUnreadable(code: string, message: string, offset: number): void {
    this.#unreadable++;
    this.#issues.add({ code, severity: 'warning', message, source: this.#source, offset });
  }

  /** Sets the totals once everything is read. */
  finish(): void {
    // LOST records count what the kernel could report when a buffer had room again. The counters behind LOST_SAMPLES
    // cover these and what came after: only their surplus is new.
    const surplus = Math.max(0, this.#byEvent - this.#inBuffers);
    this.#totals.lostEvents += Math.max(this.#inBuffers, this.#byEvent) + this.#unreadable;
    if (surplus > 0) this.#totals.gaps++;
    const unplaced = surplus + this.#withoutPlace;
    if (unplaced === 0) return;
    this.#issues.add({
      code: 'loss-without-place',
      severity: 'warning',
      message: `The recorder counted ${unplaced} lost events without saying when they were lost`,
      source: this.#source,
      hint: 'Record again with larger buffers (perf record -m 4096) or fewer events.',
    });
  }
}
