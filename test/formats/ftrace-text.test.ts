/** Text of real recordings: what it says is what the binary ones say. */
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ftraceText } from '../../src/formats/ftrace-text/index.js';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { openFile } from '../../src/node/file-source.js';
import {
  countByEvent,
  OPTIONS,
  pathIn,
  type Records,
  type Row,
  readRecords,
  readText,
  runTool,
  textIn,
} from '../support/read-records.js';
import { scenariosWith } from '../support/recordings.js';

const report = (trace: string, ...options: string[]): string =>
  runTool('trace-cmd', ['report', ...options, '-i', trace]);

/** Larger recordings are for benchmarks. */
const SMALL = 1.2 * 1024 * 1024;
const traces = scenariosWith('trace.dat').filter((found) => statSync(pathIn(found, 'trace.dat')).size < SMALL);

/** The event names of a text, found in another way than the reader does: the second part at ": ". */
function namesByLine(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^ *\S.*-\d+ .*\d: /.test(line));
  return lines.map((line) => line.split(/: +/)[1].trim());
}

const eventsOf = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row.event !== 'loss');
const bare = (name: string): string => name.slice(name.indexOf(':') + 1);
const counted = ({ recording }: Records): Record<string, number> =>
  Object.fromEntries([...recording.totals.eventCounts].map(([name, count]) => [bare(name), count]));

/** Time in microseconds on the recorder's clock, as the shortest form prints it, and who and what. */
function columns({ rows, recording }: Records): string[] {
  const origin = Number(recording.originNs % 1_000_000_000_000n);
  return rows.map((row) => `${Math.floor((origin + row.time + 500) / 1000)} ${row.pcpu} ${row.thread} ${row.event}`);
}

/** Recordings that differ in kind: a bit of everything, cycles for a clock, lost events. */
const IN_ALL_FORMS = /\/(?:m-mixed|l2-tsc-clock-perf-z|l3-lost-events)$/;
const CYCLE_CLOCK = '/l2-tsc-clock-perf-z';

/** Cycle counts then count as nanoseconds on both sides. */
const CYCLES = { clockHz: 1e9 };

async function readBinary(path: string): Promise<Records> {
  const file = openFile(path);
  if (!file.ok) throw new Error(file.issue.message);
  const records = await readRecords(traceDat, file.value, { ...OPTIONS, ...CYCLES });
  file.value.close();
  return records;
}

describe.each(scenariosWith('ftrace-trace.txt'))("the kernel's trace file of $name", (found) => {
  const text = textIn(found, 'ftrace-trace.txt');

  it('counts what stands in its lines and finds the fields', async () => {
    const records = await readText(ftraceText, text);
    expect(counted(records)).toEqual(countByEvent(namesByLine(text)));
    expect(records.recording.issues.list()).toEqual([]);
    expect(records.rows.length).toBeGreaterThan(1000);
    for (const { event, fields } of records.rows) {
      if (event === 'kvm_exit')
        expect(Object.keys(fields)).toEqual(['exit_reason', 'vcpu_id', 'info1', 'info2', 'guest_rip', 'intr_info']);
      if (event === 'sched_switch')
        expect(new Set(Object.values(fields).map((value) => typeof value))).toEqual(new Set(['number']));
    }
    expect(records.recording.clock).toMatchObject({ measuresTime: true, resolutionNs: 1000 });
  });
});

describe.each(scenariosWith('trace-cmd-report.txt'))('trace-cmd-report.txt of $name', (found) => {
  const text = textIn(found, 'trace-cmd-report.txt');

  it('counts what stands in its lines', async () => {
    const records = await readText(ftraceText, text);
    expect(counted(records)).toEqual(countByEvent(namesByLine(text)));
    expect(records.recording.issues.list()).toEqual([]);
  });
});

describe.each(traces)('trace-cmd report of $name', (found) => {
  const trace = pathIn(found, 'trace.dat');

  it('raw with all digits says what the binary recording says', async () => {
    const binary = await readBinary(trace);
    const text = await readText(ftraceText, report(trace, '-t', '-R'), CYCLES);
    expect(counted(text)).toEqual(counted(binary));
    const shift = Number(text.recording.originNs - binary.recording.originNs);
    const expected = eventsOf(binary.rows);
    const actual = eventsOf(text.rows);
    expect(actual.length).toBe(expected.length);
    for (const [index, row] of actual.entries()) {
      const { time, ...rest } = row;
      const { time: binaryTime, ...binaryRest } = asRaw(expected[index]);
      if (JSON.stringify(rest, plain) !== JSON.stringify(binaryRest, plain)) expect(rest).toEqual(binaryRest);
      if (time + shift !== binaryTime) expect(time + shift).toBe(binaryTime);
    }
    expect(text.recording.totals.gaps).toBe(binary.recording.totals.gaps);
  });

  it('says the same in its other forms', async () => {
    const raw = await readText(ftraceText, report(trace, '-R'), CYCLES);
    const forms = [[], ...(IN_ALL_FORMS.test(found.name) ? [['-l'], ['-l', '-R'], ['--ts-diff'], ['-t']] : [])];
    for (const options of forms) {
      // Flags and cycle counts would then stand together, both hexadecimal digits: nobody can tell them apart.
      if (options.length === 2 && found.name.endsWith(CYCLE_CLOCK)) continue;
      const other = await readText(ftraceText, report(trace, ...options), CYCLES);
      expect(counted(other)).toEqual(counted(raw));
      const [expected, actual] = [columns(raw), columns(other)];
      if (actual.join('\n') !== expected.join('\n')) expect(actual).toEqual(expected);
      compareFields(raw.rows, other.rows);
      expect(other.recording.issues.list()).toEqual([]);
    }
  });
});

/** The raw form prints the vector alone. */
function asRaw(row: Row): Row {
  if (row.event !== 'kvm_apic_ipi') return row;
  return { ...row, fields: { ...row.fields, icr_low: Number(row.fields['icr_low']) & 0xff } };
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

/** What the other forms do not print: libtraceevent leaves it out. */
const ABSENT = new Set(['kvm_exit.isa', 'kvm_exit.vcpu_id', 'kvm_exit.intr_info', 'kvm_userspace_exit.errno']);
/** What they print as a word, or in part. */
const INEXACT = new Set(['kvm_exit.exit_reason', 'sched_switch.prev_state', 'loss.from']);

function compareFields(raw: readonly Row[], other: readonly Row[]): void {
  for (const [index, { event, fields }] of raw.entries()) {
    for (const [name, value] of Object.entries(fields)) {
      const key = `${event}.${name}`;
      const found = asRaw(other[index]).fields[name];
      if (Object.is(found, value) || (found === undefined && ABSENT.has(key))) continue;
      if (found === undefined || !INEXACT.has(key)) expect({ event, [name]: found }).toEqual({ event, [name]: value });
    }
  }
}
