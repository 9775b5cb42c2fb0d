/** What each event means for a vCPU: how its state changes, and at every entry to the guest the end of an episode. */
import { SwitchState } from '../recording/event-batch.js';
import { Account } from './accounts.js';
import { HALT, NO_REASON, OTHER } from './episode.js';
import { Owner } from './segments.js';
import type { Past } from './thread-past.js';
import { Mode, Run, VcpuState } from './vcpu-state.js';

export class VcpuLedger extends VcpuState {
  /** When it first slept in the present halt, since when the next thread had wanted the pCPU: NaN if none did. */
  #rivalSince: number | undefined;

  exit(time: number, reason: number, cause: number, addressHigh: number, addressLow: number): void {
    if (this.mode === Mode.guest && Number.isNaN(this.doubtedSince)) {
      this.leaveGuest(time);
      this.#rivalSince = undefined;
      this.episode.begin(time, reason, cause, addressHigh, addressLow);
      this.enterKernel();
    } else this.#exitUnprepared(time, reason, cause, addressHigh, addressLow);
  }

  /** It left the guest and was not known for sure to be there; or its exit was told before, and now follows why. */
  #exitUnprepared(time: number, reason: number, cause: number, addressHigh: number, addressLow: number): void {
    if (this.presentVisit.toldAt === time && this.mode === Mode.kernel) {
      this.presentVisit.toldAt = Number.NaN;
      this.episode.begin(this.episode.exitTime, reason, cause, addressHigh, addressLow);
      this.#rivalSince = undefined;
      return;
    }
    this.settleDoubt(time);
    this.forgetVisit(time);
    if (this.reasonFollows && this.mode === Mode.kernel) {
      this.reasonFollows = false;
      this.episode.begin(this.episode.exitTime, reason, cause, addressHigh, addressLow);
      return;
    }
    if (this.mode === Mode.kernel || this.mode === Mode.vmm) this.missedEntry(time);
    this.advance(time);
    this.fold();
    this.#rivalSince = undefined;
    this.episode.begin(time, reason, cause, addressHigh, addressLow);
    this.enterKernel();
  }

  /** The guest was left; why, the exit says that follows. Where it was not known to be in the guest, nothing is learnt. */
  left(time: number): void {
    this.settleDoubt(time);
    if (this.mode !== Mode.guest) return;
    this.leaveGuest(time);
    this.#rivalSince = undefined;
    this.reasonFollows = true;
    this.episode.begin(time, NO_REASON, OTHER, Number.NaN, Number.NaN);
    this.enterKernel();
  }

  /** Nobody knows whether the exit that was just told is a halt: nor whether the guest wants to run while it sleeps. */
  mayBeHalted(): void {
    this.episode.mayBeHalt = true;
  }

  /**
   * @param schedulerSeen whether sleep shows in the recording; if not, a halt is taken for sleep as a whole
   * @param isTimed false: it may have entered at any time since its exit
   */
  entry(time: number, schedulerSeen: boolean, isTimed: boolean): void {
    if (isTimed && (schedulerSeen || this.episode.cause !== HALT) && this.completePlain(time)) return;
    const episode = this.episode;
    this.reasonFollows = false;
    this.settleDoubt(time);
    this.forgetVisit(time);
    if (this.mode === Mode.guest) this.missedExit(time);
    this.advance(time);
    if (!schedulerSeen && episode.cause === HALT && !episode.haltMeasured) {
      this.segments.cutHaltUnseen(episode.exitTime, time);
    }
    this.fold();
    if (isTimed) episode.complete(time, this.pcpu);
    else episode.completeUntimed();
    this.owner = Owner.exit;
    this.enterState(Mode.guest, Run.onCpu);
  }

  /** @param schedulerSeen as in entry */
  entering(time: number, schedulerSeen: boolean): void {
    this.settleDoubt(time);
    if (this.mode === Mode.entering) this.breakVisit(time);
    if (this.mode === Mode.guest) this.missedExit(time);
    this.advance(time);
    if (!schedulerSeen && this.episode.cause === HALT) this.segments.cutHaltUnseen(this.presentVisit.endedAt, time);
    this.owner = Owner.exit;
    this.presentVisit.since = time;
    this.enterState(Mode.entering, Run.onCpu);
  }

  /**
   * It was in the guest from `enteredAt` to `leftAt`. What was written down meanwhile that cannot be the guest's, handlers
   * and other threads on its pCPU, stays what it is; of time before the last thing that is known nothing becomes known.
   *
   * @param toldAt when that was told; NaN: it was not
   */
  visit(time: number, enteredAt: number, leftAt: number, toldAt: number): void {
    this.settleDoubt(time);
    if (!(enteredAt <= leftAt && leftAt <= time)) {
      this.breakVisit(time);
      return;
    }
    const segments = this.segments;
    const episode = this.episode;
    if (this.mode === Mode.guest) this.missedExit(time);
    this.advance(time);
    const from = Math.max(enteredAt, segments.start, this.presentVisit.isOpen ? this.presentVisit.since : -Infinity);
    const to = Math.max(leftAt, from);
    segments.cutVisit(from, to);
    this.presentVisit.measure(segments, this.window, this.worldSwitches(), from, to, toldAt, time);
    episode.fold(segments, from);
    this.books.settleWaits();
    episode.complete(from, this.pcpu);
    episode.fold(segments, to);
    this.owner = Owner.exit;
    this.#rivalSince = undefined;
    this.presentVisit.tell(time);
    episode.begin(to, NO_REASON, OTHER, Number.NaN, Number.NaN);
    this.enterState(Mode.kernel, Run.onCpu);
  }

  /** It was on its way into the guest and did not get there. */
  noVisit(time: number): void {
    this.settleDoubt(time);
    if (this.mode !== Mode.entering) return;
    this.advance(time);
    this.presentVisit.since = Number.NaN;
    this.worldSwitches().notEntered++;
    this.enterState(Mode.kernel, this.run);
  }

  detail(detailClass: number, value: number, cause: number, rank: number): void {
    if (this.mode !== Mode.guest) this.episode.addDetail(detailClass, value, cause, rank);
  }

  toVmm(time: number, askedByGuest: boolean): void {
    this.settleDoubt(time);
    this.forgetVisit(time);
    if (this.mode === Mode.guest) this.missedExit(time);
    this.advance(time);
    this.episode.reachedVmm = true;
    this.reasonFollows = false;
    if (!askedByGuest) this.owner = Owner.vmControl;
    this.enterState(Mode.vmm, Run.onCpu);
  }

  fromVmm(time: number): void {
    this.settleDoubt(time);
    this.forgetVisit(time);
    if (this.mode === Mode.guest) this.missedExit(time);
    this.advance(time);
    // A vCPU that was kept out while it was halted is halted again; otherwise the way back is still the VMM's doing.
    if (this.episode.cause === HALT) this.owner = Owner.exit;
    this.enterState(Mode.kernel, Run.onCpu);
  }

  /**
   * It was halted between `from` and `until`. If it did not sleep, the host polled all the time (unless its limit for
   * that was 0). If it did, the host had polled until the limit (NaN: not known), or until another thread wanted the pCPU.
   */
  haltEnd(time: number, from: number, until: number, slept: boolean, pollLimit: number, schedulerSeen: boolean): void {
    this.advance(time);
    if (!this.episode.hasReason) this.episode.cause = HALT;
    this.episode.haltMeasured = true;
    const segments = this.segments;
    // A sleep that ended with a wake-up, in a halt that began before the events were lost: it slept all the while.
    if (from <= this.doubtedSince && this.sleepIsSure) this.doubtedSince = Number.NaN;
    else this.settleDoubt(time);
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
    if (this.mode === Mode.unknown) this.enterState(Mode.kernel, Run.onCpu);
    this.#rivalSince = undefined;
  }

  /** @param rivalSince since when the thread that runs next has wanted the pCPU; NaN: none runs next */
  switchOut(time: number, state: number, rivalSince: number): void {
    if (state === SwitchState.Asleep && this.mode !== Mode.vmm) this.#rivalSince ??= rivalSince;
    if (this.run !== Run.onCpu) this.contradict(time);
    this.advance(time);
    if (state === SwitchState.Ended) {
      this.abandon();
      this.enterState(Mode.unknown, Run.ended);
      return;
    }
    this.chargedUntil = time;
    this.waitingSince = time;
    this.asleepSince = time;
    this.#sleepFor(state);
    const isDisplaced = state === SwitchState.Displaced;
    this.enterState(this.mode, state === SwitchState.Runnable || isDisplaced ? Run.preempted : Run.asleep);
    if (!isDisplaced) return;
    this.displaced = true;
    this.doubtedSince = time;
    this.doubtIsRemote = true;
    this.sleepIsSure = false;
  }

  /** It was displaced, and turns out to have been ready since then. */
  foundReady(): void {
    this.forgetDoubt();
  }

  /** It goes on sleeping, for something else; or it does not want its pCPU any more. @param waitedFor and @param waker as in wake */
  waitsForElse(time: number, state: number, waitedFor: number, waker: number): void {
    if (this.run === Run.onCpu || this.run === Run.ended) return;
    if (this.run === Run.asleep && state === this.sleepState) return;
    this.advance(time);
    if (this.run === Run.asleep && Number.isNaN(this.doubtedSince)) this.noteSleep(time, waitedFor, waker);
    this.asleepSince = time;
    this.#sleepFor(state);
    this.enterState(this.mode, Run.asleep);
  }

  /** The VMM that it waits for got a pCPU, or has none any more. */
  vmmRuns(time: number, runs: boolean): void {
    if (this.vmmHasPcpu === runs) return;
    const isWaiting = this.run === Run.asleep && this.sleepState === SwitchState.Served;
    if (isWaiting) this.advance(time);
    this.vmmHasPcpu = runs;
    if (isWaiting) this.enterState(this.mode, this.run);
  }

  /**
   * It has been told that it does not exist any more.
   * @param isKeptOut whether that is its VMM's doing, so that its time from now on is known
   */
  end(time: number, isKeptOut: boolean): void {
    if (this.run === Run.ended) return;
    this.settleDoubt(time);
    this.advance(time);
    this.abandon();
    this.enterState(Mode.unknown, Run.ended);
    if (!isKeptOut) return;
    this.owner = Owner.vmControl;
    this.account = Account.blocked;
  }

  /** It may run again: what it does now is for its exit. */
  #goesOn(): void {
    this.owner = Owner.exit;
    this.sleepState = SwitchState.Asleep;
  }

  #sleepFor(state: number): void {
    if (state === SwitchState.Served) this.episode.reachedVmm = true;
    else if (state === SwitchState.Stopped) this.owner = Owner.vmControl;
    this.sleepState = state;
  }

  switchIn(time: number, pcpu: number): void {
    if (this.displaced || (this.waiting && pcpu === this.pcpu)) this.settleRemoteDoubt(time);
    if (this.run === Run.onCpu) this.contradict(time);
    this.advance(time);
    if (this.run === Run.asleep) this.sleepIsSure = false;
    if (this.sleepState === SwitchState.Stopped) this.#goesOn();
    this.moveTo(pcpu, time);
    this.enterState(this.mode, Run.onCpu);
  }

  /**
   * @param waitedFor what it slept for, a number of the translator's; 0: the host does not tell
   * @param wakerPcpu where that happened
   */
  wake(time: number, waitedFor: number, waker: number, wakerPcpu: number): void {
    const isSure = Number.isNaN(this.doubtedSince);
    this.settleRemoteDoubt(time);
    this.advance(time);
    if (isSure && waitedFor > 0) this.noteSleep(time, waitedFor, waker);
    this.sink?.woken(time, waker, wakerPcpu);
    this.chargedUntil = time;
    this.waitingSince = time;
    this.enterState(this.mode, Run.woken);
  }

  /** It is asleep now, or may be, which does not fit what it did before: what happened in between is not in the recording. */
  foundAsleep(time: number): void {
    this.contradict(time);
    this.enterState(this.mode, Run.asleep);
  }

  /** It executes on `pcpu` now, although the scheduler events seen so far say that it does not. */
  foundRunning(time: number, pcpu: number): void {
    this.contradict(time);
    this.moveTo(pcpu, time);
    this.enterState(this.mode, Run.onCpu);
  }

  /**
   * All its time up to now, which its first hypervisor event shows to have been in its VMM: it was the VMM that kept it
   * out of the guest. Only sums are left of the past, so the order of these segments means nothing.
   */
  rememberKeptOut({ blocked, wakeup, preempted, vmm }: Past): void {
    const segments = this.segments;
    const book = (time: number, account: Account) => segments.push(segments.last + time, account, Owner.vmControl);
    book(blocked, Account.blocked);
    book(wakeup, Account.wakeup);
    book(preempted, Account.preempted);
    book(vmm, Account.vmm);
    this.owner = Owner.vmControl;
    this.enterState(Mode.vmm, Run.onCpu);
  }

  /** It has been asleep in a halt until it was woken, which its first hypervisor event shows. */
  rememberHalt(wokenAt: number, runningAt: number): void {
    this.episode.cause = HALT;
    this.segments.push(wokenAt, Account.idle, Owner.exit);
    this.segments.push(runningAt, Account.wakeup, Owner.exit);
    this.enterState(Mode.kernel, Run.onCpu);
  }
}
