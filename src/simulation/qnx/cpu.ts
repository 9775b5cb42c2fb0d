/** A pCPU of the simulated host. */
import type { Thread } from './thread.js';

export interface Interrupt {
  readonly number: number;
  /** What its handler does, when it is done otherwise. */
  readonly effect: (cpu: Cpu) => void;
}

export type Activity = 'idle' | 'kernel' | 'handler' | 'run' | 'guest' | 'atomic';

export interface Cpu {
  readonly number: number;
  readonly idle: Thread;
  running: Thread;
  /** Cycles: nothing can happen here before. */
  clock: number;
  activity: Activity;
  /** When the activity began and is over, if nothing interrupts it. */
  since: number;
  until: number;
  /** Counts activities, so that the end of one that was cut short is recognised. */
  turn: number;
  readonly pending: Interrupt[];
  /** The number of the interrupt that is or was handled last. */
  handled: number;
  mustReschedule: boolean;
  /** The running thread has used up its time slice. */
  sliceIsOver: boolean;
}

/** A pCPU that has nothing to do from `start` on. */
export function newCpu(number: number, idle: Thread, start: number): Cpu {
  return {
    number,
    idle,
    running: idle,
    clock: start,
    activity: 'idle',
    since: start,
    until: Infinity,
    turn: 0,
    pending: [],
    handled: -1,
    mustReschedule: false,
    sliceIsOver: false,
  };
}
