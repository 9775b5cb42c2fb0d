/** What is going to happen in the simulated host, soonest first; of two at the same time the one that was planned first. */

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly action: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.order < b.order);

export class EventQueue {
  /** A binary heap: no entry is before its parent, which stands at half its place. */
  readonly #heap: Entry[] = [];
  #planned = 0;

  /** When the next event is due; Infinity where there is none. */
  get nextTime(): number {
    return this.#heap[0]?.time ?? Infinity;
  }

  add(time: number, action: () => void): void {
    const entry: Entry = { time, order: this.#planned++, action };
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (isBefore(heap[parent], entry)) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = entry;
  }

  /** Takes out the next event. The queue must not be empty. */
  take(): () => void {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first.action;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (isBefore(entry, heap[child])) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = entry;
  }
}
