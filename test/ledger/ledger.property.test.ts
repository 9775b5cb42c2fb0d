import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCOUNTS, type AccountName } from '../../src/ledger/accounts.js';
import { EventKind } from '../../src/recording/event-batch.js';
import { randomSource } from '../support/random-source.js';
import { emptySums, FIRST_VCPU, type HostOptions, SimulatedHost, type Sums } from '../support/simulated-host.js';
import {
  type Accounts,
  type Extent,
  type NeutralEvent,
  REASON_NAMES,
  runLedger,
  type TimelineOptions,
  type VcpuBooks,
} from '../support/timeline.js';

const RUNS = { numRuns: Number(process.env['VMTOLL_PROPERTY_RUNS'] ?? 300), seed: 20_261_122 };

const anyHost = (fixed: Partial<HostOptions> = {}): fc.Arbitrary<HostOptions> =>
  fc
    .record({
      seed: fc.integer(),
      pcpus: fc.integer({ min: 1, max: 4 }),
      vcpus: fc.integer({ min: 1, max: 6 }),
      otherThreads: fc.integer({ min: 0, max: 4 }),
      steps: fc.integer({ min: 1, max: 600 }),
      pinned: fc.boolean(),
      interrupts: fc.boolean(),
    })
    .map((options) => ({ ...options, ...fixed }));

const { Entry, Exit, ToVmm, FromVmm, Switch, Wake, Migrate, InterruptBegin, InterruptEnd, HaltEnd, Loss } = EventKind;

/** Kinds of events that recordings may lack together. */
const CLASSES: Record<string, readonly number[]> = {
  scheduler: [Switch, Wake, Migrate],
  wakeups: [Wake],
  migrations: [Migrate],
  interrupts: [InterruptBegin, InterruptEnd],
  'ends of interrupts': [InterruptEnd],
  halts: [HaltEnd],
  vmm: [ToVmm, FromVmm],
  'returns from the VMM': [FromVmm],
  exits: [Exit],
  entries: [Entry],
};

/** Kinds that only vCPU threads make; Detail says nothing of the state. */
const OF_VCPUS: readonly number[] = [Entry, Exit, ToVmm, FromVmm, HaltEnd];

interface Stream extends Extent {
  readonly events: readonly NeutralEvent[];
}

function streamOf(host: SimulatedHost): Stream {
  return { events: host.events, first: 0, last: host.now };
}

function without({ events, ...extent }: Stream, kinds: readonly number[]): Stream {
  return { events: events.filter(([kind]) => !kinds.includes(kind)), ...extent };
}

/** Takes some consecutive events of one pCPU out, and says so as a recorder does: before the next event of that pCPU. */
function withLoss({ events, first, last }: Stream, seed: number): Stream {
  const random = randomSource(seed);
  if (events.length === 0) return { events, first, last };
  const pcpu = random.pick(events)[2];
  const positions = events.flatMap((event, position) => (event[2] === pcpu ? [position] : []));
  const from = random.below(positions.length);
  const to = Math.min(positions.length, from + 1 + random.below(30));
  const lost = new Set(positions.slice(from, to));
  const since = from === 0 ? first : events[positions[from - 1]!]![1];
  const next = positions[to] ?? events.length;
  const loss: NeutralEvent = [Loss, events[next]?.[1] ?? last, pcpu, -1, since, to - from, 0, 0];
  const kept = (event: NeutralEvent, position: number) => (lost.has(position) ? [] : [event]);
  return {
    events: [
      ...events.slice(0, next).flatMap(kept),
      loss,
      ...events.slice(next).flatMap((event, i) => kept(event, next + i)),
    ],
    first,
    last,
  };
}

/** Events of a few pCPUs and threads without any sense. */
function nonsense(seed: number, count: number): Stream {
  const random = randomSource(seed);
  const kinds = Object.values(EventKind);
  const thread = () => random.pick([-1, 0, 10, 11, 12, 50, 51]);
  let now = random.below(50);
  const first = now;
  const events = Array.from({ length: count }, (): NeutralEvent => {
    now += random.chance(0.3) ? 0 : random.below(100);
    const kind = random.pick(kinds);
    const number = () => random.pick([NaN, 0, 1, 2, random.below(1000)]);
    const [b, c, d] = [number(), number(), number()];
    const row = (a: number): NeutralEvent => [kind, now, random.below(3), thread(), a, b, c, d];
    if (kind === Exit) return row(random.below(REASON_NAMES.length));
    if (kind === Loss) return row(Math.max(first, now - random.below(200)));
    if (kind === EventKind.Detail)
      return [kind, now, 0, thread(), random.below(3), random.below(3), random.below(17) - 1, 1];
    if (kind === HaltEnd) return row(random.below(500));
    return row(kind === Switch || kind === Wake || kind === Migrate ? thread() : random.below(4));
  });
  return { events, first, last: now + random.below(50) };
}

/** Recordings of every quality: whole ones, with classes missing, with losses, with everything wrong. */
const anyStream: fc.Arbitrary<Stream> = fc
  .record({
    host: anyHost(),
    missing: fc.subarray(Object.keys(CLASSES), { maxLength: 3 }),
    losses: fc.array(fc.integer(), { maxLength: 3 }),
    isNonsense: fc.nat({ max: 3 }),
  })
  .map(({ host, missing, losses, isNonsense }) => {
    if (isNonsense === 0) return nonsense(host.seed, host.steps);
    const whole = streamOf(new SimulatedHost(host));
    const partial = missing.reduce((stream, name) => without(stream, CLASSES[name]!), whole);
    return losses.reduce(withLoss, partial);
  });

/** Recordings whose scheduler events do not contradict each other: a loss hides only what happens on its own pCPU. */
const anyConsistentStream: fc.Arbitrary<Stream> = fc
  .record({
    host: anyHost(),
    missing: fc.subarray(['interrupts', 'ends of interrupts', 'halts', 'vmm', 'exits', 'entries', 'scheduler']),
    losses: fc.array(fc.integer(), { maxLength: 3 }),
  })
  .map(({ host, missing, losses }) => {
    const whole = streamOf(new SimulatedHost(host));
    const partial = missing.reduce((stream, name) => without(stream, CLASSES[name]!), whole);
    return host.pinned ? losses.reduce(withLoss, partial) : partial;
  });

/** A window somewhere in or around 20 µs, or none. */
const anyWindow: fc.Arbitrary<TimelineOptions> = fc.oneof(
  fc.constant({}),
  fc.record({ from: fc.nat({ max: 20_000 }), to: fc.nat({ max: 40_000 }) }),
);

const booksOf = (stream: Stream, options: TimelineOptions = {}) =>
  runLedger(stream.events, stream, { from: Math.max(stream.first, options.from ?? 0), to: options.to ?? Infinity });

function plus(a: Accounts, b: Accounts): Accounts {
  const sums = ACCOUNTS.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)] as const);
  return Object.fromEntries(sums.filter(([, ns]) => ns !== 0));
}

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

function culpritNs(books: VcpuBooks, account: 'preempted' | 'wakeup'): number {
  return books.ledger.books.culprits.list
    .filter((culprit) => ACCOUNTS[culprit.account] === account)
    .reduce((sum, culprit) => sum + culprit.ns, 0);
}

describe('of any recording, however damaged', () => {
  const check = (property: (stream: Stream, window: TimelineOptions) => void) =>
    fc.assert(fc.property(anyStream, anyWindow, property), RUNS);

  test('the accounts of every vCPU add up to the window exactly, and none is negative', () => {
    check((stream, window) => {
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
    check((stream, window) => {
      for (const books of booksOf(stream, window).values()) {
        const cells = books.rows.reduce<Accounts>((sum, { accounts }) => plus(sum, accounts), {});
        const { guest: _guest, unknown: _unknown, ...outside } = books.accounts;
        expect(cells).toEqual(outside);
      }
    });
  });

  test('every exit in the window is counted once, in the totals and in the cells', () => {
    check((stream, window) => {
      const from = Math.max(stream.first, window.from ?? 0);
      const to = window.to ?? Infinity;
      for (const [thread, books] of booksOf(stream, window)) {
        const exits = stream.events.filter(
          ([kind, time, , of]) => kind === Exit && of === thread && time >= from && time < to,
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
    check((stream) => {
      const accounts = (rows: number) =>
        [...runLedger(stream.events, stream, {}, rows)].map(([thread, books]) => [thread, books.accounts, books.rows]);
      expect(accounts(1)).toEqual(accounts(1000));
    });
  });
});

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

describe('of a recording without a class of events', () => {
  const unite = (sums: Accounts, ...groups: (readonly AccountName[])[]): Accounts => {
    const united = { ...emptySums(), ...sums };
    for (const [first, ...others] of groups) {
      for (const other of others) {
        united[first!] += united[other];
        united[other] = 0;
      }
    }
    return nonZero(united);
  };

  /** Checks that the accounts in each group have their true sum, and all others are true themselves. */
  const check = (missing: string, ...groups: (readonly AccountName[])[]) =>
    fc.assert(
      fc.property(anyHost(), (options) => {
        const host = new SimulatedHost(options);
        const ledger = booksOf(without(streamOf(host), CLASSES[missing]!));
        for (const [thread, truth] of host.vcpus) {
          const books = ledger.get(thread);
          const first = host.events.find(([kind, , , of]) => of === thread && OF_VCPUS.includes(kind))?.[0];
          // A vCPU that becomes known by another event, or in another way, has another past.
          if (books === undefined || truth.hasPast || CLASSES[missing]!.includes(first!)) continue;
          expect(unite(books.accounts, ...groups)).toEqual(unite(nonZero(truth.accounts), ...groups));
        }
      }),
      RUNS,
    );

  test('interrupts: their time is in what they interrupt', () => {
    check('interrupts', ['interrupt', 'guest', 'hypervisor', 'vmm', 'poll']);
  });

  test('ends of interrupts: likewise', () => {
    check('ends of interrupts', ['interrupt', 'guest', 'hypervisor', 'vmm', 'poll']);
  });

  test('migrations: nothing is missing', () => {
    check('migrations');
  });

  test('wake-ups: the wait for a pCPU is in the sleep before it', () => {
    check('wakeups', ['idle', 'blocked', 'wakeup'], ['hypervisor', 'poll']);
  });

  test('ends of halts: polling is the hypervisor', () => {
    check('halts', ['hypervisor', 'poll']);
  });

  test('VMM: its time is the hypervisor’s, its sleep no other than that of the kernel', () => {
    check('vmm', ['hypervisor', 'vmm', 'poll'], ['idle', 'blocked']);
  });

  test('returns from the VMM: the way back is the VMM’s', () => {
    check('returns from the VMM', ['hypervisor', 'vmm', 'poll'], ['idle', 'blocked']);
  });

  test('scheduler: only guest time is what it was', () => {
    const outside = ACCOUNTS.filter((name) => name !== 'guest' && name !== 'unknown');
    check('scheduler', outside);
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
    const sum = (sums: Accounts, group: readonly AccountName[]) =>
      group.reduce((total, name) => total + (sums[name] ?? 0), 0);
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
              expect(sum(books.accounts, group), `${group}`).toBeLessThanOrEqual(sum(truth.accounts, group));
            }
          }
        },
      ),
      RUNS,
    );
  });

  test('a loss on another pCPU changes nothing for a pinned vCPU whose first event shows its state', () => {
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
          expect(books.accounts).toEqual(whole.get(thread)!.accounts);
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
  expect(Object.values(EventKind).filter((kind) => !kinds.has(kind))).toEqual([Loss]);
  expect(exits).toBeGreaterThan(300);
});
