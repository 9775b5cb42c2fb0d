/**
 * Single broken bits and missing bytes in the trace of a simulated host: whatever is still read was in the trace, at that
 * time; what is missing is said; and T does not grow. A nanosecond is a cycle, so times can be compared as they are.
 */
import { describe, expect, test } from 'vitest';
import { qnxKev } from '../../../src/formats/qnx-kev/index.js';
import { QNX_CATALOG } from '../../../src/hypervisors/qnx/trace-events.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { serialConsolePlan } from '../../../src/simulation/qnx/demo-plans.js';
import { randomPlan } from '../../../src/simulation/qnx/random-plan.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { ForwardSource } from '../../fuzz/forward-source.js';
import { readKev } from '../../support/qnx-records.js';
import { randomSource } from '../../support/random-source.js';
import { type Records, readRecords } from '../../support/read-records.js';

const EVENT_BYTES = 16;
const CLOCK_HZ = 1_000_000_000;
/** A wrong bit that moves an event by less than a millisecond does not contradict its neighbours. */
const FIRST_BIT = 20;
/** The last event of a CPU may be moved so far, ns: nothing is there to contradict it. */
const ALONE_NS = 100_000_000;
/** Low halves of times are none of the small numbers that are in events, so that no wrong time is right by chance. */
const START_CYCLES = 5 * 2 ** 32 + 0x5a3c_0000;
const ROUNDS = 30;
const CUTS = 12;
const END = 'TRACE_HEADER_END::';

interface Host {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly eventsStart: number;
}

function hostOf(release: string, bufferEvents: number): Host {
  for (let seed = 1; seed < 1000; seed++) {
    const plan = { ...randomPlan(seed, { tracedNs: 3_000_000 }), cyclesPerSecond: CLOCK_HZ, startCycles: START_CYCLES };
    if (!plan.release.startsWith(release) || plan.cpus < 2 || plan.cpus > 4) continue;
    const { trace } = simulate(plan);
    if (trace.events.length < 1500 || trace.events.length > 6000) continue;
    const bytes = kevBytes(trace, { bufferEvents });
    const eventsStart = Buffer.from(bytes).indexOf(END) + END.length;
    return { name: `${release}.x, buffers of ${bufferEvents} events`, bytes, eventsStart };
  }
  throw new Error(`no host of ${release}`);
}

const HOSTS = [hostOf('7', 200), hostOf('8', 200), hostOf('7', 1020), hostOf('8', 1020)];

/** Rows by what they tell: threads have other numbers where some are missing. */
function toldBy({ recording, rows }: Records): Map<string, number> {
  const told = new Map<string, number>();
  for (const { time, pcpu, event, fields } of rows) {
    if (event === 'loss') continue;
    const rest = Object.entries(fields).filter(([name]) => name !== 'thread' && name !== 'initial');
    const words = rest.map(([name, value]) => `${name}=${value}`);
    const line = `${recording.cycles!.origin + BigInt(time)} ${pcpu} ${event} ${words.join()}`;
    told.set(line, (told.get(line) ?? 0) + 1);
  }
  return told;
}

function missingAndWrong(whole: Map<string, number>, damaged: Map<string, number>) {
  let missing = 0;
  for (const [line, count] of whole) missing += Math.max(0, count - (damaged.get(line) ?? 0));
  const wrong = [...damaged].filter(([line, count]) => count > (whole.get(line) ?? 0)).map(([line]) => line);
  return { missing, wrong };
}

const lengthOf = ({ recording: { totals } }: Records): number => totals.lastNs - totals.firstNs;
const codesOf = ({ recording }: Records): string[] => recording.issues.list().map(({ code }) => code);

async function piped(bytes: Uint8Array): Promise<Records> {
  return readRecords(qnxKev, new ForwardSource(bytes), { catalog: QNX_CATALOG, codecs: nodeCodecs });
}

describe.each(HOSTS)('$name', ({ bytes, eventsStart }) => {
  const count = (bytes.length - eventsStart) / EVENT_BYTES;
  const flipped = (at: number, bit: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at + (bit >> 3)] ^= 1 << (bit & 7);
    return copy;
  };

  test.each([
    ['a file', readKev],
    ['a pipe', piped],
  ])('one wrong bit in the time of an event, in %s', async (_, read) => {
    const whole = await read(bytes);
    const told = toldBy(whole);
    const random = randomSource(count);
    for (let round = 0; round < ROUNDS; round++) {
      const event = round < 20 ? count - 1 - round : random.below(count);
      const bit = FIRST_BIT + random.below(32 - FIRST_BIT);
      const records = await read(flipped(eventsStart + event * EVENT_BYTES + 4, bit));
      const { missing, wrong } = missingAndWrong(told, toldBy(records));
      const where = `bit ${bit} of event ${event} of ${count}`;
      expect(lengthOf(records), where).toBeLessThan(lengthOf(whole) + ALONE_NS);
      expect(wrong.length, `${where}: ${wrong.join('\n')}`).toBeLessThanOrEqual(1);
      if (wrong.length === 1) expect(event, where).toBeGreaterThan(count - 200);
      expect(missing, where).toBeLessThanOrEqual(wrong.length + 4);
      if (missing > wrong.length) {
        expect(records.recording.totals.gaps, where).toBeGreaterThan(0);
        expect(codesOf(records).length, where).toBeGreaterThan(0);
      }
    }
  });

  test('one wrong bit in the time that a CPU tells', async () => {
    const whole = await readKev(bytes);
    const told = toldBy(whole);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const all = Array.from({ length: count }, (_, event) => eventsStart + event * EVENT_BYTES).filter(
      (at) => (view.getUint32(at, true) & 0x7fff) === 0x401,
    );
    // Where a CPU tells its time only once, nothing else says that it was not earlier.
    const cpuAt = (at: number) => view.getUint32(at, true) >>> 24;
    const times = all.filter((at) => all.filter((other) => cpuAt(other) === cpuAt(at)).length > 1);
    const random = randomSource(7);
    for (let round = 0; round < ROUNDS; round++) {
      const at = random.pick(times);
      const bit = round % 2 === 0 ? random.below(32) : 32 + FIRST_BIT + random.below(32 - FIRST_BIT);
      const records = await readKev(flipped(at + 8, bit));
      const { missing, wrong } = missingAndWrong(told, toldBy(records));
      const where = `bit ${bit} of what is told at ${at}, the first of ${times[0]}`;
      expect(lengthOf(records), where).toBeLessThanOrEqual(lengthOf(whole));
      if (at === times[0]) continue;
      expect(wrong, where).toEqual([]);
      // A time that is told a millisecond too late makes the next event look too early.
      expect(missing, where).toBeLessThanOrEqual(1);
      if (missing > 0) expect(records.recording.totals.gaps, where).toBeGreaterThan(0);
    }
  });

  test.each([
    ['a file', readKev],
    ['a pipe', piped],
  ])('bytes that are missing in the middle, in %s', async (_, read) => {
    const told = toldBy(await read(bytes));
    const random = randomSource(11);
    for (let round = 0; round < CUTS; round++) {
      const at = eventsStart + 100 * EVENT_BYTES + random.below((count - 400) * EVENT_BYTES);
      const length = 1 + random.below(round % 2 === 0 ? 15 : 5000);
      const cut = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      const records = await read(cut);
      const { missing, wrong } = missingAndWrong(told, toldBy(records));
      const where = `${length} bytes less at ${at}`;
      expect(wrong, where).toEqual([]);
      expect(records.recording.totals.gaps, where).toBeGreaterThan(0);
      expect(missing, where).toBeLessThan(1300 + length / EVENT_BYTES);
    }
  });
});

/** Longer than what is looked at of a pipe at once. */
describe.each(['7.1.0', '8.0.0'])('a long trace of %s in a pipe', (release) => {
  const { trace } = simulate({ ...serialConsolePlan(), release, cyclesPerSecond: CLOCK_HZ });
  const bytes = kevBytes(trace, { bufferEvents: 500 });
  const eventsStart = Buffer.from(bytes).indexOf(END) + END.length;
  const count = (bytes.length - eventsStart) / EVENT_BYTES;

  test('that has bytes missing, or a wrong bit, is as long as the file, and says the same', async () => {
    expect(bytes.length).toBeGreaterThan(500_000);
    const told = toldBy(await readKev(bytes));
    const random = randomSource(count);
    for (let round = 0; round < 10; round++) {
      const at = eventsStart + (600 + random.below(count - 2000)) * EVENT_BYTES;
      const damaged =
        round % 2 === 0 ? Buffer.from(bytes) : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 37)]);
      if (round % 2 === 0) damaged[at + 6 + random.below(2)] ^= 1 << random.below(8);
      const [file, pipe] = await Promise.all([readKev(damaged), piped(damaged)]);
      const where = `round ${round} at ${at} of ${bytes.length}`;
      expect(lengthOf(pipe), where).toBe(lengthOf(file));
      expect(missingAndWrong(told, toldBy(pipe)), where).toEqual(missingAndWrong(told, toldBy(file)));
      expect(codesOf(pipe), where).toEqual(codesOf(file));
    }
  });
});
