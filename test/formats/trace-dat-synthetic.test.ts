/** Files made by a writer of our own: every shape that real recordings at hand do not have, and damage. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { ByteWriter } from '../support/byte-writer.js';
import { OPTIONS, type Row, readRecords, runTool } from '../support/read-records.js';
import { type PageShape, RingPages } from '../support/ring-pages.js';
import {
  type BufferContents,
  type CpuPages,
  type EventDescription,
  encodeRecord,
  type TraceDatContents,
  traceDatBytes,
} from '../support/trace-dat-writer.js';

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
const EVENTS = [PIO, EXIT, SWITCH, NOISE];

/** A clock of the size of CLOCK_TAI: its upper five bits are in use. */
const START = 1_700_000_000_000_000_000n;
const text = (value: string) => new TextEncoder().encode(value);
const source = (bytes: Uint8Array) => new MemorySource(bytes, 'synthetic.dat');
const read = (contents: TraceDatContents, options = OPTIONS) =>
  readRecords(traceDat, source(traceDatBytes(contents)), options);

/** Numbers that look random and are always the same. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Expected = Omit<Row, 'time'> & { readonly at: bigint };

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

function makeBuffer(shape: PageShape, name: string, cpus: number, events: number) {
  const made = Array.from({ length: cpus }, (_, cpu) => makeCpu(shape, cpu, 7 * cpu + name.length + 1, events));
  const buffer: BufferContents = { name, clock: 'tai', cpus: made.map(({ data }) => data) };
  return { buffer, rows: made.map(({ rows }) => rows) };
}

/** The rows of one CPU of one buffer are in their order; over all of them time decides, then the order in the file. */
function merged(lists: readonly (readonly Expected[])[]): Expected[] {
  const all = lists.flatMap((rows, list) => rows.map((row, index) => ({ row, list, index })));
  all.sort((a, b) => Number(a.row.at - b.row.at) || a.list - b.list || a.index - b.index);
  return all.map(({ row }) => row);
}

/** One line; the start of a gap counts from `zero`. */
function describeRow({ pcpu, thread, event, fields }: Omit<Row, 'time'>, at: bigint, zero: bigint): string {
  const from = fields['from'];
  const values = from === undefined ? fields : { ...fields, from: zero + BigInt(from) };
  const parts = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return `${at} ${pcpu} ${thread} ${event} ${parts.sort().join(' ')}`;
}

const SHAPES = [true, false].flatMap((littleEndian) =>
  ([4, 8] as const).flatMap((longSize) =>
    [4096, 16384, 65536].map((pageSize): PageShape => ({ littleEndian, longSize, pageSize })),
  ),
);
const ZLIB = { name: 'zlib', compress: (bytes: Uint8Array) => deflateSync(bytes) } as const;
const FILES = [
  ['version 6', { version: 6 }],
  ['version 7', { version: 7 }],
  ['version 7, zlib', { version: 7, compression: ZLIB }],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-synthetic-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(FILES)('%s', (_, kind) => {
  test.each(SHAPES)(
    'little endian $littleEndian, long $longSize, page $pageSize: reads back exactly',
    async (shape) => {
      const top = makeBuffer(shape, '', 3, 1500);
      const instance = makeBuffer(shape, 'second', 3, 300);
      const contents = { ...shape, ...kind, events: EVENTS, buffers: [top.buffer, instance.buffer] };
      const bytes = traceDatBytes(contents);
      const { rows, recording } = await readRecords(traceDat, source(bytes));
      const expected = merged([...top.rows, ...instance.rows]);
      const origin = expected[0].at - BigInt(rows[0].time);
      expect(recording.originNs).toBe(origin);
      expect(rows.map((row) => describeRow(row, origin + BigInt(row.time), origin))).toEqual(
        expected.map((row) => describeRow(row, row.at, START)),
      );
      expect(recording.issues.list()).toEqual([]);
      expect(recording.totals.gaps).toBe(expected.filter((row) => row.event === 'loss').length);
      expect(recording.threads.name(102)).toBe('task 102');
      // The installed trace-cmd may lack zlib.
      if ('compression' in kind) return;
      const path = join(folder, 'file.dat');
      writeFileSync(path, bytes);
      const report = runTool('trace-cmd', ['report', '-i', path]);
      for (const { name, system } of EVENTS) {
        const lines = report.split('\n').filter((line) => line.includes(` ${name}: `)).length;
        expect(recording.totals.eventCounts.get(`${system}:${name}`), name).toBe(lines);
      }
    },
  );
});

const SHAPE: PageShape = { littleEndian: true, longSize: 8, pageSize: 4096 };

/** One CPU whose ports are 0, 1, 2, … at these times. */
function ticks(times: readonly bigint[], shape = SHAPE): CpuPages {
  const pages: Uint8Array[] = [];
  const ring = new RingPages(shape, (page) => pages.push(page));
  times.forEach((time, port) => {
    ring.event(time, encodeRecord(PIO, 1, { port }, shape.littleEndian));
  });
  ring.finishPage();
  return { cpu: 0, pageCount: pages.length, pages };
}

function simple(clock: string, cpus: readonly CpuPages[], more: Partial<TraceDatContents> = {}): TraceDatContents {
  return { ...SHAPE, version: 7, events: EVENTS, buffers: [{ name: '', clock, cpus }], ...more };
}

const timesOf = (rows: readonly Row[]) => rows.map((row) => row.time);

describe('clocks', () => {
  test('cycles become nanoseconds exactly, for every shift', async () => {
    const random = randomNumbers(3);
    for (let shift = 0; shift <= 32; shift++) {
      const multiplier = 1 + random(2 ** 32 - 1);
      const offset = -5_000n;
      const option = new ByteWriter().u32(multiplier).u32(shift).u64(offset).finish();
      // Products stay below 2^53 ns after the origin, which itself is as large as it likes.
      const step = Math.max(1, Math.floor((2 ** 45 / multiplier) * 2 ** shift));
      const cycles = Array.from(
        { length: 50 },
        () => 2n ** 44n + (BigInt(random(2 ** 31)) * BigInt(step)) / 2n ** 31n,
      ).sort((a, b) => Number(a - b));
      const { rows, recording } = await read(
        simple('x86-tsc', [ticks(cycles)], { options: [{ id: 14, data: option }] }),
      );
      const exact = cycles.map((cycle) => ((cycle * BigInt(multiplier)) >> BigInt(shift)) + offset);
      expect(
        timesOf(rows).map((time) => recording.originNs + BigInt(time)),
        `shift ${shift}`,
      ).toEqual(exact);
      expect(recording.clock).toEqual({ name: 'x86-tsc', measuresTime: true, resolutionNs: 1 });
    }
  });

  test('a given frequency is an estimate', async () => {
    const contents = simple('x86-tsc', [ticks([1000n, 1003n, 4000n])]);
    const { rows, recording } = await read(contents, { ...OPTIONS, clockHz: 3e9 });
    expect(timesOf(rows)).toEqual([0, 1, 1000]);
    expect(recording.clock.estimated).toBe(true);
    expect(recording.issues.list()).toMatchObject([{ code: 'clock-estimated' }]);
  });

  test('cycles without a frequency are refused, with a way out', async () => {
    const bytes = traceDatBytes(simple('x86-tsc', [ticks([1000n, 1003n, 4000n])]));
    const opened = await traceDat.open(source(bytes), OPTIONS);
    expect(opened).toMatchObject({ ok: false, issue: { code: 'clock-frequency-needed' } });
    if (!opened.ok) expect(opened.issue.hint).toContain('--clock-hz');
  });

  test('uptime counts hundredths of a second, counter no time at all', async () => {
    const uptime = await read(simple('uptime', [ticks([100n, 101n, 150n])]));
    expect(timesOf(uptime.rows)).toEqual([0, 10_000_000, 500_000_000]);
    expect(uptime.recording.originNs).toBe(1_000_000_000n);
    const counter = await read(simple('counter', [ticks([1n, 2n])]));
    expect(counter.recording.clock.measuresTime).toBe(false);
  });

  test('an offset is added', async () => {
    const { rows, recording } = await read(
      simple('mono', [ticks([5000n, 6000n])], { options: [{ id: 7, data: text('-2000\0') }] }),
    );
    expect(recording.originNs).toBe(3000n);
    expect(timesOf(rows)).toEqual([0, 1000]);
  });

  test('instances on another clock are left out, with a word', async () => {
    const buffers = [
      { name: '', clock: 'mono', cpus: [ticks([1n, 2n])] },
      { name: 'other', clock: 'boot', cpus: [ticks([3n])] },
    ];
    const { rows, recording } = await read({ ...simple('mono', []), buffers });
    expect(rows.length).toBe(2);
    expect(recording.issues.list()).toMatchObject([{ code: 'trace-dat-instance-clock' }]);
  });

  test('time that goes back on a CPU is raised and counted; standing time is measured', async () => {
    const first = ticks([1000n, 2000n, 2000n, 2000n]);
    const second = ticks([1500n, 2500n]);
    const cpu = { cpu: 0, pageCount: 2, pages: [...first.pages, ...second.pages] };
    const { rows, recording } = await read(simple('local', [cpu]));
    expect(timesOf(rows)).toEqual([0, 1000, 1000, 1000, 1000, 1500]);
    expect(recording.totals.timeWentBack).toBe(1);
    expect(recording.totals.longestFrozenRun).toBe(4);
  });
});

describe('guests', () => {
  const guest = new ByteWriter().string('web-1').u64(77).u32(2).u32(0).u32(4711).u32(1).u32(4712).finish();
  const timeShift = new ByteWriter().u64(77).u32(0).u32(1).u32(0).finish();

  test('the host knows the threads of its guests', async () => {
    const options = [
      { id: 13, data: guest },
      { id: 12, data: timeShift },
    ];
    const { recording } = await read(simple('local', [ticks([1n])], { options }));
    const vcpuThreads = [
      { vcpu: 0, thread: 4711 },
      { vcpu: 1, thread: 4712 },
    ];
    expect(recording.guests).toEqual([{ name: 'web-1', vcpuThreads }]);
    expect(recording.issues.list()).toEqual([]);
  });

  test("a guest's own recording is recognised", async () => {
    const { recording } = await read(simple('local', [ticks([1n])], { options: [{ id: 12, data: timeShift }] }));
    expect(recording.issues.list()).toMatchObject([{ code: 'guest-recording', severity: 'error' }]);
  });
});

describe('many CPUs', () => {
  test('two thousand of them in one order', async () => {
    const cpus = Array.from({ length: 2000 }, (_, cpu) => ({
      ...ticks([BigInt(2000 - cpu), 5000n, BigInt(6000 + cpu)]),
      cpu,
    }));
    const { rows, recording } = await read(simple('local', cpus));
    expect(rows.length).toBe(6000);
    expect(rows[0].pcpu).toBe(1999);
    const tied = rows.filter((row) => row.time === 5000 - Number(recording.originNs));
    expect(tied.map((row) => row.pcpu)).toEqual(Array.from({ length: 2000 }, (_, cpu) => cpu));
    expect(recording.totals.pcpus.size).toBe(2000);
  });
});

const twoCpus = (kind: object): TraceDatContents => ({
  ...SHAPE,
  version: 7,
  ...kind,
  events: EVENTS,
  buffers: [makeBuffer(SHAPE, '', 2, 1000).buffer],
});

describe('damage', () => {
  test.each(FILES)('%s, cut anywhere: an issue, or a counted loss', async (_, kind) => {
    const bytes = traceDatBytes(twoCpus(kind));
    const whole = await readRecords(traceDat, source(bytes));
    for (let size = 0; size < bytes.length - SHAPE.pageSize; size += 1 + Math.floor(bytes.length / 150)) {
      const opened = await traceDat.open(source(bytes.subarray(0, size)), OPTIONS);
      if (!opened.ok) {
        expect(opened.issue.severity).toBe('error');
        continue;
      }
      const { rows, recording } = await readRecords(traceDat, source(bytes.subarray(0, size)));
      expect(rows.length).toBeLessThan(whole.rows.length);
      expect(recording.issues.list().length, `cut at ${size}`).toBeGreaterThan(0);
      if (rows.length > 0) expect(rows.at(-1)!.event, `cut at ${size}`).toBe('loss');
    }
  });

  test.each(FILES)('%s, cut in its head: it is said to be cut, and not to be of an unknown kind', async (_, kind) => {
    const bytes = traceDatBytes(twoCpus(kind));
    for (let size = 10; size < 40; size++) {
      const opened = await traceDat.open(source(bytes.subarray(0, size)), OPTIONS);
      expect(opened.ok ? undefined : opened.issue, `cut at ${size}`).toMatchObject({ code: 'trace-dat-damaged' });
    }
  });

  test.each(FILES)('%s, bytes changed anywhere: no exception, bounded output', async (_, kind) => {
    const bytes = traceDatBytes(twoCpus(kind));
    const random = randomNumbers(11);
    for (let round = 0; round < 300; round++) {
      const damaged = bytes.slice();
      for (let change = 0; change < 3; change++) damaged[random(damaged.length)] = random(256);
      const opened = await traceDat.open(source(damaged), OPTIONS);
      if (!opened.ok) continue;
      let rows = 0;
      for await (const batch of opened.value.batches()) {
        expect(batch.time.subarray(0, batch.count).every(Number.isInteger)).toBe(true);
        rows += batch.count;
      }
      expect(rows).toBeLessThan(damaged.length / 8);
    }
  });

  test('a damaged page costs its rest, and the gap is stated', async () => {
    const times = Array.from({ length: 1000 }, (_, index) => BigInt(1000 * index));
    const cpu = ticks(times);
    const pages = [...cpu.pages].map((page) => page.slice());
    new DataView(pages[1].buffer).setUint32(8, 5000, true); // states more data than a page holds
    const { rows, recording } = await read(simple('local', [{ ...cpu, pages }]));
    const loss = rows.findIndex((row) => row.event === 'loss');
    expect(rows[loss].fields['from']).toBe(rows[loss - 1].time);
    expect(rows[loss].time).toBe(rows[loss + 1].time);
    expect(Number(rows[loss + 1].fields['port']) - Number(rows[loss - 1].fields['port'])).toBeGreaterThan(100);
    expect(rows.at(-1)!.fields['port']).toBe(999);
    const [issue] = recording.issues.list();
    expect(issue).toMatchObject({ code: 'trace-dat-damaged', source: 'synthetic.dat' });
    expect(issue.offset! % SHAPE.pageSize).toBe(0);
  });

  test('a time stamp far in the future does not drag all later events along', async () => {
    const times = Array.from({ length: 1000 }, (_, index) => BigInt(1000 * index));
    const cpu = ticks(times);
    const pages = [...cpu.pages].map((page) => page.slice());
    new DataView(pages[1].buffer).setBigUint64(0, 2n ** 50n, true);
    const { rows, recording } = await read(simple('local', [{ ...cpu, pages }]));
    expect(rows.at(-1)).toMatchObject({ time: 999_000, fields: { port: 999 } });
    expect(recording.totals.gaps).toBe(1);
  });
});

test('overlapping data of CPUs are read once', async () => {
  const cpu = ticks([1n, 2n, 3n]);
  const contents = simple('local', [cpu, { ...cpu, cpu: 1 }]);
  const bytes = traceDatBytes(contents);
  const place = Buffer.from(new ByteWriter().u32(1).u64(8192).u64(4096).finish());
  const at = Buffer.from(bytes).indexOf(place);
  expect(at).toBeGreaterThan(0);
  new DataView(bytes.buffer).setBigUint64(at + 4, 4096n, true);
  const { rows, recording } = await readRecords(traceDat, source(bytes));
  expect(rows.length).toBe(3);
  expect(recording.issues.list()).toMatchObject([{ code: 'trace-dat-damaged' }]);
});

test('other files are not taken for trace.dat; latency text is refused', async () => {
  expect(traceDat.sniff(text('PERFILE2'))).toBe(0);
  const bytes = traceDatBytes({ ...simple('local', [ticks([1n])]), version: 6 });
  expect(traceDat.sniff(bytes)).toBe(1);
  const at = Buffer.from(bytes).indexOf('flyrecord');
  bytes.set(text('latency  '), at);
  expect(await traceDat.open(source(bytes), OPTIONS)).toMatchObject({
    ok: false,
    issue: { code: 'trace-dat-latency' },
  });
});
