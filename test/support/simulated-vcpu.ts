/** A vCPU of a simulated host, with its true accounts. */
import { ACCOUNTS, type AccountName } from '../../src/ledger/accounts.js';

export type Sums = Record<AccountName, number>;
export const emptySums = (): Sums => Object.fromEntries(ACCOUNTS.map((name) => [name, 0])) as Sums;

export interface Thread {
  readonly id: number;
  readonly vcpu: SimulatedVcpu | undefined;
  pcpu: number;
  state: 'running' | 'wakeup' | 'preempted' | 'asleep';
  /** Since when it has wanted a pCPU; NaN if that was before the recording. */
  waitingSince: number;
}

/** The host's wait for the end of a halt. */
export interface HaltWait {
  readonly since: number;
  /** The host does not poll at all. */
  readonly withoutPolling: boolean;
  polling: boolean;
  pollEnd: number;
  /** Time polled: not known to be that before the halt ends. */
  polledNs: number;
  slept: boolean;
  /** Since when the thread that took over at the first sleep had wanted the pCPU; NaN for the idle thread. */
  successorSince: number;
  /** It is over, which the host has still to write down: since when, and with which limit of polling. */
  over: { readonly since: number; readonly limit: number } | undefined;
}

export class SimulatedVcpu {
  readonly accounts = emptySums();
  /** By cause of the exit; what the VMM keeps the vCPU out for is under "kept out". */
  readonly byCause = new Map<string, Sums>();
  exits = 0;
  /** An event has shown that the thread is a vCPU's. */
  known = false;
  /** Part of its accounts was learnt from its first event only. */
  hasPast = false;
  place: 'guest' | 'kernel' | 'vmm' = 'kernel';
  halt: HaltWait | undefined;
  #cause = 'other';
  #keptOut = false;
  #past = emptySums();
  #own = emptySums();
  #apart = emptySums();

  get cause(): string {
    return this.#cause;
  }

  spend(ns: number, thread: Thread, interrupted: boolean): void {
    if (!this.known) this.#past[this.#pastAccount(thread)] += ns;
    else if (this.halt?.polling === true && thread.state === 'running' && !interrupted) this.halt.polledNs += ns;
    else this.#add(this.#account(thread, interrupted), ns);
  }

  #account(thread: Thread, interrupted: boolean): AccountName {
    if (thread.state === 'wakeup' || thread.state === 'preempted') return thread.state;
    if (thread.state === 'asleep') return this.#cause === 'halt' && this.place === 'kernel' ? 'idle' : 'blocked';
    if (interrupted) return 'interrupt';
    return this.place === 'kernel' ? 'hypervisor' : this.place;
  }

  /** While it is not known as a vCPU, handlers on top of it are nobody's concern. */
  #pastAccount(thread: Thread): AccountName {
    if (thread.state === 'wakeup' || thread.state === 'preempted') return thread.state;
    if (thread.state === 'asleep') return this.halt === undefined ? 'blocked' : 'idle';
    return this.place === 'kernel' ? 'hypervisor' : this.place;
  }

  #add(account: AccountName, ns: number): void {
    this.accounts[account] += ns;
    if (account !== 'guest' && account !== 'unknown') (this.#keptOut ? this.#apart : this.#own)[account] += ns;
  }

  /** Its first event: does that tell what it has been doing until now? */
  becomeKnown(past: 'in the VMM' | 'in a halt' | 'untold'): void {
    if (this.known) return;
    this.known = true;
    this.#keptOut = past === 'in the VMM';
    this.hasPast = past !== 'untold';
    for (const account of ACCOUNTS) this.#add(this.hasPast ? account : 'unknown', this.#past[account]);
  }

  /** It was asleep in a halt when the recording began. */
  startHalted(since: number): void {
    this.#cause = 'halt';
    this.halt = {
      since,
      withoutPolling: false,
      polling: false,
      pollEnd: since,
      polledNs: 0,
      slept: true,
      successorSince: NaN,
      over: undefined,
    };
  }

  exit(cause: string): void {
    this.exits++;
    this.#cause = cause;
    this.place = 'kernel';
  }

  toVmm(asked: boolean): void {
    this.place = 'vmm';
    if (!asked) this.#keptOut = true;
  }

  fromVmm(): void {
    this.place = 'kernel';
    if (this.#cause === 'halt') this.#keptOut = false;
  }

  endHalt(pollingShows: boolean): void {
    this.#add(pollingShows ? 'poll' : 'hypervisor', this.halt?.polledNs ?? 0);
    this.halt = undefined;
  }

  enter(): void {
    this.endEpisode();
    this.place = 'guest';
  }

  endEpisode(): void {
    addAll(this.byCause, this.#cause, this.#own);
    addAll(this.byCause, 'kept out', this.#apart);
    this.#own = emptySums();
    this.#apart = emptySums();
    this.#cause = 'other';
    this.#keptOut = false;
  }
}

function addAll(into: Map<string, Sums>, key: string, sums: Sums): void {
  if (ACCOUNTS.every((name) => sums[name] === 0)) return;
  const total = into.get(key) ?? emptySums();
  for (const name of ACCOUNTS) total[name] += sums[name];
  into.set(key, total);
}

/** Of a halt from before the recording, its end tells only if it was one sleep. */
export function isHaltFromBefore(vcpu: SimulatedVcpu | undefined): boolean {
  return vcpu?.halt !== undefined && !vcpu.known;
}

export function stopPolling(halt: HaltWait, now: number): void {
  halt.polling = false;
  halt.pollEnd = now;
}
