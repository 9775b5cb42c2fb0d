/** Losses and times that damage, or the recorder itself, puts outside the time of all events. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import { PerfDataWriter } from '../support/perf-data-writer.js';
import { OPTIONS, readRecords } from '../support/read-records.js';
import { RingPages } from '../support/ring-pages.js';
import { type EventDescription, encodeRecord, formatText, traceDatBytes } from '../support/trace-dat-writer.js';

const vcpuEvent = (name: string, id: number): EventDescription => ({
  system: 'kvm',
  name,
  id,
  fields: [{ type: 'unsigned int', name: 'vcpu_id', size: 4, signed: false }],
});
const ENTRY = vcpuEvent('kvm_entry', 301);
const EXIT = vcpuEvent('kvm_exit', 302);
const ENTRY_ID = 1000;
const EXIT_ID = 1001;
const START = 0x40_0000_0000n;
const DAYS = 86_400_000_000_000n;

class Author extends PerfDataWriter {
  constructor() {
    super(
      true,
      [
        { config: ENTRY.id, ids: [ENTRY_ID] },
        { config: EXIT.id, ids: [EXIT_ID] },
      ],
      new Map([['kvm', [formatText(ENTRY), formatText(EXIT)]]]),
    );
  }

  at(after: number | bigint, event: EventDescription): this {
    const raw = encodeRecord(event, 101, { vcpu_id: 0 }, true);
    const id = event === ENTRY ? ENTRY_ID : EXIT_ID;
    return this.sample({ id, time: START + BigInt(after), cpu: 0, raw });
  }

  lostAt(after: number): this {
    return this.lost(ENTRY_ID, 7, START + BigInt(after), 0);
  }
}

const sourceOf = (author: Author) => new MemorySource(author.fileForm(), 'synthetic.data');

async function explained(author: Author) {
  const opened = await perfData.open(sourceOf(author), OPTIONS);
  if (!opened.ok) throw new Error(opened.issue.message);
  const result = await explain(opened.value, kvm);
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

describe('perf.data', () => {
  test('a loss that is stamped after the last event does not make the recording longer', async () => {
    // The kernel reads the clock for a loss apart; the record after it need not be an event.
    const author = new Author().at(0, EXIT).at(100, ENTRY).at(400, EXIT).lostAt(9000).comm(1, 1, 'x');
    const { recording, rows } = await readRecords(perfData, sourceOf(author));
    expect(recording.totals).toMatchObject({ firstNs: 0, lastNs: 400, lostEvents: 7, gaps: 1 });
    expect(rows.at(-1)).toMatchObject({ event: 'loss', time: 400, fields: { from: 400, count: 7 } });
    const { machines, totals } = await explained(author);
    expect(totals.durationNs).toBe(400);
    expect(machines[0].vcpus[0].ledgerNs).toMatchObject({ guest: 300 });
  });

  test('a loss that is stamped before the first event lies at the first event', async () => {
    const author = new Author().lostAt(-5000).comm(1, 1, 'x').at(0, EXIT).at(100, ENTRY);
    const { recording, rows } = await readRecords(perfData, sourceOf(author));
    expect(recording.originNs).toBe(START);
    expect(rows.map(({ event, time }) => [event, time])).toEqual([
      ['loss', 0],
      ['kvm_exit', 0],
      ['kvm_entry', 100],
    ]);
    expect(recording.totals.timeWentBack).toBe(0);
    expect(recording.totals).toMatchObject({ firstNs: 0, lastNs: 100, lostEvents: 7 });
  });

  test('losses alone are counted; there is nothing to explain', async () => {
    const author = new Author().lostAt(0).lostAt(10).finishedRound();
    const { recording, rows } = await readRecords(perfData, sourceOf(author));
    expect(rows).toEqual([]);
    expect(recording.totals).toMatchObject({ events: 0, lostEvents: 14, gaps: 2 });
  });

  test('a time that no double holds exactly is a sample lost', async () => {
    const author = new Author()
      .at(0, EXIT)
      .at(100, ENTRY)
      .at(2n ** 62n, EXIT)
      .at(-START, ENTRY)
      .at(400, EXIT);
    const { recording, rows } = await readRecords(perfData, sourceOf(author));
    expect(rows.every(({ time }) => Number.isSafeInteger(time))).toBe(true);
    expect(recording.totals).toMatchObject({ events: 4, lostEvents: 1 });
    expect(recording.issues.list()).toMatchObject([{ code: 'bad-sample' }]);
  });

  test('fifty days are no damage', async () => {
    const author = new Author().at(0, EXIT).at(50n * DAYS, ENTRY);
    const { recording } = await readRecords(perfData, sourceOf(author));
    expect(recording.totals.lastNs).toBe(Number(50n * DAYS));
    expect(recording.issues.list()).toEqual([]);
  });
});

test('trace.dat of which every page is damaged: a gap without a time is no record', async () => {
  const pages: Uint8Array[] = [];
  const ring = new RingPages({ littleEndian: true, longSize: 8, pageSize: 4096 }, (page) => pages.push(page));
  ring.event(START, encodeRecord(EXIT, 101, { vcpu_id: 0 }, true));
  ring.finishPage();
  // The first event claims to be longer than the page.
  new DataView(pages[0].buffer).setUint32(16, 0, true);
  new DataView(pages[0].buffer).setUint32(20, 0x7fff_fff0, true);
  const bytes = traceDatBytes({
    version: 7,
    littleEndian: true,
    longSize: 8,
    pageSize: 4096,
    events: [ENTRY, EXIT],
    buffers: [{ name: '', clock: 'local', cpus: [{ cpu: 0, pageCount: 1, pages }] }],
  });
  const { recording, rows } = await readRecords(traceDat, new MemorySource(bytes, 'synthetic.dat'));
  expect(rows).toEqual([]);
  expect(recording.totals).toMatchObject({ events: 0, gaps: 1, firstNs: Infinity });
  expect(recording.issues.list()).toMatchObject([{ code: 'trace-dat-damaged' }]);
});
