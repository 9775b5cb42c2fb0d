/** Real recordings, checked against perf itself. What no real one has is in perf-data-synthetic.test.ts. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ByteSource, MemorySource } from '../../src/base/byte-source.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { KVM_CATALOG } from '../../src/hypervisors/kvm/tracepoints.js';
import { perfGuestSamples, perfSampleCounts, perfSamples } from '../support/perf.js';
import { toPipeForm } from '../support/perf-data-writer.js';
import { OPTIONS, type Records, type Row, readRecords, runTool } from '../support/read-records.js';
import { type Scenario, scenario, scenariosWith } from '../support/recordings.js';

const WANTED = new Set(KVM_CATALOG.map(({ system, event }) => `${system}:${event}`));
/** The raw records of perf and the text of perf script do not fit in memory beyond this. */
const LARGEST_FOR_SCRIPT = 8 * 1024 * 1024;

interface RealFile {
  readonly name: string;
  readonly path: string;
  readonly scenario: Scenario;
}

const FILES: RealFile[] = ['perf.data', 'perf-kvm.data'].flatMap((file) =>
  scenariosWith(file).map((scenario) => ({
    name: `${scenario.name}/${file}`,
    path: scenario.file(file) as string,
    scenario,
  })),
);

const read = (bytes: Uint8Array): Promise<Records> => readRecords(perfData, new MemorySource(bytes));

/** Forwards only, of unknown size: what a pipe is to a format. */
class PipeSource extends MemorySource {
  #lowest = 0;

  override get size(): number {
    return Infinity;
  }

  override read(offset: number, length: number): Uint8Array {
    if (offset < this.#lowest && offset >= 64 * 1024) throw new Error(`a pipe cannot go back to ${offset}`);
    this.#lowest = Math.max(this.#lowest, offset);
    return this.bytes(offset, length);
  }

  readonly bytes: (offset: number, length: number) => Uint8Array;

  constructor(bytes: Uint8Array) {
    super(bytes, 'standard input');
    this.bytes = (offset, length) => bytes.subarray(offset, offset + length);
  }
}

const plain = (rows: readonly Row[]): string[] =>
  rows.map(
    ({ time, pcpu, thread, event, fields }) => `${time} ${pcpu} ${thread} ${event} ${Object.entries(fields).join(' ')}`,
  );

/** Lines that two tools can agree on, in order, for each CPU. */
function perCpu(lines: readonly { cpu: number; line: string }[]): Map<number, string[]> {
  const cpus = new Map<number, string[]>();
  for (const { cpu, line } of lines) {
    const list = cpus.get(cpu);
    if (list) list.push(line);
    else cpus.set(cpu, [line]);
  }
  return new Map([...cpus].sort(([a], [b]) => a - b));
}

describe('real recordings', () => {
  test('there are some', () => expect(FILES.length).toBeGreaterThanOrEqual(8));

  test.each(FILES)('$name: as many events of each kind as perf counts', async ({ path }) => {
    const { recording } = await read(readFileSync(path));
    expect(Object.fromEntries(recording.totals.eventCounts)).toEqual(Object.fromEntries(perfSampleCounts(path)));
    expect(recording.host.recorder).toMatch(/^perf /);
    expect(recording.host.cpuid).toMatch(/^AuthenticAMD,/);
  });

  const small = FILES.filter(({ path }) => readFileSync(path).length <= LARGEST_FOR_SCRIPT);

  test.each(small)('$name: times, CPUs, threads and order as perf script has them', async ({ path }) => {
    const { recording, rows } = await read(readFileSync(path));
    const guest = perfGuestSamples(path);
    const theirs = perfSamples(path).filter(({ event, cpu, ns }) => WANTED.has(event) && !guest.has(`${cpu} ${ns}`));
    const ours = rows
      .filter(({ event }) => event !== 'loss')
      .map((row) => ({ ...row, ns: recording.originNs + BigInt(row.time) }))
      .filter(({ pcpu, ns }) => !guest.has(`${pcpu} ${ns}`));
    const ourLines = ours.map(({ ns, pcpu, thread, event }) => ({ cpu: pcpu, line: `${ns} ${thread} ${event}` }));
    const theirLines = theirs.map(({ ns, cpu, tid, event }) => ({ cpu, line: `${ns} ${tid} ${event.split(':')[1]}` }));
    expect(perCpu(ourLines)).toEqual(perCpu(theirLines));
    for (const { pid, tid } of theirs) if (tid > 0 && pid >= 0) expect(recording.threads.process(tid)).toBe(pid);
    expect(recording.totals.timeWentBack).toBe(0);
  });
});

/** The number after `name=` or `name ` in what perf script prints. */
function number(text: string, name: string): number {
  return Number(new RegExp(`\\b${name}[ =](0x[0-9a-f]+|-?\\d+)`).exec(text)?.[1]);
}

describe('fields', () => {
  const checks: Record<string, (row: Row, text: string) => void> = {
    kvm_entry: ({ fields }, text) => expect(fields['vcpu_id']).toBe(number(text, 'vcpu')),
    kvm_exit: ({ fields }, text) => {
      expect(fields['guest_rip']).toBe(BigInt(/rip (0x[0-9a-f]+)/.exec(text)?.[1] ?? -1));
    },
    kvm_pio: ({ fields }, text) => {
      expect(fields['port']).toBe(Number(/at (0x[0-9a-f]+)/.exec(text)?.[1]));
      expect(fields['rw']).toBe(text.includes('pio_write') ? 1 : 0);
    },
    sched_switch: ({ fields }, text) => {
      expect(fields['prev_pid']).toBe(Number(/:(\d+) \[\d+\] \S+ ==>/.exec(text)?.[1] ?? number(text, 'prev_pid')));
      expect(fields['next_pid']).toBe(Number(/==> .*:(\d+) \[\d+\]/.exec(text)?.[1] ?? number(text, 'next_pid')));
    },
    softirq_entry: ({ fields }, text) => expect(fields['vec']).toBe(number(text, 'vec')),
    sched_wakeup: ({ fields }, text) => expect(fields['target_cpu']).toBe(number(text, 'target_cpu')),
  };

  test('are what perf script prints of them', async () => {
    const path = scenario('m-mixed', 'perf.data')?.file('perf.data') as string;
    const { recording, rows } = await read(readFileSync(path));
    const byKey = new Map(
      rows.map((row) => [`${row.pcpu} ${recording.originNs + BigInt(row.time)} ${row.event}`, row]),
    );
    const checked = new Map<string, number>();
    for (const { event, cpu, ns, text } of perfSamples(path, true)) {
      const name = event.split(':')[1];
      const row = byKey.get(`${cpu} ${ns} ${name}`);
      if (row === undefined || checks[name] === undefined) continue;
      checks[name](row, text);
      checked.set(name, (checked.get(name) ?? 0) + 1);
    }
    for (const name of Object.keys(checks)) expect(checked.get(name), name).toBeGreaterThan(100);
    expect(recording.threads.name(1521)).toBe('perf');
  });
});

describe('losses of real recordings', () => {
  test('LOST records have their place; LOST_SAMPLES counts the same events and is not added', async () => {
    const path = scenario('l4-perf-lost', 'perf.data')?.file('perf.data') as string;
    const { recording, rows } = await read(readFileSync(path));
    const text = runTool('perf', ['script', '-i', path, '--ns', '--show-lost-events', '-F', 'cpu,time,event']);
    const theirs = [...text.matchAll(/\[(\d+)\]\s+(\d+)\.(\d{9}): PERF_RECORD_LOST lost (\d+)/g)];
    const losses = rows.filter(({ event }) => event === 'loss');
    expect(losses.map(({ pcpu, fields }) => [pcpu, fields['count']])).toEqual(
      theirs.map(([, cpu, , , count]) => [Number(cpu), Number(count)]),
    );
    // The kernel stamps a LOST record a little later than the event that it writes it for.
    losses.forEach(({ time }, index) => {
      const [, , seconds, fraction] = theirs[index];
      const late = Number(BigInt(seconds + fraction) - recording.originNs) - time;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(5_000_000);
    });
    expect(recording.totals.gaps).toBe(28);
    expect(recording.totals.lostEvents).toBe(losses.reduce((sum, { fields }) => sum + Number(fields['count']), 0));
    rows.forEach(({ event, time, pcpu, fields }, index) => {
      if (event !== 'loss') return;
      const before = rows
        .slice(0, index)
        .filter((row) => row.pcpu === pcpu && row.event !== 'loss')
        .at(-1);
      expect(Number(fields['from'])).toBeLessThanOrEqual(time);
      expect(Number(fields['from'])).toBeGreaterThanOrEqual(before?.time ?? 0);
    });
  });

  test('compressed records are unpacked', async () => {
    const found = scenario('l2-tsc-clock-perf-z', 'perf.data') as Scenario;
    const { recording } = await read(readFileSync(found.file('perf.data') ?? ''));
    expect(recording.totals.eventCounts.get('kvm:kvm_exit')).toBe(1037);
    expect(recording.issues.list()).toEqual([]);
  });
});

describe('the pipe form', () => {
  const inPipeForm = FILES.filter(({ path }) => /l2-|l4-|m-mixed|e-timer\//.test(path));

  test.each(inPipeForm)('$name: the same rows, through a pipe', async ({ path }) => {
    const file = readFileSync(path);
    const fromFile = await read(file);
    const piped = await readRecords(perfData, new PipeSource(toPipeForm(file)));
    expect(plain(piped.rows)).toEqual(plain(fromFile.rows));
    expect(piped.recording.totals.eventCounts).toEqual(fromFile.recording.totals.eventCounts);
    expect(piped.recording.host.kernel).toBe(fromFile.recording.host.kernel);
    expect(piped.recording.originNs).toBe(fromFile.recording.originNs);
  });

  test('the file form through a pipe is refused with the way out', async () => {
    const source: ByteSource = new PipeSource(readFileSync(FILES[0].path));
    const opened = await perfData.open(source, OPTIONS);
    expect(opened.ok).toBe(false);
    if (!opened.ok) expect(opened.issue.hint).toContain('perf record -o -');
  });
});
