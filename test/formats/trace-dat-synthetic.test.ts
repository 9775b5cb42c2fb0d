/** Files made by a writer of our own: every shape that real recordings at hand do not have. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { ByteWriter } from '../support/byte-writer.js';
import { OPTIONS, type Row, readRecords, runTool } from '../support/read-records.js';
import type { PageShape } from '../support/ring-pages.js';
import {
  EVENTS,
  type Expected,
  FILES,
  makeBuffer,
  randomNumbers,
  read,
  START,
  simple,
  source,
  text,
  ticks,
} from '../support/synthetic-trace-dat.js';
import { traceDatBytes } from '../support/trace-dat-writer.js';

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
