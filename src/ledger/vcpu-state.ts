/**
 * What one vCPU is doing, and where its time goes meanwhile: a segment is closed at every change of state.
 *
 * Two things decide where a moment goes: the mode (what the vCPU thread is executing) and the run state (whether it
 * is on a pCPU at all). What is seen may contradict what was thought, because events are missing: then time is unknown.
 */
import { SwitchState } from '../recording/event-batch.js';
import { Account } from './accounts.js';
import { Books } from './books.js';
import { Presence } from './contention.js';
import type { Culprit } from './culprits.js';
import { EpisodeInProgress, HALT } from './episode.js';
import { Owner, Segments } from './segments.js';
import type { VcpuSink } from './sink.js';
import type { VcpuSlices } from './slices.js';
import type { Lane } from './timeline.js';
import { VisitInProgress } from './visit.js';
import type { Window } from './window.js';
import { WorldSwitches } from './world-switches.js';

/** `entering`: on its way into the guest, in it, or on its way out: which of them, the end of the visit tells. */
export const Mode = { unknown: 0, guest: 1, kernel: 2, vmm: 3, entering: 4 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

export const Run = { onCpu: 0, asleep: 1, woken: 2, preempted: 3, ended: 4 } as const;
export type Run = (typeof Run)[keyof typeof Run];

/** Where time on a pCPU goes, by mode. */
const ON_CPU_ACCOUNT = [Account.unknown, Account.guest, Account.hypervisor, Account.vmm, Account.hypervisor];

export class VcpuState {
  readonly thread: number;
  /** The vCPU's number in its machine; NaN where the recording does not say. */
  number = Number.NaN;
  /** Where the thread runs, ran last, or waits to run. */
  pcpu: number;
  mode: Mode = Mode.unknown;
  run: Run = Run.onCpu;
  /** Until when the culprits of the present wait have been charged. */
  chargedUntil = 0;
  /** The partition of the host's scheduler whose budget it uses; NaN: not known. */
  partition = Number.NaN;
  /** Whom its waits are charged to in place of those who run, because that budget is used up; NaN: it is not. */
  outOfBudget = Number.NaN;
  /** Since when it has been waiting, if it waits. */
  waitingSince = 0;
  /** What is booked starts here; nothing is known of the time before. */
  readonly begin: number;
  readonly books = new Books();
  readonly presence = new Presence();

  /** Who sees over time what is booked, if anybody. */
  readonly sink: VcpuSink | undefined;

  protected readonly window: Window;
  protected readonly segments = new Segments();
  protected readonly episode: EpisodeInProgress;
  protected owner: Owner = Owner.exit;
  protected account: Account = Account.unknown;
  /** The guest was left, and the exit that says why has yet to come. */
  protected reasonFollows = false;
  /** Since when it may have been doing something else, because events were lost while it was off its pCPU; or NaN. */
  protected doubtedSince = Number.NaN;
  /** It was asleep then, and nothing seen since contradicts that it was until it was woken. */
  protected sleepIsSure = false;
  /** The events were those of another pCPU than its own. */
  protected doubtIsRemote = false;
  /** The doubt is whether it waits at all: another thread has its pCPU, and nothing tells that it became ready. */
  protected displaced = false;
  protected readonly presentVisit = new VisitInProgress();
  /** When it fell asleep, if it sleeps, or what it waits for changed. */
  protected asleepSince = 0;
  /** What it sleeps for, or slept for last: a SwitchState. */
  protected sleepState: number = SwitchState.Asleep;
  /** The VMM that it waits for if that is `Served`, and whether that has a pCPU. */
  vmm = Number.NaN;
  protected vmmHasPcpu = false;

  constructor(
    thread: number,
    pcpu: number,
    begin: number,
    window: Window,
    lane?: Lane,
    slices?: VcpuSlices,
    sink?: VcpuSink,
  ) {
    this.thread = thread;
    this.pcpu = pcpu;
    this.begin = begin;
    this.window = window;
    this.sink = sink;
    this.episode = new EpisodeInProgress(this.books, window, lane, slices, sink);
    sink?.moved(begin, pcpu);
    this.segments.reset(begin);
  }

  /** Whether it wants a pCPU and has none. */
  get waiting(): boolean {
    return this.account === Account.wakeup || this.account === Account.preempted;
  }

  /** Whether another thread got its pCPU, so that it seems to wait, but may sleep as well. */
  get isDisplaced(): boolean {
    return this.displaced;
  }

  /** It runs, waits or sleeps on this pCPU from now on. */
  moveTo(pcpu: number, time: number): void {
    if (pcpu !== this.pcpu) this.sink?.moved(time, pcpu);
    this.pcpu = pcpu;
  }

  /** A handler ran on top of it. */
  interrupted(interrupt: number, from: number, time: number): void {
    this.advance(time);
    const before = this.#interruptedNs(from, time);
    this.segments.cutInterrupt(from, time);
    // Those that ran on top of this one ended before it, and have their time.
    const ns = this.#interruptedNs(from, time) - before;
    // By a coarse clock many take no time at all.
    const isCounted = this.account !== Account.unknown && this.window.contains(time);
    if (ns > 0 || isCounted) this.books.handlers.note(interrupt, ns);
  }

  /** Within T. */
  #interruptedNs(from: number, to: number): number {
    return this.segments.timeIn(Account.interrupt, Math.max(from, this.window.from), Math.min(to, this.window.to));
  }

  /** The events of its pCPU, where it was running, were lost between `from` and `time`. */
  lose(from: number, time: number): void {
    this.settleDoubt(time);
    this.advance(time);
    this.segments.cutUnknown(from, time);
    this.books.forgetWaits();
    this.abandon();
    this.enterState(Mode.unknown, this.run);
  }

  /**
   * The events of another pCPU were lost between `from` and `time`. Whoever was off its own meanwhile may have been woken,
   * moved there and run: until a hypervisor event shows what it does, nobody can say.
   */
  doubt(from: number, time: number, isOwnPcpu: boolean): void {
    if (this.run === Run.onCpu) {
      this.segments.cutWaits(from, time);
      this.books.forgetWaits();
      return;
    }
    const isFirst = Number.isNaN(this.doubtedSince);
    this.displaced = false;
    this.doubtedSince = isFirst ? from : Math.min(this.doubtedSince, from);
    if (isFirst) this.sleepIsSure = true;
    this.doubtIsRemote = !isOwnPcpu && (isFirst || this.doubtIsRemote);
    if (this.run !== Run.asleep) this.sleepIsSure = false;
  }

  /** Charges the wait since it was last charged to `running`, which had the pCPU until `time`, or to what else explains it. */
  charge(running: number, time: number): void {
    const waited = this.window.overlap(this.chargedUntil, time);
    const thread = Number.isNaN(this.outOfBudget) ? running : this.outOfBudget;
    if (waited > 0 && this.waiting) this.books.culprits.suspect(this.account as Culprit['account'], thread, waited);
    if (time > this.chargedUntil) this.chargedUntil = time;
  }

  finish(time: number): void {
    this.settleDoubt(time);
    this.advance(time);
    this.abandon();
  }

  protected enterState(mode: Mode, run: Run): void {
    this.mode = mode;
    this.run = run;
    if (mode === Mode.unknown || run === Run.ended) this.account = Account.unknown;
    else if (run === Run.onCpu) this.account = ON_CPU_ACCOUNT[mode]!;
    else if (run === Run.woken) this.account = Account.wakeup;
    else if (run === Run.preempted) this.account = Account.preempted;
    else this.account = this.#accountOfSleep();
  }

  #accountOfSleep(): Account {
    if (this.sleepState === SwitchState.Served) return this.vmmHasPcpu ? Account.vmm : Account.blocked;
    if (this.sleepState !== SwitchState.Asleep) return Account.blocked;
    if (this.mode !== Mode.kernel || this.owner !== Owner.exit) return Account.blocked;
    if (this.episode.cause === HALT) return Account.idle;
    return this.episode.mayBeHalt ? Account.unknown : Account.blocked;
  }

  protected advance(time: number): void {
    if (this.segments.full) {
      this.settleDoubt(time);
      this.forgetVisit(this.segments.last);
      this.fold();
    }
    this.segments.push(time, this.account, this.owner);
  }

  protected fold(): void {
    this.episode.fold(this.segments);
    this.books.settleWaits();
  }

  /** The guest, or what was taken for it, ends; most of the time nothing else happened meanwhile. */
  protected leaveGuest(time: number): void {
    const { segments, episode } = this;
    const isPlain =
      this.account === Account.guest &&
      segments.count === 0 &&
      time > segments.start &&
      episode.isUnobserved &&
      !this.books.hasOpenNotes;
    if (isPlain) {
      episode.foldGuest(segments.start, time);
      segments.start = time;
      return;
    }
    this.advance(time);
    this.fold();
  }

  /** What it does from now on is what its exit is about. */
  protected enterKernel(): void {
    this.owner = Owner.exit;
    this.mode = Mode.kernel;
    this.run = Run.onCpu;
    this.account = Account.hypervisor;
  }

  /**
   * The guest is entered, and since it was left nothing happened but an exit that the hypervisor handled.
   * @returns false where that is not so: nothing is done then
   */
  protected completePlain(time: number): boolean {
    const { segments, episode, books } = this;
    const isPlain =
      this.account === Account.hypervisor &&
      this.mode === Mode.kernel &&
      this.owner === Owner.exit &&
      segments.count === 0 &&
      time > segments.start &&
      segments.start === episode.exitTime &&
      Number.isNaN(this.doubtedSince) &&
      !books.hasOpenNotes;
    if (!isPlain) return false;
    // By way of a field: each time that is handed to a function in the hot path would be boxed.
    segments.start = time;
    if (!episode.completePlain(segments)) {
      segments.start = episode.exitTime;
      return false;
    }
    this.reasonFollows = false;
    this.mode = Mode.guest;
    this.account = Account.guest;
    return true;
  }

  protected abandon(): void {
    this.reasonFollows = false;
    this.presentVisit.forget(this.segments);
    this.fold();
    this.episode.abandon();
    this.owner = Owner.exit;
    this.forgetDoubt();
  }

  protected forgetDoubt(): void {
    this.displaced = false;
    this.doubtedSince = Number.NaN;
  }

  /** What is seen fits what it was doing before events of another pCPU were lost: so it goes on with that. */
  protected settleRemoteDoubt(time: number): void {
    if (Number.isNaN(this.doubtedSince) || !this.doubtIsRemote) return;
    this.advance(time);
    this.segments.cutUnknown(this.doubtedSince, time);
    this.books.forgetWaits();
    this.forgetDoubt();
  }

  protected settleDoubt(time: number): void {
    if (Number.isNaN(this.doubtedSince)) return;
    this.segments.push(time, this.account, this.owner);
    this.segments.cutUnknown(this.doubtedSince, time);
    this.books.forgetWaits();
    this.abandon();
    this.enterState(Mode.unknown, this.run);
  }

  /** The open segment cannot have been what we thought: events are missing. */
  protected contradict(time: number): void {
    this.settleDoubt(time);
    this.segments.push(time, Account.unknown, this.owner);
    this.books.forgetWaits();
    this.abandon();
    this.enterState(Mode.unknown, this.run);
  }

  protected noteSleep(time: number, waitedFor: number, waker: number): void {
    const account = this.account;
    const ns = this.window.overlap(this.asleepSince, time);
    if (ns === 0 || (account !== Account.idle && account !== Account.blocked)) return;
    this.books.sleeps.note(account, waitedFor, waker, ns);
  }

  protected worldSwitches(): WorldSwitches {
    this.books.worldSwitches ??= new WorldSwitches();
    return this.books.worldSwitches;
  }

  /** The visit that goes on cannot be trusted. */
  protected breakVisit(time: number): void {
    this.worldSwitches().broken++;
    if (this.mode === Mode.kernel || this.mode === Mode.vmm) {
      this.advance(time);
      // Its beginning was not seen: it may have been at any time since the last visit.
      this.segments.cutUnknown(this.presentVisit.endedAt, time);
      this.contradict(time);
    }
    this.forgetVisit(time);
  }

  protected forgetVisit(time: number): void {
    if (this.mode !== Mode.entering) return;
    this.segments.push(time, this.account, this.owner);
    this.books.forgetWaits();
    this.abandon();
    this.enterState(Mode.unknown, this.run);
  }

  protected missedEntry(time: number): void {
    this.segments.push(time, Account.unknown, this.owner);
    this.abandon();
  }

  protected missedExit(time: number): void {
    this.books.unpairedEntries++;
    this.segments.push(time, Account.unknown, this.owner);
  }
}
