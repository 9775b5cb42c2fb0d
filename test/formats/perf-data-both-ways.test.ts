/**
 * Little-endian samples are mostly read in one fast loop, big-endian ones record by record: the same recording in both
 * byte orders must say the same, whatever is wrong with it.
 */
import { type Arbitrary, array, assert, asyncProperty, constantFrom, integer, nat, oneof, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { Author, CYCLES_ID, EXIT_ID, START, WAKING_ID } from '../support/perf-data-author.js';
import { readRecords } from '../support/read-records.js';

type Write = (author: Author) => Author;

const time = integer({ min: 0, max: 1_000_000 });
const cpu = oneof(integer({ min: 0, max: 3 }), constantFrom(63, 64, 200));
const thread = constantFrom(-1, 0, 7, 7 + 4096, 300);
const at = (after: number): bigint => START + BigInt(after);
const FAR = 1n << 60n;

/** Good records, many of them, and all that can be wrong with one. */
const writes: Arbitrary<Write> = oneof(
  {
    weight: 8,
    arbitrary: tuple(time, cpu, nat(200)).map(
      ([t, c, reason]): Write =>
        (a) =>
          a.exit(t, c, reason),
    ),
  },
  {
    weight: 4,
    arbitrary: tuple(time, cpu, thread).map(
      ([t, c, id]): Write =>
        (a) =>
          a.waking(t, c, id, `task ${id}`),
    ),
  },
  tuple(time, cpu, thread, thread).map(
    ([t, c, tid, pid]): Write =>
      (a) =>
        a.sample({ id: CYCLES_ID, time: at(t), cpu: c, tid, pid, raw: new Uint8Array(4) }),
  ),
  constantFrom<Write>(
    (a) => a.finishedRound(),
    (a) => a.lostSamples(3),
    (a) => a.comm(100, 7, 'vhost'),
    (a) => a.fork(100, 300),
  ),
  tuple(time, cpu).map(
    ([t, c]): Write =>
      (a) =>
        a.lost(EXIT_ID, 5, at(t), c),
  ),
  constantFrom<Write>(
    (a) => a.sample({ id: 9_999, time: at(1), cpu: 0, raw: new Uint8Array(4) }),
    (a) => a.sample({ id: EXIT_ID, time: at(1), cpu: 70_000, raw: new Uint8Array(24) }),
    (a) => a.sample({ id: EXIT_ID, time: at(1) + FAR, cpu: 0, raw: new Uint8Array(24) }),
    // Shorter than the description of the event, and than any.
    (a) => a.sample({ id: WAKING_ID, time: at(9), cpu: 1, raw: new Uint8Array(20) }),
    (a) => a.sample({ id: WAKING_ID, time: at(9), cpu: 1, raw: new Uint8Array(0) }),
  ),
  integer({ min: 0, max: 90 }).map(
    (size): Write =>
      (a) => {
        const whole = a.exitRecord(5, 0);
        return a.add(a.record(9, whole.subarray(8, 8 + Math.min(size, whole.length - 8)), 1));
      },
  ),
);

test('any recording in both byte orders', async () => {
  const anyWrites = array(writes, { minLength: 1, maxLength: 80 });
  await assert(
    asyncProperty(anyWrites, async (list) => {
      const [little, big] = await Promise.all(
        [true, false].map(async (littleEndian) => {
          const author = list.reduce((all, write) => write(all), new Author(littleEndian));
          const { recording, rows } = await readRecords(perfData, new MemorySource(author.fileForm()));
          const { totals, threads, issues, originNs } = recording;
          return { rows, totals, threads: threads.entries(), issues: issues.list(), originNs };
        }),
      );
      expect(little).toEqual(big);
    }),
    { numRuns: 300, seed: 20 },
  );
});
