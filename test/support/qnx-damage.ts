/** Damage to the trace of a simulated QNX host, between the first and the last buffer of each CPU. */
import {
  ControlEvent,
  CPU_MASK,
  CPU_SHIFT,
  EVENT_BYTES,
  eventKey,
  KEY_MASK,
  TraceClass,
} from '../../src/formats/qnx/trace-classes.js';
import type { Simulation } from '../../src/simulation/qnx/simulate.js';
import type { TraceEvent } from '../../src/simulation/qnx/trace-event.js';
import { type RandomSource, randomSource } from '../../src/simulation/random-source.js';

const HEADER_END = 'TRACE_HEADER_END::';
const SYSPAGE_LENGTH = /TRACE_SYSPAGE_LEN::(\d+)/;
const BUFFER = eventKey(TraceClass.Control, ControlEvent.Buffer);
/** Bits of the first word in which every event has something: its number, class, CPU and part. */
const HEAD_BITS = 32;
const TIME_BYTE = 4;

/** Where a buffer begins in the file, and where the next one does. */
interface BufferPlace {
  readonly start: number;
  readonly end: number;
}

/** A damaged copy of a file, and how many places of it were damaged. */
export type Damage = (bytes: Uint8Array, simulation: Simulation, random: RandomSource) => Uint8Array;

/** Single events, or up to four in a row, are missing; those of several parts as a whole or in part. */
export const cutEvents: Damage = (bytes, simulation, random) => {
  const places = innerBuffers(bytes, simulation);
  if (places.length === 0) return bytes;
  const { start, end } = random.pick(places);
  const count = 1 + random.below(4);
  const first = 1 + random.below(Math.max(1, (end - start) / EVENT_BYTES - count));
  return without(bytes, start + first * EVENT_BYTES, count * EVENT_BYTES);
};

/** Bytes are missing: some of one event, or of several. */
export const cutBytes: Damage = (bytes, simulation, random) => {
  const places = innerBuffers(bytes, simulation);
  if (places.length === 0) return bytes;
  const { start, end } = random.pick(places);
  return without(bytes, start + random.below(end - start), 1 + random.below(100));
};

/** One bit is wrong, in what an event is or in when it was. */
export const flipBit: Damage = (bytes, simulation, random) => {
  const places = innerBuffers(bytes, simulation);
  const damaged = bytes.slice();
  if (places.length === 0) return damaged;
  const { start, end } = random.pick(places);
  const event = start + random.below((end - start) / EVENT_BYTES) * EVENT_BYTES;
  const bit = random.below(HEAD_BITS);
  damaged[event + (random.chance(0.5) ? TIME_BYTE : 0) + (bit >> 3)] ^= 1 << (bit & 7);
  return damaged;
};

function without(bytes: Uint8Array, at: number, length: number): Uint8Array {
  const rest = new Uint8Array(bytes.length - length);
  rest.set(bytes.subarray(0, at));
  rest.set(bytes.subarray(at + length), at);
  return rest;
}

/** All buffers but the first and the last of their chain: where T begins and ends stays as it is. */
function innerBuffers(bytes: Uint8Array, simulation: Simulation): BufferPlace[] {
  const places = buffersIn(bytes, simulation);
  return places.filter(({ chain }, index) => {
    const isSame = (other: { readonly chain: number }) => other.chain === chain;
    return places.findIndex(isSame) < index && places.findLastIndex(isSame) > index;
  });
}

function buffersIn(bytes: Uint8Array, { plan }: Simulation): (BufferPlace & { readonly chain: number })[] {
  const isPerCpu = plan.release.startsWith('8');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const littleEndian = plan.seed % 2 === 0;
  const starts: { readonly start: number; readonly chain: number }[] = [];
  for (let at = eventsStart(bytes); at < bytes.length; at += EVENT_BYTES) {
    const head = view.getUint32(at, littleEndian);
    if ((head & KEY_MASK) !== BUFFER) continue;
    starts.push({ start: at, chain: isPerCpu ? (head >>> CPU_SHIFT) & CPU_MASK : 0 });
  }
  return starts.map(({ start, chain }, index) => ({ start, chain, end: starts[index + 1]?.start ?? bytes.length }));
}

/** Nothing is damaged, but the buffers come in any order, those of one chain too. */
export const scrambled: Damage = (bytes, simulation, random) => {
  const places = buffersIn(bytes, simulation).map((place) => ({ ...place, order: random.below(1e9) }));
  const inOrder = places.toSorted((a, b) => a.order - b.order);
  const parts = inOrder.map(({ start, end }) => bytes.subarray(start, end));
  return new Uint8Array(Buffer.concat([bytes.subarray(0, eventsStart(bytes)), ...parts]));
};

function eventsStart(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 8192)).toString('latin1');
  return text.indexOf(HEADER_END) + HEADER_END.length + Number(SYSPAGE_LENGTH.exec(text)![1]);
}

/** The events of a trace without some, of which nothing tells that they are missing; never the first or last of all. */
export function withoutEvents(
  { trace, ...rest }: Simulation,
  isLost: (event: TraceEvent, index: number) => boolean,
): Simulation {
  const last = trace.events.length - 1;
  const events = trace.events.filter((event, index) => index === 0 || index === last || !isLost(event, index));
  return { ...rest, trace: { ...trace, events } };
}

/** One event in so many is followed by one that a process wrote, and that is like another one of the trace. */
const INJECTED_EVERY = 20;

/** Events that processes wrote among those of the kernel of 8.0, of the same kinds; none in the state dump at the start. */
export function withInjectedEvents({ trace, ...rest }: Simulation): Simulation {
  const random = randomSource(rest.plan.seed);
  const isTaken = new Set(trace.events.map(({ cycles, cpu }) => `${cpu} ${cycles}`));
  const events = trace.events.flatMap((event, index): TraceEvent[] => {
    const isInner = index > trace.events.length / 5 && index < trace.events.length - 1;
    if (!isInner || random.below(INJECTED_EVERY) > 0) return [event];
    const cycles = event.cycles + 1n;
    if (cycles >= trace.events[index + 1].cycles || isTaken.has(`${event.cpu} ${cycles}`)) return [event];
    return [event, { cycles, cpu: event.cpu, body: random.pick(trace.events).body, injected: true }];
  });
  return { ...rest, trace: { ...trace, events } };
}

const BUFFER_LINE = /^t:0x[0-9a-f]+ CPU:(\d+) CONTROL *: *BUFFER /;

/** Up to four lines of a text, or up to 100 of its bytes, are missing, or one character is another one. */
export const cutLines: Damage = (bytes, simulation, random) => {
  const lines = new TextDecoder().decode(bytes).split('\n');
  const place = innerLine(lines, simulation, random);
  if (place >= 0) lines.splice(place, 1 + random.below(4));
  return new TextEncoder().encode(lines.join('\n'));
};

export const cutText: Damage = (bytes, simulation, random) => {
  const at = innerByte(bytes, simulation, random);
  return at < 0 ? bytes : without(bytes, at, 1 + random.below(100));
};

/** A letter or digit becomes another one. */
export const wrongCharacter: Damage = (bytes, simulation, random) => {
  const at = innerByte(bytes, simulation, random);
  const damaged = bytes.slice();
  if (at >= 0 && damaged[at] > 0x20) damaged[at] = '0123456789abcdefTHXQ:'.charCodeAt(random.below(21));
  return damaged;
};

function innerByte(bytes: Uint8Array, simulation: Simulation, random: RandomSource): number {
  const lines = new TextDecoder().decode(bytes).split('\n');
  const place = innerLine(lines, simulation, random);
  if (place < 0) return -1;
  return lines.slice(0, place).reduce((sum, line) => sum + line.length + 1, 0) + random.below(lines[place].length);
}

/** A line of a buffer that is neither the first nor the last of its chain; -1 where there is none. */
function innerLine(lines: readonly string[], { plan }: Simulation, random: RandomSource): number {
  const starts = [...lines.keys()].filter((index) => BUFFER_LINE.test(lines[index]));
  const chainOf = (index: number) => (plan.release.startsWith('8') ? Number(BUFFER_LINE.exec(lines[index])![1]) : 0);
  const inner = starts.flatMap((start, index) => {
    const isSame = (other: number) => chainOf(other) === chainOf(start);
    const isInner = starts.slice(0, index).some(isSame) && starts.slice(index + 1).some(isSame);
    return isInner ? [{ start, end: starts[index + 1] }] : [];
  });
  if (inner.length === 0) return -1;
  const { start, end } = random.pick(inner);
  return start + 1 + random.below(Math.max(1, end - start - 1));
}
