/**
 * Missing bytes and wrong bits in a real recording: whatever is still read was in it, at that time; what is missing is said; and T
 * does not grow.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import { xentrace } from '../../../src/formats/xentrace/index.js';
import { XEN_CATALOG } from '../../../src/hypervisors/xen/trace-events.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { randomSource } from '../../support/random-source.js';
import { type Records, readRecords } from '../../support/read-records.js';
import { xenRecording } from '../../support/xen-recordings.js';

const whole = windowsUpTo(new Uint8Array(readFileSync(xenRecording('pvh-overcommit')!.path)), 300_000);
const hz = 1e9;
const read = (bytes: Uint8Array) =>
  readRecords(xentrace, new MemorySource(bytes), { catalog: XEN_CATALOG, codecs: nodeCodecs, clockHz: hz });

/** Rows by what they tell, with the time on the host's clock. */
function toldBy({ recording, rows }: Records): Map<string, number> {
  const told = new Map<string, number>();
  for (const { time, pcpu, event, fields } of rows) {
    if (event === 'loss') continue;
    const line = `${recording.cycles!.origin + BigInt(time)} ${pcpu} ${event} ${JSON.stringify(Object.values(fields).map(String))}`;
    told.set(line, (told.get(line) ?? 0) + 1);
  }
  return told;
}

const countOf = (told: ReadonlyMap<string, number>): number =>
  [...told.values()].reduce((sum, count) => sum + count, 0);
const wrongIn = (told: ReadonlyMap<string, number>, sound: ReadonlyMap<string, number>): string[] =>
  [...told].filter(([line, count]) => count > (sound.get(line) ?? 0)).map(([line]) => line);
const isSaid = ({ recording, rows }: Records): boolean =>
  rows.some(({ event }) => event === 'loss') ||
  recording.issues.list().some(({ severity }) => severity !== 'note') ||
  recording.totals.timeWentBack > 0;

const ROUNDS = 60;

describe('a damaged file', () => {
  test.each([0.1, 0.35, 0.5, 0.77, 0.9999])('that is cut at %f of it has what comes before', async (share) => {
    const sound = toldBy(await read(whole));
    const cut = await read(whole.subarray(0, Math.floor(whole.length * share)));
    expect(wrongIn(toldBy(cut), sound)).toEqual([]);
    expect(countOf(toldBy(cut))).toBeGreaterThan(0.9 * share * countOf(sound) - 200);
    expect(isSaid(cut)).toBe(true);
  });

  test('from which bytes are missing goes on after them, and all pCPUs have a gap', async () => {
    const sound = toldBy(await read(whole));
    for (const [at, length] of [
      [100_000, 4],
      [100_004, 5000],
      [60_000, 100_000],
    ]) {
      const bytes = Buffer.concat([whole.subarray(0, at), whole.subarray(at + length)]);
      const damaged = await read(bytes);
      expect(wrongIn(toldBy(damaged), sound).length).toBeLessThan(5);
      expect(countOf(toldBy(damaged))).toBeGreaterThan(0.7 * (1 - length / whole.length) * countOf(sound));
      expect(isSaid(damaged)).toBe(true);
    }
  });

  test('with a wrong bit that makes a time late, by less than a second even, has the records after it at theirs', async () => {
    const sound = toldBy(await read(whole));
    const random = randomSource(12);
    const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
    const places = timesIn(view).slice(1, -1);
    for (let round = 0; round < ROUNDS; round++) {
      const copy = whole.slice();
      const at = places[random.below(places.length)];
      const late = (view.getUint32(at, true) | (1 << (24 + random.below(7)))) >>> 0;
      new DataView(copy.buffer).setUint32(at, late, true);
      const damaged = await read(copy);
      expect(wrongIn(toldBy(damaged), sound).length).toBeLessThan(6);
    }
  });

  test('with a wrong bit in the high half of a time has that record only at another time', async () => {
    const { rows, recording } = await read(whole);
    const sound = toldBy({ rows, recording });
    const length = recording.totals.lastNs;
    const random = randomSource(11);
    const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
    const places = timesIn(view).slice(1, -1);
    for (let round = 0; round < ROUNDS; round++) {
      const copy = whole.slice();
      const at = places[random.below(places.length)];
      const bit = random.below(20);
      new DataView(copy.buffer).setUint32(at + 4, view.getUint32(at + 4, true) ^ (1 << bit), true);
      const damaged = await read(copy);
      expect(damaged.recording.totals.lastNs).toBeLessThanOrEqual(length);
      expect(wrongIn(toldBy(damaged), sound).length).toBeLessThan(6);
      expect(isSaid(damaged)).toBe(true);
    }
  });
});

/** Where times are stated, bytes. */
function timesIn(view: DataView): number[] {
  const places: number[] = [];
  for (let at = 0; at + 40 < view.byteLength; ) {
    const header = view.getUint32(at, true);
    if (header >>> 31 === 1) places.push(at + 4);
    at += 4 * (1 + (header >>> 31) * 2 + ((header >>> 28) & 7));
  }
  return places;
}

/** Whole windows of a file, at most so many bytes. */
function windowsUpTo(file: Uint8Array, most: number): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  let end = 0;
  while (end < most) {
    const next = end + 12 + view.getUint32(end + 8, true);
    if (next > most) break;
    end = next;
  }
  return file.slice(0, end);
}
