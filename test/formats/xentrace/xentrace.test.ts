/** Real recordings of Xen, against what an independent counter of records found in them; and what the files do not state. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import { FORMATS } from '../../../src/formats/registry.js';
import { eventName } from '../../../src/formats/xentrace/event-names.js';
import { xentrace } from '../../../src/formats/xentrace/index.js';
import { indexOfEvent } from '../../../src/formats/xentrace/record-words.js';
import { XEN_CATALOG } from '../../../src/hypervisors/xen/trace-events.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { ForwardSource } from '../../fuzz/forward-source.js';
import { readRecords } from '../../support/read-records.js';
import { xenRecordings } from '../../support/xen-recordings.js';

/** Counted there, and no events: changes of the pCPU, and what fills the ends of buffers. */
const FILLERS = ['0x001f003', '0x001f002'];

/** Lines as "   0x0081102     4100 VMEXIT". */
function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, number, count] of text.matchAll(/^\s+(0x[0-9a-f]{7})\s+(\d+)/gm)) {
    if (FILLERS.includes(number)) continue;
    const name = eventName(indexOfEvent(Number(number)));
    counts.set(name, (counts.get(name) ?? 0) + Number(count));
  }
  return counts;
}

const lostOf = (text: string): number => Number(/sum lost records (\d+)/.exec(text)?.[1]);

describe.each(xenRecordings())('$name', ({ path, witness, hz }) => {
  const bytes = readFileSync(path);
  const options = { catalog: XEN_CATALOG, codecs: nodeCodecs };

  test('every record is counted by its number, as the counter did', async () => {
    const { recording, rows } = await readRecords(xentrace, new MemorySource(bytes), { ...options, clockHz: hz });
    const counts = countsOf(witness('record-counts'));
    expect(counts.size).toBeGreaterThan(3);
    expect(recording.totals.eventCounts).toEqual(counts);
    expect(recording.totals.lostEvents).toBe(lostOf(witness('record-counts')));
    expect(recording.totals.timeWentBack).toBe(0);
    const times = rows.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('from a pipe it is the same', async () => {
    const whole = await readRecords(xentrace, new MemorySource(bytes), options);
    const piped = await readRecords(xentrace, new ForwardSource(bytes), options);
    expect(piped.rows).toEqual(whole.rows);
  });

  test('no other format takes it for its own', () => {
    const head = bytes.subarray(0, 65_536);
    const claims = FORMATS.filter((format) => format.sniff(head) > 0).map(({ id }) => id);
    expect(claims).toEqual(['xentrace']);
  });

  test('the rate of its clock is found to a thousandth, where the scheduler tells of it', async () => {
    const opened = await xentrace.open(new MemorySource(bytes), options);
    if (!opened.ok) throw new Error(opened.issue.message);
    const { clock, cycles } = opened.value;
    expect(clock.estimated).toBe(true);
    if (clock.measuresTime) expect(Math.abs(cycles!.hz / hz - 1)).toBeLessThan(0.001);
    else expect(countsOf(witness('record-counts')).has('sched:switch_infprev')).toBe(false);
  });
});
