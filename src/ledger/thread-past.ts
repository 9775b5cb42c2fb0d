/**
 * What the scheduler's events told of every thread that is not (yet) known to be a vCPU's: a thread turns out to be one
 * only at its first hypervisor event, and then its past matters.
 */
import { SwitchState } from '../recording/event-batch.js';
import { Account } from './accounts.js';
import type { Window } from './window.js';

type PastAccount = typeof Account.blocked | typeof Account.wakeup | typeof Account.preempted | typeof Account.vmm;

/** Nanoseconds within T, up to the last change of state. */
class Past {
  blocked = 0;
  wakeup = 0;
  preempted = 0;
  vmm = 0;
  /** When it last fell asleep, was woken, and got a pCPU; -Infinity: before the recording. */
  sleptFrom = -Infinity;
  wokenAt = Number.NaN;
  runningAt = Number.NaN;
  account: PastAccount;
  since = -Infinity;
  /** Whether all that the recording told of the thread is in here. */
  readonly complete: boolean;

  constructor(account: PastAccount, complete: boolean) {
    this.account = account;
    this.complete = complete;
  }

  change(account: PastAccount, time: number, window: Window): void {
    const ns = window.overlap(this.since, time);
    if (this.account === Account.blocked) this.blocked += ns;
    else if (this.account === Account.wakeup) this.wakeup += ns;
    else if (this.account === Account.preempted) this.preempted += ns;
    else this.vmm += ns;
    this.account = account;
    this.since = time;
  }
}

export type { Past };

/** Half as many threads as are remembered: what has not been heard of for longest is forgotten. */
const GENERATION = 32_768;

export class ThreadPast {
  /** The threads heard of lately, and those heard of before that. */
  #recent = new Map<number, Past>();
  #earlier = new Map<number, Past>();
  #forgotten = false;
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
  }

  stops(thread: number, state: number, time: number): void {
    if (thread <= 0) return;
    if (state === SwitchState.Ended) {
      this.#recent.delete(thread);
      this.#earlier.delete(thread);
      return;
    }
    const past = this.#get(thread, Account.vmm);
    const asleep = state !== SwitchState.Runnable && state !== SwitchState.Displaced;
    past.change(asleep ? Account.blocked : Account.preempted, time, this.#window);
    if (!asleep) return;
    past.sleptFrom = time;
    past.wokenAt = Number.NaN;
  }

  wakes(thread: number, time: number): void {
    if (thread <= 0) return;
    const past = this.#get(thread, Account.blocked);
    if (past.account !== Account.blocked) return;
    past.change(Account.wakeup, time, this.#window);
    past.wokenAt = time;
  }

  runs(thread: number, time: number): void {
    if (thread <= 0) return;
    const past = this.#get(thread, Account.preempted);
    past.change(Account.vmm, time, this.#window);
    past.runningAt = time;
  }

  /** Since when it has wanted a pCPU; NaN where no event told. */
  waitingSince(thread: number): number {
    return this.#find(thread)?.since ?? Number.NaN;
  }

  /** Its time from the start of T until now; undefined where its first event is still to come or has been forgotten. */
  until(thread: number, time: number): Past | undefined {
    const past = this.#find(thread);
    if (!past?.complete) return undefined;
    past.change(past.account, time, this.#window);
    return past;
  }

  #find(thread: number): Past | undefined {
    return this.#recent.get(thread) ?? this.#earlier.get(thread);
  }

  #get(thread: number, before: PastAccount): Past {
    return this.#recent.get(thread) ?? this.#remember(thread, before);
  }

  #remember(thread: number, before: PastAccount): Past {
    const past = this.#earlier.get(thread) ?? new Past(before, !this.#forgotten);
    if (this.#recent.size >= GENERATION) {
      this.#forgotten ||= this.#earlier.size > 0;
      this.#earlier = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(thread, past);
    return past;
  }
}
