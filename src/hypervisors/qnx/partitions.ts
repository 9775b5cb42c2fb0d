/**
 * Partitions of the host's scheduler: each has a budget, and the kernel writes down when one is bankrupt. From then on until
 * a thread of it gets a pCPU again, its threads wait for the budget and not for whoever runs. Which partition a thread is in
 * is told by wide events of its states, and by the bankruptcy itself.
 */

import { threadState } from '../../formats/qnx/thread-states.js';
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../recording/record-batch.js';
import type { Handler, Handlers } from './handler.js';
import { slotOf } from './trace-events.js';

const STATE = slotOf('THREAD:STATE', 'state');
const THREAD = slotOf('THREAD:STATE', 'thread');
const PARTITION = slotOf('THREAD:STATE', 'partition');
const BANKRUPT_THREAD = slotOf('SYSTEM:APS_BNKR', 'thread');
const BANKRUPT_PARTITION = slotOf('SYSTEM:APS_BNKR', 'partition');
const RUNNING = threadState('RUNNING');

/** A host has far fewer; higher numbers are damage. */
const MOST_PARTITIONS = 256;
/** Threads with higher numbers are in no partition that is known. */
const MOST_THREADS = 1 << 18;
const FIRST_THREADS = 64;
const UNKNOWN = -1;

export class Partitions {
  /** How often each partition was bankrupt, by its number. */
  readonly bankruptcies = new Map<number, number>();
  /** By thread: its partition, and the one that the ledger was told. */
  #partition = new Int16Array(FIRST_THREADS).fill(UNKNOWN);
  #told = new Int16Array(FIRST_THREADS).fill(UNKNOWN);
  readonly #isUsedUp = new Uint8Array(MOST_PARTITIONS);
  #usedUp = 0;

  readonly handlers: Handlers = {
    'SYSTEM:APS_BNKR': (records, row, events) => this.#bankrupt(records, row, events),
  };

  /** A change of a thread's state: to be called before that becomes events. */
  readonly change: Handler = (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const thread = records.fields[at + THREAD];
    const partition = records.fields[at + PARTITION];
    if (partition >= 0) this.#learn(thread, partition);
    if (this.#usedUp === 0 || records.fields[at + STATE] !== RUNNING) return;
    const own = this.#partition[thread] ?? UNKNOWN;
    if (own === UNKNOWN || this.#isUsedUp[own] === 0) return;
    this.#isUsedUp[own] = 0;
    this.#usedUp--;
    events.push(EventKind.Budget, records.time[row], records.pcpu[row], -1, own, 0, 0, 0);
  };

  /** The thread of a vCPU enters its guest. */
  tell({ thread, time, pcpu }: RecordBatch, row: number, events: EventBatch): void {
    const number = thread[row];
    const partition = this.#partition[number] ?? UNKNOWN;
    if (partition === UNKNOWN || this.#told[number] === partition) return;
    this.#told[number] = partition;
    events.push(EventKind.Partition, time[row], pcpu[row], number, partition, 0, 0, 0);
  }

  /** Events were lost: threads may have run since. */
  lose(): void {
    this.#isUsedUp.fill(0);
    this.#usedUp = 0;
  }

  #bankrupt(records: RecordBatch, row: number, events: EventBatch): void {
    const at = row * FIELD_SLOTS;
    const partition = records.fields[at + BANKRUPT_PARTITION];
    if (!(partition >= 0 && partition < MOST_PARTITIONS)) return;
    this.#learn(records.fields[at + BANKRUPT_THREAD], partition);
    this.bankruptcies.set(partition, (this.bankruptcies.get(partition) ?? 0) + 1);
    if (this.#isUsedUp[partition] === 0) this.#usedUp++;
    this.#isUsedUp[partition] = 1;
    events.push(EventKind.Budget, records.time[row], records.pcpu[row], -1, partition, 1, 0, 0);
  }

  #learn(thread: number, partition: number): void {
    if (!(thread > 0 && thread < MOST_THREADS && partition < MOST_PARTITIONS)) return;
    if (thread >= this.#partition.length) this.#grow(thread);
    this.#partition[thread] = partition;
  }

  #grow(thread: number): void {
    let size = this.#partition.length;
    while (size <= thread) size *= 2;
    const [partition, told] = [new Int16Array(size).fill(UNKNOWN), new Int16Array(size).fill(UNKNOWN)];
    partition.set(this.#partition);
    told.set(this.#told);
    this.#partition = partition;
    this.#told = told;
  }
}
