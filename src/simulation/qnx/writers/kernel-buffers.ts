/**
 * The kernel's trace buffers: from a trace to the order in which its events come into the file, with the events that
 * the kernel adds (BUFFER, TIME, BUFFER_END), and without the buffers that were lost.
 *
 * Up to 7.x all CPUs write into one chain of buffers; from 8.0 on each CPU has its own.
 */
import { hasBuffersPerCpu, releaseOf } from '../../../formats/qnx/release.js';
import { randomSource } from '../../random-source.js';
import type { Trace, TraceEvent, TraceEventBody } from '../trace-event.js';
import type { KernelOptions, StateDump } from './options.js';
import { type Payload, payloadOf } from './payload.js';

/** What the kernel writes of its own accord. */
export type KernelBody =
  | { readonly kind: 'buffer'; readonly sequence: number; events: number }
  | { readonly kind: 'time'; readonly cycles: bigint }
  | { readonly kind: 'buffer-end' };

export interface WrittenEvent {
  /** ClockCycles, of which the file has the low 32 bits. */
  readonly cycles: bigint;
  readonly cpu: number;
  readonly body: TraceEventBody | KernelBody;
  readonly injected?: boolean;
  /** Absent in what the kernel writes of its own accord: it is one event without parts. */
  readonly payload?: Payload;
}

/** 16 KiB, less its header, in events of 16 bytes. */
const BUFFER_EVENTS = 1020;
/** BUFFER, TIME and BUFFER_END. */
const OWN_EVENTS = 3;

interface Buffer {
  readonly cpu: number;
  readonly sequence: number;
  readonly events: WrittenEvent[];
}

/** 16-byte events that an event takes: two words in each. */
export const partsOf = ({ payload }: WrittenEvent): number => Math.max(1, Math.ceil((payload?.words.length ?? 0) / 2));

/** @param littleEndian byte order of the host, which decides how 64-bit values are laid out */
export function writtenEvents(trace: Trace, littleEndian: boolean, options: KernelOptions = {}): WrittenEvent[] {
  const release = releaseOf(trace.host.release);
  if (release === undefined) throw new RangeError(`no release of QNX: ${trace.host.release}`);
  const form = { release, littleEndian, wide: options.wide ?? true };
  const perCpu = hasBuffersPerCpu(release);
  const kernel = new Kernel(perCpu, options);
  for (const event of [...dumpEvents(options.stateDump), ...trace.events]) {
    kernel.write({ ...event, payload: payloadOf(event.body, form) });
  }
  const buffers = kernel.finish();
  const ordered = perCpu && options.shuffleSeed !== undefined ? shuffled(buffers, options.shuffleSeed) : buffers;
  return ordered.filter((buffer) => !isLost(buffer, perCpu, options)).flatMap(({ events }) => events);
}

function isLost({ cpu, sequence }: Buffer, perCpu: boolean, { lostBuffers = [] }: KernelOptions): boolean {
  return lostBuffers.some((lost) => lost.sequence === sequence && (lost.cpu === cpu || !perCpu));
}

function dumpEvents(dump: StateDump | undefined): TraceEvent[] {
  if (dump === undefined) return [];
  const bodies: TraceEventBody[] = dump.processes.map((process) => ({ kind: 'process-name', ...process }));
  for (const { thread, name, ...rest } of dump.threads) {
    bodies.push({ kind: 'thread-state', thread, ...rest, state: 'CREATE' });
    if (name !== undefined) bodies.push({ kind: 'thread-name', thread, name });
    bodies.push({ kind: 'thread-state', thread, ...rest });
  }
  return bodies.map((body, index) => ({ cycles: dump.cycles + BigInt(index), cpu: dump.cpu, body }));
}

class Kernel {
  readonly #perCpu: boolean;
  readonly #capacity: number;
  readonly #openedBefore: bigint;
  readonly #timeOnWrap: boolean;
  /** In the order in which they became full. */
  readonly #full: Buffer[] = [];
  /** By CPU; up to 7.x the one of all CPUs, under 0. */
  readonly #open = new Map<number, Buffer & { room: number }>();
  readonly #sequences = new Map<number, number>();
  /** High 32 bits of the last TIME, by CPU. */
  readonly #told = new Map<number, bigint>();

  constructor(perCpu: boolean, options: KernelOptions) {
    this.#perCpu = perCpu;
    this.#capacity = options.bufferEvents ?? BUFFER_EVENTS;
    this.#openedBefore = BigInt(options.openedBefore ?? 0);
    this.#timeOnWrap = options.noTimeOnWrap !== true;
  }

  write(event: WrittenEvent): void {
    const chain = this.#perCpu ? event.cpu : 0;
    const room = partsOf(event) + OWN_EVENTS;
    let buffer = this.#open.get(chain);
    if (buffer !== undefined && buffer.room < room) {
      this.#close(chain, buffer);
      buffer = undefined;
    }
    buffer ??= this.#openFor(event, chain);
    const high = event.cycles >> 32n;
    const told = this.#told.get(event.cpu);
    if (told === undefined || (told !== high && this.#timeOnWrap)) {
      this.#put(buffer, { cycles: event.cycles, cpu: event.cpu, body: { kind: 'time', cycles: event.cycles } });
      this.#told.set(event.cpu, high);
    }
    this.#put(buffer, event);
  }

  /** The buffers that are not full yet come last. */
  finish(): Buffer[] {
    for (const [chain, buffer] of [...this.#open].toSorted(([a], [b]) => a - b)) this.#close(chain, buffer);
    return this.#full;
  }

  #openFor({ cycles, cpu }: WrittenEvent, chain: number): Buffer & { room: number } {
    const sequence = (this.#sequences.get(chain) ?? 0) + 1;
    this.#sequences.set(chain, sequence);
    const buffer = { cpu, sequence, events: [], room: this.#capacity };
    this.#open.set(chain, buffer);
    const opened = cycles - this.#openedBefore;
    this.#put(buffer, { cycles: opened, cpu, body: { kind: 'buffer', sequence, events: 0 } });
    // The first event of every CPU in it shall come with its time.
    if (this.#perCpu) this.#told.delete(cpu);
    else this.#told.clear();
    if (this.#openedBefore > 0n) {
      this.#put(buffer, { cycles: opened + 1n, cpu, body: { kind: 'time', cycles: opened } });
      this.#told.set(cpu, opened >> 32n);
    }
    return buffer;
  }

  #put(buffer: Buffer & { room: number }, event: WrittenEvent): void {
    buffer.events.push(event);
    buffer.room -= partsOf(event);
  }

  #close(chain: number, buffer: Buffer): void {
    const last = buffer.events[buffer.events.length - 1];
    if (this.#perCpu) buffer.events.push({ cycles: last.cycles, cpu: buffer.cpu, body: { kind: 'buffer-end' } });
    const [{ body }] = buffer.events;
    if (body.kind === 'buffer') body.events = buffer.events.reduce((sum, event) => sum + partsOf(event), 0);
    this.#full.push(buffer);
    this.#open.delete(chain);
  }
}

/** Any order in which the buffers of each CPU keep theirs. */
function shuffled(buffers: readonly Buffer[], seed: number): Buffer[] {
  const random = randomSource(seed);
  const places = buffers.map(({ cpu }) => cpu);
  for (let last = places.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [places[last], places[other]] = [places[other], places[last]];
  }
  const queues = new Map<number, Buffer[]>();
  for (const buffer of buffers) queues.set(buffer.cpu, [...(queues.get(buffer.cpu) ?? []), buffer]);
  return places.flatMap((cpu) => queues.get(cpu)?.shift() ?? []);
}
