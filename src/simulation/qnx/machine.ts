/** One virtual machine: its qvm process with the threads of its vCPUs and virtual devices. */
import type { RandomSource } from '../random-source.js';
import type { Cpu } from './cpu.js';
import type { Guest } from './guest.js';
import type { Kernel } from './kernel.js';
import { newWorkQueue, type Server, type WorkQueue } from './messages.js';
import type { HostPlan, MachinePlan } from './plan.js';
import type { Thread } from './thread.js';

/** The drivers of the host that virtual devices use. */
export interface Drivers {
  readonly serial: Server;
  readonly disk: Server;
}

export interface Machine {
  readonly plan: MachinePlan;
  readonly host: HostPlan;
  readonly pid: number;
  readonly kernel: Kernel;
  readonly random: RandomSource;
  readonly drivers: Drivers;
  /** The threads of its virtual devices. */
  readonly disk: WorkQueue;
  readonly console: WorkQueue;
  readonly vcpus: VirtualCpu[];
}

export function newMachine(options: Omit<Machine, 'disk' | 'console' | 'vcpus'>): Machine {
  return { ...options, disk: newWorkQueue(), console: newWorkQueue(), vcpus: [] };
}

export class VirtualCpu {
  readonly machine: Machine;
  readonly number: number;
  readonly guest: Guest;
  thread: Thread | undefined;
  /** Its thread sleeps because the guest halted. */
  isHalted = false;
  /** Interrupts that the guest has not been given yet. */
  pendingInterrupts = 0;

  constructor(machine: Machine, number: number, guest: Guest) {
    this.machine = machine;
    this.number = number;
    this.guest = guest;
  }

  /** Its timer fires again and again: an interrupt on the pCPU where its thread is. */
  startTimer(): void {
    const { kernel } = this.machine;
    const fire = () => {
      if (this.thread?.state === 'DESTROY') return;
      kernel.clockInterrupt(kernel.cpuOf(this.thread!), (cpu) => {
        this.guest.tick();
        this.#wake(cpu);
      });
      kernel.after(kernel.duration(this.guest.plan.timerPeriodNs), fire);
    };
    kernel.after(kernel.duration(this.guest.plan.timerPeriodNs), fire);
  }

  /** `raiser`, a thread of the same process, raises an interrupt of a virtual device. */
  raise(raiser: Thread, interrupt: number): void {
    const { kernel } = this.machine;
    const cpu = kernel.cpuOf(raiser);
    kernel.write(cpu, { kind: 'interrupt-raise', interrupt, vcpu: this.number });
    const there = kernel.cpuOf(this.thread!);
    this.#wake(cpu);
    if (there !== cpu && there.running === this.thread && there.activity === 'guest') {
      kernel.sendIpi(cpu, there, () => undefined);
    }
  }

  #wake(cpu: Cpu): void {
    this.pendingInterrupts++;
    if (!this.isHalted) return;
    this.isHalted = false;
    this.machine.kernel.wake(cpu, this.thread!);
  }
}
