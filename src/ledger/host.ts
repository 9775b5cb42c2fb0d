/**
 * The host as the ledger sees it: which vCPU is on which pCPU, who waits for whom, and what each event does to them.
 */
import type { ReasonTable } from '../recording/causes.js';
import { causeIndex } from '../recording/causes.js';
import { PCPU_THREADS, SwitchState } from '../recording/event-batch.js';
import { Contention, type Presence, Wants } from './contention.js';
import { IDLE_THREAD, partitionAsThread, UNKNOWN_THREAD } from './culprits.js';
import { Losses } from './losses.js';
import { Pcpu } from './pcpu.js';
import { Placement } from './placement.js';
import { Roster } from './roster.js';
import type { LedgerSink } from './sink.js';
import type { Slices } from './slices.js';
import { type Past, ThreadPast } from './thread-past.js';
import type { Timeline } from './timeline.js';
import type { VcpuLedger } from './vcpu.js';
import { Run } from './vcpu-state.js';
import type { Window } from './window.js';

/** Higher pCPU numbers are damage (Linux: at most 8,192 CPUs). */
const MAX_PCPUS = 8192;

export class Host {
  readonly roster: Roster;
  /** By thread. */
  readonly vcpus: Roster['vcpus'];
  /** By number; holes are pCPUs without any event yet. */
  readonly pcpus: (Pcpu | undefined)[] = [];
  readonly losses: Losses;
  /** Which threads ran where, and how many vCPUs wanted a pCPU at the same time. */
  readonly placement: Placement;
  readonly contention: Contention;
  /** Whether there was an event of the scheduler. */
  schedulerSeen = false;

  readonly #past: ThreadPast;
  readonly #window: Window;
  readonly #sink: LedgerSink | undefined;
  readonly #reasons: ReasonTable;
  #causeOfReason = new Int8Array(0);
  /** 1: nobody knows whether it is a halt. */
  #isUnclearReason = new Uint8Array(0);
  /** VMMs with threads of their own that have a pCPU. */
  readonly #runningVmms = new Set<number>();

  /** As of the Ledger. */
  constructor(reasons: ReasonTable, window: Window, timeline?: Timeline, slices?: Slices, sink?: LedgerSink) {
    this.#reasons = reasons;
    this.#window = window;
    this.#sink = sink;
    this.roster = new Roster(window, timeline, slices, sink);
    this.vcpus = this.roster.vcpus;
    this.losses = new Losses(window);
    this.#past = new ThreadPast(window);
    this.placement = new Placement(window, sink);
    this.contention = new Contention(window);
  }

  /** What the reasons mean that the translator has told since the last time. */
  learnReasons(): void {
    const { list } = this.#reasons;
    if (list.length === this.#causeOfReason.length) return;
    this.#causeOfReason = Int8Array.from(list, (reason) => causeIndex(reason.cause));
    this.#isUnclearReason = Uint8Array.from(list, (_, index) => Number(this.#reasons.mayBeHalt(index)));
  }

  /** Index of the cause of an exit for this reason. */
  causeOf(reason: number): number {
    return this.#causeOfReason[reason];
  }

  /** Whether nobody knows if an exit for this reason is a halt. */
  mayBeHalt(reason: number): boolean {
    return this.#isUnclearReason[reason] === 1;
  }

  pcpu(number: number): Pcpu {
    const index = number >= 0 && number < MAX_PCPUS ? number : MAX_PCPUS;
    let cpu = this.pcpus[index];
    if (cpu === undefined) {
      cpu = new Pcpu(index, this.#sink);
      this.pcpus[index] = cpu;
    }
    return cpu;
  }

  known(cpu: Pcpu, thread: number): VcpuLedger | undefined {
    return cpu.vcpu?.thread === thread ? cpu.vcpu : this.vcpus.get(thread);
  }

  /** The vCPU whose thread executes on `cpu` now; made if this is the first that is seen of it and there is room. */
  vcpuOn(cpu: Pcpu, thread: number, time: number, number: number): VcpuLedger | undefined {
    let vcpu = cpu.vcpu;
    if (vcpu === undefined || vcpu.thread !== thread) vcpu = this.#place(cpu, thread, time);
    if (vcpu !== undefined && vcpu.number !== number && !Number.isNaN(number)) vcpu.number = number;
    return vcpu;
  }

  #place(cpu: Pcpu, thread: number, time: number): VcpuLedger | undefined {
    let vcpu = this.vcpus.get(thread);
    if (vcpu === undefined) {
      vcpu = this.#adopt(cpu, thread, time, time);
    } else {
      this.#leavePcpu(vcpu);
      if (this.schedulerSeen) vcpu.foundRunning(time, cpu.number);
      else vcpu.moveTo(cpu.number, time);
      this.#noteWants(vcpu, time);
    }
    cpu.vcpu = vcpu;
    cpu.running = thread;
    if (thread < PCPU_THREADS) this.placement.found(cpu.number, thread, time, this.schedulerSeen);
    return vcpu;
  }

  /** It is neither on its pCPU nor waiting for it any more. */
  #leavePcpu(vcpu: VcpuLedger): void {
    const cpu = this.pcpu(vcpu.pcpu);
    cpu.removeWaiter(vcpu);
    if (cpu.vcpu === vcpu) cpu.vcpu = undefined;
  }

  /**
   * The first thing that is seen of a vCPU may be that it comes from its VMM: then it has been kept out of the guest
   * since the recording began. This is how a guest looks that is paused while the recorder starts.
   */
  cameFromVmm(cpu: Pcpu, thread: number, time: number): void {
    const past = this.#pastOfNew(cpu, thread, time);
    if (past !== undefined) this.#adopt(cpu, thread, this.#window.from, time)?.rememberKeptOut(past);
    this.vcpuOn(cpu, thread, time, Number.NaN)?.fromVmm(time);
  }

  /** Likewise its first event may be the end of a halt that began before the recording. */
  halted(
    cpu: Pcpu,
    thread: number,
    time: number,
    overFor: number,
    haltedNs: number,
    slept: boolean,
    pollLimit: number,
  ): void {
    const past = slept ? this.#pastOfNew(cpu, thread, time) : undefined;
    const until = time - overFor;
    const from = until - haltedNs;
    if (past !== undefined && past.sleptFrom <= from && past.wokenAt >= from) {
      this.#adopt(cpu, thread, Math.max(this.#window.from, from), time)?.rememberHalt(past.wokenAt, past.runningAt);
    }
    this.vcpuOn(cpu, thread, time, Number.NaN)?.haltEnd(time, from, until, slept, pollLimit, this.schedulerSeen);
  }

  /** The past of a thread that runs here and was not known as a vCPU's; none where it may have gaps. */
  #pastOfNew(cpu: Pcpu, thread: number, time: number): Past | undefined {
    if (this.losses.areThere || cpu.running !== thread || this.vcpus.has(thread)) return undefined;
    return this.#past.until(thread, time);
  }

  /** Opens the books of a new vCPU, while there is room. */
  #adopt(cpu: Pcpu, thread: number, begin: number, time: number): VcpuLedger | undefined {
    const vcpu = this.roster.adopt(thread, cpu.number, begin);
    if (vcpu === undefined) return undefined;
    cpu.vcpu = vcpu;
    this.placement.admit(thread);
    this.#noteWants(vcpu, time);
    return vcpu;
  }

  /** @param vmm the one that `previous` waits for, if that is what `state` says */
  switch(cpu: Pcpu, previous: number, next: number, state: number, vmm: number, time: number): void {
    this.schedulerSeen = true;
    cpu.forgetInterrupts();
    this.placement.switch(cpu.number, previous, next, time);
    if (cpu.waiters.length > 0) cpu.chargeWaiters(previous, time);
    this.#switchOut(cpu, previous, state, vmm, time, next);
    cpu.running = next;
    cpu.vcpu = undefined;
    const vcpu = this.vcpus.get(next);
    if (vcpu === undefined) {
      this.#past.runs(next, time);
      return;
    }
    if (vcpu.waiting) vcpu.charge(this.pcpu(vcpu.pcpu).running, time);
    this.#leavePcpu(vcpu);
    vcpu.switchIn(time, cpu.number);
    this.#noteWants(vcpu, time);
    cpu.vcpu = vcpu;
  }

  #switchOut(cpu: Pcpu, previous: number, state: number, vmm: number, time: number, next: number): void {
    const vcpu = this.known(cpu, previous);
    if (vcpu === undefined) {
      this.#past.stops(previous, state, time);
      return;
    }
    if (vcpu.pcpu !== cpu.number) {
      this.#leavePcpu(vcpu);
      vcpu.foundRunning(time, cpu.number);
    }
    this.#waitsForVmm(vcpu, state, vmm, time);
    vcpu.switchOut(time, state, this.#waitingSince(next));
    if (vcpu.run === Run.preempted) cpu.addWaiter(vcpu);
    this.#noteWants(vcpu, time);
  }

  waitChange(on: Pcpu, thread: number, state: number, vmm: number, waitedFor: number, time: number): void {
    const vcpu = this.vcpus.get(thread);
    if (vcpu === undefined) return;
    if (vcpu.waiting) {
      const cpu = this.pcpu(vcpu.pcpu);
      vcpu.charge(cpu.running, time);
      cpu.removeWaiter(vcpu);
    }
    this.#waitsForVmm(vcpu, state, vmm, time);
    vcpu.waitsForElse(time, state, waitedFor, on.executing);
    this.#noteWants(vcpu, time);
  }

  #waitsForVmm(vcpu: VcpuLedger, state: number, vmm: number, time: number): void {
    if (state !== SwitchState.Served) return;
    vcpu.vmm = vmm;
    vcpu.vmmRuns(time, this.#runningVmms.has(vmm));
  }

  vmmRuns(vmm: number, runs: boolean, time: number): void {
    if (runs) this.#runningVmms.add(vmm);
    else this.#runningVmms.delete(vmm);
    for (const vcpu of this.vcpus.values()) if (vcpu.vmm === vmm) vcpu.vmmRuns(time, runs);
  }

  #noteWants({ presence, run, pcpu }: VcpuLedger, time: number): void {
    const isAway = run === Run.asleep || run === Run.ended;
    const wants = run === Run.onCpu ? Wants.runs : Wants.waits;
    this.contention.note(presence, isAway ? Wants.nothing : wants, pcpu, time);
  }

  /** Since when a thread that gets its pCPU now has wanted one; NaN for the idle thread, which never does. */
  #waitingSince(thread: number): number {
    if (thread === IDLE_THREAD) return Number.NaN;
    const vcpu = this.vcpus.get(thread);
    return vcpu === undefined ? this.#past.waitingSince(thread) : vcpu.waitingSince;
  }

  wake(on: Pcpu, thread: number, target: number, wasAsleep: boolean, waitedFor: number, time: number): void {
    const vcpu = this.vcpus.get(thread);
    if (vcpu === undefined) {
      this.#past.wakes(thread, time);
      return;
    }
    if (vcpu.run === Run.woken && wasAsleep) vcpu.foundAsleep(time);
    if (vcpu.isDisplaced && !wasAsleep) vcpu.foundReady();
    if (vcpu.run === Run.asleep || vcpu.isDisplaced) {
      vcpu.wake(time, waitedFor, on.executing, on.number);
      this.pcpu(vcpu.pcpu).addWaiter(vcpu);
    }
    // sched_waking names the pCPU it slept on, sched_wakeup the one that it was given.
    if (vcpu.run === Run.woken && !Number.isNaN(target) && target !== vcpu.pcpu) this.#moveWaiter(vcpu, target, time);
    else this.#noteWants(vcpu, time);
  }

  migrate(thread: number, target: number, time: number): void {
    const vcpu = this.vcpus.get(thread);
    if (vcpu === undefined || vcpu.run === Run.onCpu || vcpu.run === Run.ended) return;
    if (vcpu.run === Run.asleep) vcpu.moveTo(this.pcpu(target).number, time);
    else this.#moveWaiter(vcpu, target, time);
  }

  #moveWaiter(vcpu: VcpuLedger, target: number, time: number): void {
    const from = this.pcpu(vcpu.pcpu);
    vcpu.charge(from.running, time);
    from.removeWaiter(vcpu);
    const to = this.pcpu(target);
    vcpu.moveTo(to.number, time);
    to.addWaiter(vcpu);
    this.#noteWants(vcpu, time);
  }

  /** Of the vCPUs that may have done anything while events of a pCPU were lost: all but those that ran on another one. */
  *#presencesInDoubt(lost: number): Iterable<Presence> {
    for (const { presence, run, pcpu } of this.vcpus.values()) {
      if (run !== Run.ended && (run !== Run.onCpu || pcpu === lost)) yield presence;
    }
  }

  joins(vcpu: VcpuLedger | undefined, partition: number): void {
    if (vcpu !== undefined) vcpu.partition = partition;
  }

  /** All vCPUs of a partition wait for its budget, or do not any more. */
  budget(partition: number, isUsedUp: boolean, time: number): void {
    for (const vcpu of this.vcpus.values()) {
      if (vcpu.partition !== partition) continue;
      if (vcpu.waiting) vcpu.charge(this.pcpu(vcpu.pcpu).running, time);
      vcpu.outOfBudget = isUsedUp ? partitionAsThread(partition) : Number.NaN;
    }
  }

  end(first: number, last: number, isKeptOut: boolean, time: number): void {
    for (const [thread, vcpu] of this.vcpus) {
      if (thread < first || thread > last) continue;
      if (vcpu.waiting) vcpu.charge(this.pcpu(vcpu.pcpu).running, time);
      this.#leavePcpu(vcpu);
      vcpu.end(time, isKeptOut);
      this.#noteWants(vcpu, time);
    }
  }

  /** Threads from `first` on were none. */
  forget(first: number): void {
    for (const [thread, vcpu] of this.vcpus) {
      if (thread < first) continue;
      this.#leavePcpu(vcpu);
      this.pcpu(vcpu.pcpu).running = UNKNOWN_THREAD;
      this.roster.remove(thread);
    }
  }

  misses(vcpu: VcpuLedger | undefined, time: number): void {
    if (vcpu === undefined || vcpu.run === Run.ended) return;
    this.#leavePcpu(vcpu);
    vcpu.foundAsleep(time);
    this.#noteWants(vcpu, time);
  }

  /** Whoever was on this pCPU, or on none, may have done anything meanwhile. */
  lose(cpu: Pcpu, from: number, time: number): void {
    cpu.forgetInterrupts();
    cpu.running = UNKNOWN_THREAD;
    cpu.vcpu = undefined;
    this.placement.lose(cpu.number, from, time);
    this.contention.lose(from, time, this.#presencesInDoubt(cpu.number));
    for (const vcpu of this.vcpus.values()) {
      vcpu.outOfBudget = Number.NaN;
      if (vcpu.run === Run.ended) continue;
      if (vcpu.run === Run.onCpu && vcpu.pcpu === cpu.number) vcpu.lose(from, time);
      else vcpu.doubt(from, time, vcpu.pcpu === cpu.number);
    }
  }
}
