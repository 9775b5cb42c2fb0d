/**
 * What reconciling needs to know of a recording beside its books: what the vCPUs did over time, how short stays in the guest
 * can be, and how close together events are.
 */
import { Histogram } from '../../base/histogram.js';
import { type Lane, Timeline, Track } from '../../ledger/timeline.js';
import type { Window } from '../../ledger/window.js';
import { EVENT_COLUMNS, type EventBatch, EventColumn, EventKind } from '../../recording/event-batch.js';
import { LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';

/** Higher pCPU numbers are damage (Linux: at most 8,192 CPUs). */
const MOST_PCPUS = 8192;

export class Observation {
  /**
   * Entry to next exit of every vCPU, host interrupts on top included, ns. Like `gaps` and `records` of all the recording: how
   * short they can be does not depend on what part of it is explained.
   */
  readonly stays = new Histogram();
  /** From one event of a vCPU thread to its next on the same pCPU with no other thread in between, ns. */
  readonly gaps = new Histogram();
  /** Of the events of a recording those that vmtoll understands. */
  records = 0;

  #timeline: Timeline | undefined;
  readonly #enteredAt = new Map<number, number>();
  /** By pCPU: the thread of the last record, its lane if it is a vCPU's, and when that was. */
  readonly #last: ({ thread: number; lane: Lane | undefined; time: number } | undefined)[] = [];

  /** The window is known: from here on there is something to see. */
  begin(window: Window): Timeline {
    this.#timeline = new Timeline(window);
    return this.#timeline;
  }

  /** Of all vCPUs with books. */
  get timeline(): Timeline {
    if (this.#timeline === undefined) throw new Error('nothing has been observed');
    return this.#timeline;
  }

  /** Call it for every batch after its events are in the books, so that their vCPUs are known. */
  see(records: RecordBatch, events: EventBatch): void {
    this.#seeRecords(records);
    this.#seeEvents(events);
  }

  #seeRecords({ count, kind, time, pcpu, thread }: RecordBatch): void {
    for (let row = 0; row < count; row++) {
      const cpu = pcpu[row];
      if (cpu < 0 || cpu >= MOST_PCPUS) continue;
      if (kind[row] === LOSS_RECORD) {
        this.#last[cpu] = undefined;
        continue;
      }
      const last = this.#last[cpu];
      const isSame = last?.thread === thread[row] && last.lane !== undefined;
      const lane = isSame ? last.lane : this.timeline.lane(thread[row]);
      this.records++;
      lane?.count(Track.records, time[row]);
      if (last === undefined) {
        this.#last[cpu] = { thread: thread[row], lane, time: time[row] };
        continue;
      }
      if (isSame) this.gaps.add(time[row] - last.time);
      last.thread = thread[row];
      last.lane = lane;
      last.time = time[row];
    }
  }

  #seeEvents({ count, numbers }: EventBatch): void {
    for (let at = 0; at < count * EVENT_COLUMNS; at += EVENT_COLUMNS) {
      const kind = numbers[at];
      if (kind === EventKind.Loss) this.#enteredAt.clear();
      if (kind !== EventKind.Entry && kind !== EventKind.Exit) continue;
      const thread = numbers[at + EventColumn.thread];
      const time = numbers[at + EventColumn.time];
      if (kind === EventKind.Entry) this.#entry(thread, time);
      else this.#exit(thread, time);
    }
  }

  #entry(thread: number, time: number): void {
    if (this.timeline.lane(thread) !== undefined) this.#enteredAt.set(thread, time);
  }

  #exit(thread: number, time: number): void {
    const lane = this.timeline.lane(thread);
    if (lane === undefined) return;
    lane.count(Track.exits, time);
    const entered = this.#enteredAt.get(thread);
    this.#enteredAt.delete(thread);
    if (entered !== undefined) this.stays.add(time - entered);
  }
}
