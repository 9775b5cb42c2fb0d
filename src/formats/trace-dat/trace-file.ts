/** What both versions of trace.dat say in front of their data, in one shape. */
import type { ByteSource } from '../../base/byte-source.js';
import type { IssueLog } from '../../base/issue.js';
import type { DeclaredGuest } from '../../recording/recording.js';
import type { Codecs } from '../codecs.js';
import type { EventFormat } from '../tracefs/event-format.js';

export interface DescribedEvent {
  /** `ftrace` for the events of ftrace itself. */
  readonly system: string;
  readonly format: EventFormat;
}

/** Where things lie in a page of the kernel's ring buffer: `events/header_page`. */
export interface PageLayout {
  /** Bytes from the start of the page. The commit counter is a `long` of the kernel. */
  readonly commitOffset: number;
  readonly commitSize: 4 | 8;
  readonly dataOffset: number;
  /** Where the data end when the page is full: the size of a page. */
  readonly pageSize: number;
}

/** The data of one CPU in one buffer. */
export interface CpuData {
  readonly cpu: number;
  /** Bytes of the file; for compressed data the bytes as they are in the file. */
  readonly offset: number;
  readonly size: number;
}

/** A ring buffer: the top one, or that of a tracing instance. */
export interface TraceBuffer {
  /** Empty for the top buffer. */
  readonly name: string;
  /** Undefined where the file does not say: the clock of the file. */
  readonly clock: string | undefined;
  readonly pageSize: number;
  readonly compressed: boolean;
  readonly cpus: readonly CpuData[];
}

/** A linear function from cycles to nanoseconds: ns = (cycles · multiplier >> shift) + offset. */
export interface CycleConversion {
  readonly multiplier: number;
  readonly shift: number;
  readonly offset: bigint;
}

export interface Options {
  /** The name in brackets of the `trace_clock` file, or its only word. */
  clock?: string | undefined;
  uname?: string;
  recorderVersion?: string;
  /** Nanoseconds to add to every time. */
  timeOffset: bigint;
  cpuCount?: number;
  cycles?: CycleConversion;
  /** The recording has a peer to whose clock its own was compared: it was made in a guest. */
  hasTimeShift: boolean;
  readonly guests: DeclaredGuest[];
  /** `per_cpu/cpuN/stats` of each CPU and buffer. */
  readonly cpuStats: string[];
}

export interface TraceFile {
  readonly littleEndian: boolean;
  readonly pageLayout: PageLayout;
  readonly events: readonly DescribedEvent[];
  readonly options: Options;
  readonly compression: Compression;
  readonly buffers: readonly TraceBuffer[];
  /** `PID NAME` lines: the kernel's saved_cmdlines. */
  readonly commandLines: string;
}

export const COMPRESSIONS = ['none', 'zlib', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** What every reader of a part of the file needs. */
export interface ReadContext {
  readonly source: ByteSource;
  readonly codecs: Codecs;
  readonly issues: IssueLog;
  readonly littleEndian: boolean;
  readonly compression: Compression;
}

/** Decompresses one block of the file's compression; throws on damage, like the codecs. */
export function decompress(codecs: Codecs, compression: Compression, data: Uint8Array, size: number): Uint8Array {
  return compression === 'zlib' ? codecs.inflate(data, size) : codecs.zstd(data, size);
}
