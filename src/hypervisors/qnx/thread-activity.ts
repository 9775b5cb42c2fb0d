/**
 * The host's scheduler, from the states of its threads: the kernel writes down every state that a thread gets, on the pCPU
 * that gives it. A thread that runs and gets another state leaves its pCPU; one that waits and gets READY was woken.
 */
import { THREAD_STATES, type ThreadState, threadState } from '../../formats/qnx/thread-states.js';
import { type EventBatch, EventKind, SCHEDULER_THREAD, SwitchState } from '../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import type { ThreadTable } from '../../recording/threads.js';
import type { Handler } from './handler.js';
import { slotOf } from './trace-events.js';

const STATE = slotOf('THREAD:STATE', 'state');
const THREAD = slotOf('THREAD:STATE', 'thread');
const INITIAL = slotOf('THREAD:STATE', 'initial');
const PRIORITY = slotOf('THREAD:STATE', 'priority');

const RUNNING = threadState('RUNNING');
const READY = threadState('READY');

/**
 * What the thread of a halted vCPU may wait for until its guest is woken: something that happens, which no other thread
 * owes it. QNX does not document which of them qvm uses. See docs/decisions/sleep-in-a-halt.md.
 */
const HALTED_STATES: readonly ThreadState[] = ['CONDVAR', 'INTR', 'NANOSLEEP', 'RECEIVE', 'SIGSUSPEND', 'SIGWAITINFO'];
/** By state. */
const SWITCH_STATES = Uint8Array.from(THREAD_STATES, (state) => {
  if (state === 'READY') return SwitchState.Runnable;
  if (state === 'DEAD' || state === 'DESTROY') return SwitchState.Ended;
  return HALTED_STATES.includes(state) ? SwitchState.Asleep : SwitchState.Blocked;
});

const IDLE = 0;
const UNKNOWN = -1;
/** In place of a state: another thread runs where this one did, and nothing tells what became of it. */
const DISPLACED = -2;
/**
 * A thread that is woken and takes the pCPU at once is told first, and then the one that loses it, in the same operation of
 * the kernel: so soon after it, ns. Source: the scheduler of 6.4, as published.
 */
const SAME_SWITCH_NS = 1000;
/** More threads than a host has are not remembered: their states are never known. */
const MOST_THREADS = 1 << 20;
const FIRST_THREADS = 256;
/** Higher pCPU numbers are damage (the trace has 6 bits for them). */
const MOST_PCPUS = 64;

/** Whether the record of a state is a change, and not what the kernel tells at the start. */
export const isChange = ({ fields }: RecordBatch, row: number): boolean => fields[row * FIELD_SLOTS + INITIAL] !== 1;

export class ThreadActivity {
  readonly #threads: ThreadTable;
  /** Changes of state that were seen, and those among them that made a thread ready: what was told at the start is none. */
  changes = 0;
  readyChanges = 0;
  /** How often a thread got a pCPU that another one had not left, as far as is told. */
  displaced = 0;
  /** By thread: its state, when that was learnt in numbers of losses, and where it runs if it does. */
  #state = new Int8Array(FIRST_THREADS).fill(UNKNOWN);
  #lossesThen = new Int32Array(FIRST_THREADS);
  #pcpu = new Int8Array(FIRST_THREADS).fill(UNKNOWN);
  /** By pCPU: the thread that runs there, IDLE, SCHEDULER_THREAD between two threads, or UNKNOWN. */
  readonly #running = new Int32Array(MOST_PCPUS).fill(UNKNOWN);
  /** By pCPU: when its thread left, ns; NaN where it has not. */
  readonly #leftAt = new Float64Array(MOST_PCPUS).fill(Number.NaN);
  /** By pCPU: the thread that was displaced with the last change of state there, if one was, and when, ns. */
  readonly #displacedThread = new Int32Array(MOST_PCPUS).fill(UNKNOWN);
  readonly #displacedAt = new Float64Array(MOST_PCPUS);
  #losses = 0;

  /** @param threads learns their priorities, where the trace has them */
  constructor(threads: ThreadTable) {
    this.#threads = threads;
  }

  /** Events of a pCPU were lost: who runs there is not known any more, nor what those do who do not run. */
  lose(pcpu: number): void {
    this.#losses++;
    if (!(pcpu >= 0 && pcpu < MOST_PCPUS)) return;
    this.#running[pcpu] = UNKNOWN;
    this.#leftAt[pcpu] = Number.NaN;
    this.#displacedThread[pcpu] = UNKNOWN;
  }

  /**
   * Since when a pCPU is between two threads, ns; NaN where it is not. Whoever does something there that only a running
   * thread does got it, and the event that told so is missing.
   */
  betweenThreads(pcpu: number): number {
    return this.#leftAt[pcpu] ?? Number.NaN;
  }

  /** A record of THREAD:STATE. */
  readonly change: Handler = (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const state = records.fields[at + STATE];
    const thread = records.fields[at + THREAD];
    const pcpu = records.pcpu[row];
    if (!(thread >= 0 && state >= 0) || pcpu < 0 || pcpu >= MOST_PCPUS || !this.#admit(thread)) return;
    this.#threads.setPriority(thread, records.fields[at + PRIORITY]);
    if (records.fields[at + INITIAL] === 1) {
      if (this.#stateOf(thread) === UNKNOWN) this.#set(thread, state, UNKNOWN);
      return;
    }
    this.changes++;
    if (state === READY) this.readyChanges++;
    if (state === RUNNING) this.#runs(records, row, events, thread, pcpu);
    else if (thread !== IDLE) this.#stops(records, row, events, thread, state);
    else if (this.#running[pcpu] === IDLE) this.#leftAt[pcpu] = records.time[row];
  };

  #runs(records: RecordBatch, row: number, events: EventBatch, thread: number, pcpu: number): void {
    const time = records.time[row];
    const before = this.#running[pcpu];
    if (before === thread) return;
    const isDisplaced = before > IDLE;
    if (isDisplaced) {
      this.displaced++;
      this.#set(before, DISPLACED, UNKNOWN);
      this.#displacedAt[pcpu] = time;
    }
    this.#displacedThread[pcpu] = isDisplaced ? before : UNKNOWN;
    const slept = thread === IDLE ? UNKNOWN : this.#stateOf(thread);
    if (isSleep(slept)) events.push(EventKind.Wake, time, pcpu, before, thread, Number.NaN, 1, slept + 1);
    const elsewhere = this.#pcpu[thread];
    if (thread !== IDLE && elsewhere >= 0 && this.#running[elsewhere] === thread) this.#running[elsewhere] = UNKNOWN;
    this.#running[pcpu] = thread;
    this.#leftAt[pcpu] = Number.NaN;
    this.#set(thread, RUNNING, pcpu);
    const why = isDisplaced ? SwitchState.Displaced : SwitchState.Runnable;
    events.push(EventKind.Switch, time, pcpu, before, thread, why, 0, 0);
  }

  #stops(records: RecordBatch, row: number, events: EventBatch, thread: number, state: number): void {
    const time = records.time[row];
    const pcpu = records.pcpu[row];
    const before = this.#stateOf(thread);
    const place = this.#placeOf(thread, before, state, pcpu);
    const isSameSwitch = state === READY && this.#wasJustDisplaced(thread, pcpu, time);
    this.#displacedThread[pcpu] = UNKNOWN;
    this.#set(thread, state, UNKNOWN);
    if (place >= 0) {
      this.#running[place] = SCHEDULER_THREAD;
      this.#leftAt[place] = time;
      events.push(EventKind.Switch, time, place, thread, SCHEDULER_THREAD, switchState(state), 0, 0);
    } else if (switchState(state) === SwitchState.Ended) {
      events.push(EventKind.Ended, time, pcpu, -1, thread, thread, 0, 0);
    } else if (isSleep(state)) {
      if (isSleep(before) && switchState(before) !== switchState(state)) {
        const by = this.#running[pcpu];
        events.push(EventKind.WaitChange, time, pcpu, by, thread, switchState(state), 0, before + 1);
      }
    } else if (state === READY && before !== READY) {
      if (isSameSwitch) this.displaced--;
      const wasAsleep = isSleep(before) || (before === DISPLACED && !isSameSwitch);
      const waitedFor = isSleep(before) ? before + 1 : 0;
      events.push(EventKind.Wake, time, pcpu, this.#running[pcpu], thread, Number.NaN, wasAsleep ? 1 : 0, waitedFor);
    }
  }

  /** Whether the last change of state on the pCPU was, just now, that another thread got it in place of this one. */
  #wasJustDisplaced(thread: number, pcpu: number, time: number): boolean {
    return this.#displacedThread[pcpu] === thread && time - this.#displacedAt[pcpu] <= SAME_SWITCH_NS;
  }

  /** The pCPU that the thread leaves by getting this state; UNKNOWN where it did not run, as far as is known. */
  #placeOf(thread: number, before: number, state: number, pcpu: number): number {
    const place = this.#pcpu[thread];
    if (place >= 0 && this.#running[place] === thread) return place;
    const running = this.#running[pcpu];
    if (running > UNKNOWN || state === READY) return before === RUNNING && running === UNKNOWN ? pcpu : UNKNOWN;
    // Threads put themselves to sleep, so one of which nothing else is known was running here: where that was not told, it was lost.
    const mayHaveRun = running === UNKNOWN ? before === UNKNOWN || before === RUNNING : before === READY;
    return mayHaveRun ? pcpu : UNKNOWN;
  }

  /** What is known of it: UNKNOWN where a loss may have hidden a change. */
  #stateOf(thread: number): number {
    const place = this.#pcpu[thread];
    if (place >= 0 && this.#running[place] === thread) return RUNNING;
    return this.#lossesThen[thread] === this.#losses ? this.#state[thread] : UNKNOWN;
  }

  #set(thread: number, state: number, pcpu: number): void {
    this.#state[thread] = state;
    this.#lossesThen[thread] = this.#losses;
    this.#pcpu[thread] = pcpu;
  }

  #admit(thread: number): boolean {
    if (thread < this.#state.length) return true;
    if (thread >= MOST_THREADS) return false;
    let size = this.#state.length;
    while (size <= thread) size *= 2;
    this.#state = grown(this.#state, new Int8Array(size).fill(UNKNOWN));
    this.#lossesThen = grown(this.#lossesThen, new Int32Array(size));
    this.#pcpu = grown(this.#pcpu, new Int8Array(size).fill(UNKNOWN));
    return true;
  }
}

const switchState = (state: number): number => SWITCH_STATES[state] ?? SwitchState.Blocked;

/** @param state UNKNOWN is none */
function isSleep(state: number): boolean {
  const why = state < 0 || state === RUNNING ? SwitchState.Runnable : switchState(state);
  return why === SwitchState.Asleep || why === SwitchState.Blocked;
}

function grown<A extends Int8Array | Int32Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
