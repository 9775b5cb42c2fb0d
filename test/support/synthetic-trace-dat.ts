/** Files of trace-cmd with events of our own, and the rows that must come out of them. */
import { deflateSync } from 'node:zlib';
import { MemorySource } from '../../src/base/byte-source.js';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { OPTIONS, type Row, readRecords } from './read-records.js';
import { type PageShape, RingPages } from './ring-pages.js';
import {
  type BufferContents,
  type CpuPages,
  type EventDescription,
  encodeRecord,
  type TraceDatContents,
  traceDatBytes,
} from './trace-dat-writer.js';

const field = (type: string, name: string, size: number, signed = false) => ({ type, name, size, signed });
const PIO: EventDescription = {
  system: 'kvm',
  name: 'kvm_pio',
  id: 501,
  fields: ['rw', 'port', 'size', 'count'].map((name) => field('unsigned int', name, 4)),
};
/** Larger than 112 bytes, so that its length needs a word of its own. */
const EXIT: EventDescription = {
  system: 'kvm',
  name: 'kvm_exit',
  id: 502,
  fields: [
    field('unsigned char[120]', 'padding', 120),
    field('unsigned int', 'exit_reason', 4),
    field('unsigned int', 'vcpu_id', 4),
    field('unsigned long', 'guest_rip', 8),
  ],
};
const SWITCH: EventDescription = {
  system: 'sched',
  name: 'sched_switch',
  id: 300,
  fields: [
    field('char[16]', 'prev_comm', 16, true),
    field('pid_t', 'prev_pid', 4, true),
    field('int', 'prev_prio', 4, true),
    field('long', 'prev_state', 8, true),
    field('char[16]', 'next_comm', 16, true),
    field('pid_t', 'next_pid', 4, true),
    field('int', 'next_prio', 4, true),
  ],
};
/** In nobody's catalog. */
const NOISE: EventDescription = { system: 'test', name: 'noise', id: 900, fields: [field('unsigned int', 'x', 4)] };
export const EVENTS = [PIO, EXIT, SWITCH, NOISE];

/** A clock of the size of CLOCK_TAI: its upper five bits are in use. */
export const START = 1_700_000_000_000_000_000n;
export const text = (value: string) => new TextEncoder().encode(value);
export const source = (bytes: Uint8Array) => new MemorySource(bytes, 'synthetic.dat');
export const read = (contents: TraceDatContents, options = OPTIONS) =>
  readRecords(traceDat, source(traceDatBytes(contents)), options);

/** Numbers that look random and are always the same. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export type Expected = Omit<Row, 'time'> & { readonly at: bigint };

/** Pages of one CPU and the rows that must come out of them. */
function makeCpu(shape: PageShape, cpu: number, seed: number, events: number): { data: CpuPages; rows: Expected[] } {
  const pages: Uint8Array[] = [];
  const ring = new RingPages(shape, (page) => pages.push(page));
  const random = randomNumbers(seed);
  const rows: Expected[] = [];
  const { littleEndian } = shape;
  let now = START + BigInt(random(1000));
  let last: bigint | undefined;
  let gap: number | undefined;
  const add = (
    event: EventDescription,
    thread: number,
    values: Record<string, number | bigint | Uint8Array>,
    fields?: Row['fields'],
  ) => {
    ring.event(now, encodeRecord(event, thread, values, littleEndian));
    if (gap !== undefined) {
      rows.push({
        at: now,
        pcpu: cpu,
        thread: -1,
        event: 'loss',
        fields: { from: Number((last ?? now) - START), count: gap },
      });
      gap = undefined;
    }
    last = now;
    if (fields) rows.push({ at: now, pcpu: cpu, thread, event: event.name, fields });
  };
  for (let index = 0; index < events; index++) {
    now += BigInt(random(5000));
    const thread = 100 + random(5);
    switch (random(14)) {
      case 0:
        now += 40_000_000_000n; // needs a time extend
        break;
      case 1:
        ring.absoluteTime(now);
        break;
      case 2:
        now += 3n;
        ring.discarded(now, 12);
        now += 3n;
        break;
      case 3:
        if (random(10) === 0) ring.endWithPadding();
        break;
      case 4:
        if (random(10) === 0 && last !== undefined) {
          gap = random(2) === 0 ? NaN : 1 + random(1000);
          ring.missedBeforeNext(Number.isNaN(gap) ? 'unknown' : gap);
        }
        break;
      case 5: {
        const values = { exit_reason: random(100), vcpu_id: random(4), guest_rip: 0xffffffff81a592ebn };
        add(EXIT, thread, values, values);
        break;
      }
      case 6: {
        const known = { prev_pid: thread, prev_prio: 100 + random(40), next_pid: 0 };
        const values = { ...known, prev_state: -1n, prev_comm: text(`task ${thread}`) };
        add(SWITCH, thread, values, { ...known, prev_state: '' });
        break;
      }
      case 7:
        add(NOISE, thread, { x: index });
        break;
      default: {
        const values = { rw: index % 2, port: index & 0xffff, size: 1, count: 0xfffffffe };
        add(PIO, thread, values, values);
      }
    }
  }
  ring.finishPage();
  return { data: { cpu, pageCount: pages.length, pages }, rows };
}

export function makeBuffer(shape: PageShape, name: string, cpus: number, events: number) {
  const made = Array.from({ length: cpus }, (_, cpu) => makeCpu(shape, cpu, 7 * cpu + name.length + 1, events));
  const buffer: BufferContents = { name, clock: 'tai', cpus: made.map(({ data }) => data) };
  return { buffer, rows: made.map(({ rows }) => rows) };
}

const ZLIB = { name: 'zlib', compress: (bytes: Uint8Array) => deflateSync(bytes) } as const;
/** How a file of ours can be made, by what it is. */
export const FILES = [
  ['version 6', { version: 6 }],
  ['version 7', { version: 7 }],
  ['version 7, zlib', { version: 7, compression: ZLIB }],
] as const;

export const SHAPE: PageShape = { littleEndian: true, longSize: 8, pageSize: 4096 };

/** One CPU whose ports are 0, 1, 2, … at these times. */
export function ticks(times: readonly bigint[], shape = SHAPE): CpuPages {
  const pages: Uint8Array[] = [];
  const ring = new RingPages(shape, (page) => pages.push(page));
  times.forEach((time, port) => {
    ring.event(time, encodeRecord(PIO, 1, { port }, shape.littleEndian));
  });
  ring.finishPage();
  return { cpu: 0, pageCount: pages.length, pages };
}

export function simple(
  clock: string,
  cpus: readonly CpuPages[],
  more: Partial<TraceDatContents> = {},
): TraceDatContents {
  return { ...SHAPE, version: 7, events: EVENTS, buffers: [{ name: '', clock, cpus }], ...more };
}
