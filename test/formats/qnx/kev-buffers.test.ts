/** Buffers of .kev files as no simulated host writes them: in any order, with gaps, begun again, cut. */
import { describe, expect, test } from 'vitest';
import { qnxKev } from '../../../src/formats/qnx-kev/index.js';
import { QNX_CATALOG } from '../../../src/hypervisors/qnx/trace-events.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { randomPlan } from '../../../src/simulation/qnx/random-plan.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { randomSource } from '../../../src/simulation/random-source.js';
import { ForwardSource } from '../../fuzz/forward-source.js';
import { KevAuthor } from '../../support/kev-author.js';
import { scrambled } from '../../support/qnx-damage.js';
import { kevOf } from '../../support/qnx-hosts.js';
import { codes, enters, readKev } from '../../support/qnx-records.js';
import { readRecords } from '../../support/read-records.js';

describe('buffers', () => {
  test('from 8.0 on: of an idle CPU long after the others, in any order; a gap is one of its CPU', async () => {
    const author = new KevAuthor('8.0.0');
    for (const [sequence, start] of [
      [1, 0],
      [2, 1000],
      [4, 3000],
    ]) {
      author
        .buffer(start, sequence, 0, 4)
        .time(start, 0, 0)
        .enter(start + 10, sequence)
        .enter(start + 20, sequence);
    }
    author.buffer(5, 1, 1, 4).time(5, 0, 1).enter(15, 100, 1).enter(3015, 100, 1);
    const { rows, recording } = await readKev(author.bytes());
    expect(rows.map(({ time, pcpu, event, fields }) => [time + 10, pcpu, fields['from'] ?? event])).toEqual([
      [10, 0, 'GUEST_ENTER'],
      [15, 1, 'GUEST_ENTER'],
      [20, 0, 'GUEST_ENTER'],
      [1010, 0, 'GUEST_ENTER'],
      [1020, 0, 'GUEST_ENTER'],
      [3010, 0, 1010],
      [3010, 0, 'GUEST_ENTER'],
      [3015, 1, 'GUEST_ENTER'],
      [3020, 0, 'GUEST_ENTER'],
    ]);
    expect(recording.totals).toMatchObject({ gaps: 1, timeWentBack: 0 });
    expect(codes({ recording, rows })).toEqual(['buffers-missing']);
  });

  test.each(['7.1.0', '8.0.0'])(
    'of %s: in whatever order the buffers of a chain are in the file, nothing is missing',
    async (release) => {
      const STEP = 100_000_000;
      const inOrder = (sequences: readonly number[]): KevAuthor => {
        const author = new KevAuthor(release);
        for (const sequence of sequences) {
          const start = sequence * STEP;
          author
            .buffer(start, sequence, 0, 4)
            .time(start, 5)
            .enter(start + 10, sequence)
            .enter(start + STEP - 10, sequence);
        }
        return author;
      };
      const whole = await readKev(inOrder([1, 2, 3, 4, 5, 6, 7, 8]).bytes());
      expect(enters(whole)).toHaveLength(16);
      const scrambled = [
        [1, 2, 4, 3, 5, 6, 7, 8],
        [1, 2, 7, 4, 5, 6, 3, 8],
        [5, 6, 7, 8, 1, 2, 3, 4],
        [8, 3, 1, 6, 2, 7, 4, 5],
      ];
      for (const sequences of scrambled) {
        const { rows, recording } = await readKev(inOrder(sequences).bytes());
        expect({ sequences, rows }).toEqual({ sequences, rows: whole.rows });
        expect(recording.totals).toEqual(whole.recording.totals);
        expect(codes({ rows, recording })).toEqual([]);
      }
      const withGap = await readKev(inOrder([4, 1, 8, 5, 2, 7]).bytes());
      expect(enters(withGap)).toHaveLength(12);
      expect(withGap.recording.issues.list()).toMatchObject([
        { code: 'buffers-missing', message: expect.stringContaining('2 buffers') },
      ]);
    },
  );

  test.each([0, 1])('whatever simulated hosts wrote, in whatever order (%i)', async (lost) => {
    for (let seed = 701; seed < 731; seed++) {
      const simulation = simulate(randomPlan(seed, { tracedNs: 200_000 }));
      const lostBuffers = lost === 0 ? [] : [...Array(8).keys()].map((cpu) => ({ cpu, sequence: 3 + (seed % 5) }));
      const bytes = kevOf(simulation, { bufferEvents: 40, lostBuffers });
      const whole = await readKev(bytes);
      const other = await readKev(scrambled(bytes, simulation, randomSource(seed)));
      expect({ seed, rows: other.rows }).toEqual({ seed, rows: whole.rows });
      expect(other.recording.totals).toEqual(whole.recording.totals);
      expect(codes(other)).toEqual(codes(whole));
    }
  });

  test('a buffer that tells a wrong time stays where it is in the file, also where others are scrambled', async () => {
    for (const sequences of [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [6, 7, 8, 1, 2, 3, 4, 5],
    ]) {
      const author = new KevAuthor('8.0.0');
      for (const sequence of sequences) {
        const low = 1000 * sequence;
        author
          .buffer(low, sequence, 0, 3)
          .time(low, sequence === 3 ? 77 : 5)
          .enter(low + 10, sequence);
      }
      const records = await readKev(author.bytes());
      expect(enters(records)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [1000 * (n - 1), n]));
      expect(codes(records)).toEqual(['impossible-times']);
    }
  });

  test('up to 7.x: a gap is one of all CPUs', async () => {
    const author = new KevAuthor().buffer(0, 5).time(0, 0).time(0, 0, 1).enter(1, 1).enter(2, 2, 1);
    author.buffer(100, 7).time(100, 0).enter(101, 3).time(105, 0, 1).enter(106, 4, 1);
    const { rows } = await readKev(author.bytes());
    const losses = rows.filter(({ event }) => event === 'loss');
    expect(losses.map(({ pcpu, time, fields }) => [pcpu, time, fields['from']])).toEqual([
      [0, 100, 0],
      [1, 105, 1],
    ]);
  });

  test('a sequence that begins again is no gap; DROPPED is one', async () => {
    const author = new KevAuthor('8.0.0').buffer(0, 8).time(0, 0).enter(1, 1).buffer(10, 1).time(10, 0).enter(11, 2);
    const restarted = await readKev(author.bytes());
    expect(restarted.recording.totals.gaps).toBe(0);
    expect(codes(restarted)).toEqual(['buffers-restart']);
    const dropped = await readKev(author.event(1, 8, { low: 12 }).bytes());
    expect(dropped.recording.totals).toMatchObject({ gaps: 1, lostEvents: 0 });
    expect(dropped.rows.at(-1)).toMatchObject({ event: 'loss', pcpu: 0, time: 10, fields: { from: 10 } });
  });

  test('a file that was cut says so', async () => {
    const whole = new KevAuthor().buffer(0, 1, 0, 5).time(0, 0).enter(1, 1).enter(2, 2).enter(3, 3).bytes();
    const length = whole.length;
    for (const cut of [15, 16, 17, 31, 32]) {
      const records = await readKev(whole.subarray(0, length - cut));
      expect(codes(records), `${cut} bytes less`).toEqual(['cut']);
      expect(records.recording.totals.gaps).toBe(1);
    }
  });
});

test('a pipe of several pieces is read like a file', async () => {
  const author = new KevAuthor();
  for (let sequence = 1; sequence <= 30; sequence++) {
    const start = sequence * 100_000;
    author.buffer(start, sequence, 0, 1002).time(start, 0);
    for (let event = 1; event <= 1000; event++) author.enter(start + event, event, event % 3);
  }
  const bytes = author.bytes();
  const options = { catalog: QNX_CATALOG, codecs: nodeCodecs };
  const piped = await readRecords(qnxKev, new ForwardSource(bytes), options);
  const file = await readKev(bytes);
  expect(piped.rows).toEqual(file.rows);
  expect(piped.rows).toHaveLength(30_000);
  expect(piped.recording.totals).toEqual(file.recording.totals);
});
