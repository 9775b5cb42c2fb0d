/** The ledger against hosts that know the truth. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCOUNTS, type AccountName } from '../../src/ledger/accounts.js';
import { EventKind } from '../../src/recording/event-batch.js';
import { FIRST_VCPU, SimulatedHost } from '../support/simulated-host.js';
import { emptySums, type Sums } from '../support/simulated-vcpu.js';
import {
  anyHost,
  booksOf,
  CLASSES,
  culpritNs,
  OF_OTHER_HOSTS,
  OF_VCPUS,
  plus,
  RUNS,
  streamOf,
  withLoss,
  without,
} from '../support/streams.js';
import type { Accounts, VcpuBooks } from '../support/timeline.js';

const { Exit, Loss } = EventKind;

const nonZero = (sums: Sums): Accounts => plus(sums, {});

/** The matrix account × cause, details summed up; what the VMM keeps a vCPU out for under "kept out". */
function byCause(books: VcpuBooks): Record<string, Accounts> {
  const sums: Record<string, Accounts> = {};
  for (const { reason, cause, accounts } of books.rows) {
    const key = reason === 'kept out' ? reason : cause;
    sums[key] = plus(sums[key] ?? {}, accounts);
  }
  return Object.fromEntries(Object.entries(sums).filter(([, accounts]) => Object.keys(accounts).length > 0));
}

describe('of a whole recording', () => {
  test('every account of every vCPU is the true one, to the nanosecond, and so is the matrix', () => {
    fc.assert(
      fc.property(anyHost(), (options) => {
        const host = new SimulatedHost(options);
        const ledger = booksOf(streamOf(host));
        for (const [thread, truth] of host.vcpus) {
          const books = ledger.get(thread);
          expect(books !== undefined).toBe(truth.known);
          if (books === undefined) continue;
          expect(books.accounts).toEqual(nonZero(truth.accounts));
          expect(byCause(books)).toEqual(
            Object.fromEntries([...truth.byCause].map(([key, sums]) => [key, nonZero(sums)])),
          );
          expect(books.exits).toBe(truth.exits);
        }
      }),
      RUNS,
    );
  });

  test('every wait has its culprits', () => {
    fc.assert(
      fc.property(anyHost(), (options) => {
        const host = new SimulatedHost(options);
        const ledger = booksOf(streamOf(host));
        for (const [thread, truth] of host.vcpus) {
          // Who ran while a thread was not yet known to be a vCPU's is not kept.
          if (!truth.known || truth.hasPast) continue;
          const books = ledger.get(thread)!;
          expect(culpritNs(books, 'preempted')).toBe(truth.accounts.preempted);
          expect(culpritNs(books, 'wakeup')).toBe(truth.accounts.wakeup);
        }
      }),
      RUNS,
    );
  });
});

/** The accounts with the members of each group summed up under its first. */
const unite = (sums: Accounts, ...groups: (readonly AccountName[])[]): Accounts => {
  const united = { ...emptySums(), ...sums };
  for (const [first, ...others] of groups) {
    for (const other of others) {
      united[first] += united[other];
      united[other] = 0;
    }
  }
  return nonZero(united);
};

const sum = (sums: Accounts, group: readonly AccountName[]) =>
  group.reduce((total, name) => total + (sums[name] ?? 0), 0);

/** Checks that the accounts in each group have their true sum, and all others are true themselves. */
const checkWithout = (missing: string, ...groups: (readonly AccountName[])[]) =>
  fc.assert(
    fc.property(anyHost(), (options) => {
      const host = new SimulatedHost(options);
      const ledger = booksOf(without(streamOf(host), CLASSES[missing]));
      for (const [thread, truth] of host.vcpus) {
        const books = ledger.get(thread);
        const first = host.events.find(([kind, , , of]) => of === thread && OF_VCPUS.includes(kind))?.[0];
        // A vCPU that becomes known by another event, or in another way, has another past.
        if (books === undefined || truth.hasPast || CLASSES[missing].includes(first!)) continue;
        expect(unite(books.accounts, ...groups)).toEqual(unite(nonZero(truth.accounts), ...groups));
      }
    }),
    RUNS,
  );

describe('of a recording without a class of events', () => {
  test('interrupts: their time is in what they interrupt', () => {
    checkWithout('interrupts', ['interrupt', 'guest', 'hypervisor', 'vmm', 'poll']);
  });

  test('ends of interrupts: likewise', () => {
    checkWithout('ends of interrupts', ['interrupt', 'guest', 'hypervisor', 'vmm', 'poll']);
  });

  test('migrations: nothing is missing', () => {
    checkWithout('migrations');
  });

  test('wake-ups: the wait for a pCPU is in the sleep before it', () => {
    checkWithout('wakeups', ['idle', 'blocked', 'wakeup'], ['hypervisor', 'poll']);
  });

  test('ends of halts: polling is the hypervisor', () => {
    checkWithout('halts', ['hypervisor', 'poll']);
  });

  test('VMM: its time is the hypervisor’s, its sleep no other than that of the kernel', () => {
    checkWithout('vmm', ['hypervisor', 'vmm', 'poll'], ['idle', 'blocked']);
  });

  test('returns from the VMM: the way back is the VMM’s', () => {
    checkWithout('returns from the VMM', ['hypervisor', 'vmm', 'poll'], ['idle', 'blocked']);
  });

  test('scheduler: only guest time is what it was', () => {
    const outside = ACCOUNTS.filter((name) => name !== 'guest' && name !== 'unknown');
    checkWithout('scheduler', outside);
  });
});

describe('of a recording with losses', () => {
  test('what is known is true', () => {
    // With pinned threads a loss hides only what happens to the vCPUs of its own pCPU, so all the rest must be right.
    // What shows in retrospect only (polling, idleness) may have lost the event that shows it.
    const groups: (readonly AccountName[])[] = [
      ['guest'],
      ['hypervisor', 'poll'],
      ['vmm'],
      ['idle', 'blocked'],
      ['wakeup'],
      ['preempted'],
    ];
    fc.assert(
      fc.property(
        anyHost({ pinned: true, interrupts: false }),
        fc.array(fc.integer(), { minLength: 1, maxLength: 4 }),
        (options, losses) => {
          const host = new SimulatedHost(options);
          const ledger = booksOf(losses.reduce(withLoss, streamOf(host)));
          for (const [thread, truth] of host.vcpus) {
            const books = ledger.get(thread);
            if (books === undefined) continue;
            for (const group of groups) {
              expect(sum(books.accounts, group), group.join('+')).toBeLessThanOrEqual(sum(truth.accounts, group));
            }
          }
        },
      ),
      RUNS,
    );
  });

  test('a loss on another pCPU takes no guest time from a pinned vCPU whose first event shows its state', () => {
    fc.assert(
      fc.property(anyHost({ pinned: true, pcpus: 3 }), fc.integer(), (options, seed) => {
        const host = new SimulatedHost(options);
        const stream = streamOf(host);
        const lossy = withLoss(stream, seed);
        const lostOn = lossy.events.find(([kind]) => kind === Loss)?.[2];
        const whole = booksOf(stream);
        for (const [thread, books] of booksOf(lossy)) {
          const truth = host.vcpus.get(thread)!;
          if (truth.hasPast || books.ledger.pcpu === lostOn) continue;
          expect(books.accounts.guest).toEqual(whole.get(thread)!.accounts.guest);
        }
      }),
      RUNS,
    );
  });
});

test('the simulated hosts reach every account and every kind of event', () => {
  const reached = emptySums();
  const kinds = new Set<number>();
  let exits = 0;
  for (let seed = 0; seed < 50; seed++) {
    const options = { seed, pcpus: 2, vcpus: 3, otherThreads: 2, steps: 600, pinned: false, interrupts: true };
    const host = new SimulatedHost(options);
    for (const [thread, { accounts }] of host.vcpus) {
      expect(thread).toBeGreaterThanOrEqual(FIRST_VCPU);
      for (const name of ACCOUNTS) reached[name] += accounts[name];
    }
    for (const [kind] of host.events) kinds.add(kind);
    exits += host.events.filter(([kind]) => kind === Exit).length;
  }
  expect(ACCOUNTS.filter((name) => reached[name] < 10_000)).toEqual([]);
  expect(Object.values(EventKind).filter((kind) => !kinds.has(kind))).toEqual([Loss, ...OF_OTHER_HOSTS]);
  expect(exits).toBeGreaterThan(300);
});
