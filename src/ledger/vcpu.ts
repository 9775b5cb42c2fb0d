/**
 * One vCPU's state machine: closes a segment at every change of state, and an episode at every entry to the guest.
 *
 * Two things decide where a moment goes: the mode (what the vCPU thread is executing) and the run state (whether it
 * is on a pCPU at all).
 */
import { SwitchState } from '../recording/event-batch.js';
import { Account } from './accounts.js';
import { Books } from './books.js';
import { Presence } from './contention.js';
import type { Culprit } from './culprits.js';
import { EpisodeInProgress, HALT, NO_REASON, OTHER } from './episode.js';
import { Owner, Segments } from './segments.js';
import type { VcpuSink } from './sink.js';
import type { VcpuSlices } from './slices.js';
import type { Past } from './thread-past.js';
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

export class VcpuLedger {
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

  readonly #window: Window;
  readonly #segments = new Segments();
  readonly #episode: EpisodeInProgress;
  #owner: Owner = Owner.exit;
  #account: Account = Account.unknown;
  /** The guest was left, and the exit that says why has yet to come. */
  #reasonFollows = false;
  /** When it first slept in the present halt, since when the next thread had wanted the pCPU: NaN if none did. */
  #rivalSince: number | undefined;
  /** Since when it may have been doing something else, because events were lost while it was off its pCPU; or NaN. */
  #doubtedSince = Number.NaN;
  /** It was asleep then, and nothing seen since contradicts that it was until it was woken. */
  #sleepIsSure = false;
  /** The events were those of another pCPU than its own. */
  #doubtIsRemote = false;
  /** The doubt is whether it waits at all: another thread has its pCPU, and nothing tells that it became ready. */
  #isDisplaced = false;
  readonly #visit = new VisitInProgress();
  /** When it fell asleep, if it sleeps, or what it waits for changed. */
  #asleepSince = 0;
  /** What it sleeps for, or slept for last: a SwitchState. */
  #sleepState: number = SwitchState.Asleep;
  /** The VMM that it waits for if that is `Served`, and whether that has a pCPU. */
  vmm = Number.NaN;
  #vmmRuns = false;

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
    this.#window = window;
    this.sink = sink;
    this.#episode = new EpisodeInProgress(this.books, window, lane, slices, sink);
    sink?.moved(begin, pcpu);
    this.#segments.reset(begin);
  }

  /** Whether it wants a pCPU and has none. */
  get waiting(): boolean {
    return this.#account === Account.wakeup || this.#account === Account.preempted;
  }

  /** Whether another thread got its pCPU, so that it seems to wait, but may sleep as well. */
  get isDisplaced(): boolean {
    return this.#isDisplaced;
  }

  /** It runs, waits or sleeps on this pCPU from now on. */
  moveTo(pcpu: number, time: number): void {
    if (pcpu !== this.pcpu) this.sink?.moved(time, pcpu);
    this.pcpu = pcpu;
  }

  exit(time: number, reason: number, cause: number, addressHigh: number, addressLow: number): void {
    if (this.#visit.toldAt === time && this.mode === Mode.kernel) {
      this.#visit.toldAt = Number.NaN;
      this.#episode.begin(this.#episode.exitTime, reason, cause, addressHigh, addressLow);
      this.#rivalSince = undefined;
      return;
    }
    this.#settleDoubt(time);
    this.#forgetVisit(time);
    if (this.#reasonFollows && this.mode === Mode.kernel) {
      this.#reasonFollows = false;
      this.#episode.begin(this.#episode.exitTime, reason, cause, addressHigh, addressLow);
      return;
    }
    if (this.mode === Mode.kernel || this.mode === Mode.vmm) this.#missedEntry(time);
    this.#advance(time);
    this.#fold();
    this.#owner = Owner.exit;
    this.#rivalSince = undefined;
    this.#episode.begin(time, reason, cause, addressHigh, addressLow);
    this.#enterState(Mode.kernel, Run.onCpu);
  }

  /** The guest was left; why, the exit says that follows. Where it was not known to be in the guest, nothing is learnt. */
  left(time: number): void {
    this.#settleDoubt(time);
    if (this.mode !== Mode.guest) return;
    this.#advance(time);
    this.#fold();
    this.#owner = Owner.exit;
    this.#rivalSince = undefined;
    this.#reasonFollows = true;
    this.#episode.begin(time, NO_REASON, OTHER, Number.NaN, Number.NaN);
    this.#enterState(Mode.kernel, Run.onCpu);
  }

  /** Nobody knows whether the exit that was just told is a halt: nor whether the guest wants to run while it sleeps. */
  mayBeHalted(): void {
    this.#episode.mayBeHalt = true;
  }

  /** @param schedulerSeen whether sleep shows in the recording; if not, a halt is taken for sleep as a whole */
  entry(time: number, schedulerSeen: boolean): void {
    const episode = this.#episode;
    this.#reasonFollows = false;
    this.#settleDoubt(time);
    this.#forgetVisit(time);
    if (this.mode === Mode.guest) this.#missedExit(time);
    this.#advance(time);
    if (!schedulerSeen && episode.cause === HALT && !episode.haltMeasured) {
      this.#segments.cutHaltUnseen(episode.exitTime, time);
    }
    this.#fold();
    episode.complete(time, this.pcpu);
    this.#owner = Owner.exit;
    this.#enterState(Mode.guest, Run.onCpu);
  }

  /** @param schedulerSeen as in entry */
  entering(time: number, schedulerSeen: boolean): void {
    this.#settleDoubt(time);
    if (this.mode === Mode.entering) this.#breakVisit(time);
    if (this.mode === Mode.guest) this.#missedExit(time);
    this.#advance(time);
    if (!schedulerSeen && this.#episode.cause === HALT) this.#segments.cutHaltUnseen(this.#visit.endedAt, time);
    this.#owner = Owner.exit;
    this.#visit.since = time;
    this.#enterState(Mode.entering, Run.onCpu);
  }

  /**
   * It was in the guest from `enteredAt` to `leftAt`. What was written down meanwhile that cannot be the guest's, handlers
   * and other threads on its pCPU, stays what it is; of time before the last thing that is known nothing becomes known.
   *
   * @param toldAt when that was told; NaN: it was not
   */
  visit(time: number, enteredAt: number, leftAt: number, toldAt: number): void {
    this.#settleDoubt(time);
    if (!(enteredAt <= leftAt && leftAt <= time)) {
      this.#breakVisit(time);
      return;
    }
    const segments = this.#segments;
    const episode = this.#episode;
    if (this.mode === Mode.guest) this.#missedExit(time);
    this.#advance(time);
    const from = Math.max(enteredAt, segments.start, this.#visit.isOpen ? this.#visit.since : -Infinity);
    const to = Math.max(leftAt, from);
    segments.cutVisit(from, to);
    this.#visit.measure(segments, this.#window, this.#worldSwitches(), from, to, toldAt, time);
    episode.fold(segments, from);
    this.books.settleWaits();
    episode.complete(from, this.pcpu);
    episode.fold(segments, to);
    this.#owner = Owner.exit;
    this.#rivalSince = undefined;
    this.#visit.tell(time);
    episode.begin(to, NO_REASON, OTHER, Number.NaN, Number.NaN);
    this.#enterState(Mode.kernel, Run.onCpu);
  }

  /** It was on its way into the guest and did not get there. */
  noVisit(time: number): void {
    this.#settleDoubt(time);
    if (this.mode !== Mode.entering) return;
    this.#advance(time);
    this.#visit.since = Number.NaN;
    this.#worldSwitches().notEntered++;
    this.#enterState(Mode.kernel, this.run);
  }

  detail(detailClass: number, value: number, cause: number, rank: number): void {
    if (this.mode !== Mode.guest) this.#episode.addDetail(detailClass, value, cause, rank);
  }

  toVmm(time: number, askedByGuest: boolean): void {
    this.#settleDoubt(time);
    this.#forgetVisit(time);
    if (this.mode === Mode.guest) this.#missedExit(time);
    this.#advance(time);
    this.#episode.reachedVmm = true;
    this.#reasonFollows = false;
    if (!askedByGuest) this.#owner = Owner.vmControl;
    this.#enterState(Mode.vmm, Run.onCpu);
  }

  fromVmm(time: number): void {
    this.#settleDoubt(time);
    this.#forgetVisit(time);
    if (this.mode === Mode.guest) this.#missedExit(time);
    this.#advance(time);
    // A vCPU that was kept out while it was halted is halted again; otherwise the way back is still the VMM's doing.
    if (this.#episode.cause === HALT) this.#owner = Owner.exit;
    this.#enterState(Mode.kernel, Run.onCpu);
  }

  /**
   * It was halted between `from` and `until`. If it did not sleep, the host polled all the time (unless its limit for
   * that was 0). If it did, the host had polled until the limit (NaN: not known), or until another thread wanted the pCPU.
   */
  haltEnd(time: number, from: number, until: number, slept: boolean, pollLimit: number, schedulerSeen: boolean): void {
    this.#advance(time);
    if (!this.#episode.hasReason) this.#episode.cause = HALT;
    this.#episode.haltMeasured = true;
    const segments = this.#segments;
    // A sleep that ended with a wake-up, in a halt that began before the events were lost: it slept all the while.
    if (from <= this.#doubtedSince && this.#sleepIsSure) this.#doubtedSince = Number.NaN;
    else this.#settleDoubt(time);
    const limit = from + (Number.isNaN(pollLimit) ? 0 : pollLimit);
    if (!slept) {
      if (pollLimit !== 0) segments.cutPoll(from, until);
    } else if (schedulerSeen) {
      segments.cutPoll(from, Math.min(limit, segments.firstSleepAfter(from), this.#rivalSince || Infinity));
      segments.cutHalt(from, until);
    } else {
      segments.cutPoll(from, Math.min(limit, until));
      segments.cutHaltUnseen(from, until);
    }
    // Only a thread in the kernel is halted: that much is certain again after a loss.
    if (this.mode === Mode.unknown) this.#enterState(Mode.kernel, Run.onCpu);
    this.#rivalSince = undefined;
  }

  /** @param rivalSince since when the thread that runs next has wanted the pCPU; NaN: none runs next */
  switchOut(time: number, state: number, rivalSince: number): void {
    if (state === SwitchState.Asleep && this.mode !== Mode.vmm) this.#rivalSince ??= rivalSince;
    if (this.run !== Run.onCpu) this.#contradict(time);
    this.#advance(time);
    if (state === SwitchState.Ended) {
      this.#abandon();
      this.#enterState(Mode.unknown, Run.ended);
      return;
    }
    this.chargedUntil = time;
    this.waitingSince = time;
    this.#asleepSince = time;
    this.#sleepFor(state);
    const isDisplaced = state === SwitchState.Displaced;
    this.#enterState(this.mode, state === SwitchState.Runnable || isDisplaced ? Run.preempted : Run.asleep);
    if (!isDisplaced) return;
    this.#isDisplaced = true;
    this.#doubtedSince = time;
    this.#doubtIsRemote = true;
    this.#sleepIsSure = false;
  }

  /** It was displaced, and turns out to have been ready since then. */
  foundReady(): void {
    this.#forgetDoubt();
  }

  /** It goes on sleeping, for something else; or it does not want its pCPU any more. @param waitedFor and @param waker as in wake */
  waitsForElse(time: number, state: number, waitedFor: number, waker: number): void {
    if (this.run === Run.onCpu || this.run === Run.ended) return;
    if (this.run === Run.asleep && state === this.#sleepState) return;
    this.#advance(time);
    if (this.run === Run.asleep && Number.isNaN(this.#doubtedSince)) this.#noteSleep(time, waitedFor, waker);
    this.#asleepSince = time;
    this.#sleepFor(state);
    this.#enterState(this.mode, Run.asleep);
  }

  /** The VMM that it waits for got a pCPU, or has none any more. */
  vmmRuns(time: number, runs: boolean): void {
    if (this.#vmmRuns === runs) return;
    const isWaiting = this.run === Run.asleep && this.#sleepState === SwitchState.Served;
    if (isWaiting) this.#advance(time);
    this.#vmmRuns = runs;
    if (isWaiting) this.#enterState(this.mode, this.run);
  }

  /** It has been told that it does not exist any more. */
  end(time: number): void {
    if (this.run === Run.ended) return;
    this.#settleDoubt(time);
    this.#advance(time);
    this.#abandon();
    this.#enterState(Mode.unknown, Run.ended);
  }

  /** It may run again: what it does now is for its exit. */
  #goesOn(): void {
    this.#owner = Owner.exit;
    this.#sleepState = SwitchState.Asleep;
  }

  #sleepFor(state: number): void {
    if (state === SwitchState.Served) this.#episode.reachedVmm = true;
    else if (state === SwitchState.Stopped) this.#owner = Owner.vmControl;
    this.#sleepState = state;
  }

  switchIn(time: number, pcpu: number): void {
    if (this.#isDisplaced || (this.waiting && pcpu === this.pcpu)) this.#settleRemoteDoubt(time);
    if (this.run === Run.onCpu) this.#contradict(time);
    this.#advance(time);
    if (this.run === Run.asleep) this.#sleepIsSure = false;
    if (this.#sleepState === SwitchState.Stopped) this.#goesOn();
    this.moveTo(pcpu, time);
    this.#enterState(this.mode, Run.onCpu);
  }

  /**
   * @param waitedFor what it slept for, a number of the translator's; 0: the host does not tell
   * @param wakerPcpu where that happened
   */
  wake(time: number, waitedFor: number, waker: number, wakerPcpu: number): void {
    const isSure = Number.isNaN(this.#doubtedSince);
    this.#settleRemoteDoubt(time);
    this.#advance(time);
    if (isSure && waitedFor > 0) this.#noteSleep(time, waitedFor, waker);
    this.sink?.woken(time, waker, wakerPcpu);
    this.chargedUntil = time;
    this.waitingSince = time;
    this.#enterState(this.mode, Run.woken);
  }

  /** It is asleep now, although it was woken before: what happened in between is not in the recording. */
  foundAsleep(time: number): void {
    this.#contradict(time);
    this.#enterState(this.mode, Run.asleep);
  }

  /** It executes on `pcpu` now, although the scheduler events seen so far say that it does not. */
  foundRunning(time: number, pcpu: number): void {
    this.#contradict(time);
    this.moveTo(pcpu, time);
    this.#enterState(this.mode, Run.onCpu);
  }

  /** A handler ran on top of it. */
  interrupted(from: number, time: number): void {
    this.#advance(time);
    this.#segments.cutInterrupt(from, time);
  }

  /** The events of its pCPU, where it was running, were lost between `from` and `time`. */
  lose(from: number, time: number): void {
    this.#settleDoubt(time);
    this.#advance(time);
    this.#segments.cutUnknown(from, time);
    this.books.forgetWaits();
    this.#abandon();
    this.#enterState(Mode.unknown, this.run);
  }

  /**
   * The events of another pCPU were lost between `from` and `time`. Whoever was off its own meanwhile may have been woken,
   * moved there and run: until a hypervisor event shows what it does, nobody can say.
   */
  doubt(from: number, time: number, isOwnPcpu: boolean): void {
    if (this.run === Run.onCpu) {
      this.#segments.cutWaits(from, time);
      this.books.forgetWaits();
      return;
    }
    const isFirst = Number.isNaN(this.#doubtedSince);
    this.#isDisplaced = false;
    this.#doubtedSince = isFirst ? from : Math.min(this.#doubtedSince, from);
    if (isFirst) this.#sleepIsSure = true;
    this.#doubtIsRemote = !isOwnPcpu && (isFirst || this.#doubtIsRemote);
    if (this.run !== Run.asleep) this.#sleepIsSure = false;
  }

  /**
   * All its time up to now, which its first hypervisor event shows to have been in its VMM: it was the VMM that kept it
   * out of the guest. Only sums are left of the past, so the order of these segments means nothing.
   */
  rememberKeptOut({ blocked, wakeup, preempted, vmm }: Past): void {
    const segments = this.#segments;
    const book = (time: number, account: Account) => segments.push(segments.last + time, account, Owner.vmControl);
    book(blocked, Account.blocked);
    book(wakeup, Account.wakeup);
    book(preempted, Account.preempted);
    book(vmm, Account.vmm);
    this.#owner = Owner.vmControl;
    this.#enterState(Mode.vmm, Run.onCpu);
  }

  /** It has been asleep in a halt until it was woken, which its first hypervisor event shows. */
  rememberHalt(wokenAt: number, runningAt: number): void {
    this.#episode.cause = HALT;
    this.#segments.push(wokenAt, Account.idle, Owner.exit);
    this.#segments.push(runningAt, Account.wakeup, Owner.exit);
    this.#enterState(Mode.kernel, Run.onCpu);
  }

  /** Charges the wait since it was last charged to `running`, which had the pCPU until `time`, or to what else explains it. */
  charge(running: number, time: number): void {
    const waited = this.#window.overlap(this.chargedUntil, time);
    const thread = Number.isNaN(this.outOfBudget) ? running : this.outOfBudget;
    if (waited > 0 && this.waiting) this.books.culprits.suspect(this.#account as Culprit['account'], thread, waited);
    if (time > this.chargedUntil) this.chargedUntil = time;
  }

  finish(time: number): void {
    this.#settleDoubt(time);
    this.#advance(time);
    this.#abandon();
  }

  #enterState(mode: Mode, run: Run): void {
    this.mode = mode;
    this.run = run;
    if (mode === Mode.unknown || run === Run.ended) this.#account = Account.unknown;
    else if (run === Run.onCpu) this.#account = ON_CPU_ACCOUNT[mode]!;
    else if (run === Run.woken) this.#account = Account.wakeup;
    else if (run === Run.preempted) this.#account = Account.preempted;
    else this.#account = this.#accountOfSleep();
  }

  #accountOfSleep(): Account {
    if (this.#sleepState === SwitchState.Served) return this.#vmmRuns ? Account.vmm : Account.blocked;
    if (this.#sleepState !== SwitchState.Asleep) return Account.blocked;
    if (this.mode !== Mode.kernel || this.#owner !== Owner.exit) return Account.blocked;
    if (this.#episode.cause === HALT) return Account.idle;
    return this.#episode.mayBeHalt ? Account.unknown : Account.blocked;
  }

  #advance(time: number): void {
    if (this.#segments.full) {
      this.#settleDoubt(time);
      this.#forgetVisit(this.#segments.last);
      this.#fold();
    }
    this.#segments.push(time, this.#account, this.#owner);
  }

  #fold(): void {
    this.#episode.fold(this.#segments);
    this.books.settleWaits();
  }

  #abandon(): void {
    this.#reasonFollows = false;
    this.#visit.forget(this.#segments);
    this.#fold();
    this.#episode.abandon();
    this.#owner = Owner.exit;
    this.#forgetDoubt();
  }

  #forgetDoubt(): void {
    this.#isDisplaced = false;
    this.#doubtedSince = Number.NaN;
  }

  /** What is seen fits what it was doing before events of another pCPU were lost: so it goes on with that. */
  #settleRemoteDoubt(time: number): void {
    if (Number.isNaN(this.#doubtedSince) || !this.#doubtIsRemote) return;
    this.#advance(time);
    this.#segments.cutUnknown(this.#doubtedSince, time);
    this.books.forgetWaits();
    this.#forgetDoubt();
  }

  #settleDoubt(time: number): void {
    if (Number.isNaN(this.#doubtedSince)) return;
    this.#segments.push(time, this.#account, this.#owner);
    this.#segments.cutUnknown(this.#doubtedSince, time);
    this.books.forgetWaits();
    this.#abandon();
    this.#enterState(Mode.unknown, this.run);
  }

  /** The open segment cannot have been what we thought: events are missing. */
  #contradict(time: number): void {
    this.#settleDoubt(time);
    this.#segments.push(time, Account.unknown, this.#owner);
    this.books.forgetWaits();
    this.#abandon();
    this.#enterState(Mode.unknown, this.run);
  }

  #noteSleep(time: number, waitedFor: number, waker: number): void {
    const account = this.#account;
    const ns = this.#window.overlap(this.#asleepSince, time);
    if (ns === 0 || (account !== Account.idle && account !== Account.blocked)) return;
    this.books.sleeps.note(account, waitedFor, waker, ns);
  }

  #worldSwitches(): WorldSwitches {
    this.books.worldSwitches ??= new WorldSwitches();
    return this.books.worldSwitches;
  }

  /** The visit that goes on cannot be trusted. */
  #breakVisit(time: number): void {
    this.#worldSwitches().broken++;
    if (this.mode === Mode.kernel || this.mode === Mode.vmm) {
      this.#advance(time);
      // Its beginning was not seen: it may have been at any time since the last visit.
      this.#segments.cutUnknown(this.#visit.endedAt, time);
      this.#contradict(time);
    }
    this.#forgetVisit(time);
  }

  #forgetVisit(time: number): void {
    if (this.mode !== Mode.entering) return;
    this.#segments.push(time, this.#account, this.#owner);
    this.books.forgetWaits();
    this.#abandon();
    this.#enterState(Mode.unknown, this.run);
  }

  #missedEntry(time: number): void {
    this.#segments.push(time, Account.unknown, this.#owner);
    this.#abandon();
  }

  #missedExit(time: number): void {
    this.books.unpairedEntries++;
    this.#segments.push(time, Account.unknown, this.#owner);
  }
}
