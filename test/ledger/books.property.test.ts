import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventKind } from '../../src/recording/event-batch.js';
import {
  afterLongEpisodes,
  anyConsistentStream,
  anyStream,
  anyWindow,
  booksOf,
  culpritNs,
  plus,
  RUNS,
  type Stream,
} from '../support/streams.js';
import { type Accounts, runLedger, type TimelineOptions } from '../support/timeline.js';

/** Checks a property of any recording, seen through any window. */
const checkAny = (property: (stream: Stream, window: TimelineOptions) => void) =>
  fc.assert(fc.property(anyStream, anyWindow, property), RUNS);

describe('of any recording, however damaged', () => {
  test('the accounts of every vCPU add up to the window exactly, and none is negative', () => {
    checkAny((stream, window) => {
      const from = Math.max(stream.first, window.from ?? 0);
      const length = Math.max(0, Math.min(stream.last, window.to ?? Infinity) - from);
      for (const books of booksOf(stream, window).values()) {
        const totals = [...books.ledger.books.totals];
        expect(Math.min(...totals)).toBeGreaterThanOrEqual(0);
        expect(totals.reduce((sum, ns) => sum + ns, 0)).toBe(length);
      }
    });
  });

  test('the cells add up to the accounts, and hold neither guest nor unknown time', () => {
    checkAny((stream, window) => {
      for (const books of booksOf(stream, window).values()) {
        const cells = books.rows.reduce<Accounts>((sum, { accounts }) => plus(sum, accounts), {});
        const { guest: _guest, unknown: _unknown, ...outside } = books.accounts;
        expect(cells).toEqual(outside);
      }
    });
  });

  test('every exit in the window is counted once, in the totals and in the cells', () => {
    checkAny((stream, window) => {
      // Of these the exit counts from when the guest was left, which is told before it.
      if (stream.events.some(([kind]) => kind === EventKind.Visit || kind === EventKind.Left)) return;
      const from = Math.max(stream.first, window.from ?? 0);
      const to = window.to ?? Infinity;
      for (const [thread, books] of booksOf(stream, window)) {
        const exits = stream.events.filter(
          ([kind, time, , of]) => kind === EventKind.Exit && of === thread && time >= from && time < to,
        ).length;
        expect(books.exits).toBe(exits);
        expect(books.rows.reduce((sum, row) => sum + row.exits, 0)).toBe(exits);
      }
    });
  });

  test('no more time has a culprit than was waited', () => {
    fc.assert(
      fc.property(anyConsistentStream, anyWindow, (stream, window) => {
        for (const books of booksOf(stream, window).values()) {
          expect(culpritNs(books, 'preempted')).toBeLessThanOrEqual(books.accounts.preempted ?? 0);
          expect(culpritNs(books, 'wakeup')).toBeLessThanOrEqual(books.accounts.wakeup ?? 0);
        }
      }),
      RUNS,
    );
  });

  test('no more sleep has a reason than was slept', () => {
    checkAny((stream, window) => {
      for (const books of booksOf(stream, window).values()) {
        const told = books.ledger.books.sleeps.list.reduce((sum, sleep) => sum + sleep.ns, 0);
        expect(told).toBeLessThanOrEqual((books.accounts.idle ?? 0) + (books.accounts.blocked ?? 0));
      }
    });
  });

  test('two adjacent windows add up to the whole', () => {
    fc.assert(
      fc.property(anyStream, fc.double({ min: 0, max: 1, noNaN: true }), (stream, share) => {
        const middle = stream.first + Math.round((stream.last - stream.first) * share);
        const whole = booksOf(stream);
        const before = booksOf(stream, { to: middle });
        const after = booksOf(stream, { from: middle });
        for (const [thread, books] of whole) {
          const parts = [before.get(thread)!, after.get(thread)!] as const;
          expect(plus(parts[0].accounts, parts[1].accounts)).toEqual(books.accounts);
          // An exit at the very last moment of the recording is inside every window that is open at its end.
          expect(parts[0].exits + parts[1].exits).toBe(books.exits);
        }
      }),
      RUNS,
    );
  });

  test('the size of the batches makes no difference', () => {
    checkAny((stream) => {
      const accounts = (rows: number) =>
        [...runLedger(stream.events, stream, {}, rows)].map(([thread, books]) => [thread, books.accounts, books.rows]);
      expect(accounts(1)).toEqual(accounts(1000));
    });
  });

  test('whether anybody looks on makes no difference', () => {
    checkAny((stream, window) => {
      const longer = afterLongEpisodes(stream);
      // The long episodes are in the window as well, and it ends where it would without them.
      const to = (window.to ?? Infinity) + longer.last - stream.last;
      const books = (observed: boolean) =>
        [...booksOf(longer, { to, observed })].map(([thread, { rows, ledger }]) => {
          const { totals, exits, unpairedExits, unpairedEntries, culprits, worst, sleeps } = ledger.books;
          const counts = { exits, unpairedExits, unpairedEntries };
          const lists = [culprits.list, worst.list, sleeps.list, ledger.books.handlerTimes()];
          const { firstExit, lastExit, count } = ledger.books.cells;
          return {
            thread,
            rows,
            totals,
            counts,
            lists,
            ends: [firstExit, lastExit].map((column) => column.slice(0, count)),
          };
        });
      expect(books(false)).toEqual(books(true));
    });
  });
});
