/** Damaged files of trace-cmd, made by a writer of our own. */
import { describe, expect, test } from 'vitest';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { ByteWriter } from '../support/byte-writer.js';
import { OPTIONS, readRecords } from '../support/read-records.js';
import {
  EVENTS,
  FILES,
  makeBuffer,
  randomNumbers,
  read,
  SHAPE,
  simple,
  source,
  text,
  ticks,
} from '../support/synthetic-trace-dat.js';
import { type TraceDatContents, traceDatBytes } from '../support/trace-dat-writer.js';

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
