/**
 * Plans how a file is read: all of it at once. A pipe, which can be read only once and a little back, is planned stretch by
 * stretch: what is looked at reaches beyond what is read then, so that most buffers know when the next one of their chain begins.
 */
import type { ByteSource } from '../../base/byte-source.js';
import { hasChainPerCpu } from '../qnx/buffer-chains.js';
import { hasBuffersPerCpu, hasOneClock, type Release } from '../qnx/release.js';
import { EVENT_BYTES } from '../qnx/trace-classes.js';
import { readingPlan, type Step } from './reading-plan.js';
import { indexSegments, type Segment } from './segment-index.js';

/** A pipe can be read again from so far back at least; what is read of it between two plans is half of that. */
const LOOKED_AT_BYTES = 3 << 17;
/** An event may be so much earlier than the beginning of the buffer that it is in, seconds: an interrupt came between. */
const SLACK_SECONDS = 0.01;

export interface Plan {
  readonly steps: readonly Step[];
  /** Nothing follows. */
  readonly isLast: boolean;
}

export interface PlannedTrace {
  /** Offset of the first event. */
  readonly eventsStart: number;
  readonly littleEndian: boolean;
  /** By class and flags of the first word of an event. */
  readonly sorts: Uint8Array;
  readonly release: Release;
  /** Cycles per second. */
  readonly hz: number;
}

export class Planner {
  /** Cycles by which an event may be earlier than the beginning of its buffer. */
  readonly slack: number;
  readonly #source: ByteSource;
  readonly #trace: PlannedTrace;
  /** Where the next plan begins. */
  #position: number;
  #end = Infinity;
  /** Each CPU has buffers of its own; undefined before the first plan. */
  #isPerCpu: boolean | undefined;
  /** By chain: the last buffer that was planned. */
  readonly #past = new Map<number, Segment>();

  constructor(source: ByteSource, trace: PlannedTrace) {
    this.#source = source;
    this.#trace = trace;
    this.slack = Math.ceil(trace.hz * SLACK_SECONDS);
    this.#position = trace.eventsStart;
  }

  /** Where the file ends; Infinity while that is not known. */
  get end(): number {
    return this.#end;
  }

  get #hasEnded(): boolean {
    return this.#end !== Infinity;
  }

  /** As the first plan found it. */
  get isPerCpu(): boolean {
    return this.#isPerCpu ?? hasBuffersPerCpu(this.#trace.release);
  }

  /** Undefined where nothing more is to be read. */
  async next(): Promise<Plan | undefined> {
    if (this.#hasEnded) return undefined;
    const isPipe = this.#source.size === Infinity;
    const source = isPipe ? await this.#stretch() : this.#source;
    // A short answer of a pipe is its end.
    if (source.size < this.#position + LOOKED_AT_BYTES || !isPipe) this.#end = source.size;
    const segments = await this.#index(source);
    this.#isPerCpu ??= hasChainPerCpu(
      segments.filter(({ sequence }) => sequence >= 0),
      this.isPerCpu,
    );
    const ready = this.#hasEnded ? segments : this.#ready(segments);
    const toRead = new Set(ready);
    const steps = this.#plan([...this.#past.values(), ...segments]).filter(({ segment }) => toRead.has(segment));
    for (const segment of ready) {
      this.#position = segment.end;
      if (!Number.isNaN(segment.time)) this.#past.set(this.#isPerCpu ? segment.cpu : 0, segment);
    }
    return { steps, isLast: this.#hasEnded };
  }

  #index(source: ByteSource): Promise<Segment[]> {
    const { sorts, littleEndian } = this.#trace;
    return indexSegments(source, this.#position, sorts, littleEndian, this.slack);
  }

  #plan(segments: readonly Segment[]): Step[] {
    const { slack, isPerCpu } = this;
    const oneClock = isPerCpu || hasOneClock(this.#trace.release);
    const steps = readingPlan(segments, { slack, perCpu: isPerCpu, oneClock });
    // What comes later in a pipe may be earlier in time.
    return this.#hasEnded ? steps : steps.map((step) => ({ ...step, finalBefore: -Infinity }));
  }

  /** The bytes of the pipe that can be looked at, as a file of their own. */
  async #stretch(): Promise<ByteSource> {
    const start = this.#position;
    const bytes = await this.#source.read(start, LOOKED_AT_BYTES);
    return {
      name: this.#source.name,
      size: start + bytes.length,
      read: async (offset, length) => bytes.subarray(offset - start, Math.min(offset - start + length, bytes.length)),
    };
  }

  /** Those that are to be read now: the last one may go on, and others follow on which the last ones depend. */
  #ready(segments: readonly Segment[]): Segment[] {
    const limit = this.#position + LOOKED_AT_BYTES / 2;
    const whole = segments.slice(0, -1).filter(({ start }, index) => index === 0 || start < limit);
    if (whole.length > 0 || segments.length === 0) return whole;
    const [only] = segments;
    const events = Math.floor((only.end - only.start) / EVENT_BYTES);
    return [{ ...only, end: only.start + events * EVENT_BYTES, missingBytes: 0 }];
  }
}
