/** Real recordings, checked against trace-cmd itself and the counts stored beside them. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { KVM_CATALOG } from '../../src/hypervisors/kvm/tracepoints.js';
import { openFile } from '../../src/node/file-source.js';
import type { Recording } from '../../src/recording/recording.js';
import { countByEvent, OPTIONS, type Records, type Row, readRecords, runTool } from '../support/read-records.js';
import { scenario, scenariosWith } from '../support/recordings.js';

/** One cycle a nanosecond: times are then the cycles themselves, which trace-cmd prints for x86-tsc. */
const CYCLE_IS_NANOSECOND = { ...OPTIONS, clockHz: 1_000_000_000 };
/** Text of larger recordings does not fit in memory. */
const LARGEST_FOR_REPORT = 16 * 1024 * 1024;
const WANTED = new Set(KVM_CATALOG.map((spec) => spec.event));

function sourceOf(path: string) {
  const opened = openFile(path);
  if (!opened.ok) throw new Error(opened.issue.message);
  return opened.value;
}

async function open(path: string): Promise<Recording> {
  const opened = await traceDat.open(sourceOf(path), CYCLE_IS_NANOSECOND);
  if (!opened.ok) throw new Error(opened.issue.message);
  return opened.value;
}

/** Reads to the end; returns the number of rows. */
async function drain(recording: Recording): Promise<number> {
  let rows = 0;
  for await (const batch of recording.batches()) rows += batch.count;
  return rows;
}

interface ReportLine {
  readonly thread: number;
  readonly cpu: number;
  readonly time: bigint;
  readonly event: string;
  readonly rest: string;
}

/** Lines of `trace-cmd report -t`; times in nanoseconds (or cycles, where the clock counts them). */
function parseReport(text: string): ReportLine[] {
  const lines: ReportLine[] = [];
  for (const line of text.split('\n')) {
    const match = /-(\d+) +\[(\d{3,})\] *(\d+)(?:\.(\d{9}))?: +([\w]+): *(.*)$/.exec(line);
    if (match === null) continue;
    const [, thread, cpu, whole, fraction = '', event, rest] = match;
    lines.push({ thread: Number(thread), cpu: Number(cpu), time: BigInt(whole + fraction), event, rest });
  }
  return lines;
}

function byCpu<T>(items: readonly T[], cpuOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(cpuOf(item));
    if (group) group.push(item);
    else groups.set(cpuOf(item), [item]);
  }
  return groups;
}

/** Lines of "COUNT NAME". */
function parseCounts(text: string): Record<string, number> {
  const words = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return Object.fromEntries(words.map(([count, name]) => [name, Number(count)]));
}

describe.each(scenariosWith('trace.dat').map((found) => [found.name, found] as const))('%s', (_, found) => {
  const path = found.file('trace.dat')!;

  test('counts every event as the recorder did', async () => {
    const recording = await open(path);
    const rows = await drain(recording);
    const counts = Object.fromEntries(
      [...recording.totals.eventCounts].map(([name, count]) => [name.replace(/^.*:/, ''), count]),
    );
    const witness = found.file('trace-event-counts.txt');
    if (witness !== undefined) expect(counts).toEqual(parseCounts(readFileSync(witness, 'utf8')));
    const wanted = Object.entries(counts).reduce((sum, [name, count]) => sum + (WANTED.has(name) ? count : 0), 0);
    expect(rows).toBe(wanted + recording.totals.gaps);
    expect(recording.totals.events).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
    if (statSync(path).size > LARGEST_FOR_REPORT) return;
    const lines = parseReport(runTool('trace-cmd', ['report', '-t', '-i', path]));
    expect(counts).toEqual(countByEvent(lines.map((line) => line.event)));
  });
});

describe.each(['b1-uart-flood', 'i1-overcommit-unpinned', 'l2-tsc-clock-perf-z', 'l3-lost-events', 'm-mixed'])(
  '%s beside trace-cmd report',
  (name) => {
    const path = scenario(name, 'trace.dat')!.file('trace.dat')!;
    const report = parseReport(runTool('trace-cmd', ['report', '-t', '-R', '-i', path]));
    const wanted = byCpu(
      report.filter((line) => WANTED.has(line.event)),
      (line) => line.cpu,
    );
    let records: Records;
    const rowsByCpu = async () => {
      records ??= await readRecords(traceDat, sourceOf(path), CYCLE_IS_NANOSECOND);
      return byCpu(
        records.rows.filter((row) => row.event !== 'loss'),
        (row) => row.pcpu,
      );
    };

    test('same events, threads and times on each CPU', async () => {
      const rows = await rowsByCpu();
      expect(new Set(rows.keys())).toEqual(new Set(wanted.keys()));
      const origin = records.recording.originNs;
      for (const [cpu, lines] of wanted) {
        const ours = rows.get(cpu)!.map((row) => `${origin + BigInt(row.time)} ${row.event} ${row.thread}`);
        expect(ours).toEqual(lines.map((line) => `${line.time} ${line.event} ${line.thread}`));
      }
    });

    test('same order over all CPUs, but for equal times', async () => {
      await rowsByCpu();
      const origin = records.recording.originNs;
      const ours = records.rows.filter((row) => row.event !== 'loss').map((row) => origin + BigInt(row.time));
      expect(ours).toEqual(report.filter((line) => WANTED.has(line.event)).map((line) => line.time));
      expect(records.recording.totals.firstNs).toBe(0);
      const last = report.reduce((latest, line) => (line.time > latest ? line.time : latest), 0n);
      expect(origin + BigInt(records.recording.totals.lastNs)).toBe(last);
    });

    test('same fields', async () => {
      const rows = await rowsByCpu();
      const compared = new Map<string, number>();
      for (const [cpu, lines] of wanted) {
        for (const [index, line] of lines.entries()) compareFields(rows.get(cpu)![index], line, compared);
      }
      for (const field of [
        'sched_switch.prev_pid',
        'sched_switch.next_pid',
        'sched_switch.prev_state',
        'kvm_exit.exit_reason',
        'kvm_exit.guest_rip',
      ]) {
        expect(compared.get(field), field).toBeGreaterThan(100);
      }
    });

    test('thread names', async () => {
      await rowsByCpu();
      const last = new Map<number, string>();
      for (const { event, rest } of report) {
        const match =
          event === 'sched_switch' && /prev_comm=(.*) prev_pid=(\d+) .*next_comm=(.*) next_pid=(\d+) /.exec(rest);
        if (!match) continue;
        last.set(Number(match[2]), match[1]);
        last.set(Number(match[4]), match[3]);
      }
      last.delete(0);
      expect(last.size).toBeGreaterThan(5);
      for (const [thread, comm] of last) expect(records.recording.threads.name(thread), `thread ${thread}`).toBe(comm);
    });
  },
);

/** Fields that `report -R` prints in decimal or after 0x. */
const COMPARABLE = new Set([
  'exit_reason',
  'isa',
  'vcpu_id',
  'info1',
  'info2',
  'guest_rip',
  'intr_info',
  'rip',
  'reason',
  'errno',
  'port',
  'rw',
  'size',
  'count',
  'len',
  'gpa',
  'prev_pid',
  'prev_state',
  'next_pid',
  'pid',
  'target_cpu',
  'orig_cpu',
  'dest_cpu',
  'ns',
  'waited',
  'valid',
  'irq',
  'vec',
  'vector',
]);

function compareFields(row: Row, line: ReportLine, compared: Map<string, number>): void {
  for (const [name, value] of Object.entries(row.fields)) {
    if (!COMPARABLE.has(name)) continue;
    const text = new RegExp(`(?:^| )${name}=(-?(?:0x[0-9a-f]+|\\d+))(?: |$)`).exec(line.rest)?.[1];
    if (text === undefined) continue;
    const printed = text.startsWith('-')
      ? -BigInt(text.slice(1))
      : BigInt(text.startsWith('0x') ? text : text.replace(/^0+(?=\d)/, ''));
    // A `number` above 2^53 is rounded to a double, as the contract says.
    const expected = typeof value === 'bigint' ? printed : Number(printed);
    if (value !== expected) expect(`${line.event} ${name}=${value}`).toBe(`${line.event} ${name}=${expected}`);
    const key = `${line.event}.${name}`;
    compared.set(key, (compared.get(key) ?? 0) + 1);
  }
}

describe('what surrounds the events', () => {
  test('host, recorder and clock', async () => {
    const recording = await open(scenario('m-mixed', 'trace.dat')!.file('trace.dat')!);
    expect(recording.host.architecture).toBe('x86_64');
    expect(recording.host.kernel).toMatch(/^6\.1\./);
    expect(recording.host.recorder).toMatch(/^trace-cmd 3\./);
    expect(recording.clock).toEqual({ name: 'local', measuresTime: true, resolutionNs: 1 });
  });

  test('a gap that a page states, and the losses that the kernel counted', async () => {
    const path = scenario('l3-lost-events', 'trace.dat')!.file('trace.dat')!;
    const { rows, recording } = await readRecords(traceDat, sourceOf(path));
    const text = runTool('trace-cmd', ['report', '-t', '-i', path]);
    const lines = text.split('\n');
    const marks = lines.flatMap((line, index) => (/^CPU:\d+ \[.*(?:DROPPED|LOST)/.test(line) ? [index] : []));
    const losses = rows.filter((row) => row.event === 'loss');
    expect(marks.length).toBeGreaterThan(0);
    expect(losses.length).toBe(marks.length);
    losses.forEach((loss, index) => {
      const [after] = parseReport(lines[marks[index] + 1]);
      const before = parseReport(lines.slice(0, marks[index]).join('\n')).findLast((line) => line.cpu === after.cpu)!;
      expect(loss.pcpu).toBe(after.cpu);
      expect(recording.originNs + BigInt(loss.time)).toBe(after.time);
      expect(recording.originNs + BigInt(loss.fields['from'])).toBe(before.time);
    });
    expect(recording.totals.lostEvents).toBe(182);
    expect(recording.issues.list().map((issue) => issue.code)).toContain('events-lost');
  });

  test('cycles pass at the frequency that the guest was told: within 0.1 % of perf, on the same run', async () => {
    const folder = scenario('l2-tsc-clock-perf-z', 'trace.dat')!;
    const { recording, rows } = await readRecords(traceDat, sourceOf(folder.file('trace.dat')!));
    const peer = await readRecords(perfData, sourceOf(folder.file('perf.data')!));
    expect(recording.clock.estimated).toBe(true);
    expect(recording.issues.list().map((issue) => issue.code)).toContain('clock-estimated');
    const spanOf = (records: readonly Row[]) => {
      const queries = records.filter((row) => row.event === 'kvm_cpuid');
      expect(queries.length).toBe(440);
      return queries.at(-1)!.time - queries[0].time;
    };
    expect(Math.abs(spanOf(rows) / spanOf(peer.rows) - 1)).toBeLessThan(1e-3);
  });
});

describe('converted by trace-cmd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-trace-dat-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const original = scenario('b1-uart-flood', 'trace.dat')!.file('trace.dat')!;

  test.each([
    ['version 6', ['--file-version', '6']],
    ['version 7, not compressed', ['--file-version', '7', '--compression', 'none']],
    ['version 7, zstd', ['--file-version', '7', '--compression', 'zstd']],
  ])('%s: identical records', async (_, options) => {
    const converted = join(folder, 'converted.dat');
    runTool('trace-cmd', ['convert', ...options, '-i', original, '-o', converted]);
    const expected = await readRecords(traceDat, sourceOf(original));
    const actual = await readRecords(traceDat, sourceOf(converted));
    expect(actual.rows).toEqual(expected.rows);
    expect(actual.recording.originNs).toBe(expected.recording.originNs);
    expect(actual.recording.totals).toEqual(expected.recording.totals);
  });
});

test('version 7 without its end: the version and the place of the lost index are named, and nobody is sent looking', async () => {
  const bytes = readFileSync(scenario('b1-uart-flood', 'trace.dat')!.file('trace.dat')!);
  const opened = await traceDat.open(new MemorySource(bytes.subarray(0, 100_000), 'cut.dat'), OPTIONS);
  const message = opened.ok ? '' : opened.issue.message;
  const [, place] =
    /^cut\.dat is a trace\.dat of version 7 that lost its end: it has 100000 bytes, .* begins at (\d+)\. Without/.exec(
      message,
    )!;
  // Of a section of options the identifier is 0, then come flags.
  expect([bytes.readUInt16LE(Number(place)), Number(place) < bytes.length]).toEqual([0, true]);
});
