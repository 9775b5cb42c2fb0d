/** The host's own threads, and how everything is started. */
import { randomSource } from '../random-source.js';
import { Guest } from './guest.js';
import type { Kernel } from './kernel.js';
import { type Drivers, type Machine, newMachine, VirtualCpu } from './machine.js';
import { newServer, type Server, serve, type WorkQueue, workOff } from './messages.js';
import type { HostPlan, HostThreadPlan, MachinePlan } from './plan.js';
import { block, type Process, type Program, run, type Thread, type ThreadOptions } from './thread.js';
import { VcpuProgram } from './vcpu-program.js';

/** Identifiers of processes: QNX' look like this, and rise. */
const FIRST_PID = 4097;
const PID_STEP = 4097;

const LAUNCHER_PRIORITY = 20;
const DRIVER_PRIORITY = 15;
const LOGGER_PRIORITY = 40;
const START_NS = 3000;
const SHORT_NS = 500;
/** String events of users: any number up to 1,023. */
const MARKER_EVENT = 20;

export class HostPrograms {
  readonly #kernel: Kernel;
  readonly #plan: HostPlan;
  readonly #everywhere: number;
  readonly #drivers: Drivers = { serial: newServer(), disk: newServer() };
  #processes = 0;

  constructor(kernel: Kernel, plan: HostPlan) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#everywhere = 2 ** plan.cpus - 1;
  }

  /** The first process starts all others, then ends. */
  boot(): void {
    const process: Process = { pid: this.#nextPid(), parent: 1, name: 'proc/boot/slm', threads: [] };
    const options = this.#options(LAUNCHER_PRIORITY, 'launcher');
    this.#kernel.boot(process, options, (self) => this.#launch(self));
  }

  *#launch(self: Thread): Program {
    const { machines, hostThreads } = this.#plan;
    yield* this.#startProcess(self, 'usr/sbin/tracelogger', this.#options(LOGGER_PRIORITY), (it) => this.#log(it));
    yield* this.#startServer(self, 'sbin/devc-serpl011', this.#drivers.serial);
    yield* this.#startServer(self, 'sbin/devb-sdmmc', this.#drivers.disk);
    for (const plan of hostThreads) {
      yield* this.#startProcess(self, plan.process, plan.thread, (it) => this.#compute(it, plan));
    }
    let sinceStart = 0;
    for (const machine of [...machines].sort((a, b) => a.startNs - b.startNs)) {
      yield* this.#sleep(self, machine.startNs - sinceStart);
      sinceStart = machine.startNs;
      yield* this.#startProcess(self, 'system/bin/qvm', this.#options(DRIVER_PRIORITY, 'qvm'), (main) =>
        this.#startMachine(main, machine),
      );
    }
  }

  #startServer(self: Thread, name: string, server: Server): Program {
    return this.#startProcess(self, name, this.#options(DRIVER_PRIORITY), (it) => serve(this.#kernel, server, it));
  }

  *#startProcess(self: Thread, name: string, options: ThreadOptions, program: (it: Thread) => Program): Program {
    yield run(this.#kernel.duration(START_NS));
    const cpu = this.#kernel.cpuOf(self);
    const process = this.#kernel.createProcess(cpu, this.#nextPid(), self.id.pid, name);
    this.#kernel.createThread(cpu, process, options, program);
  }

  /** The first thread of a qvm process. */
  *#startMachine(main: Thread, plan: MachinePlan): Program {
    const kernel = this.#kernel;
    const { pid } = main.id;
    const random = randomSource(this.#plan.seed + pid);
    const machine = newMachine({ plan, host: this.#plan, pid, kernel, random, drivers: this.#drivers });
    yield run(kernel.duration(START_NS));
    for (const [number, vcpuPlan] of plan.vcpus.entries()) {
      const guest = new Guest(vcpuPlan.guest, randomSource(this.#plan.seed + pid + number), (ns) =>
        kernel.duration(ns),
      );
      const vcpu = new VirtualCpu(machine, number, guest);
      machine.vcpus.push(vcpu);
      kernel.createThread(kernel.cpuOf(main), main.process, vcpuPlan.thread, (thread) => {
        vcpu.thread = thread;
        return new VcpuProgram(vcpu, thread).execute();
      });
      yield run(kernel.duration(START_NS));
    }
    yield* this.#startWorker(main, machine, 'virtio-blk', machine.disk);
    yield* this.#startWorker(main, machine, 'virtio-console', machine.console);
    yield block('SIGWAITINFO');
  }

  *#startWorker(main: Thread, { plan, kernel }: Machine, name: string, queue: WorkQueue): Program {
    const { priority, runmask } = plan.vcpus[0].thread;
    const options: ThreadOptions = { priority: priority + 1, policy: 'round-robin', runmask, name };
    kernel.createThread(kernel.cpuOf(main), main.process, options, (self) => workOff(kernel, queue, self));
    yield run(kernel.duration(START_NS));
  }

  /** Writes markers into the trace, and starts it: that is what a user does from a shell on the host. */
  *#log(self: Thread): Program {
    const { markers, traceFromNs } = this.#plan;
    const kernel = this.#kernel;
    yield* this.#sleep(self, traceFromNs);
    kernel.startTrace(kernel.cpuOf(self));
    let now = 0;
    for (const { text, atNs } of [...markers].sort((a, b) => a.atNs - b.atNs)) {
      yield* this.#sleep(self, atNs - now);
      now = atNs;
      kernel.write(kernel.cpuOf(self), { kind: 'marker', id: MARKER_EVENT, text });
    }
    yield block('SIGWAITINFO');
  }

  *#compute(self: Thread, { busyNs, sleepNs }: HostThreadPlan): Program {
    const kernel = this.#kernel;
    for (;;) {
      yield run(kernel.duration(busyNs));
      yield* this.#sleep(self, sleepNs);
    }
  }

  /** At least a moment: what was asked for may be over. */
  *#sleep(self: Thread, ns: number): Program {
    const kernel = this.#kernel;
    yield run(kernel.duration(SHORT_NS));
    if (ns <= 0) return;
    const cpu = kernel.cpuOf(self);
    kernel.after(kernel.cycles(ns), () => kernel.clockInterrupt(cpu, (there) => kernel.wake(there, self)));
    yield block('NANOSLEEP');
  }

  #options(priority: number, name?: string): ThreadOptions {
    const options = { priority, policy: 'round-robin', runmask: this.#everywhere } as const;
    return name === undefined ? options : { ...options, name };
  }

  #nextPid(): number {
    return FIRST_PID + PID_STEP * this.#processes++;
  }
}
