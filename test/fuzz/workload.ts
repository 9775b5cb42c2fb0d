/** A stretch of a real recording, written again in every binary form: small files full of events that mean something. */
import { execFileSync } from 'node:child_process';
import { deflateSync } from 'node:zlib';
import { KVM_CATALOG } from '../../src/hypervisors/kvm/tracepoints.js';
import { specFor, specsByName, type TracepointSpec } from '../../src/recording/tracepoint.js';
import { PerfDataWriter } from '../support/perf-data-writer.js';
import type { Records, Row } from '../support/read-records.js';
import { type PageShape, RingPages } from '../support/ring-pages.js';
import {
  type CpuPages,
  type EventDescription,
  encodeRecord,
  type FieldDescription,
  formatText,
  type TraceDatContents,
  traceDatBytes,
} from '../support/trace-dat-writer.js';

/** Where the recorder's clock stood: high enough to need more than 32 bits. */
const START = 5_000_000_000_000n;
const FIRST_EVENT_ID = 300;
const FIRST_SAMPLE_ID = 1000;
/** The first thread, port, … of a crowd. */
const FIRST_OF_CROWD = 100;
const LARGEST_INT = 0x7fff_ffff;

export interface Workload {
  readonly rows: readonly Row[];
  readonly events: readonly EventDescription[];
  readonly threads: ReadonlyMap<number, string>;
  /** What serves interrupts of the host. */
  readonly handlers: ReadonlyMap<number, string>;
}

/** `count` rows of a recording from its first exit of a guest on. */
export function workloadOf({ rows, recording }: Records, count: number, afterExits = 0): Workload {
  let from = 0;
  for (let exits = 0; exits <= afterExits && from < rows.length; from++) if (rows[from].event === 'kvm_exit') exits++;
  const chosen = rows.slice(Math.max(0, from - 10), from + count).filter(({ event }) => event !== 'loss');
  const names = [...new Set(chosen.map(({ event }) => event))];
  const threads = new Map<number, string>();
  for (const { thread } of chosen) threads.set(thread, recording.threads.name(thread) ?? `thread ${thread}`);
  const entries = recording.interruptNames?.entries() ?? [];
  const handlers = new Map(entries.map(({ interrupt, names: [name] }) => [interrupt, name]));
  return { rows: chosen, events: names.map((name, index) => describeEvent(name, index, chosen)), threads, handlers };
}

/** How many of each a crowd has. */
export interface Crowd {
  readonly rows: number;
  readonly pcpus: number;
}

/** Fields that name something of which there can be many: each row of a crowd has another one. */
const NAMING_FIELDS = [
  'exit_reason',
  'port',
  'ecx',
  'gpa',
  'vec',
  'irq',
  'reason',
  'pid',
  'prev_pid',
  'next_pid',
  'rip',
];

/** The rows of a workload over and over, each with a thread, a pCPU and an exit reason, port, … of its own. */
export function crowdOf({ rows, events }: Workload, { rows: count, pcpus }: Crowd): Workload {
  const period = rows[rows.length - 1].time - rows[0].time + 1;
  const crowd = Array.from({ length: count }, (_, index): Row => {
    const row = rows[index % rows.length];
    const fields = Object.entries(row.fields).map(([name, value]) => [
      name,
      NAMING_FIELDS.includes(name) ? FIRST_OF_CROWD + index : value,
    ]);
    return {
      ...row,
      time: row.time + Math.floor(index / rows.length) * period,
      pcpu: index % pcpus,
      thread: FIRST_OF_CROWD + index,
      fields: Object.fromEntries(fields),
    };
  });
  const named = (what: string) => new Map(crowd.map((_, index) => [FIRST_OF_CROWD + index, `${what} ${index}`]));
  return { rows: crowd, events, threads: named('thread'), handlers: named('handler') };
}

const SPECS = specsByName(KVM_CATALOG);

/** Whose description of a tracepoint these rows follow: architectures have different ones of the same name. */
function specOf(name: string, rows: readonly Row[]): TracepointSpec {
  const { system } = KVM_CATALOG.find(({ event }) => event === name)!;
  const fields = rows.filter(({ event }) => event === name).flatMap((row) => Object.keys(row.fields));
  return specFor(
    SPECS.get(`${system}:${name}`),
    fields.map((field) => ({ name: field })),
  )!;
}

function describeEvent(name: string, index: number, rows: readonly Row[]): EventDescription {
  const spec = specOf(name, rows);
  const values = rows.filter(({ event }) => event === name).map(({ fields }) => fields);
  const numbers = spec.fields.flatMap((field): FieldDescription[] => {
    const present = values.map((fields) => fields[field.name]).filter((value) => value !== undefined);
    if (present.length === 0) return [];
    const isLong = field.type === 'u64' || present.some((value) => Number(value) > LARGEST_INT);
    if (isLong) return [{ type: 'unsigned long', name: field.name, size: 8, signed: false }];
    return [{ type: 'int', name: field.name, size: 4, signed: true }];
  });
  const names = [...(spec.threadNames ?? []), ...(spec.interruptName === undefined ? [] : [spec.interruptName])];
  const texts = names.map(([, text]) => ({ type: 'char[16]', name: text, size: 16, signed: true }));
  return { system: spec.system, name, id: FIRST_EVENT_ID + index, fields: [...numbers, ...texts] };
}

function encode({ events, threads, handlers }: Workload, row: Row, littleEndian: boolean): Uint8Array {
  const event = events.find(({ name }) => name === row.event)!;
  const spec = specOf(row.event, [row]);
  const values: Record<string, number | bigint | Uint8Array> = {};
  for (const [name, value] of Object.entries(row.fields)) if (typeof value !== 'string') values[name] = value;
  const bytesOf = (name = 'unnamed') => new TextEncoder().encode(name).subarray(0, 15);
  for (const [thread, text] of spec.threadNames ?? []) values[text] = bytesOf(threads.get(Number(row.fields[thread])));
  if (spec.interruptName !== undefined) {
    const [interrupt, text] = spec.interruptName;
    values[text] = bytesOf(handlers.get(Number(row.fields[interrupt])));
  }
  return encodeRecord(event, row.thread, values, littleEndian);
}

/** One CPU's pages; a gap with a count and one without are among them. */
function pagesOf(workload: Workload, cpu: number, shape: PageShape): CpuPages {
  const pages: Uint8Array[] = [];
  const ring = new RingPages(shape, (page) => pages.push(page));
  workload.rows.forEach((row, index) => {
    if (row.pcpu !== cpu) return;
    ring.event(START + BigInt(row.time), encode(workload, row, shape.littleEndian));
    if (index % 61 === 60) ring.missedBeforeNext(index % 2 === 0 ? 5 : 'unknown');
  });
  ring.finishPage();
  return { cpu, pageCount: pages.length, pages };
}

const COMPRESSIONS = {
  zlib: { name: 'zlib', compress: (bytes: Uint8Array): Uint8Array => deflateSync(bytes) },
  zstd: {
    name: 'zstd',
    compress: (bytes: Uint8Array): Uint8Array => execFileSync('zstd', ['-q', '-c', '--no-check'], { input: bytes }),
  },
} as const;

export interface TraceDatForm extends PageShape {
  readonly version: 6 | 7;
  readonly compression?: keyof typeof COMPRESSIONS;
}

export function asTraceDat(workload: Workload, { compression, ...form }: TraceDatForm): Uint8Array {
  const cpus = [...new Set(workload.rows.map(({ pcpu }) => pcpu))].sort((a, b) => a - b);
  const contents: TraceDatContents = {
    ...form,
    events: workload.events,
    buffers: [{ name: '', clock: 'local', cpus: cpus.map((cpu) => pagesOf(workload, cpu, form)) }],
    commandLines: [...workload.threads].map(([thread, name]) => `${thread} ${name}\n`).join(''),
    ...(compression && { compression: COMPRESSIONS[compression] }),
  };
  return traceDatBytes(contents);
}

export interface PerfDataForm {
  readonly littleEndian: boolean;
  readonly form: 'file' | 'pipe';
  /** The samples as a zstd stream in so many records. */
  readonly compressedPieces?: number;
}

export function asPerfData(workload: Workload, { littleEndian, form, compressedPieces }: PerfDataForm): Uint8Array {
  const formats = new Map<string, string[]>();
  for (const event of workload.events) {
    formats.set(event.system, [...(formats.get(event.system) ?? []), formatText(event)]);
  }
  const events = workload.events.map(({ id }, index) => ({ config: id, ids: [FIRST_SAMPLE_ID + index] }));
  const writer = new PerfDataWriter(littleEndian, events, formats);
  for (const [thread, name] of workload.threads) writer.comm(thread, thread, name.slice(0, 15));
  const samples = workload.rows.map((row) =>
    writer.sampleRecord({
      id: FIRST_SAMPLE_ID + workload.events.findIndex(({ name }) => name === row.event),
      time: START + BigInt(row.time),
      cpu: row.pcpu,
      pid: row.thread,
      tid: row.thread,
      raw: encode(workload, row, littleEndian),
    }),
  );
  const round = writer.record(68, new Uint8Array(0));
  if (compressedPieces === undefined) {
    samples.forEach((sample, index) => {
      writer.add(sample);
      if (index % 20 === 19) writer.add(round);
      if (index % 50 === 49) writer.lost(FIRST_SAMPLE_ID, 3, START + BigInt(workload.rows[index].time), 0);
    });
  } else {
    writer.compressed(Buffer.concat(samples), compressedPieces).add(round);
  }
  return form === 'file' ? writer.fileForm() : writer.pipeForm();
}
