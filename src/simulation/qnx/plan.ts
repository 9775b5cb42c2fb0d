/** What a simulated host consists of and what happens on it. The same plan gives the same trace and the same truth. */
import type { Operation, Virtualization } from './exit-codes.js';
import type { ThreadOptions } from './thread.js';
import type { TracedHost } from './trace-event.js';

export interface HostPlan {
  readonly seed: number;
  readonly architecture: TracedHost['architecture'];
  /** What of its CPUs runs the guests: 'arm' on ARM, one of the two others on a PC. */
  readonly virtualization: Virtualization;
  /** As uname prints it. 7.x writes begin and end of interrupt handlers, 8.x that an interrupt was delivered. */
  readonly release: string;
  readonly cyclesPerSecond: number;
  readonly cpus: number;
  /** Of round robin: four ticks of the clock, and so 4 ms where nobody changed it. */
  readonly timesliceNs: number;
  readonly clusters: readonly { readonly name: string; readonly mask: number }[];
  /** ClockCycles() at the start of the simulation. */
  readonly startCycles: number;
  readonly lengthNs: number;
  /** When tracelogger starts the trace, since the start of the simulation. */
  readonly traceFromNs: number;
  /** Texts that a program writes into the trace. */
  readonly markers: readonly { readonly text: string; readonly atNs: number }[];
  /** Whether a host interrupt that ended a visit to the guest is handled before the events of its end are written. */
  readonly handlesInterruptsFirst: boolean;
  readonly machines: readonly MachinePlan[];
  readonly hostThreads: readonly HostThreadPlan[];
}

export interface MachinePlan {
  readonly name: string;
  /** When qvm is started, since the start of the simulation. */
  readonly startNs: number;
  /** Guest clock less host clock, modulo 2^64. */
  readonly clockOffset: bigint;
  readonly vcpus: readonly VcpuPlan[];
}

export interface VcpuPlan {
  readonly thread: ThreadOptions;
  readonly guest: GuestPlan;
}

/** What a guest's CPU does: it computes, and now and then does something that leaves the guest. */
export interface GuestPlan {
  /** Its timer interrupts it so often. */
  readonly timerPeriodNs: number;
  /** How long it computes between two operations, in the middle. */
  readonly computeNs: number;
  readonly operations: readonly { readonly operation: Operation; readonly weight: number }[];
  /** At every timer interrupt it prints so many bytes, if any. */
  readonly output?: { readonly bytes: number; readonly through: 'serial' | 'virtio' };
  /** After so many exits the guest turns this CPU off, and the thread of the vCPU ends; undefined: never. */
  readonly turnsOffAfter?: number;
  /** One entry in so many is aborted before it reaches the guest; 0: none. On x86 only, where the trace says so. */
  readonly abortedEntryEvery: number;
}

/** A thread of the host that has nothing to do with guests: computes for a while, then sleeps. */
export interface HostThreadPlan {
  readonly process: string;
  readonly thread: ThreadOptions;
  readonly busyNs: number;
  readonly sleepNs: number;
}
