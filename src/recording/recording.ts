/**
 * A recording, opened: what it says of itself, and its records as a stream of batches.
 */
import type { IssueLog } from '../base/issue.js';
import type { CycleClock } from './cycles.js';
import type { InterruptNames } from './interrupt-names.js';
import type { Marker } from './markers.js';
import type { BatchSupply, RecordBatch } from './record-batch.js';
import type { SymbolTable } from './symbols.js';
import type { ThreadTable } from './threads.js';

/** What the recording says about the host; everything may be missing. */
export interface HostFacts {
  /** Kernel release, for example "6.1.0-56-cloud-amd64". */
  readonly kernel?: string;
  /** Machine architecture as uname prints it, for example "x86_64". */
  readonly architecture?: string;
  /** CPU vendor, family, model, stepping as perf writes them, for example "AuthenticAMD,23,1,2". */
  readonly cpuid?: string;
  readonly cpuModel?: string;
  readonly hostname?: string;
  /** The command line of the recorder. */
  readonly recorderCommand?: string;
  /** The recorder and its version. */
  readonly recorder?: string;
  /** How many pCPUs the recording says there are, also those without events. */
  readonly pcpus?: number;
  /** What the hardware virtualizes with, where the recording says so. */
  readonly virtualization?: 'arm' | 'vmx' | 'svm';
  /** What the pCPUs are: those that are alike together. */
  readonly cpus?: readonly CpuKind[];
  /** Named groups of pCPUs. */
  readonly clusters?: readonly { readonly name: string; readonly pcpus: readonly number[] }[];
}

export interface CpuKind {
  /** Empty where it has none. */
  readonly name: string;
  /** As stated, which need not be what it runs at; null where that is not stated. */
  readonly megahertz: number | null;
  readonly pcpus: readonly number[];
  /** From the pCPU on towards memory. */
  readonly caches: readonly CacheFacts[];
}

export interface CacheFacts {
  /** 1 is next to the pCPU. */
  readonly level: number;
  readonly holds: 'instructions' | 'data' | 'both';
  readonly bytes: number;
  readonly lineBytes: number;
  /** Lines that one address may be in; null where that is not stated. */
  readonly ways: number | null;
}

/** A guest that the recorder itself knew: its name and which host thread runs which of its vCPUs. */
export interface DeclaredGuest {
  readonly name: string;
  readonly vcpuThreads: readonly { readonly vcpu: number; readonly thread: number }[];
}

export interface Clock {
  /** The recorder's name of the clock: local, mono, x86-tsc, perf, … */
  readonly name: string;
  /** False for clocks that order events without measuring time (`counter`). */
  readonly measuresTime: boolean;
  /** True where times were converted with a frequency that the user or a guess supplied. */
  readonly estimated?: boolean;
  /** What a time stamp is rounded to (text prints microseconds), in nanoseconds. */
  readonly resolutionNs: number;
}

export interface Recording {
  /** Identifier of the format that reads it. */
  readonly format: string;
  /** Names of the inputs. */
  readonly sources: readonly string[];
  readonly clock: Clock;
  /** Where time stamps are cycles, and other values of the recording too. A cycle counts as a nanosecond where `clock` measures no time. */
  readonly cycles?: CycleClock;
  readonly host: HostFacts;
  readonly guests: readonly DeclaredGuest[];
  /** Time zero of the batches on the recorder's clock, in nanoseconds. */
  readonly originNs: bigint;
  readonly threads: ThreadTable;
  /** Of the host's interrupts; absent where recordings of the format name none. Grows while batches are read. */
  readonly interruptNames?: InterruptNames;
  readonly symbols: SymbolTable;
  /** Problems met so far; grows while batches are read. */
  readonly issues: IssueLog;
  /** Counters; final once the batches have been read to the end. */
  readonly totals: RecordingTotals;
  /**
   * All wanted records in the order of time, once. A batch is valid until the next one is asked for: by default it is
   * filled anew then.
   */
  batches(supply?: BatchSupply): AsyncIterable<RecordBatch>;
}

export class RecordingTotals {
  /** Every event in the recording, wanted or not. */
  events = 0;
  /** Events that the recorder says it lost; a lower bound where a gap has no count. */
  lostEvents = 0;
  /** Gaps, counted or not. */
  gaps = 0;
  /** Records whose time was before that of their predecessor on the same CPU, moved up to it. */
  timeWentBack = 0;
  /** The longest run of consecutive records of one CPU with one and the same time: a sign of a frozen clock. */
  longestFrozenRun = 0;
  /**
   * Time of the first and of the last event of any kind, since the origin; Infinity and -Infinity while there is none.
   * The first is final when the first batch is delivered.
   */
  firstNs = Infinity;
  lastNs = -Infinity;
  /** pCPUs with at least one event. */
  readonly pcpus = new Set<number>();
  /** Texts that a program wrote into the recording, with their times since the origin; at most MOST_MARKERS. */
  readonly markers: Marker[] = [];
  /** Events by `system:name` (only `name` where the format does not know the system), wanted or not. */
  readonly eventCounts = new Map<string, number>();
}
