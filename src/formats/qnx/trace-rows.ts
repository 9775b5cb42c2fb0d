/**
 * The way of events from a reader of a kernel trace, whichever form it reads, to records: what is the same for all forms.
 * The reader adds rows to `queue`, in the order of its input; here they become batches, and what was counted totals.
 */
import type { IssueLog } from '../../base/issue.js';
import { type CycleClock, cyclesToNs } from '../../recording/cycles.js';
import { type BatchSupply, FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import { RecordingTotals } from '../../recording/recording.js';
import { ThreadTable } from '../../recording/threads.js';
import type { TracepointCatalog } from '../../recording/tracepoint.js';
import { RowQueue } from '../queue/row-queue.js';
import { CpuClocks } from './cpu-clocks.js';
import { deliveryFor, SHAPE_CATALOG } from './event-shapes.js';
import { HostThreads } from './host-threads.js';
import { RecordFinisher } from './record-finisher.js';
import { TextStore } from './text-store.js';
import { originOf, spanLimit } from './time-span.js';
import type { TraceSettings } from './trace-header.js';
import { addTraceIssues } from './trace-issues.js';
import { TraceLosses } from './trace-losses.js';

/** What only the reader knows at the end. */
export interface ReaderFindings {
  /** Events by "CLASS:NAME"; a name may come several times. */
  readonly counts: Iterable<readonly [name: string, count: number]>;
  /** Events that began and never ended, and parts of events that never began. */
  readonly unfinished: number;
  readonly withoutBeginning: number;
  readonly impossibleTimes: number;
  /** Events whose first word cannot be. */
  readonly broken: number;
}

/** Before the names of events that processes wrote into the trace. */
export const INJECTED = 'injected ';

/** What reads a trace in one of its forms, and adds the rows. */
export interface TraceReader {
  /** Reads on until something is to be done; false at the end, when there is nothing more. */
  advance(): Promise<boolean>;
  /** Once, after the end: finishes what is unfinished, or counts it. */
  finishReading(): void;
  /** Once, when all rows are in batches but for those of the last one. */
  finishTotals(): void;
}

export class TraceRows {
  readonly totals = new RecordingTotals();
  readonly threads = new ThreadTable();
  readonly queue = new RowQueue(SHAPE_CATALOG);
  readonly clocks: CpuClocks;
  readonly losses: TraceLosses;
  readonly texts = new TextStore();
  readonly #hz: number;
  readonly #hostThreads: HostThreads;
  readonly #finisher: RecordFinisher;
  #ended = false;

  /** `globalClock`: one high half of the time serves all CPUs. */
  constructor({ release, hz, cpus }: TraceSettings, globalClock: boolean, catalog: TracepointCatalog) {
    this.clocks = new CpuClocks(globalClock, spanLimit(hz));
    this.losses = new TraceLosses(release, this.totals);
    this.#hz = hz;
    this.#hostThreads = new HostThreads(this.threads);
    this.#finisher = new RecordFinisher(deliveryFor(catalog), this.#hostThreads, this.texts, this.totals, { hz, cpus });
    this.queue.openReserve();
  }

  /** The gap of a CPU ends with an event at `time`, if there is one. Only after `queue.reserve`. */
  closeGap(cpu: number, time: number): void {
    const { losses, queue } = this;
    if (!losses.isOpen(cpu)) return;
    const first = queue.add(time, LOSS_RECORD, cpu, -1);
    queue.fields.fill(NaN, first, first + FIELD_SLOTS);
    queue.fields[first] = losses.close(cpu);
  }

  /** Reads until the first rows are final: only then is the first time known. Undefined where there are no events. */
  async prepare(reader: TraceReader): Promise<{ readonly cycles: CycleClock; readonly originNs: bigint } | undefined> {
    const { queue, clocks } = this;
    while (queue.ready === 0 && (await this.#advance(reader)));
    if (queue.oldest === Infinity) return undefined;
    queue.origin = queue.oldest;
    this.totals.firstNs = 0;
    const { cycles, originNs } = originOf(clocks.baseHigh, queue.origin, this.#hz);
    return { cycles: { hz: this.#hz, origin: cycles }, originNs };
  }

  /** All records, after `prepare`. */
  async *batches(supply: BatchSupply, reader: TraceReader): AsyncGenerator<RecordBatch> {
    let batch = supply();
    do {
      while (this.queue.ready > 0) {
        const from = batch.count;
        this.queue.deliver(batch);
        this.#finisher.finish(batch, from);
        if (!batch.full) continue;
        yield batch;
        batch = supply();
      }
    } while (await this.#advance(reader));
    reader.finishTotals();
    if (batch.count > 0) yield batch;
  }

  /** False where nothing more can be done. */
  async #advance(reader: TraceReader): Promise<boolean> {
    if (this.#ended) return false;
    if (await reader.advance()) return true;
    this.#ended = true;
    reader.finishReading();
    // Gaps that no event ended end with the last event.
    for (const cpu of this.losses.openGaps()) if (this.queue.reserve()) this.closeGap(cpu, this.queue.newest);
    this.queue.finishAll();
    return this.queue.ready > 0;
  }

  finishTotals(findings: ReaderFindings, issues: IssueLog, source: string): void {
    const { totals, queue } = this;
    let injected = 0;
    for (const [name, count] of findings.counts) {
      if (name.startsWith(INJECTED)) injected += count;
      totals.eventCounts.set(name, (totals.eventCounts.get(name) ?? 0) + count);
      totals.events += count;
    }
    this.losses.latest.forEach((time, cpu) => {
      if (!Number.isNaN(time)) totals.pcpus.add(cpu);
    });
    if (totals.pcpus.size > 0) totals.lastNs = cyclesToNs(queue.newest - queue.origin, this.#hz);
    totals.timeWentBack = queue.movedUp;
    this.#hostThreads.finish();
    const { missingBuffers, restarts } = this.losses;
    const problems = {
      ...findings,
      injected,
      missingBuffers,
      restarts,
      timesWentBack: this.clocks.wentBack,
      movedUp: queue.movedUp,
      droppedThreads: this.#hostThreads.dropped,
    };
    addTraceIssues(problems, issues, source);
  }
}
