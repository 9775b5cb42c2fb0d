/** How a kernel writes its trace, and what may go wrong on the way: the same for the binary form and its text. */
import type { ThreadState } from '../../../formats/qnx/thread-states.js';
import type { ThreadId, TracedHost } from '../trace-event.js';

/** What the kernel knows when tracing starts, and tells first. */
export interface StateDump {
  /** The CPU that tells it. */
  readonly cpu: number;
  /** ClockCycles of its first event; each further one is a cycle later. */
  readonly cycles: bigint;
  /** procnto (pid 1) first, as the kernel has it. */
  readonly processes: readonly { readonly parent: number; readonly pid: number; readonly name: string }[];
  readonly threads: readonly {
    readonly thread: ThreadId;
    readonly state: ThreadState;
    readonly priority: number;
    readonly policy: number;
    readonly name?: string;
  }[];
}

export interface KernelOptions {
  /** `-w`: priority, policy and partition in events of threads. */
  readonly wide?: boolean;
  /** 16-byte events in a kernel buffer, those of the buffer itself included. */
  readonly bufferEvents?: number;
  /** Cycles between the opening of a buffer and the first event in it. */
  readonly openedBefore?: number;
  readonly stateDump?: StateDump;
  /**
   * From 8.0 on, where each CPU has its own buffers: they come into the file in a random order; those of one CPU keep
   * theirs. Without it they come in the order in which they became full.
   */
  readonly shuffleSeed?: number;
  /** Buffers that never reach the file: by sequence number, and from 8.0 on by CPU. */
  readonly lostBuffers?: readonly { readonly cpu: number; readonly sequence: number }[];
  /** The wraps of the low 32 bits of the time are not written down, but for the start of each buffer. */
  readonly noTimeOnWrap?: boolean;
}

/** Attributes of the header as tracelogger writes them, by key without TRACE_. */
export type HeaderAttributes = readonly (readonly [key: string, value: string])[];

export interface HeaderOptions {
  /** Written before all others that follow HEADER_BEGIN. */
  readonly extraAttributes?: HeaderAttributes;
  /** In place of what is written otherwise; undefined leaves the attribute out. */
  readonly replacedAttributes?: Readonly<Record<string, string | undefined>>;
}

const DATE = 'Thu Jan  1 00:00:00 1970';

/** All attributes between HEADER_BEGIN and HEADER_END, in tracelogger's order. */
export function headerAttributes(
  host: TracedHost,
  littleEndian: boolean,
  syspageBytes: number,
  { extraAttributes = [], replacedAttributes = {} }: HeaderOptions,
): HeaderAttributes {
  const attributes: [string, string][] = [
    ['FILE_NAME', '/dev/shmem/tracebuffer.kev'],
    ['DATE', DATE],
    ['VER_MAJOR', '1'],
    ['VER_MINOR', '01'],
    [littleEndian ? 'LITTLE_ENDIAN' : 'BIG_ENDIAN', 'TRUE'],
    ['ENCODING', '16 byte events'],
    ['BOOT_DATE', DATE],
    ['CYCLES_PER_SEC', String(host.cyclesPerSecond)],
    ['CPU_NUM', String(host.cpus)],
    ['SYSNAME', 'QNX'],
    ['NODENAME', 'localhost'],
    ['SYS_RELEASE', host.release],
    ['SYS_VERSION', '2026/01/01-00:00:00UTC'],
    ['MACHINE', host.architecture],
    ['SYSPAGE_LEN', String(syspageBytes)],
  ];
  return [...extraAttributes, ...attributes].flatMap(([key, value]) => {
    const written = key in replacedAttributes ? replacedAttributes[key] : value;
    return written === undefined ? [] : [[key, written] as const];
  });
}
