/** perf.data files that no real recording shows: big-endian, rounds out of order, all kinds of damage. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { KVM_CATALOG } from '../../src/hypervisors/kvm/tracepoints.js';
import { ByteWriter } from '../support/byte-writer.js';
import {
  Author,
  CYCLES_ID,
  EVENTS,
  EXIT,
  EXIT_ID,
  RIP,
  START,
  WAKING,
  WAKING_ID,
} from '../support/perf-data-author.js';
import { OPTIONS, type Records, readRecords } from '../support/read-records.js';

const read = (bytes: Uint8Array): Promise<Records> => readRecords(perfData, new MemorySource(bytes));
const codes = ({ recording }: Records): string[] => recording.issues.list().map(({ code }) => code);
const timesOf = ({ rows }: Records): number[] => rows.map(({ time }) => time);

function everything(littleEndian: boolean): Author {
  const author = new Author(littleEndian).comm(100, 101, 'CPU 0/KVM').fork(100, 105);
  // CPU 1 is written first but begins later; the second round has events from before the end of the first.
  author.exit(500, 1, 7).exit(900, 1, 7).exit(100, 0, 6).waking(600, 0, 4242, 'vhost').finishedRound();
  author.exit(1000, 1, 7).exit(700, 0, 6).exit(0x1_0000_0000, 0, 6).finishedRound();
  author.lost(EXIT_ID, 12, START + 0x1_0000_0100n, 1).exit(0x1_0000_0200, 1, 7);
  author.sample({ id: CYCLES_ID, time: START + 5n, cpu: 0, raw: new Uint8Array(4) });
  return author
    .lostSamples(12)
    .lostSamples(99, 1 << 15)
    .finishedRound();
}

describe.each([
  ['little-endian file', true, 'fileForm'],
  ['little-endian pipe', true, 'pipeForm'],
  ['big-endian file', false, 'fileForm'],
  ['big-endian pipe', false, 'pipeForm'],
] as const)('%s', (_, littleEndian, form) => {
  test('rows, totals and tables', async () => {
    const records = await read(everything(littleEndian)[form]());
    const { recording, rows } = records;
    // The origin is the earliest event of all, here the cycles sample 95 ns before the first wanted one.
    expect(recording.originNs).toBe(START + 5n);
    const late = 0x1_0000_0000;
    expect(timesOf(records)).toEqual(
      [100, 500, 600, 700, 900, 1000, late, late + 0x100, late + 0x200].map((t) => t - 5),
    );
    expect(rows.map(({ pcpu }) => pcpu)).toEqual([0, 1, 0, 0, 1, 1, 0, 1, 1]);
    expect(rows[0].fields).toEqual({ exit_reason: 6, guest_rip: RIP });
    expect(rows[2]).toMatchObject({ event: 'sched_waking', thread: -1, fields: { pid: 4242, target_cpu: 3 } });
    expect(rows[7]).toMatchObject({ event: 'loss', pcpu: 1, fields: { from: 995, count: 12 } });
    expect(recording.totals).toMatchObject({ events: 9, lostEvents: 12, gaps: 1, timeWentBack: 0, firstNs: 0 });
    expect(recording.totals.lastNs).toBe(late + 0x200 - 5);
    expect(Object.fromEntries(recording.totals.eventCounts)).toEqual({
      'kvm:kvm_exit': 7,
      'sched:sched_waking': 1,
      'event 0/0': 1,
    });
    expect([...recording.totals.pcpus]).toEqual([0, 1]);
    expect(recording.threads.name(101)).toBe('CPU 0/KVM');
    expect(recording.threads.name(4242)).toBe('vhost');
    expect(recording.threads.process(105)).toBe(100);
    expect(recording.host.hostname).toBe('testhost');
    expect(recording.issues.list()).toEqual([]);
  });
});

describe('losses', () => {
  test('what only LOST_SAMPLES knows is counted once and said to have no place', async () => {
    const author = new Author()
      .exit(1)
      .lost(EXIT_ID, 5, START + 2n, 0)
      .exit(3)
      .lostSamples(8);
    const records = await read(author.fileForm());
    expect(records.recording.totals).toMatchObject({ lostEvents: 8, gaps: 2 });
    expect(codes(records)).toEqual(['loss-without-place']);
  });
});

/** The records of 50 events on two CPUs, 10 ns apart. */
function content(): Uint8Array {
  const out = new ByteWriter();
  const author = new Author();
  for (let event = 0; event < 50; event++) out.bytes(author.exitRecord(event * 10, event % 2, event % 2));
  return out.finish();
}

describe('rounds that are larger than the queue', () => {
  const PER_CPU = 400_000;
  const EARLY = 5;

  /** Two CPUs, one after the other, without a mark: CPU 1 five nanoseconds after CPU 0. */
  function oneRound(): Author {
    const author = new Author();
    const [first, second] = [author.exitRecord(0, 0, 0), author.exitRecord(0, 1, 1)];
    const data = new Uint8Array(2 * PER_CPU * first.length);
    const view = new DataView(data.buffer);
    for (let event = 0; event < 2 * PER_CPU; event++) {
      const cpu = event < PER_CPU ? 0 : 1;
      const at = event * first.length;
      data.set(cpu === 0 ? first : second, at);
      view.setBigUint64(at + 32, START + BigInt((event % PER_CPU) * 10 + cpu * EARLY), true);
    }
    author.add(data);
    return author;
  }

  test('are read side by side, in the order of time', async () => {
    const records = await read(oneRound().fileForm());
    expect(records.rows.length).toBe(2 * PER_CPU);
    expect(records.rows.every(({ time, pcpu }, row) => time === row * EARLY && pcpu === row % 2)).toBe(true);
    expect(codes(records)).toEqual([]);
  });

  test('cannot be put in order from a pipe: what came too late is counted', async () => {
    const records = await read(oneRound().pipeForm());
    expect(records.rows.length).toBe(2 * PER_CPU);
    expect(records.recording.totals.timeWentBack).toBeGreaterThan(0);
    expect(codes(records)).toEqual(['not-in-order']);
  });
});

describe('compression', () => {
  test.each([1, 2, 7, 50])('records that straddle %i compressed ones', async (pieces) => {
    const records = await read(new Author().compressed(content(), pieces).finishedRound().fileForm());
    expect(timesOf(records)).toEqual(Array.from({ length: 50 }, (_, event) => event * 10));
    expect(codes(records)).toEqual([]);
  });

  test('damage loses the rest, and says so', async () => {
    const author = new Author().exit(0).compressed(content(), 5);
    const bytes = author.fileForm();
    const magic = bytes.findIndex((_, at) => bytes[at] === 0x28 && bytes[at + 1] === 0xb5 && bytes[at + 2] === 0x2f);
    bytes[magic + 6] |= 6; // the first block is of the reserved type
    const records = await read(bytes);
    expect(codes(records)).toContain('bad-compression');
    expect(records.rows.map(({ event }) => event)).toEqual(['kvm_exit', 'loss']);
    expect(records.recording.totals.gaps).toBe(1);
  });
});

describe('events', () => {
  test('a tracepoint that two attributes recorded is used once', async () => {
    const events = [...EVENTS, { config: EXIT, ids: [2000] }];
    const author = new Author(true, events);
    const twin = new ByteWriter().u16(EXIT).zeros(14).u64(RIP).finish();
    for (const after of [10, 20]) {
      author.exit(after).sample({ id: 2000, time: START + BigInt(after), cpu: 0, raw: twin });
    }
    const records = await read(author.fileForm());
    expect(records.rows.length).toBe(2);
    expect(records.recording.totals.eventCounts.get('kvm:kvm_exit')).toBe(2);
    expect(codes(records)).toEqual(['recorded-twice']);
  });

  test('READ of a group and CALLCHAIN before RAW are passed over', async () => {
    // IDENTIFIER | RAW | CPU | CALLCHAIN | READ | TIME | TID; GROUP | ID | TIME_ENABLED
    const events = [{ config: EXIT, ids: [EXIT_ID], sampleType: 0x104b6, readFormat: 0xd }];
    const author = new Author(true, [...events, EVENTS[1]]);
    const body = new ByteWriter().u64(EXIT_ID).u32(5).u32(6).u64(START).u32(1).u32(0);
    body.u64(2).u64(111).u64(1).u64(EXIT_ID).u64(1).u64(WAKING_ID).u64(3).u64(1).u64(2).u64(3);
    body.u32(28).u16(EXIT).zeros(6).u32(9).u32(0).u64(RIP).u32(0);
    const records = await read(author.add(author.record(9, body.finish())).fileForm());
    expect(records.rows).toMatchObject([{ pcpu: 1, thread: 6, fields: { exit_reason: 9, guest_rip: RIP } }]);
  });

  test('samples without identifiers are told apart by their records', async () => {
    const sampleType = 0x487; // IP | TID | TIME | CPU | RAW
    const events = [EXIT, WAKING].map((config) => ({ config, ids: [], sampleType }));
    const author = new Author(true, events);
    const body = new ByteWriter().u64(1).u32(5).u32(6).u64(START).u32(1).u32(0).u32(36).u16(WAKING).zeros(6);
    body.text('qemu\0\0\0\0\0\0\0\0\0\0\0\0').u32(77).u32(2).u32(0);
    const records = await read(author.add(author.record(9, body.finish())).fileForm());
    expect(records.rows).toMatchObject([{ event: 'sched_waking', fields: { pid: 77, target_cpu: 2 } }]);
  });
});

const noFormatsOf = ({ recording }: Awaited<ReturnType<typeof read>>) =>
  recording.issues.list().find(({ code }) => code === 'no-formats');

describe('damage', () => {
  test('an unknown event, an impossible raw size and CPU are losses with their offsets', async () => {
    const author = new Author().exit(10);
    const badRaw = author.exitRecord(20, 0);
    new DataView(badRaw.buffer).setUint32(56, 60_000, true);
    const badCpu = author.exitRecord(30, 1_000_000);
    author.add(badRaw, badCpu).sample({ id: 9_999, time: START, cpu: 0, raw: new Uint8Array(4) });
    const records = await read(author.exit(40).fileForm());
    expect(codes(records)).toEqual(['bad-sample', 'bad-sample', 'unknown-event']);
    for (const { offset } of records.recording.issues.list()) expect(offset).toBeGreaterThan(104);
    expect(records.rows.map(({ event }) => event)).toEqual(['kvm_exit', 'loss', 'kvm_exit']);
    expect(records.recording.totals.lostEvents).toBe(3);
  });

  test('after an impossible record size nothing is read, and a loss stands at the end', async () => {
    const author = new Author().exit(10).exit(20, 1);
    author.add(author.record(9, new Uint8Array(8), 0, 4)).exit(30);
    const records = await read(author.fileForm());
    expect(codes(records)).toEqual(['bad-record-size']);
    expect(records.rows.map(({ event }) => event)).toEqual(['kvm_exit', 'kvm_exit', 'loss', 'loss']);
    expect(records.rows.slice(2).map(({ fields }) => fields['from'])).toEqual([0, 10]);
  });

  test('a file whose recorder was killed: no tables, but the events are counted', async () => {
    const file = new Author().exit(10).exit(20).fileForm(0);
    const records = await read(file.subarray(0, file.length));
    expect(codes(records)).toEqual(expect.arrayContaining(['not-finished', 'no-formats']));
    expect(records.recording.totals.events).toBeGreaterThanOrEqual(2);
    expect(noFormatsOf(records)?.message).toContain('recorder was killed');
  });

  test('a cut file: says how far it should go, and what is lost with its end; the pipe form loses nothing but events', async () => {
    const author = new Author().exit(10).exit(20);
    const whole = author.fileForm();
    // Bytes 40 to 55 of the header: where the records begin, and how many bytes they have.
    const header = new DataView(whole.buffer, whole.byteOffset);
    const recordsEnd = Number(header.getBigUint64(40, true) + header.getBigUint64(48, true));
    const inRecords = noFormatsOf(await read(whole.subarray(0, recordsEnd - 8)));
    expect(inRecords?.message).toContain(`should go up to byte ${recordsEnd} at least, and has ${recordsEnd - 8};`);
    expect(inRecords?.message).toContain('descriptions of their tracepoints');
    const inTables = noFormatsOf(await read(whole.subarray(0, recordsEnd + 100)));
    expect(inTables?.message).toMatch(/should go up to byte \d+ at least/);
    expect(inTables?.hint).toContain('Copy the file again');
    const pipe = author.pipeForm();
    const cut = await read(pipe.subarray(0, pipe.length - 8));
    expect(noFormatsOf(cut)).toBeUndefined();
    expect(cut.rows.map(({ event }) => event)).toContain('kvm_exit');
  });

  test('a wrong head is refused', async () => {
    expect(perfData.sniff(new TextEncoder().encode('PERFILE1'))).toBe(0);
    expect(perfData.sniff(new TextEncoder().encode('PERFILE2'))).toBe(1);
    const opened = await perfData.open(new MemorySource(new Author().fileForm().subarray(0, 60)), OPTIONS);
    expect(opened.ok).toBe(false);
  });

  test.each(['fileForm', 'pipeForm'] as const)(
    'cut anywhere, the %s never throws and never invents events',
    async (form) => {
      const whole = everything(true)[form]();
      const full = await read(whole);
      for (let length = 0; length < whole.length; length += 5) {
        const opened = await perfData.open(new MemorySource(whole.subarray(0, length)), OPTIONS);
        if (!opened.ok) continue;
        for await (const batch of opened.value.batches()) expect(batch.count).toBeGreaterThan(0);
        const { totals, issues } = opened.value;
        expect(totals.events).toBeLessThanOrEqual(full.recording.totals.events);
        if (totals.events < full.recording.totals.events && form === 'fileForm') expect(issues.list()).not.toEqual([]);
      }
    },
  );

  test('single damaged bytes never throw or hang', async () => {
    const whole = everything(true).fileForm();
    for (let at = 8; at < whole.length; at += 3) {
      for (const value of [0, 0xff, whole[at] ^ 0x10]) {
        const damaged = whole.slice();
        damaged[at] = value;
        const opened = await perfData.open(new MemorySource(damaged), { ...OPTIONS, catalog: KVM_CATALOG });
        if (!opened.ok) continue;
        let last = 0;
        for await (const batch of opened.value.batches()) {
          for (let row = 0; row < batch.count; row++) {
            if (!(batch.time[row] >= last)) throw new Error(`byte ${at}: time ${batch.time[row]} after ${last}`);
            last = batch.time[row];
          }
        }
      }
    }
  });
});
