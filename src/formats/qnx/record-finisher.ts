/**
 * The last step of reading a kernel trace, in the order of time: rows of our own kinds become records of the catalog.
 * Only here is it known which thread ran on a CPU, which of several threads with the same identifiers is meant, and which
 * changes of state are none, because the kernel told at the start what the state was.
 */
import { cyclesToNs } from '../../recording/cycles.js';
import { addMarker } from '../../recording/markers.js';
import { FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { RecordingTotals } from '../../recording/recording.js';
import { BankruptcySlot, type Delivery, RowKind, rowKindOf, StateSlot } from './event-shapes.js';
import type { HostThreads } from './host-threads.js';
import { Nanoseconds } from './nanoseconds.js';
import type { TextStore } from './text-store.js';
import { threadState } from './thread-states.js';
import { MOST_CPUS } from './trace-classes.js';

const RUNNING = threadState('RUNNING');
const CREATE = threadState('CREATE');
const DESTROY = threadState('DESTROY');
/** The first process, which is there before tracing begins: who tells its name tells the state of all. */
const PROCNTO = 1;

const ENTER = rowKindOf('QVM:GUEST_ENTER');

/** The number that all idle threads have. */
const IDLE = 0;

/** In place of the thread of a row: it was none. */
export const VOID = -2;

/** What a CPU is doing: it has not written anything yet, it tells the state at the start, or it works. */
const Phase = { Start: 0, Dump: 1, Work: 2 } as const;

export class RecordFinisher {
  readonly #delivery: Delivery;
  readonly #threads: HostThreads;
  readonly #texts: TextStore;
  readonly #totals: RecordingTotals;
  readonly #hz: number;
  readonly #nanoseconds: Nanoseconds;
  /** The header does not say how many CPUs there are. */
  readonly #countsCpus: boolean;
  /** By CPU: the thread that runs, or ran last, as far as it is known; and whether it has left. */
  readonly #running = new Int32Array(MOST_CPUS).fill(-1);
  readonly #hasLeft = new Uint8Array(MOST_CPUS);
  /** CPUs from here on never had one. */
  #cpusInUse = 0;
  readonly #phase = new Uint8Array(MOST_CPUS);
  /** By CPU: the thread of which a dump said that it exists, and not yet its state. */
  readonly #created = new Int32Array(MOST_CPUS).fill(-1);
  /** By CPU: the last time, and how many rows in a row had it. */
  readonly #lastTime = new Float64Array(MOST_CPUS).fill(-1);
  readonly #run = new Uint32Array(MOST_CPUS);
  readonly #spare = new Float64Array(FIELD_SLOTS);

  /** `hz`: cycles per second; `cpus`: how many there are, where the header says it. */
  constructor(
    delivery: Delivery,
    threads: HostThreads,
    texts: TextStore,
    totals: RecordingTotals,
    clock: { readonly hz: number; readonly cpus: number | undefined },
  ) {
    this.#delivery = delivery;
    this.#threads = threads;
    this.#texts = texts;
    this.#totals = totals;
    this.#hz = clock.hz;
    this.#nanoseconds = new Nanoseconds(clock.hz);
    this.#countsCpus = clock.cpus === undefined;
    threads.cpus = clock.cpus ?? 0;
  }

  /** Turns the rows of the batch from `from` on into records: their times are cycles since the origin. */
  finish(batch: RecordBatch, from: number): void {
    const { time, pcpu, kind, fields } = batch;
    const { kinds, slots } = this.#delivery;
    const count = batch.count;
    let out = from;
    for (let row = from; row < count; row++) {
      if (batch.thread[row] === VOID) continue;
      const rowKind = kind[row];
      const cpu = pcpu[row];
      const at = row * FIELD_SLOTS;
      const now = this.#nanoseconds.of(time[row]);
      if (rowKind === LOSS_RECORD) {
        fields[at] = cyclesToNs(fields[at], this.#hz);
        this.#running[cpu] = -1;
        this.#created[cpu] = -1;
      } else {
        this.#noteTime(cpu, now);
      }
      // Whoever enters a guest runs: not the one that has left, so that the event is missing which tells who it is.
      if (rowKind === ENTER && this.#hasLeft[cpu] === 1) this.#running[cpu] = -1;
      const thread = rowKind === LOSS_RECORD ? -1 : this.#running[cpu];
      if (rowKind === RowKind.State) this.#finishState(fields, at, cpu);
      else if (rowKind >= RowKind.ProcessName) this.#learn(rowKind, fields, at, cpu, now);
      else if (rowKind === RowKind.Bankruptcy) {
        const tid = fields[at + BankruptcySlot.Tid];
        fields[at + BankruptcySlot.Thread] = this.#threads.numberOf(fields[at + BankruptcySlot.Thread], tid);
      } else if (rowKind === RowKind.CallEnter || rowKind === RowKind.CallExit) this.#phase[cpu] = Phase.Work;
      const delivered = kinds[rowKind];
      if (delivered === 0 && rowKind !== LOSS_RECORD) continue;
      time[out] = now;
      pcpu[out] = cpu;
      batch.thread[out] = thread;
      kind[out] = delivered;
      const sources = slots[rowKind];
      if (sources !== undefined) this.#rearrange(fields, at, out * FIELD_SLOTS, sources);
      else if (out !== row) moveFields(fields, at, out * FIELD_SLOTS);
      out++;
    }
    batch.count = out;
  }

  #noteTime(cpu: number, now: number): void {
    if (now !== this.#lastTime[cpu]) {
      this.#lastTime[cpu] = now;
      this.#run[cpu] = 0;
    }
    const run = ++this.#run[cpu];
    if (run > this.#totals.longestFrozenRun) this.#totals.longestFrozenRun = run;
    if (this.#countsCpus && cpu >= this.#threads.cpus) this.#threads.cpus = cpu + 1;
  }

  #finishState(fields: Float64Array, at: number, cpu: number): void {
    const state = fields[at + StateSlot.State];
    const pid = fields[at + StateSlot.Thread];
    const tid = fields[at + StateSlot.Tid];
    const threads = this.#threads;
    const isInitial = this.#phase[cpu] !== Phase.Work && this.#isInitial(state, pid, tid, cpu);
    let thread: number;
    if (state === DESTROY) thread = threads.end(pid, tid);
    else if (state === CREATE && !isInitial) thread = threads.begin(pid, tid);
    else thread = threads.numberOf(pid, tid);
    fields[at + StateSlot.Thread] = thread;
    fields[at + StateSlot.Initial] = isInitial ? 1 : 0;
    if (isInitial) {
      this.#created[cpu] = state === CREATE ? thread : -1;
      return;
    }
    this.#leave(thread, cpu);
    if (state === RUNNING) {
      this.#running[cpu] = thread;
      this.#hasLeft[cpu] = 0;
      if (cpu >= this.#cpusInUse) this.#cpusInUse = cpu + 1;
    }
  }

  /** The thread runs nowhere; of the idle threads, which share a number, it is the one of this CPU. */
  #leave(thread: number, own: number): void {
    if (thread === IDLE) {
      if (this.#running[own] === IDLE) this.#hasLeft[own] = 1;
      return;
    }
    for (let cpu = 0; cpu < this.#cpusInUse; cpu++) if (this.#running[cpu] === thread) this.#hasLeft[cpu] = 1;
  }

  /** In a dump, each thread is created and then has its state; anything else is the end of the dump. */
  #isInitial(state: number, pid: number, tid: number, cpu: number): boolean {
    if (state === CREATE) {
      this.#phase[cpu] = Phase.Dump;
      return true;
    }
    const isDump = this.#phase[cpu] === Phase.Dump && this.#created[cpu] === this.#threads.numberOf(pid, tid);
    if (!isDump) this.#phase[cpu] = Phase.Work;
    return isDump;
  }

  #learn(rowKind: number, fields: Float64Array, at: number, cpu: number, now: number): void {
    if (rowKind === RowKind.Text) {
      addMarker(this.#totals.markers, this.#texts.text(fields[at]), now);
    } else if (rowKind === RowKind.ProcessName) {
      const pid = fields[at];
      if (pid === PROCNTO || this.#phase[cpu] === Phase.Start) this.#phase[cpu] = Phase.Dump;
      this.#threads.nameProcess(pid, this.#texts.text(fields[at + 1]));
    } else {
      if (this.#phase[cpu] === Phase.Start) this.#phase[cpu] = Phase.Dump;
      this.#threads.nameThread(fields[at], fields[at + 1], this.#texts.text(fields[at + 2]));
    }
  }

  #rearrange(fields: Float64Array, from: number, to: number, sources: Int8Array): void {
    this.#spare.set(fields.subarray(from, from + FIELD_SLOTS));
    for (let slot = 0; slot < FIELD_SLOTS; slot++) {
      fields[to + slot] = sources[slot] < 0 ? NaN : this.#spare[sources[slot]];
    }
  }
}

/** Faster for a few numbers than copyWithin. */
function moveFields(fields: Float64Array, from: number, to: number): void {
  for (let slot = 0; slot < FIELD_SLOTS; slot++) fields[to + slot] = fields[from + slot];
}
