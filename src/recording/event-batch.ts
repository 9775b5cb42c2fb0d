/**
 * Neutral events: what happened, in words that hold for every hypervisor.
 *
 * A hypervisor's translator fills a batch from records; the ledger (and whoever else cares) reads it.
 * Unused columns of a row hold anything.
 */

export const EventKind = {
  /**
   * The vCPU thread `thread` enters the guest. a: vCPU number (NaN unknown); b: 1 where it did so at some time since its exit
   * that the host does not tell, so that the exit has no length, else 0.
   */
  Entry: 1,
  /**
   * The guest of vCPU thread `thread` was left. a: index into the ReasonTable; b: vCPU number (NaN unknown);
   * c, d: guest instruction address, high and low 32 bits (NaN unknown).
   */
  Exit: 2,
  /**
   * Says more about the current episode of `thread`. a: detail class (DetailTable), b: its value; c: index of the
   * cause that holds from now on (-1: it stays as it is); d: rank. The first detail of the highest rank wins.
   */
  Detail: 3,
  /** `thread` returns to the VMM in user space. b: 1 the guest asked for it, 0 it did not. */
  ToVmm: 4,
  /** `thread` is back from its VMM, in the kernel, on the way to the guest. */
  FromVmm: 5,
  /**
   * On `pcpu`, `thread` stops running and thread a starts. b: why `thread` stops, a SwitchState. See SCHEDULER_THREAD. c: of
   * SwitchState.Served the number of the VMM.
   */
  Switch: 6,
  /**
   * Thread a was woken, by `thread`. b: the pCPU it shall run on (NaN unknown); c: 1 if this event proves that it was
   * asleep until now, 0 if it may be a second word on the same wake-up; d: what it had waited for, a number from 1 on of
   * which the translator knows the name, 0 where the host does not tell.
   */
  Wake: 7,
  /** Thread a moves to pCPU b. */
  Migrate: 8,
  /** A host interrupt or softirq handler starts on `pcpu`. a: index into the InterruptTable. */
  InterruptBegin: 9,
  /**
   * It ends. Begins without an end (the class of ends was not recorded) mean nothing. b: it began b ns ago, where no begin of its
   * own was told; 0 where one was.
   */
  InterruptEnd: 10,
  /**
   * The halt of vCPU thread `thread` is over. a: how long it was halted, ns; b: 1 it slept, 0 polling was enough;
   * c: longest poll then in force, ns (NaN unknown); d: for how long it has been over, ns.
   */
  HaltEnd: 11,
  /** Events of `pcpu` were lost between time a and now. b: how many (NaN unknown). */
  Loss: 12,
  /**
   * The vCPU thread `thread` is on its way into the guest, on a host that tells only afterwards, with Visit or NoVisit,
   * whether and when it got there. Until then nobody knows which of its time is the guest's. a: vCPU number (NaN unknown).
   */
  Entering: 13,
  /**
   * The guest of vCPU thread `thread` was entered a ns ago and left b ns ago. Both NaN: it may have been in the guest at
   * any time since Entering. c: vCPU number (NaN unknown). d: it was told d ns ago when that was (NaN: not at all). An Exit
   * of the same time follows and says why it was left.
   */
  Visit: 14,
  /** `thread` did not get into the guest: since Entering the host worked for it. */
  NoVisit: 15,
  /**
   * Thread a, which is off its pCPU, sleeps for something else from now on, or for something if it was awake. b: a SwitchState
   * of sleep; c: as in Switch; d: what it had waited for, as in Wake.
   */
  WaitChange: 16,
  /** What was said of threads from a on was said of stand-ins, and the real ones are told from now on: it does not count. */
  Forget: 17,
  /** `thread`, of a vCPU, uses the budget of partition a of the host's scheduler from now on. */
  Partition: 18,
  /** b: 1 the budget of partition a is used up, so that its threads wait for it; 0 one of them got a pCPU again. */
  Budget: 19,
  /** b: 1 VMM a, which has threads of its own for what guests ask of it, has a pCPU from now on; 0 it has none. */
  VmmRuns: 20,
  /** There are no threads from a to b any more. c: 1 where the VMM, or the toolstack, did away with a whole machine, else 0. */
  Ended: 21,
  /** The guest of vCPU thread `thread` was left, on a host that says only after some work why: an Exit follows. */
  Left: 22,
  /** Events of `thread` are missing: what it did since the last one of it nobody knows. Those that follow say what it does now. */
  Missed: 23,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/**
 * Why a thread stopped running. Blocked: it sleeps for something that no halted guest waits for, where the host tells that
 * apart. Served: it sleeps until its VMM, which has threads of its own, has done what the exit asks for. Stopped: it is kept from
 * running, and the guest asked for nothing. Displaced: another thread got its pCPU, and nothing tells whether it waits now or
 * sleeps; if a Wake follows that does not prove sleep, it waits, otherwise nobody knows it until the next event of the thread.
 */
export const SwitchState = {
  Runnable: 0,
  Asleep: 1,
  Ended: 2,
  Blocked: 3,
  Served: 4,
  Stopped: 5,
  Displaced: 6,
} as const;

/**
 * The thread of a Switch where a host writes down apart that one thread stops and that the next one starts: in between
 * the scheduler has the pCPU.
 */
export const SCHEDULER_THREAD = -3;

/** The thread numbers from here on stand for pCPUs, where a host does not tell which thread ran: this one for pCPU 0. */
export const PCPU_THREADS = 2 ** 30;

/** A translator makes at most this many events of one record. */
export const EVENTS_PER_RECORD = 6;

/**
 * Where in the row of an event each number is. Row by row and not column by column: whoever reads or writes an event needs
 * most of its numbers, and finds them in one line of the cache.
 */
export const EventColumn = {
  kind: 0,
  /** Nanoseconds since the origin of the recording, never falling. */
  time: 1,
  pcpu: 2,
  /** TID; -1 unknown. */
  thread: 3,
  a: 4,
  b: 5,
  c: 6,
  d: 7,
} as const;
export const EVENT_COLUMNS = 8;

/** One event, for whoever has time. */
export type NeutralEvent = Record<keyof typeof EventColumn, number>;

export class EventBatch {
  count = 0;
  /** EVENT_COLUMNS numbers per row: see EventColumn. */
  readonly numbers: Float64Array;

  /** @param numbers the memory of the batch, where it is not its own */
  constructor(rows: number, numbers?: Float64Array) {
    this.numbers = numbers ?? new Float64Array(rows * EVENT_COLUMNS);
  }

  push(kind: EventKind, time: number, pcpu: number, thread: number, a: number, b: number, c: number, d: number): void {
    const at = this.count++ * EVENT_COLUMNS;
    const { numbers } = this;
    numbers[at] = kind;
    numbers[at + EventColumn.time] = time;
    numbers[at + EventColumn.pcpu] = pcpu;
    numbers[at + EventColumn.thread] = thread;
    numbers[at + EventColumn.a] = a;
    numbers[at + EventColumn.b] = b;
    numbers[at + EventColumn.c] = c;
    numbers[at + EventColumn.d] = d;
  }

  /** The event in a row. */
  event(row: number): NeutralEvent {
    const [kind, time, pcpu, thread, a, b, c, d] = this.numbers.subarray(row * EVENT_COLUMNS);
    return { kind, time, pcpu, thread, a, b, c, d };
  }
}
