/** A thread of the simulated host: what the scheduler knows of it, and the program that it executes. */
import type { ThreadState } from '../../formats/qnx/thread-states.js';
import type { ThreadId } from './trace-event.js';

/**
 * What a program does next, in cycles of the clock:
 * `run`: executes; interrupts are handled at once, and unless it is told to be unpreemptible other threads may push it off;
 * `atomic`: executes with interrupts off; `guest`: is in the guest until the time is over or a host interrupt arrives;
 * `block`: gives up its pCPU until somebody wakes it, to a blocked thread that shall go on in its place if there is one.
 */
export type Step =
  | { readonly kind: 'run'; readonly cycles: number; readonly preemptible: boolean }
  | { readonly kind: 'atomic'; readonly cycles: number }
  | { readonly kind: 'guest'; readonly cycles: number }
  | { readonly kind: 'block'; readonly state: ThreadState; readonly successor: Thread | undefined };

/** Takes no time but in its steps. It is told how many cycles of its last step are left: of a guest that was interrupted. */
export type Program = Generator<Step, void, number>;

export type Policy = 'fifo' | 'round-robin';

export const run = (cycles: number): Step => ({ kind: 'run', cycles, preemptible: true });
export const runUnpreempted = (cycles: number): Step => ({ kind: 'run', cycles, preemptible: false });
export const atomic = (cycles: number): Step => ({ kind: 'atomic', cycles });
export const inGuest = (cycles: number): Step => ({ kind: 'guest', cycles });
export const block = (state: ThreadState, successor?: Thread): Step => ({ kind: 'block', state, successor });

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Path of its executable. */
  readonly name: string;
  readonly threads: Thread[];
}

export interface ThreadOptions {
  /** A higher number is more important; 0 is the idle threads'. */
  readonly priority: number;
  readonly policy: Policy;
  /** The pCPUs it may run on, as a bit mask. */
  readonly runmask: number;
  readonly name?: string;
}

export class Thread {
  readonly id: ThreadId;
  readonly process: Process;
  readonly options: ThreadOptions;
  state: ThreadState = 'CREATE';
  /** Where it runs or ran last. */
  cpu = 0;
  /** Place among the ready threads of its priority: the lowest is next. */
  turn = 0;
  /** The step that it has begun, or begins next; undefined where its program is to be asked. */
  step: Step | undefined;
  /** What its program is told of its last step: the cycles that were left of it. */
  left = 0;
  /** Undefined for idle threads. */
  readonly #program: Program | undefined;

  constructor(process: Process, options: ThreadOptions, program?: (thread: Thread) => Program) {
    this.process = process;
    this.options = options;
    this.id = { pid: process.pid, tid: process.threads.length + 1 };
    process.threads.push(this);
    this.#program = program?.(this);
  }

  get isIdle(): boolean {
    return this.#program === undefined;
  }

  /** Whether it waits for something else than a pCPU. */
  get isBlocked(): boolean {
    return this.state !== 'RUNNING' && this.state !== 'READY';
  }

  mayRunOn(cpu: number): boolean {
    return (this.options.runmask & (1 << cpu)) !== 0;
  }

  /** The next step of its program; undefined when it is over. */
  nextStep(): Step | undefined {
    const next = this.#program?.next(this.left);
    return next === undefined || next.done === true ? undefined : next.value;
  }
}
