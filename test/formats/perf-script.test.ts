import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { perfScript } from '../../src/formats/perf-script/index.js';
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
import { scenario, scenariosWith } from '../support/recordings.js';

const script = (data: string, ...options: string[]): string => runTool('perf', ['script', ...options, '-i', data]);

/** Larger recordings are for benchmarks. */
const SMALL = 8 * 1024 * 1024;
const recordings = ['perf.data', 'perf-kvm.data'].flatMap((name) =>
  scenariosWith(name)
    .map((found) => ({ name: `${name} of ${found.name}`, path: pathIn(found, name) }))
    .filter(({ path }) => statSync(path).size < SMALL),
);

/** The event names of a text, found in another way than the reader does: after the time, up to the next blank. */
function namesByLine(text: string): string[] {
  const lines = text.split('\n').map((line) => / \[\d{3}\] +\d+\.\d+: +(\w+:\w+): /.exec(line)?.[1]);
  return lines.filter((name) => name !== undefined);
}

const counted = ({ recording }: Records): Record<string, number> => Object.fromEntries(recording.totals.eventCounts);

describe.each(scenariosWith('perf-script.txt'))('perf-script.txt of $name', (found) => {
  const text = textIn(found, 'perf-script.txt');

  it('counts what stands in its lines and finds the fields', async () => {
    const records = await readText(perfScript, text);
    expect(counted(records)).toEqual(countByEvent(namesByLine(text)));
    expect(records.rows.filter(({ fields }) => Object.keys(fields).length === 0)).toEqual([]);
    expect(records.recording.clock).toMatchObject({ measuresTime: true, resolutionNs: 1000 });
    expect(records.recording.issues.list()).toEqual([]);
  });
});

describe.each(recordings)('perf script of $name', ({ path }) => {
  it('says what the binary recording says', async () => {
    const file = openFile(path);
    if (!file.ok) throw new Error(file.issue.message);
    const binary = await readRecords(perfData, file.value, OPTIONS);
    file.value.close();
    const text = await readText(perfScript, script(path, '--ns', '--guest-code', '--show-lost-events'));
    expect(counted(text)).toEqual(counted(binary));
    const shift = Number(text.recording.originNs - binary.recording.originNs);
    const [expected, actual] = [sorted(binary.rows, 0), sorted(text.rows, shift)];
    expect(actual.length).toBe(expected.length);
    for (const [index, row] of actual.entries()) compareRow(row, expected[index]);
    expect(text.recording.totals.lostEvents).toBe(binary.recording.totals.lostEvents);
    expect(text.recording.issues.list().filter(({ code }) => code !== 'time-went-back')).toEqual([]);
  });
});

/** Events without losses, whose place the two forms see differently; at one time by CPU. */
function sorted(rows: readonly Row[], shift: number): Row[] {
  const events = rows.filter(({ event }) => event !== 'loss').map((row) => ({ ...row, time: row.time + shift }));
  return events.sort((a, b) => a.time - b.time || a.pcpu - b.pcpu);
}

/** What the kernel prints as a word, in part, or not at all. */
const INEXACT = new Set(['exit_reason', 'isa', 'errno', 'reason']);

const who = (row: Row): string => `${row.time} ${row.pcpu} ${row.event}`;

function compareRow(text: Row, binary: Row): void {
  if (who(text) !== who(binary)) expect(text).toEqual(binary);
  // perf prints -1 for a thread that has ended.
  if (text.thread !== -1 && text.thread !== binary.thread) expect(text).toEqual(binary);
  for (const [name, value] of Object.entries(binary.fields)) {
    if (text.fields[name] !== value && !INEXACT.has(name)) expect(text).toEqual(binary);
  }
}

const EVENT = 'irq:softirq_entry: vec=1 [action=TIMER]';

const event = (cpu: number, time: number, text = EVENT): string => `perf 1 [00${cpu}] 5.00000${time}: ${text}\n`;
const sniff = (text: string): number => perfScript.sniff(new TextEncoder().encode(text));

describe('columns', () => {
  it.each([
    ['CPU 0/KVM   141 [001]   325.936531:       kvm:kvm_entry: vcpu 0, rip 0x10', 'CPU 0/KVM', 141, 1],
    ['qemu-system-x86   136 [000]   325.913922: kvm:kvm_entry: vcpu 0, rip 0x10', 'qemu-system-x86', 136, 0],
    ['qemu-system-x86 2136 [000] 325.913922: kvm:kvm_entry: vcpu 0, rip 0x10', 'qemu-system-x86', 2136, 0],
    ['a 7 [003] 1.0:  8 [001]   325.913922: kvm:kvm_entry: vcpu 0, rip 0x10', 'a 7 [003] 1.0:', 8, 1],
    ['x 5   12   [001]   325.913922:   1   kvm:kvm_entry: vcpu 0, rip 0x10', 'x 5', 12, 1],
  ])('%s', async (text, name, thread, pcpu) => {
    for (const line of [text, text.padStart(text.length + Math.max(0, 16 - name.length))]) {
      const { rows, recording } = await readText(perfScript, `${line}\n`);
      expect(rows).toMatchObject([{ thread, pcpu, event: 'kvm_entry', fields: { vcpu_id: 0 } }]);
      expect(recording.threads.name(thread)).toBe(name);
    }
  });

  it('takes processes from the pid/tid form, and names from PERF_RECORD_COMM', async () => {
    const { recording, rows } = await readText(
      perfScript,
      '         swapper     0 [000]     0.000000: PERF_RECORD_COMM exec: CPU 0/KVM:136/141\n' +
        `            perf  1520/1521  [000]   315.556322:                  ${EVENT}\n`,
    );
    expect(rows).toMatchObject([{ time: 0, thread: 1521 }]);
    expect(recording.threads.process(1521)).toBe(1520);
    expect(recording.threads.process(141)).toBe(136);
    expect(recording.threads.name(141)).toBe('CPU 0/KVM');
    expect(recording.totals.events).toBe(1);
  });

  it('understands every line of the pid/tid form, those of ended threads as well', async () => {
    const perf = pathIn(scenario('m-mixed', 'perf.data'), 'perf.data');
    const plain = await readText(perfScript, script(perf, '--ns'));
    const withProcesses = script(perf, '--ns', '-F', '+pid');
    expect(withProcesses).toContain(' -1/-1 ');
    const { rows, recording } = await readText(perfScript, withProcesses);
    expect(rows).toEqual(plain.rows);
    expect(recording.issues.list()).toEqual(plain.recording.issues.list());
  });

  it('says that the CPU is missing', async () => {
    const { recording, rows } = await readText(
      perfScript,
      `            perf  1521   315.556322:   ${EVENT}\n`.repeat(2),
    );
    expect(rows.map(({ pcpu }) => pcpu)).toEqual([0, 0]);
    expect(recording.issues.list()).toMatchObject([{ code: 'cpu-unknown' }]);
  });

  it('passes over call chains and blank lines, and learns the host from the header', async () => {
    const { recording, rows } = await readText(
      perfScript,
      '# ========\n# hostname : l1host\n# os release : 6.1.0\n# cmdline : perf record : x\n# ========\n#\n' +
        `perf 1521 [000] 315.556322: ${EVENT}\n\tffffffff81a592eb vmx_vcpu_run+0x1 ([kernel.kallsyms])\n            7f00 main (/bin/x)\n\n` +
        `perf 1521 [000] 315.556323: ${EVENT}\n`,
    );
    expect(rows.length).toBe(2);
    expect(recording.issues.list()).toEqual([]);
    expect(recording.host).toEqual({ hostname: 'l1host', kernel: '6.1.0', recorderCommand: 'perf record : x' });
  });
});

describe('lost events', () => {
  it('become a row before the next event of their CPU', async () => {
    const { recording, rows } = await readText(
      perfScript,
      event(1, 0) + event(1, 2, 'PERF_RECORD_LOST lost 42') + event(0, 1) + event(1, 2),
    );
    expect(rows.map(({ time, pcpu, event, fields }) => [time, pcpu, event, fields])).toEqual([
      [0, 1, 'softirq_entry', { vec: 1 }],
      [1000, 0, 'softirq_entry', { vec: 1 }],
      [2000, 1, 'loss', { from: 0, count: 42 }],
      [2000, 1, 'softirq_entry', { vec: 1 }],
    ]);
    expect(recording.totals).toMatchObject({ events: 3, gaps: 1, lostEvents: 42 });
  });
});

describe('hostile and damaged input', () => {
  it('is survived', async () => {
    const text = new TextEncoder().encode(
      textIn(scenario('m-mixed', 'perf-script.txt'), 'perf-script.txt').slice(0, 20_000),
    );
    let seed = 7;
    const random = (limit: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % limit;
    };
    for (let round = 0; round < 60; round++) {
      const damaged = text.slice(0, 8000 + random(12_000));
      for (let fault = 0; fault < 40; fault++) damaged[random(damaged.length)] = random(256);
      const { recording, rows } = await readRecords(perfScript, new MemorySource(damaged));
      expect(rows.length).toBeLessThanOrEqual(recording.totals.events);
    }
  });

  it('is recognized by its lines only', () => {
    expect(sniff(`            perf  1521 [000]   315.556322:    ${EVENT}\n`)).toBeGreaterThan(0.8);
    expect(sniff('            bash-125     [001] d..2.   114.178620: sched_switch: x\n')).toBe(0);
    expect(sniff('[{"a": 1}]')).toBe(0);
    expect(perfScript.sniff(new TextEncoder().encode('PERFILE2\0\0'))).toBe(0);
  });
});
