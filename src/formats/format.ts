/**
 * The contract of a format: bytes → records. One folder a format; `registry.ts` has one line for each.
 */
import type { ByteSource } from '../base/byte-source.js';
import type { Result } from '../base/issue.js';
import type { Recording } from '../recording/recording.js';
import type { TracepointCatalog } from '../recording/tracepoint.js';
import type { Codecs } from './codecs.js';

export interface OpenOptions {
  /** What to deliver; everything else is counted by name. */
  readonly catalog: TracepointCatalog;
  readonly codecs: Codecs;
  /** Frequency of a cycle-counting clock in Hz, where the recording does not state it. */
  readonly clockHz?: number;
}

export interface Format {
  readonly id: string;
  /** For people, for example "trace-cmd trace.dat, versions 6 and 7". */
  readonly name: string;
  /** How to make such a recording: one command. */
  readonly example: string;
  /** True where the format can be read from a pipe. */
  readonly streams: boolean;
  /** Whether these first bytes (up to STREAM_HEAD) are of this format: 0 no … 1 certain. Never looks at names. */
  sniff(head: Uint8Array): number;
  /** Fails only where nothing can be read; damage further on becomes an issue and a counted loss. */
  open(source: ByteSource, options: OpenOptions): Promise<Result<Recording>>;
}
