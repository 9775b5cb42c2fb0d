/**
 * A small host with vCPUs that knows at every moment what each of them is doing, and keeps their true accounts from
 * that knowledge; beside it writes the neutral events that a recorder would have seen. A second opinion on the ledger:
 * it shares nothing with it but the names of the accounts.
 *
 * What no event can tell is defined here as the ledger's contract defines it: time before the first event of a vCPU,
 * except when that shows that it had been in its VMM or in a halt; polling whose end, or whose limit, is not seen.
 */
import { EventKind, SwitchState } from '../../src/recording/event-batch.js';
import { type RandomSource, randomSource } from './random-source.js';
import { type HaltWait, isHaltFromBefore, SimulatedVcpu, stopPolling, type Thread } from './simulated-vcpu.js';
import { type NeutralEvent, REASON_NAMES, timelineReasons } from './timeline.js';

export interface HostOptions {
  readonly seed: number;
  readonly pcpus: number;
  readonly vcpus: number;
  readonly otherThreads: number;
  readonly steps: number;
  /** Threads stay on their pCPU, and are woken only from there. */
  readonly pinned: boolean;
  readonly interrupts: boolean;
}

interface Pcpu {
  readonly number: number;
  readonly idle: Thread;
  running: Thread;
  readonly queue: Thread[];
  readonly handlers: number[];
}

const CAUSE_OF = timelineReasons().list.map((reason) => reason.cause);
const HANDLERS = 6;
const DEEPEST = 3;
export const FIRST_VCPU = 10;
const FIRST_OTHER = 50;

type Action = () => void;

export class SimulatedHost {
  readonly events: NeutralEvent[] = [];
  readonly vcpus = new Map<number, SimulatedVcpu>();
  now = 0;
  readonly #options: HostOptions;
  readonly #random: RandomSource;
  readonly #pcpus: Pcpu[];
  readonly #threads: Thread[] = [];
  /** Threads that a switch has put on a pCPU in the recording. */
  readonly #seenStarting = new Set<Thread>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#random = randomSource(options.seed);
    this.#pcpus = Array.from({ length: options.pcpus }, (_, number) => {
      const idle: Thread = { id: 0, vcpu: undefined, pcpu: number, state: 'running', waitingSince: NaN };
      return { number, idle, running: idle, queue: [], handlers: [] };
    });
    for (let i = 0; i < options.vcpus; i++) this.#populate(FIRST_VCPU + i, new SimulatedVcpu());
    for (let i = 0; i < options.otherThreads; i++) this.#populate(FIRST_OTHER + i, undefined);
    // Somewhere else, threads take turns: the recording has scheduler events from the start.
    this.events.push([EventKind.Switch, 0, options.pcpus, FIRST_OTHER - 1, 0, SwitchState.Asleep, 0, 0]);
    for (let step = 0; step < options.steps; step++) this.#step();
    this.#finish();
  }

  #populate(id: number, vcpu: SimulatedVcpu | undefined): void {
    const pcpu = this.#random.pick(this.#pcpus);
    const thread: Thread = { id, vcpu, pcpu: pcpu.number, state: 'asleep', waitingSince: NaN };
    this.#threads.push(thread);
    if (vcpu !== undefined) this.vcpus.set(id, vcpu);
    if (vcpu !== undefined) vcpu.place = this.#random.pick(['kernel', 'vmm'] as const);
    if (this.#random.chance(0.4)) {
      if (vcpu?.place === 'kernel') vcpu.startHalted(-this.#random.below(1000));
      return;
    }
    if (pcpu.running !== pcpu.idle) {
      thread.state = 'preempted';
      pcpu.queue.push(thread);
      return;
    }
    thread.state = 'running';
    pcpu.running = thread;
    if (vcpu?.place === 'kernel') vcpu.place = 'guest';
  }

  #step(): void {
    const ns = this.#random.chance(0.2) ? 0 : this.#random.below(this.#random.pick([10, 100, 1000]));
    for (const thread of this.#threads) {
      thread.vcpu?.spend(ns, thread, this.#pcpus[thread.pcpu].handlers.length > 0);
    }
    this.now += ns;
    const pcpu = this.#random.pick(this.#pcpus);
    this.#random.pick(pcpu.handlers.length > 0 ? this.#insideHandler(pcpu) : this.#insideThread(pcpu))();
  }

  #insideHandler(pcpu: Pcpu): Action[] {
    const end = () => this.#endHandler(pcpu);
    const actions = [end, end, () => this.#wakeSomebody(pcpu)];
    if (pcpu.handlers.length < DEEPEST) actions.push(() => this.#beginHandler(pcpu));
    return actions;
  }

  #insideThread(pcpu: Pcpu): Action[] {
    const { running, queue } = pcpu;
    const actions = [() => this.#wakeSomebody(pcpu), () => this.#moveSomebody(pcpu)];
    if (this.#options.interrupts) actions.push(() => this.#beginHandler(pcpu));
    const mayStop = running.vcpu?.place !== 'guest' && !isHaltFromBefore(running.vcpu);
    if (mayStop && (queue.length > 0 || this.#random.chance(0.2))) {
      actions.push(
        () => this.#preempt(pcpu),
        () => this.#preempt(pcpu),
      );
    }
    if (running.vcpu !== undefined) actions.push(...this.#vcpuActions(pcpu, running, running.vcpu));
    else if (running !== pcpu.idle) actions.push(() => this.#sleep(pcpu));
    return actions;
  }

  #vcpuActions(pcpu: Pcpu, thread: Thread, vcpu: SimulatedVcpu): Action[] {
    const emit = (kind: EventKind, a = 0, b = 0, c = 0, d = 0) =>
      this.events.push([kind, this.now, pcpu.number, thread.id, a, b, c, d]);
    const sleep = () => this.#sleep(pcpu);
    if (vcpu.place === 'guest') {
      const exit = () => {
        const reason = this.#random.below(REASON_NAMES.length);
        vcpu.becomeKnown('untold');
        vcpu.exit(CAUSE_OF[reason]);
        emit(EventKind.Exit, reason, NaN, NaN, NaN);
      };
      return [exit, exit, exit];
    }
    if (vcpu.place === 'vmm') {
      const back = () => {
        vcpu.becomeKnown(this.#seenStarting.has(thread) ? 'in the VMM' : 'untold');
        vcpu.fromVmm();
        emit(EventKind.FromVmm);
      };
      return [back, back, sleep];
    }
    if (vcpu.halt !== undefined) return this.#haltActions(pcpu, thread, vcpu, vcpu.halt);
    const enter = () => {
      vcpu.becomeKnown('untold');
      vcpu.enter();
      emit(EventKind.Entry, NaN);
    };
    const toVmm = (asked: boolean) => () => {
      vcpu.becomeKnown('untold');
      vcpu.toVmm(asked);
      emit(EventKind.ToVmm, 0, asked ? 1 : 0);
    };
    const detail = () => emit(EventKind.Detail, 1, this.#random.below(3), -1, this.#random.below(3));
    const wait = () => this.#startHalt(pcpu, vcpu);
    return [enter, enter, toVmm(true), toVmm(false), detail, ...(vcpu.cause === 'halt' ? [wait, wait, wait] : [sleep])];
  }

  #startHalt(pcpu: Pcpu, vcpu: SimulatedVcpu): void {
    if (!vcpu.known) return;
    const withoutPolling = this.#random.chance(0.2);
    vcpu.halt = {
      since: this.now,
      withoutPolling,
      polling: !withoutPolling && pcpu.queue.length === 0,
      pollEnd: this.now,
      polledNs: 0,
      slept: false,
      successorSince: NaN,
      over: undefined,
    };
  }

  #haltActions(pcpu: Pcpu, thread: Thread, vcpu: SimulatedVcpu, halt: HaltWait): Action[] {
    const sleep = () => this.#sleep(pcpu);
    const write = (since: number, limit: number) => {
      vcpu.becomeKnown('in a halt');
      vcpu.endHalt(!halt.slept || !Number.isNaN(limit));
      const row = [since - halt.since, halt.slept ? 1 : 0, limit, this.now - since] as const;
      this.events.push([EventKind.HaltEnd, this.now, pcpu.number, thread.id, ...row]);
    };
    const end = (limit: number) => {
      if (this.#random.chance(0.7)) return write(this.now, limit);
      halt.polling = false;
      halt.over = { since: this.now, limit };
    };
    if (halt.over !== undefined) {
      const { since, limit } = halt.over;
      return [() => write(since, limit)];
    }
    if (isHaltFromBefore(vcpu)) return [() => end(this.#limitOf(halt))];
    if (halt.slept) return [() => end(this.#limitOf(halt)), () => end(this.#limitOf(halt)), sleep];
    if (halt.withoutPolling) return [() => end(0), sleep];
    if (!halt.polling) return [sleep];
    const enough = () => end(this.#random.chance(0.3) ? NaN : this.now - halt.since + 1 + this.#random.below(100));
    return [enough, enough, () => stopPolling(halt, this.now), sleep];
  }

  /** The limit may have been any longer where something else than the limit ended the polling. */
  #limitOf(halt: HaltWait): number {
    if (halt.withoutPolling) return 0;
    if (this.#random.chance(0.2)) return NaN;
    const wasCut = halt.successorSince === halt.pollEnd;
    return halt.pollEnd - halt.since + (wasCut ? this.#random.below(100) : 0);
  }

  #sleep(pcpu: Pcpu): void {
    const { running } = pcpu;
    const next = pcpu.queue.shift() ?? pcpu.idle;
    const halt = running.vcpu?.halt;
    if (halt !== undefined && !halt.slept) {
      if (halt.polling) stopPolling(halt, this.now);
      halt.slept = true;
      halt.successorSince = next === pcpu.idle ? NaN : next.waitingSince;
    }
    running.state = 'asleep';
    this.#switch(pcpu, next, SwitchState.Asleep);
  }

  #preempt(pcpu: Pcpu): void {
    // Nobody else waits: the idle thread gives way to a thread of another pCPU, without a word of its move.
    const victim = this.#random.pick(this.#pcpus);
    const canSteal = !this.#options.pinned && victim !== pcpu && !this.#isHalting(pcpu) && !this.#isHalting(victim);
    const next = pcpu.queue.shift() ?? (canSteal ? victim.queue.pop() : undefined);
    if (next === undefined) return;
    const { running } = pcpu;
    if (running !== pcpu.idle) {
      running.state = 'preempted';
      running.waitingSince = this.now;
      pcpu.queue.push(running);
    }
    this.#switch(pcpu, next, SwitchState.Runnable);
  }

  #switch(pcpu: Pcpu, next: Thread, state: number): void {
    this.events.push([EventKind.Switch, this.now, pcpu.number, pcpu.running.id, next.id, state, 0, 0]);
    next.state = 'running';
    next.pcpu = pcpu.number;
    pcpu.running = next;
    this.#seenStarting.add(next);
  }

  #wakeSomebody(pcpu: Pcpu): void {
    const { pinned } = this.#options;
    const asleep = this.#threads.filter((t) => t.state === 'asleep' && (!pinned || t.pcpu === pcpu.number));
    if (asleep.length === 0) return;
    const thread = this.#random.pick(asleep);
    const target = pinned ? pcpu : this.#random.pick(this.#pcpus);
    const wake = (on: number) =>
      this.events.push([EventKind.Wake, this.now, pcpu.number, pcpu.running.id, thread.id, on, 0, 0]);
    if (this.#random.chance(0.5)) wake(this.#random.pick([thread.pcpu, NaN]));
    wake(target.number);
    thread.state = 'wakeup';
    thread.waitingSince = this.now;
    thread.pcpu = target.number;
    target.queue.push(thread);
    // The host polls for a halted vCPU only while nobody else wants the pCPU.
    const halt = target.running.vcpu?.halt;
    if (halt?.polling === true) stopPolling(halt, this.now);
  }

  #moveSomebody(pcpu: Pcpu): void {
    const from = this.#random.pick(this.#pcpus);
    const to = this.#random.pick(this.#pcpus);
    if (this.#options.pinned || from === to || this.#isHalting(from) || this.#isHalting(to)) return;
    const thread = from.queue.pop();
    if (thread === undefined) return;
    this.events.push([EventKind.Migrate, this.now, pcpu.number, pcpu.running.id, thread.id, to.number, 0, 0]);
    thread.pcpu = to.number;
    to.queue.push(thread);
  }

  /** Whose pCPU polls or polled for a halt must not be mixed up with whoever moves in from elsewhere. */
  #isHalting(pcpu: Pcpu): boolean {
    return this.#threads.some(({ vcpu, pcpu: on }) => on === pcpu.number && vcpu?.halt?.slept === false);
  }

  #beginHandler(pcpu: Pcpu): void {
    const handler = this.#random.below(HANDLERS);
    if (pcpu.handlers.includes(handler)) return;
    pcpu.handlers.push(handler);
    this.events.push([EventKind.InterruptBegin, this.now, pcpu.number, pcpu.running.id, handler, 0, 0, 0]);
  }

  #endHandler(pcpu: Pcpu): void {
    const handler = pcpu.handlers.pop()!;
    this.events.push([EventKind.InterruptEnd, this.now, pcpu.number, pcpu.running.id, handler, 0, 0, 0]);
  }

  #finish(): void {
    for (const pcpu of this.#pcpus) while (pcpu.handlers.length > 0) this.#endHandler(pcpu);
    for (const vcpu of this.vcpus.values()) {
      vcpu.endHalt(false);
      vcpu.endEpisode();
    }
  }
}
