/** What the thread of a vCPU does: enters the guest, and handles what made the guest leave. */
import { exitCode, type Operation } from './exit-codes.js';
import type { GuestWork } from './guest.js';
import type { ExitCode, VcpuHistory, Visit } from './history.js';
import type { VirtualCpu } from './machine.js';
import { sendMessage, submit } from './messages.js';
import { atomic, block, inGuest, type Program, run, runUnpreempted, type Step, type Thread } from './thread.js';

/** How long things take, in the middle. */
const START_NS = 4000;
const PREPARATION_NS = 600;
const ENTRY_NS = 500;
const EXIT_TO_CYCLES_NS = 450;
const CYCLES_TO_EXIT_NS = 450;
const INJECTION_NS = 400;
const DEVICE_MODEL_NS = 1500;
const REGISTER_NS = 300;
const PAGE_NS = 5000;
const DRIVER_NS = 3000;
const TRANSFER_NS = 60_000;
const COMPLETION_NS = 2000;

/** A serial port of which every so-manieth byte is handed on. */
const SERIAL_BUFFER = 8;

const CONSOLE_INTERRUPT = 42;
const DISK_INTERRUPT = 41;
const DISK_HOST_INTERRUPT = 66;
const SOFTWARE_INTERRUPT = 1;
/** Any address of guest code. */
const GUEST_CODE = 0xfe08_7700n;
/** The entry was aborted: only on x86 does a status say that. */
const ABORTED = 1;

export class VcpuProgram {
  readonly #vcpu: VirtualCpu;
  readonly #thread: Thread;
  readonly #history: VcpuHistory;
  #work: GuestWork;
  #bytes = 0;

  constructor(vcpu: VirtualCpu, thread: Thread) {
    this.#vcpu = vcpu;
    this.#thread = thread;
    const { machine, number } = vcpu;
    this.#history = { thread, pid: machine.pid, number, visits: [] };
    machine.kernel.history.vcpus.push(this.#history);
    this.#work = vcpu.guest.next();
  }

  *execute(): Program {
    const { machine, number, guest } = this.#vcpu;
    const { kernel, random } = machine;
    yield run(kernel.duration(START_NS));
    kernel.write(this.#cpu, { kind: 'create-vcpu-thread', vcpu: number });
    this.#vcpu.startTimer();
    const { turnsOffAfter = Infinity } = guest.plan;
    while (this.#history.visits.length < turnsOffAfter) {
      yield run(kernel.duration(PREPARATION_NS));
      yield* this.#injectInterrupts();
      const { abortedEntryEvery } = guest.plan;
      const mayAbort = abortedEntryEvery > 0 && machine.host.architecture === 'x86_64';
      if (mayAbort && random.below(abortedEntryEvery) === 0) {
        yield* this.#abortedEntry();
        continue;
      }
      const left = yield* this.#visitGuest();
      if (left > 0) {
        this.#work.cycles = left;
        continue;
      }
      const { operation } = this.#work;
      this.#work = guest.next();
      yield* this.#handle(operation);
    }
  }

  get #cpu() {
    return this.#vcpu.machine.kernel.cpuOf(this.#thread);
  }

  *#injectInterrupts(): Program {
    if (this.#vcpu.pendingInterrupts === 0) return;
    this.#vcpu.pendingInterrupts = 0;
    yield run(this.#vcpu.machine.kernel.duration(INJECTION_NS));
  }

  /** @returns how many cycles the guest still wanted to compute when it was interrupted; 0: it was not */
  *#visitGuest(): Generator<Step, number, number> {
    const { kernel, host } = this.#vcpu.machine;
    const cpu = this.#cpu;
    const visit = this.#beginVisit();
    yield atomic(kernel.duration(ENTRY_NS));
    const entered = cpu.clock;
    const remaining = yield inGuest(this.#work.cycles);
    const left = cpu.clock;
    const wasInterrupted = remaining > 0;
    const onTheWayOut = host.handlesInterruptsFirst ? runUnpreempted : atomic;
    yield onTheWayOut(kernel.duration(EXIT_TO_CYCLES_NS));
    kernel.write(cpu, { kind: 'guest-cycles', atEntry: this.#guestClock(entered), atExit: this.#guestClock(left) });
    yield onTheWayOut(kernel.duration(CYCLES_TO_EXIT_NS));
    const exit = this.#exitCode(wasInterrupted ? 'host-interrupt' : this.#work.operation);
    Object.assign(visit, { entered, left, exit, exitEvent: this.#writeExit(0, exit) });
    return remaining;
  }

  *#abortedEntry(): Program {
    const visit = this.#beginVisit();
    yield atomic(this.#vcpu.machine.kernel.duration(ENTRY_NS));
    visit.exitEvent = this.#writeExit(ABORTED, { reason: 0, payload: 0n, cause: 'other' });
  }

  #beginVisit(): Visit {
    const cpu = this.#cpu;
    const enterEvent = this.#vcpu.machine.kernel.write(cpu, { kind: 'guest-enter', guestIp: GUEST_CODE });
    const ahead = { entered: Infinity, left: Infinity, exitEvent: Infinity, exit: undefined };
    const visit: Visit = { cpu: cpu.number, enterEvent, ...ahead };
    this.#history.visits.push(visit);
    return visit;
  }

  #writeExit(status: number, { reason, payload }: ExitCode): number {
    const { kernel, plan } = this.#vcpu.machine;
    const clockCyclesOffset = plan.clockOffset;
    const body = { kind: 'guest-exit', status, reason, clockCyclesOffset, guestIp: GUEST_CODE, payload } as const;
    return kernel.write(this.#cpu, body);
  }

  #exitCode(operation: Operation): ExitCode {
    return exitCode(this.#vcpu.machine.host.virtualization, operation);
  }

  #guestClock(hostCycles: number): bigint {
    return BigInt.asUintN(64, BigInt(hostCycles) + this.#vcpu.machine.plan.clockOffset);
  }

  #handle(operation: Operation): Program {
    switch (operation) {
      case 'halt':
        return this.#halt();
      case 'serial-write':
        return this.#serialByte();
      case 'serial-status':
        return this.#labour(DEVICE_MODEL_NS);
      case 'console-doorbell':
        return this.#consoleDoorbell();
      case 'block-doorbell':
        return this.#blockDoorbell();
      case 'ipi':
        return this.#ipi();
      case 'page-fault':
        return this.#labour(PAGE_NS);
      case 'hypercall':
        return this.#hypercall();
      default:
        return this.#labour(REGISTER_NS);
    }
  }

  *#halt(): Program {
    yield run(this.#vcpu.machine.kernel.duration(REGISTER_NS));
    if (this.#vcpu.pendingInterrupts > 0) return;
    this.#vcpu.isHalted = true;
    yield block('CONDVAR');
  }

  /** The model of the port runs here; now and then the driver of the real port takes what has gathered. */
  *#serialByte(): Program {
    const { kernel, drivers } = this.#vcpu.machine;
    yield run(kernel.duration(DEVICE_MODEL_NS));
    this.#bytes++;
    if (this.#bytes % SERIAL_BUFFER !== 0) return;
    yield* sendMessage(this.#thread, drivers.serial, this.#labour(DRIVER_NS));
  }

  *#consoleDoorbell(): Program {
    const { machine } = this.#vcpu;
    yield run(machine.kernel.duration(REGISTER_NS));
    submit(machine.kernel, this.#thread, machine.console, this.#print());
  }

  *#print(): Program {
    const { drivers, console } = this.#vcpu.machine;
    yield* sendMessage(console.thread!, drivers.serial, this.#labour(DRIVER_NS));
    this.#vcpu.raise(console.thread!, CONSOLE_INTERRUPT);
  }

  *#blockDoorbell(): Program {
    const { machine } = this.#vcpu;
    yield run(machine.kernel.duration(REGISTER_NS));
    submit(machine.kernel, this.#thread, machine.disk, this.#transfer());
  }

  *#transfer(): Program {
    const { kernel, drivers, disk } = this.#vcpu.machine;
    yield* sendMessage(disk.thread!, drivers.disk, this.#diskWork());
    yield run(kernel.duration(COMPLETION_NS));
    this.#vcpu.raise(disk.thread!, DISK_INTERRUPT);
  }

  /** What the driver does: starts the disk, and sleeps until its interrupt. */
  *#diskWork(): Program {
    const { kernel, drivers } = this.#vcpu.machine;
    const driver = drivers.disk.thread!;
    yield run(kernel.duration(DRIVER_NS));
    const cpu = kernel.cpuOf(driver);
    kernel.after(kernel.duration(TRANSFER_NS), () => {
      kernel.interrupt(cpu, { number: DISK_HOST_INTERRUPT, effect: (there) => kernel.wake(there, driver) });
    });
    yield block('INTR');
  }

  *#labour(ns: number): Program {
    yield run(this.#vcpu.machine.kernel.duration(ns));
  }

  *#ipi(): Program {
    const { kernel, vcpus, random } = this.#vcpu.machine;
    yield run(kernel.duration(REGISTER_NS));
    const others = vcpus.filter((vcpu) => vcpu !== this.#vcpu && vcpu.thread !== undefined);
    if (others.length > 0) random.pick(others).raise(this.#thread, SOFTWARE_INTERRUPT);
  }

  /** Something that a thread of qvm does for the guest, while the vCPU waits. */
  *#hypercall(): Program {
    const { machine } = this.#vcpu;
    const { kernel } = machine;
    yield run(kernel.duration(REGISTER_NS));
    const self = this.#thread;
    submit(kernel, self, machine.console, this.#answer(self));
    yield block('MUTEX');
  }

  *#answer(client: Thread): Program {
    const { kernel, console } = this.#vcpu.machine;
    yield run(kernel.duration(DEVICE_MODEL_NS));
    kernel.wake(kernel.cpuOf(console.thread!), client);
  }
}
