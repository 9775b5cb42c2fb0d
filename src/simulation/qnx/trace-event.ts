/** What a QNX kernel writes into its trace, before it becomes bytes or text: what the simulated host produces. */
import type { ThreadState } from '../../formats/qnx/thread-states.js';

/** A thread is known by both numbers: tids are unique in their process only. */
export interface ThreadId {
  readonly pid: number;
  readonly tid: number;
}

export type TraceEventBody =
  | { readonly kind: 'process-name'; readonly parent: number; readonly pid: number; readonly name: string }
  | { readonly kind: 'thread-name'; readonly thread: ThreadId; readonly name: string }
  /** A thread changes its state; CREATE and DESTROY included. Priority, policy and partition go into wide events only. */
  | {
      readonly kind: 'thread-state';
      readonly thread: ThreadId;
      readonly state: ThreadState;
      readonly priority: number;
      /** 1 FIFO, 2 round robin. */
      readonly policy: number;
      readonly partition?: number;
    }
  | { readonly kind: 'guest-enter'; readonly guestIp: bigint }
  | { readonly kind: 'guest-cycles'; readonly atEntry: bigint; readonly atExit: bigint }
  | {
      readonly kind: 'guest-exit';
      readonly status: number;
      readonly reason: number;
      readonly clockCyclesOffset: bigint;
      readonly guestIp: bigint;
      readonly payload: bigint;
    }
  | { readonly kind: 'create-vcpu-thread'; readonly vcpu: number }
  | { readonly kind: 'interrupt-raise' | 'interrupt-lower'; readonly interrupt: number; readonly vcpu: number }
  /** A host interrupt: entry and exit in 7.x, `deliver` in 8.0. */
  | { readonly kind: 'interrupt-entry' | 'interrupt-exit' | 'interrupt-deliver'; readonly interrupt: number }
  | { readonly kind: 'kernel-call' | 'kernel-exit'; readonly call: number }
  | { readonly kind: 'partition-bankruptcy'; readonly thread: ThreadId; readonly partition: number }
  | { readonly kind: 'marker'; readonly id: number; readonly text: string };

export interface TraceEvent {
  /** ClockCycles() of the host. */
  readonly cycles: bigint;
  readonly cpu: number;
  readonly body: TraceEventBody;
  /** 8.0: a process wrote it, not the kernel. Only the binary form tells that. */
  readonly injected?: boolean;
}

/** What a trace says of the host in its header and syspage. */
export interface TracedHost {
  /** As uname prints it, for example "8.0.0" or "7.1.0". */
  readonly release: string;
  readonly architecture: 'aarch64le' | 'x86_64';
  readonly cyclesPerSecond: number;
  readonly cpus: number;
  /** Named sets of CPUs, as bit masks. */
  readonly clusters: readonly { readonly name: string; readonly mask: number }[];
}

export interface Trace {
  readonly host: TracedHost;
  /** By time; on one CPU in the order in which the kernel writes them. */
  readonly events: readonly TraceEvent[];
}
