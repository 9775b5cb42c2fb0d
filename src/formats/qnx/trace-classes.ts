/**
 * Numbers of classes and events in a kernel trace, and the layout of an event's first word. They are facts about an
 * interface, from QNX' documentation of the System Analysis Toolkit and public programs that read such traces.
 */

/** Bytes of one event: four words. The second one holds the low 32 bits of its time, the others its data. */
export const EVENT_BYTES = 16;

/** The first word: event number, class, flag, CPU and which part of a longer event this is. */
export const EVENT_MASK = 0x3ff;
export const CLASS_SHIFT = 10;
export const CLASS_MASK = 0x1f;
/** Class and event together: an index into tables. */
export const KEY_MASK = 0x7fff;
export const CPU_SHIFT = 24;
export const CPU_MASK = 0x3f;
export const MOST_CPUS = 64;
/** QNX 8: a process wrote the event, not the kernel. */
export const INJECTED_FLAG = 0x1_0000;
export const PART_SHIFT = 30;
/** A whole event; the first, a further and the last part of one. */
export const Part = { Simple: 0, Begin: 1, Continue: 2, End: 3 } as const;

/** Class numbers as they are in the file (the functions of the library use others). */
export const TraceClass = {
  Control: 1,
  KernelCall: 2,
  Interrupt: 3,
  ProcessThread: 4,
  System: 5,
  User: 6,
  Comm: 7,
  Quip: 8,
  Security: 9,
  Hypervisor: 10,
  Counters: 11,
} as const;

export const ControlEvent = { Time: 1, Buffer: 2, BufferEnd: 4, Dropped: 8 } as const;

/** Kernel calls: the number of the call, plus one of these. */
export const KernelCallEvent = { Enter: 0, Exit: 128, Interrupted: 256 } as const;
export const KERNEL_CALLS = 128;
/** OR-ed to events with 64-bit arguments. */
export const WIDE_ARGUMENTS = 0x200;

export const InterruptEvent = {
  Entry: 1,
  Exit: 2,
  HandlerEntry: 3,
  HandlerExit: 4,
  Entry64: 5,
  HandlerEntry64: 6,
  Deliver: 7,
} as const;

export const ProcessEvent = {
  Create: 64,
  Destroy: 128,
  CreateName: 192,
  DestroyName: 256,
  ThreadName: 320,
} as const;

export const SystemEvent = { PartitionBankruptcy: 5, Power: 15, Ipi: 16 } as const;

export const HypervisorEvent = {
  GuestEnter: 0,
  GuestExit: 1,
  CreateVcpuThread: 2,
  RaiseInterrupt: 3,
  LowerInterrupt: 4,
  TimerCreate: 5,
  TimerFire: 6,
  Cycles: 7,
} as const;

/** Class and event as one number. */
export const eventKey = (traceClass: number, event: number): number => (traceClass << CLASS_SHIFT) | event;
