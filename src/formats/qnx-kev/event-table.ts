/** Which events are read, and where in their data each field of a row is. */
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { EVENT_SHAPES, type EventName, rowKindOf, slotCount } from '../qnx/event-shapes.js';
import type { Release } from '../qnx/release.js';
import { stateTable } from '../qnx/state-numbers.js';
import {
  EVENT_MASK,
  eventKey,
  HypervisorEvent,
  InterruptEvent,
  KERNEL_CALLS,
  KEY_MASK,
  KernelCallEvent,
  ProcessEvent,
  SystemEvent,
  TraceClass,
  WIDE_ARGUMENTS,
} from '../qnx/trace-classes.js';
import { EVENT_WORDS } from './event-words.js';

/** Where the data of a part begins. */
export const DATA_START = 2;

/** In place of the number of a word: the event has no such field, its own number says it, or the text from here on. */
export const NONE = -1;
export const CONSTANT = -2;

type Source = number | 'long' | 'constant' | 'none';

/** In the order of the shape's slots: the number of the word, or 'long' at each 64-bit field, in the order of the data. */
interface Plan {
  readonly name: EventName;
  readonly words: readonly Source[];
  /** The word at which the first 'long' begins. */
  readonly longsFrom?: number;
}

const WORDS: Plan['words'] = [0, 1];

const PLANS: readonly (Plan & { readonly keys: readonly number[] })[] = [
  hypervisor('QVM:GUEST_ENTER', HypervisorEvent.GuestEnter, ['long']),
  hypervisor('QVM:GUEST_EXIT', HypervisorEvent.GuestExit, [0, 1, 'long', 'long', 'long'], 2),
  hypervisor('QVM:CYCLES', HypervisorEvent.Cycles, ['long', 'long']),
  hypervisor('QVM:CREATE_VCPU_THREAD', HypervisorEvent.CreateVcpuThread, [0]),
  hypervisor('QVM:INTR_RAISE', HypervisorEvent.RaiseInterrupt, WORDS),
  hypervisor('QVM:INTR_LOWER', HypervisorEvent.LowerInterrupt, WORDS),
  hypervisor('QVM:TIMER_CREATE', HypervisorEvent.TimerCreate, WORDS),
  hypervisor('QVM:TIMER_FIRE', HypervisorEvent.TimerFire, WORDS),
  interrupt('INTERRUPT:ENTRY', [InterruptEvent.Entry, InterruptEvent.Entry64], [0]),
  interrupt('INTERRUPT:EXIT', [InterruptEvent.Exit], [0]),
  interrupt('INTERRUPT:HANDLER_ENTRY', [InterruptEvent.HandlerEntry, InterruptEvent.HandlerEntry64], [1, 0]),
  interrupt('INTERRUPT:HANDLER_EXIT', [InterruptEvent.HandlerExit], [0]),
  interrupt('INTERRUPT:DELIVER', [InterruptEvent.Deliver], [0]),
  {
    name: 'SYSTEM:APS_BNKR',
    keys: [eventKey(TraceClass.System, SystemEvent.PartitionBankruptcy)],
    words: [0, 2, 1],
  },
  { name: 'SYSTEM:IPI', keys: [eventKey(TraceClass.System, SystemEvent.Ipi)], words: WORDS },
  { name: 'SYSTEM:POWER', keys: [eventKey(TraceClass.System, SystemEvent.Power)], words: [0] },
  {
    name: 'PROCESS:PROCCREATE_NAME',
    keys: [eventKey(TraceClass.ProcessThread, ProcessEvent.CreateName)],
    words: [1, 'none'],
  },
  {
    name: 'PROCESS:PROCTHREAD_NAME',
    keys: [eventKey(TraceClass.ProcessThread, ProcessEvent.ThreadName)],
    words: [0, 1, 'none'],
  },
];

function hypervisor(name: EventName, event: number, words: Plan['words'], longsFrom = 0) {
  return { name, keys: [eventKey(TraceClass.Hypervisor, event)], words, longsFrom };
}

function interrupt(name: EventName, events: readonly number[], words: Plan['words']) {
  return { name, keys: events.map((event) => eventKey(TraceClass.Interrupt, event)), words };
}

/** Where a word of the data is: each part has two of them, after its head and its time. */
export const placeOf = (word: number): number => (word >> 1) * EVENT_WORDS + DATA_START + (word & 1);

export class EventTable {
  /** By class and event: the kind of its rows, 0 where it is only counted. */
  readonly kinds = new Uint8Array(KEY_MASK + 1);
  /** By class and event: what CONSTANT stands for. */
  readonly constants = new Int16Array(KEY_MASK + 1);
  /** By kind, FIELD_SLOTS each: where the word is that a slot comes from, in words from the first part on; NONE or CONSTANT. */
  readonly sources = new Int8Array((EVENT_SHAPES.length + 1) * FIELD_SLOTS).fill(NONE);
  /** By kind: how many slots it has. */
  readonly slots = new Uint8Array(EVENT_SHAPES.length + 1);
  /** By kind: how many parts an event has at least that is whole; further ones are passed over. */
  readonly leastParts = new Uint8Array(EVENT_SHAPES.length + 1);

  constructor(release: Release, littleEndian: boolean) {
    EVENT_SHAPES.forEach((_, index) => {
      this.slots[index + 1] = slotCount(index + 1);
    });
    for (const plan of PLANS) {
      for (const key of plan.keys) this.kinds[key] = rowKindOf(plan.name);
      this.#setWords(plan, littleEndian);
    }
    this.#setStates(release, littleEndian);
    this.#setCalls('KER_CALL:ENTER', KernelCallEvent.Enter, littleEndian);
    this.#setCalls('KER_CALL:EXIT', KernelCallEvent.Exit, littleEndian);
    this.#setWords({ name: 'USREVENT:EVENT', words: ['none'] }, littleEndian);
    this.kinds.fill(
      rowKindOf('USREVENT:EVENT'),
      eventKey(TraceClass.User, 0),
      eventKey(TraceClass.User, EVENT_MASK) + 1,
    );
  }

  #setStates(release: Release, littleEndian: boolean): void {
    stateTable(release).forEach((state, event) => {
      if (state < 0) return;
      const key = eventKey(TraceClass.ProcessThread, event);
      this.kinds[key] = rowKindOf('THREAD:STATE');
      this.constants[key] = state;
    });
    // pid, tid, priority, policy, partition
    this.#setWords({ name: 'THREAD:STATE', words: ['constant', 0, 'none', 2, 3, 4, 1] }, littleEndian);
  }

  #setCalls(name: EventName, first: number, littleEndian: boolean): void {
    for (let call = 0; call < KERNEL_CALLS; call++) {
      for (const form of [0, WIDE_ARGUMENTS]) {
        const key = eventKey(TraceClass.KernelCall, first + call) | form;
        this.kinds[key] = rowKindOf(name);
        this.constants[key] = call;
      }
    }
    this.#setWords({ name, words: ['constant'] }, littleEndian);
  }

  #setWords({ name, words, longsFrom = 0 }: Plan, littleEndian: boolean): void {
    let slot = rowKindOf(name) * FIELD_SLOTS;
    let long = longsFrom;
    for (const source of words) {
      if (source === 'long') {
        this.sources[slot++] = placeOf(littleEndian ? long + 1 : long);
        this.sources[slot++] = placeOf(littleEndian ? long : long + 1);
        long += 2;
        this.leastParts[rowKindOf(name)] = long / 2;
      } else {
        this.sources[slot++] = source === 'none' ? NONE : source === 'constant' ? CONSTANT : placeOf(source);
      }
    }
  }
}
