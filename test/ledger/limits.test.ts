/** Recordings that name more of everything than any real machine has: memory ends, what is booked stays true. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT_COUNT, Account } from '../../src/ledger/accounts.js';
import {
  CellRoom,
  Cells,
  DETAIL_OVERFLOW,
  MAX_CELLS,
  MAX_CELLS_IN_ALL,
  REASON_OVERFLOW,
} from '../../src/ledger/cells.js';
import { KEPT_OUT } from '../../src/ledger/episode.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { MAX_VCPUS } from '../../src/ledger/roster.js';
import { Owner, Segments } from '../../src/ledger/segments.js';
import { ThreadPast } from '../../src/ledger/thread-past.js';
import { Window } from '../../src/ledger/window.js';
import { causeIndex } from '../../src/recording/causes.js';
import { EventBatch, EventKind, SwitchState } from '../../src/recording/event-batch.js';
import { timelineReasons } from '../support/timeline.js';

const IO = causeIndex('device-port');

describe('vCPUs', () => {
  /** Each thread enters, exits and enters again, in the order of the threads. */
  function ledgerOf(threads: number): Ledger {
    const ledger = new Ledger(timelineReasons(), new Window(0));
    const events = new EventBatch(3);
    for (let thread = 1; thread <= threads; thread++) {
      events.count = 0;
      events.push(EventKind.Entry, thread * 10, 0, thread, 0, 0, 0, 0);
      events.push(EventKind.Exit, thread * 10 + 4, 0, thread, 0, 0, 0, 0);
      events.push(EventKind.Entry, thread * 10 + 7, 0, thread, 0, 0, 0, 0);
      ledger.process(events);
    }
    ledger.finish(0, threads * 10 + 10);
    return ledger;
  }

  test('as many as there is room for are all booked', () => {
    const ledger = ledgerOf(MAX_VCPUS);
    expect(ledger.vcpus).toHaveLength(MAX_VCPUS);
    expect(ledger.vcpus.every(({ books }) => books.exits === 1)).toBe(true);
    expect(ledger.limitsReached()).toEqual([]);
  });

  test('further ones are left out, counted, and the books of the first do not change', () => {
    const ledger = ledgerOf(MAX_VCPUS + 25);
    expect(ledger.vcpus.map(({ thread }) => thread)).toEqual(Array.from({ length: MAX_VCPUS }, (_, i) => i + 1));
    expect(ledger.vcpus.every(({ books }) => books.exits === 1)).toBe(true);
    expect(ledger.limitsReached()).toMatchObject([
      { code: 'too-many-vcpus', severity: 'warning', message: expect.stringMatching(/^25 threads /) },
    ]);
  });
});

describe('cells', () => {
  const kindOf = (cells: Cells, cell: number) => [cells.reason[cell], cells.detailClass[cell], cells.detailValue[cell]];

  /** Cells of two vCPUs after so many different details of a third one. */
  function sharedAfter(details: number): [Cells, Cells, CellRoom] {
    const room = new CellRoom();
    const [first, second, ...others] = Array.from({ length: 6 }, () => Object.assign(new Cells(), { room }));
    for (let i = 0; i < details; i++) others[Math.floor(i / MAX_CELLS)].find(0, IO, 1, i);
    return [first, second, room];
  }

  test('of several vCPUs share their room: first further details lose their value', () => {
    const [first, second, room] = sharedAfter(3 * MAX_CELLS - 1);
    expect(kindOf(first, first.find(1, IO, 1, 100))).toEqual([1, 1, 100]);
    expect(room.wasShort).toBe(false);
    expect(kindOf(second, second.find(1, IO, 1, 100))).toEqual([1, DETAIL_OVERFLOW, 0]);
    expect(kindOf(first, first.find(1, IO, 1, 100))).toEqual([1, 1, 100]);
    expect(kindOf(first, first.find(2, IO, 0, 0))).toEqual([2, 0, 0]);
    expect(room.wasShort).toBe(true);
  });

  test('of several vCPUs share their room: at last further reasons lose their name, but not their cause', () => {
    const [first, second, room] = sharedAfter(3 * MAX_CELLS);
    while (room.left > 0) first.find(first.count, IO, 0, 0);
    const overflow = second.find(1, IO, 1, 300);
    expect(kindOf(second, overflow)).toEqual([REASON_OVERFLOW, DETAIL_OVERFLOW, 0]);
    expect(second.cause[overflow]).toBe(IO);
    expect(second.find(7, IO, 0, 0)).toBe(overflow);
    expect(kindOf(second, second.find(KEPT_OUT, IO, 0, 0))).toEqual([KEPT_OUT, 0, 0]);
  });

  test('however many reasons and details come, there are hardly more than there is room for', () => {
    const cells = new Cells();
    for (let i = 0; i < 2 * MAX_CELLS_IN_ALL; i++) {
      const cell = cells.find(i, IO, i % 2, i);
      cells.episodes[cell]++;
    }
    expect(cells.count).toBeLessThanOrEqual(MAX_CELLS_IN_ALL + 1);
    expect(cells.episodes.reduce((sum, count) => sum + count, 0)).toBe(2 * MAX_CELLS_IN_ALL);
    expect(cells.sums.length).toBeGreaterThanOrEqual(cells.count * ACCOUNT_COUNT);
  });
});

test('segments keep what they hold while they grow', () => {
  const segments = new Segments();
  segments.reset(5);
  for (let i = 0; !segments.full; i++) {
    segments.push(10 + i, i % 2 === 0 ? Account.hypervisor : Account.vmm, Owner.exit);
  }
  const { count } = segments;
  expect(Array.from(segments.end.subarray(0, count))).toEqual(Array.from({ length: count }, (_, i) => 10 + i));
  segments.cutInterrupt(5, Infinity);
  expect([segments.count, segments.startOf(0), segments.last]).toEqual([1, 5, 9 + count]);
});

describe('the past of threads', () => {
  const NEW_THREADS = 70_000;

  function pastAfter(meanwhile: (past: ThreadPast, thread: number) => void): ThreadPast {
    const past = new ThreadPast(new Window(0));
    past.stops(1, SwitchState.Asleep, 100);
    for (let thread = 2; thread < NEW_THREADS; thread++) {
      past.runs(thread, 100 + thread);
      meanwhile(past, thread);
    }
    return past;
  }

  test('is kept of those that were heard of lately', () => {
    const past = pastAfter((all, thread) => {
      if (thread % 10_000 === 0) all.wakes(1, thread);
    });
    expect(past.waitingSince(1)).toBe(10_000);
    expect(past.until(1, 200_000)).toMatchObject({ vmm: 100, blocked: 9900, wakeup: 190_000 });
  });

  test('is forgotten of the others, and not made up when they come back', () => {
    const past = pastAfter(() => undefined);
    expect(past.waitingSince(1)).toBeNaN();
    expect(past.until(1, 200_000)).toBeUndefined();
    past.runs(1, 200_000);
    expect(past.waitingSince(1)).toBe(200_000);
    expect(past.until(1, 200_100)).toBeUndefined();
    expect(past.until(40_000, 200_000)).toMatchObject({ preempted: 40_100, vmm: 159_900 });
  });
});
