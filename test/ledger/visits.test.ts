/** Hosts that tell only when the guest has been left from when to when it ran. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventKind } from '../../src/recording/event-batch.js';
import { SimulatedHost } from '../support/simulated-host.js';
import { anyHost, booksOf, RUNS, type Stream, streamOf, withLoss } from '../support/streams.js';
import { type NeutralEvent, timeline, vcpu10 } from '../support/timeline.js';

const { Entry, Exit, Entering, Visit } = EventKind;

describe('one visit', () => {
  const books = vcpu10(`
       0 cpu0 10 is entering
      20 cpu0 10 was in the guest from 5 to 15
      20 cpu0 10 exits io
     100 cpu0 10 is entering
     220 cpu0 10 was in the guest from 130 to 200
     220 cpu0 10 exits io
     250 end`);

  test('the ways in and out are the hypervisor’s, and so is what lies between visits', () => {
    expect(books.accounts).toEqual({ guest: 10 + 70, hypervisor: 5 + 115 + 50 });
  });

  test('an episode lasts from where the guest was left to where it was entered', () => {
    expect(books.row('io')).toMatchObject({ exits: 2, lengths: [115, 115] });
  });

  test('the ways are measured', () => {
    const { entries, exits } = books.ledger.books.worldSwitches!;
    expect([entries.count, entries.sum, exits.count, exits.sum]).toEqual([2, 35, 2, 25]);
  });
});

describe('what was written down during a visit', () => {
  test('a handler on top of it is not the guest', () => {
    const books = vcpu10(`
        0 cpu0 10 is entering
       40 cpu0 irq 7 begins
       60 cpu0 irq 7 ends
      100 cpu0 10 was in the guest from 10 to 90
      100 cpu0 10 exits io
      100 end`);
    expect(books.accounts).toEqual({ guest: 60, interrupt: 20, hypervisor: 20 });
  });

  test('a handler and another thread between the end of the guest’s time and the event are not its way out', () => {
    const books = vcpu10(`
        0 cpu0 10 is entering
       52 cpu0 irq 7 begins
       60 cpu0 irq 7 ends
       62 cpu0 10 preempted -> 50
       90 cpu0 50 sleeps -> 10
      100 cpu0 10 was in the guest from 10 to 50
      100 cpu0 10 exits intr
      100 end`);
    expect(books.accounts).toEqual({ guest: 40, interrupt: 8, preempted: 28, hypervisor: 10 + 2 + 2 + 10 });
    expect(books.culprits).toEqual({ 'preempted by 50': 28 });
    expect(books.row('intr').accounts).toEqual({ interrupt: 8, preempted: 28, hypervisor: 14 });
    expect(books.ledger.books.worldSwitches!.exits.sum).toBe(14);
  });

  test('what is said to be the guest while another thread ran is that thread’s', () => {
    const books = vcpu10(`
        0 cpu0 10 is entering
       40 cpu0 10 preempted -> 50
       60 cpu0 50 sleeps -> 10
      100 cpu0 10 was in the guest from 10 to 90
      100 cpu0 10 exits intr
      100 end`);
    expect(books.accounts).toEqual({ guest: 60, preempted: 20, hypervisor: 20 });
  });
});

describe('what is not known', () => {
  test('a visit of which nothing more is heard', () => {
    const books = vcpu10(`
        0 cpu0 10 is entering
       20 cpu0 10 was in the guest from 5 to 15
       20 cpu0 10 exits io
      100 cpu0 10 is entering
      250 end`);
    expect(books.accounts).toEqual({ guest: 10, hypervisor: 90, unknown: 150 });
  });

  test('a visit whose times cannot be trusted, between two that can', () => {
    const books = vcpu10(`
        0 cpu0 10 is entering
       20 cpu0 10 was in the guest from 5 to 15
       20 cpu0 10 exits io
      100 cpu0 10 is entering
      150 cpu0 10 was in the guest, unknown when
      150 cpu0 10 exits mmio
      200 cpu0 10 is entering
      250 cpu0 10 was in the guest from 210 to 240
      250 cpu0 10 exits io
      250 end`);
    expect(books.accounts).toEqual({ guest: 40, hypervisor: 5 + 5 + 80 + 50 + 10 + 10, unknown: 50 });
    expect(books.row('mmio')).toMatchObject({ exits: 1, accounts: { hypervisor: 60 } });
    expect(books.ledger.books.worldSwitches!.broken).toBe(1);
  });

  test('two ways in without a word between them', () => {
    const books = vcpu10(`
        0 cpu0 10 is entering
       50 cpu0 10 is entering
      100 cpu0 10 was in the guest from 60 to 90
      100 cpu0 10 exits io
      100 end`);
    expect(books.accounts).toEqual({ unknown: 50, guest: 30, hypervisor: 20 });
  });

  test('of a visit that began before a loss the part after it is certain', () => {
    const books = vcpu10(`
        0 cpu0 10 is entering
       60 cpu0 lost since 40
      100 cpu0 10 was in the guest from 10 to 90
      100 cpu0 10 exits io
      110 end`);
    expect(books.accounts).toEqual({ unknown: 60 + 10, guest: 30, hypervisor: 10 });
  });
});

test('a way in that did not lead into the guest is the host’s, and belongs to the exit before it', () => {
  const books = vcpu10(`
        0 cpu0 10 is entering
       20 cpu0 10 was in the guest from 5 to 15
       20 cpu0 10 exits io
       40 cpu0 10 is entering
       70 cpu0 10 did not enter
       80 cpu0 10 is entering
      100 cpu0 10 was in the guest from 90 to 100
      100 cpu0 10 exits io
      100 end`);
  expect(books.accounts).toEqual({ guest: 20, hypervisor: 80 });
  expect(books.row('io')).toMatchObject({ exits: 2, lengths: [75, 75] });
  expect(books.ledger.books.worldSwitches!.notEntered).toBe(1);
});

test('a visit of a thread that is not known yet begins its books', () => {
  const books = timeline(`
      0 cpu0 60 sleeps -> 10
     50 cpu0 10 was in the guest from 10 to 40
     50 cpu0 10 exits io
     60 end`).get(10)!;
  expect(books.accounts).toEqual({ unknown: 50, hypervisor: 10 });
});

/** The same host, if it told only at every exit that the guest had been entered. Visits that never end are left out. */
function toldAfterwards({ events, ...extent }: Stream): Stream {
  const enteredAt = new Map<number, number>();
  const told = events.flatMap((event): NeutralEvent[] => {
    const [kind, time, pcpu, thread, a] = event;
    if (kind === Entry) {
      enteredAt.set(thread, time);
      return [[Entering, time, pcpu, thread, a, 0, 0, 0]];
    }
    const entered = enteredAt.get(thread);
    if (kind !== Exit || entered === undefined) return [event];
    enteredAt.delete(thread);
    return [[Visit, time, pcpu, thread, time - entered, 0, NaN, 0], event];
  });
  return { events: told, ...extent };
}

test('told afterwards or at once, the books are the same; only visits that have not ended are unknown', () => {
  fc.assert(
    fc.property(anyHost(), (options) => {
      const stream = streamOf(new SimulatedHost(options));
      const afterwards = booksOf(toldAfterwards(stream));
      for (const [thread, books] of booksOf(stream)) {
        const { unknown = 0, ...known } = afterwards.get(thread)!.accounts;
        const missing = unknown - (books.accounts.unknown ?? 0);
        expect(missing).toBeGreaterThanOrEqual(0);
        const last = stream.events.findLast(([kind, , , of]) => of === thread && (kind === Entry || kind === Exit));
        if (last?.[0] !== Entry) expect(afterwards.get(thread)!.rows).toEqual(books.rows);
        else {
          const { guest = 0, interrupt = 0 } = books.accounts;
          expect((known.guest ?? 0) + (known.interrupt ?? 0) + missing).toBe(guest + interrupt);
        }
      }
    }),
    RUNS,
  );
});

test('with losses no account of what is told afterwards is larger than it is in truth', () => {
  fc.assert(
    fc.property(anyHost({ pinned: true, interrupts: false }), fc.integer(), (options, seed) => {
      const host = new SimulatedHost(options);
      const lossy = withLoss(toldAfterwards(streamOf(host)), seed);
      for (const [thread, books] of booksOf(lossy)) {
        const truth = host.vcpus.get(thread)!.accounts;
        for (const account of ['guest', 'vmm', 'wakeup', 'preempted'] as const) {
          expect(books.accounts[account] ?? 0, account).toBeLessThanOrEqual(truth[account]);
        }
      }
    }),
    RUNS,
  );
});
