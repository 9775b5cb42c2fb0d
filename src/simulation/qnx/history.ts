/**
 * What really happened in the simulated host, as far as the truth about its vCPUs needs it: plain facts with the host's
 * cycles, whether or not the trace tells them.
 */
import type { ThreadState } from '../../formats/qnx/thread-states.js';
import type { Cause } from '../../recording/causes.js';
import type { Thread } from './thread.js';

/** Where a thread is: on a pCPU, waiting for one, waiting for something else, or no more. */
export type Presence = 'running' | 'ready' | 'asleep' | 'ended';

/** Who executes on a pCPU, as the trace tells it: a handler, a thread, or the kernel between two threads. */
export type Executor = Thread | { readonly interrupt: number } | 'scheduler';

/** From `at` on. */
export interface PresenceChange {
  readonly at: number;
  readonly presence: Presence;
  readonly state: ThreadState;
  /** The pCPU that it runs on, or ran on last. */
  readonly cpu: number;
  /** Who changed it, and on which pCPU. */
  readonly by: Executor;
  readonly byCpu: number;
}

function presenceOf(state: ThreadState): Presence {
  if (state === 'RUNNING') return 'running';
  if (state === 'READY') return 'ready';
  return state === 'DEAD' || state === 'DESTROY' ? 'ended' : 'asleep';
}

/** A visit to the guest, or an attempt: the stamps of its events, and when the guest really was entered and left. */
export interface Visit {
  readonly cpu: number;
  readonly enterEvent: number;
  /** Infinity while it has not happened. */
  entered: number;
  left: number;
  exitEvent: number;
  /** Undefined while it goes on, and for an entry that was aborted before it reached the guest. */
  exit: ExitCode | undefined;
}

/** An exit as the hardware reports it, and what it means in our words. */
export interface ExitCode {
  readonly reason: number;
  readonly payload: bigint;
  readonly cause: Cause;
}

/** Thread `thread` has the pCPU from `from` on, until its `until`: when its state changed; then the next one follows. */
export interface Occupancy {
  readonly thread: Thread;
  readonly from: number;
  until: number;
}

export interface HandlerRun {
  readonly interrupt: number;
  readonly from: number;
  readonly until: number;
}

export interface VcpuHistory {
  readonly thread: Thread;
  /** The qvm process and the vCPU's number in it. */
  readonly pid: number;
  readonly number: number;
  readonly visits: Visit[];
}

export class History {
  readonly vcpus: VcpuHistory[] = [];
  readonly presence = new Map<Thread, PresenceChange[]>();
  /** By pCPU. */
  readonly occupancy: Occupancy[][];
  readonly handlers: HandlerRun[][];

  constructor(cpus: number) {
    this.occupancy = Array.from({ length: cpus }, () => []);
    this.handlers = Array.from({ length: cpus }, () => []);
  }

  /** The state of a thread has changed. @param by who did that, on pCPU byCpu */
  note(thread: Thread, at: number, by: Executor, byCpu: number): void {
    const { state, cpu } = thread;
    const presence = presenceOf(state);
    let changes = this.presence.get(thread);
    if (changes === undefined) {
      changes = [];
      this.presence.set(thread, changes);
    }
    const wasRunning = changes.at(-1)?.presence === 'running';
    changes.push({ at, presence, state, cpu, by, byCpu });
    if (presence === 'running') this.occupancy[cpu].push({ thread, from: at, until: Infinity });
    else if (wasRunning) this.occupancy[cpu].at(-1)!.until = at;
  }
}
