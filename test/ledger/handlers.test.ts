/** Which handlers had the time of the account interrupt. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedHost } from '../support/simulated-host.js';
import { anyHost, anyStream, anyWindow, booksOf, RUNS, streamOf } from '../support/streams.js';
import { type VcpuBooks, vcpu10 } from '../support/timeline.js';

const handlersOf = ({ ledger }: VcpuBooks) =>
  Object.fromEntries(ledger.books.handlerTimes().map(({ interrupt, ns, count }) => [interrupt, [ns, count]]));

const sumOf = ({ ledger }: VcpuBooks): number => ledger.books.handlerTimes().reduce((total, { ns }) => total + ns, 0);

const NESTED = `
    0 cpu0 10 enters
   90 cpu0 irq 1 begins
   97 cpu0 irq 1 ends
  100 cpu0 10 exits intr
  110 cpu0 irq 1 begins
  120 cpu0 irq 2 begins
  130 cpu0 irq 2 ends
  150 cpu0 irq 1 ends
  160 cpu0 10 enters
  200 end`;

describe('time of handlers on top of a vCPU', () => {
  test('is that of each without those on top of it', () => {
    const books = vcpu10(NESTED);
    expect(handlersOf(books)).toEqual({ 1: [7 + 30, 2], 2: [10, 1] });
    expect(books.accounts.interrupt).toBe(47);
  });

  test('counts within T', () => {
    expect(handlersOf(vcpu10(NESTED, { from: 95, to: 125 }))).toEqual({ 1: [2 + 10, 2], 2: [5, 1] });
  });

  test('counts what took no time by a coarse clock, whatever is lost later', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
        0 cpu0 irq 1 begins
        0 cpu0 irq 1 ends
      100 cpu0 10 exits io
      150 cpu0 lost since 120
      200 end`);
    expect(handlersOf(books)).toEqual({ 1: [0, 1] });
  });

  test('while it waits is no time on top of it', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 10 preempted -> 50
      120 cpu0 irq 1 begins
      130 cpu0 irq 1 ends
      150 cpu0 50 preempted -> 10
      160 cpu0 10 enters
      160 end`);
    expect(handlersOf(books)).toEqual({});
  });

  test('is all of the account in a whole recording', () => {
    fc.assert(
      fc.property(anyHost(), (options) => {
        for (const books of booksOf(streamOf(new SimulatedHost(options))).values())
          expect(sumOf(books)).toBe(books.accounts.interrupt ?? 0);
      }),
      RUNS,
    );
  });

  test('is never more than the account, whatever is recorded, and of whatever part', () => {
    fc.assert(
      fc.property(anyStream, anyWindow, (stream, window) => {
        for (const books of booksOf(stream, window).values())
          expect(sumOf(books)).toBeLessThanOrEqual(books.accounts.interrupt ?? 0);
      }),
      RUNS,
    );
  });
});
