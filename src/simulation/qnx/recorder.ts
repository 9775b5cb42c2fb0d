/** The kernel's trace: keeps what is written, and at the end gives the part from the start of tracing on. */
import type { TraceEvent, TraceEventBody } from './trace-event.js';

export class TraceRecorder {
  readonly #events: TraceEvent[] = [];
  /** The first stamp of the trace; Infinity while nobody has started it. */
  startsAt = Infinity;

  write(cycles: number, cpu: number, body: TraceEventBody): void {
    this.#events.push({ cycles: BigInt(cycles), cpu, body });
  }

  /** From the start of the trace up to a time, by time. */
  until(end: number): TraceEvent[] {
    return this.#events
      .filter(({ cycles }) => cycles >= this.startsAt && cycles <= end)
      .sort((a, b) => Number(a.cycles - b.cycles));
  }
}
