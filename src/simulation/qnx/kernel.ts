/**
 * The microkernel: gives pCPUs to threads by priority, handles interrupts, and writes its trace.
 *
 * A simulation of discrete events. Each pCPU has a clock of its own, which runs ahead of the simulation's by what its
 * kernel does at one go. Whatever changes the state of threads happens under one lock, so stamps of state changes rise
 * strictly over all pCPUs; all other events are stamped by their pCPU's clock alone. No two events of a pCPU share a stamp.
 */
import type { ThreadState } from '../../formats/qnx/thread-states.js';
import { type Activity, type Cpu, type Interrupt, newCpu } from './cpu.js';
import { EventQueue } from './event-queue.js';
import { type Executor, History } from './history.js';
import type { KernelOptions } from './kernel-options.js';
import { ReadyQueue } from './ready-queue.js';
import { TraceRecorder } from './recorder.js';
import { type Process, type Program, type Step, Thread, type ThreadOptions } from './thread.js';
import { stateBody } from './thread-events.js';
import type { TraceEventBody } from './trace-event.js';

const HANDLER_NS = 1500;
const IPI_LATENCY_NS = 400;
const EVENT_NS = 20;
const SWITCH_NS = 300;
/** How long a guest runs at least that is entered with an interrupt waiting. */
const SHORTEST_VISIT_NS = 100;

/** Interrupts of the kernel's own, in numbers that no device has. */
const CLOCK_INTERRUPT = 27;
const IPI_INTERRUPT = 5;

export class Kernel {
  readonly cpus: readonly Cpu[];
  readonly processes = new Map<number, Process>();
  readonly history: History;
  readonly recorder = new TraceRecorder();
  readonly #options: KernelOptions;
  readonly #queue = new EventQueue();
  readonly #ready = new ReadyQueue();
  #now: number;
  /** When the lock on the threads' states is free again. */
  #lockedUntil: number;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.#now = options.startCycles;
    this.#lockedUntil = options.startCycles;
    this.history = new History(options.cpus);
    const procnto: Process = { pid: 1, parent: 0, name: 'proc/boot/procnto-smp-instr', threads: [] };
    this.processes.set(procnto.pid, procnto);
    this.cpus = Array.from({ length: options.cpus }, (_, number) => this.#bootCpu(procnto, number));
  }

  /** Cycles of so many nanoseconds, half as long up to half as long again: no two things take the same time. */
  duration(ns: number): number {
    const cycles = (ns * this.#options.cyclesPerSecond) / 1e9;
    return Math.max(1, Math.round(cycles / 2) + this.#options.random.below(Math.ceil(cycles)));
  }

  /** Cycles of exactly so many nanoseconds. */
  cycles(ns: number): number {
    return Math.max(1, Math.round((ns * this.#options.cyclesPerSecond) / 1e9));
  }

  /** Lets the host live until this time. */
  runUntil(end: number): void {
    while (this.#queue.nextTime <= end) {
      this.#now = this.#queue.nextTime;
      this.#queue.take()();
    }
  }

  /** @param cycles from now on */
  after(cycles: number, action: () => void): void {
    this.#queue.add(this.#now + cycles, action);
  }

  get now(): number {
    return this.#now;
  }

  /** The pCPU on which a thread runs now, or ran last. */
  cpuOf(thread: Thread): Cpu {
    return this.cpus[thread.cpu];
  }

  /** Writes an event that changes no state. @returns its stamp */
  write(cpu: Cpu, body: TraceEventBody): number {
    const stamp = cpu.clock;
    this.recorder.write(stamp, cpu.number, body);
    cpu.clock = stamp + this.duration(EVENT_NS);
    return stamp;
  }

  createProcess(cpu: Cpu, pid: number, parent: number, name: string): Process {
    const process: Process = { pid, parent, name, threads: [] };
    this.processes.set(pid, process);
    this.#writeLocked(cpu, { kind: 'process-name', parent, pid, name });
    return process;
  }

  /** A new thread, which wants a pCPU at once. */
  createThread(cpu: Cpu, process: Process, options: ThreadOptions, program: (thread: Thread) => Program): Thread {
    const thread = new Thread(process, options, program);
    thread.cpu = cpu.number;
    this.#writeState(cpu, thread);
    if (options.name !== undefined) {
      this.#writeLocked(cpu, { kind: 'thread-name', thread: thread.id, name: options.name });
    }
    this.#makeReady(cpu, thread, false);
    return thread;
  }

  /** The first thread of all. */
  boot(process: Process, options: ThreadOptions, program: (thread: Thread) => Program): void {
    this.processes.set(process.pid, process);
    const [cpu] = this.cpus;
    this.after(1, () => {
      cpu.clock = Math.max(cpu.clock, this.#now);
      this.createThread(cpu, process, options, program);
      cpu.mustReschedule = true;
      this.#proceed(cpu);
    });
  }

  /** A running thread, or a handler, on `cpu` ends the wait of a blocked thread. */
  wake(cpu: Cpu, thread: Thread): void {
    if (thread.isBlocked) this.#makeReady(cpu, thread, false);
  }

  /** A blocked thread waits for something else from now on. */
  changeWait(cpu: Cpu, thread: Thread, state: ThreadState): void {
    this.#change(cpu, thread, state);
  }

  /** A device, or another pCPU, asks `cpu` for attention. */
  interrupt(cpu: Cpu, interrupt: Interrupt): void {
    cpu.pending.push(interrupt);
    if (cpu.activity === 'run' || cpu.activity === 'idle') {
      this.#cutShort(cpu, this.#now);
    } else if (cpu.activity === 'guest') {
      const left = Math.max(this.#now, cpu.since + 1);
      if (left < cpu.until) this.#cutShort(cpu, left);
    }
  }

  /** The clock of `cpu` interrupts it, for `effect`. */
  clockInterrupt(cpu: Cpu, effect: (cpu: Cpu) => void): void {
    this.interrupt(cpu, { number: CLOCK_INTERRUPT, effect });
  }

  /** `from` interrupts `to`, for `effect`. */
  sendIpi(from: Cpu, to: Cpu, effect: (cpu: Cpu) => void): void {
    const arrival = from.clock + this.duration(IPI_LATENCY_NS);
    this.#queue.add(arrival, () => this.interrupt(to, { number: IPI_INTERRUPT, effect }));
  }

  /** Tracing starts, with the names and states of all that is there. */
  startTrace(cpu: Cpu): void {
    let first: number | undefined;
    const write = (body: TraceEventBody) => {
      const stamp = this.#writeLocked(cpu, body);
      first ??= stamp;
    };
    for (const { pid, parent, name, threads } of this.processes.values()) {
      write({ kind: 'process-name', parent, pid, name });
      for (const thread of threads) {
        if (thread.state === 'DESTROY') continue;
        write(stateBody(thread, 'CREATE'));
        if (thread.options.name !== undefined) {
          write({ kind: 'thread-name', thread: thread.id, name: thread.options.name });
        }
        write(stateBody(thread, thread.state));
      }
    }
    this.recorder.startsAt = first!;
  }

  #bootCpu(procnto: Process, number: number): Cpu {
    const idle = new Thread(procnto, { priority: 0, policy: 'fifo', runmask: 1 << number });
    idle.state = 'RUNNING';
    idle.cpu = number;
    const start = this.#options.startCycles;
    this.history.note(idle, start, 'scheduler', number);
    return newCpu(number, idle, start);
  }

  #writeLocked(cpu: Cpu, body: TraceEventBody): number {
    cpu.clock = Math.max(cpu.clock, this.#lockedUntil);
    const stamp = this.write(cpu, body);
    this.#lockedUntil = cpu.clock;
    return stamp;
  }

  #writeState(cpu: Cpu, thread: Thread): number {
    return this.#writeLocked(cpu, stateBody(thread, thread.state));
  }

  /** As the trace tells it: of handlers, only 7.x writes begin and end. */
  #executorOn({ activity, handled, running }: Cpu): Executor {
    if (activity === 'handler' && this.#options.tracesHandlers) return { interrupt: handled };
    return running.state === 'RUNNING' ? running : 'scheduler';
  }

  #change(cpu: Cpu, thread: Thread, state: ThreadState): void {
    thread.state = state;
    const stamp = this.#writeState(cpu, thread);
    this.history.note(thread, stamp, this.#executorOn(cpu), cpu.number);
  }

  #makeReady(cpu: Cpu, thread: Thread, atHead: boolean): void {
    this.#change(cpu, thread, 'READY');
    this.#ready.add(thread, atHead);
    this.#findPlace(cpu, thread);
  }

  /** Calls a pCPU whose thread should give way to a ready one, if there is any. */
  #findPlace(cpu: Cpu, thread: Thread): void {
    const target = this.#placeFor(thread);
    if (target === undefined) return;
    target.mustReschedule = true;
    if (target !== cpu) this.sendIpi(cpu, target, () => undefined);
  }

  /** The pCPU whose thread should give way: the one where it ran last if possible, or that of the least important thread. */
  #placeFor(thread: Thread): Cpu | undefined {
    const { priority } = thread.options;
    const mayTake = (cpu: Cpu) =>
      !cpu.mustReschedule && thread.mayRunOn(cpu.number) && cpu.running.options.priority < priority;
    const last = this.cpuOf(thread);
    if (mayTake(last)) return last;
    return this.cpus
      .filter(mayTake)
      .sort((a, b) => a.running.options.priority - b.running.options.priority || a.number - b.number)[0];
  }

  /** What `cpu` does from its clock on. */
  #proceed(cpu: Cpu): void {
    cpu.activity = 'kernel';
    for (;;) {
      const { running } = cpu;
      if (!running.isIdle) running.step ??= running.nextStep();
      const { step } = running;
      if (step === undefined && !running.isIdle) {
        this.#end(cpu, running);
      } else if (step?.kind === 'block') {
        running.step = undefined;
        this.#change(cpu, running, step.state);
        this.#handOver(cpu, step.successor);
      } else if (step === undefined || step.kind === 'run') {
        if (cpu.pending.length > 0) {
          this.#beginHandler(cpu);
          return;
        }
        if (step?.preemptible === false || !this.#reschedule(cpu)) {
          this.#begin(cpu, step?.kind ?? 'idle', step?.cycles ?? Infinity);
          return;
        }
      } else {
        this.#beginUndisturbed(cpu, step);
        return;
      }
    }
  }

  /** A guest that is entered while an interrupt waits comes back at once. */
  #beginUndisturbed(cpu: Cpu, step: Extract<Step, { kind: 'guest' | 'atomic' }>): void {
    const isShort = step.kind === 'guest' && cpu.pending.length > 0;
    this.#begin(cpu, step.kind, isShort ? Math.min(step.cycles, this.duration(SHORTEST_VISIT_NS)) : step.cycles);
  }

  #begin(cpu: Cpu, activity: Activity, cycles: number): void {
    cpu.activity = activity;
    cpu.since = cpu.clock;
    cpu.until = cpu.clock + cycles;
    if (cycles < Infinity) this.#atEnd(cpu, () => this.#finish(cpu, cpu.until));
  }

  /** Does `action` when the activity of `cpu` is over, unless it was cut short. */
  #atEnd(cpu: Cpu, action: () => void): void {
    const turn = ++cpu.turn;
    this.#queue.add(cpu.until, () => {
      if (cpu.turn === turn) action();
    });
  }

  #cutShort(cpu: Cpu, at: number): void {
    cpu.turn++;
    this.#finish(cpu, at);
  }

  /** The activity of `cpu` is over at `at`, or cut short then. */
  #finish(cpu: Cpu, at: number): void {
    cpu.clock = Math.max(cpu.clock, at);
    const { running } = cpu;
    const { step } = running;
    if (step !== undefined && step.kind !== 'block') {
      const left = Math.max(0, step.cycles - (cpu.clock - cpu.since));
      const continues = step.kind === 'run' && left > 0;
      running.left = left;
      running.step = continues ? { ...step, cycles: left } : undefined;
    }
    this.#proceed(cpu);
  }

  #beginHandler(cpu: Cpu): void {
    const { number, effect } = cpu.pending.shift()!;
    const { tracesHandlers } = this.#options;
    const from = this.write(cpu, { kind: tracesHandlers ? 'interrupt-entry' : 'interrupt-deliver', interrupt: number });
    cpu.activity = 'handler';
    cpu.handled = number;
    cpu.since = cpu.clock;
    cpu.until = cpu.clock + this.duration(HANDLER_NS);
    this.#atEnd(cpu, () => {
      cpu.clock = Math.max(cpu.clock, cpu.until);
      effect(cpu);
      if (tracesHandlers) {
        // On the way out the kernel looks whether another thread is to run.
        const until = this.#writeLocked(cpu, { kind: 'interrupt-exit', interrupt: number });
        this.history.handlers[cpu.number].push({ interrupt: number, from, until });
      }
      this.#proceed(cpu);
    });
  }

  /** Gives the pCPU to a more important thread, if there is one. */
  #reschedule(cpu: Cpu): boolean {
    const { mustReschedule, sliceIsOver, running } = cpu;
    cpu.mustReschedule = false;
    cpu.sliceIsOver = false;
    if (!mustReschedule && !sliceIsOver) return false;
    const best = this.#ready.bestFor(cpu.number);
    if (best === undefined) return false;
    const lead = best.options.priority - running.options.priority;
    if (lead < 0 || (lead === 0 && !sliceIsOver)) return false;
    if (running.isIdle) this.#change(cpu, running, 'READY');
    else this.#makeReady(cpu, running, !sliceIsOver);
    this.#dispatchBest(cpu);
    return true;
  }

  /** A successor takes the pCPU without having been READY, as receivers of messages do, unless somebody else goes first. */
  #handOver(cpu: Cpu, successor: Thread | undefined): void {
    if (successor?.isBlocked === true) {
      const rival = this.#ready.bestFor(cpu.number)?.options.priority ?? 0;
      if (successor.mayRunOn(cpu.number) && successor.options.priority >= rival) {
        this.#dispatch(cpu, successor);
        return;
      }
      this.#makeReady(cpu, successor, false);
    }
    this.#dispatchBest(cpu);
  }

  #dispatchBest(cpu: Cpu): void {
    const thread = this.#ready.bestFor(cpu.number) ?? cpu.idle;
    if (thread !== cpu.idle) this.#ready.remove(thread);
    this.#dispatch(cpu, thread);
  }

  #dispatch(cpu: Cpu, thread: Thread): void {
    cpu.clock += this.duration(SWITCH_NS);
    cpu.running = thread;
    cpu.sliceIsOver = false;
    thread.cpu = cpu.number;
    this.#change(cpu, thread, 'RUNNING');
    if (thread.options.policy === 'round-robin') this.#startSlice(cpu, thread);
    for (const other of this.#ready.allFor(cpu.number)) this.#findPlace(cpu, other);
  }

  #startSlice(cpu: Cpu, thread: Thread): void {
    const slice = this.cycles(this.#options.timesliceNs);
    const since = this.history.occupancy[cpu.number].length;
    const check = () => {
      if (this.history.occupancy[cpu.number].length !== since || cpu.running !== thread) return;
      const rival = this.#ready.bestFor(cpu.number);
      if (rival?.options.priority === thread.options.priority) {
        this.clockInterrupt(cpu, (there) => {
          there.sliceIsOver = true;
        });
      }
      this.after(slice, check);
    };
    this.#queue.add(cpu.clock + slice, check);
  }

  #end(cpu: Cpu, thread: Thread): void {
    this.#change(cpu, thread, 'DEAD');
    this.#change(cpu, thread, 'DESTROY');
    this.#dispatchBest(cpu);
  }
}
