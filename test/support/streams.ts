/**
 * Recordings of every quality for property tests: of simulated hosts, whole or with classes of events missing or with
 * losses, and without any sense. VMTOLL_PROPERTY_RUNS in the environment says how many of them each property is tried on.
 */
import * as fc from 'fast-check';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { WORST_KEPT } from '../../src/ledger/worst.js';
import { EventKind, PCPU_THREADS } from '../../src/recording/event-batch.js';
import { randomSource } from './random-source.js';
import { type HostOptions, SimulatedHost } from './simulated-host.js';
import {
  type Accounts,
  type Extent,
  type NeutralEvent,
  REASON_NAMES,
  runLedger,
  type TimelineOptions,
  type VcpuBooks,
} from './timeline.js';

export const RUNS = { numRuns: Number(process.env['VMTOLL_PROPERTY_RUNS'] ?? 300), seed: 20_261_122 };

export const anyHost = (fixed: Partial<HostOptions> = {}): fc.Arbitrary<HostOptions> =>
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
export const CLASSES: Record<string, readonly number[]> = {
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

/** Kinds whose `a` is a thread. */
const ABOUT_THREADS: readonly number[] = [Switch, Wake, Migrate, EventKind.WaitChange];

/** Kinds that only vCPU threads make; Detail says nothing of the state. */
export const OF_VCPUS: readonly number[] = [Entry, Exit, ToVmm, FromVmm, HaltEnd];

/** Kinds of hosts that tell only afterwards when the guest ran, what a sleeping thread waits for, or which threads there are. */
export const OF_OTHER_HOSTS: readonly number[] = [
  EventKind.Entering,
  EventKind.Visit,
  EventKind.NoVisit,
  EventKind.WaitChange,
  EventKind.Forget,
  EventKind.Partition,
  EventKind.Budget,
  EventKind.VmmRuns,
  EventKind.Ended,
  EventKind.Left,
  EventKind.Missed,
];

export interface Stream extends Extent {
  readonly events: readonly NeutralEvent[];
}

export function streamOf(host: SimulatedHost): Stream {
  return { events: host.events, first: 0, last: host.now };
}

export function without({ events, ...extent }: Stream, kinds: readonly number[]): Stream {
  return { events: events.filter(([kind]) => !kinds.includes(kind)), ...extent };
}

/** Takes some consecutive events of one pCPU out, and says so as a recorder does: before the next event of that pCPU. */
export function withLoss({ events, first, last }: Stream, seed: number): Stream {
  const random = randomSource(seed);
  if (events.length === 0) return { events, first, last };
  const pcpu = random.pick(events)[2];
  const positions = events.flatMap((event, position) => (event[2] === pcpu ? [position] : []));
  const from = random.below(positions.length);
  const to = Math.min(positions.length, from + 1 + random.below(30));
  const lost = new Set(positions.slice(from, to));
  const since = from === 0 ? first : events[positions[from - 1]][1];
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
    // Stand-ins have numbers of their own, and no books that anything else is about.
    if (kind === EventKind.Forget) return row(PCPU_THREADS);
    if (kind === EventKind.Visit) return [kind, now, random.below(3), thread(), random.below(300), number(), NaN, 0];
    return row(ABOUT_THREADS.includes(kind) ? thread() : random.below(4));
  });
  return { events, first, last: now + random.below(50) };
}

/** Recordings of every quality: whole ones, with classes missing, with losses, with everything wrong. */
export const anyStream: fc.Arbitrary<Stream> = fc
  .record({
    host: anyHost(),
    missing: fc.subarray(Object.keys(CLASSES), { maxLength: 3 }),
    losses: fc.array(fc.integer(), { maxLength: 3 }),
    isNonsense: fc.nat({ max: 3 }),
  })
  .map(({ host, missing, losses, isNonsense }) => {
    if (isNonsense === 0) return nonsense(host.seed, host.steps);
    const whole = streamOf(new SimulatedHost(host));
    const partial = missing.reduce((stream, name) => without(stream, CLASSES[name]), whole);
    return losses.reduce(withLoss, partial);
  });

/** Recordings whose scheduler events do not contradict each other: a loss hides only what happens on its own pCPU. */
export const anyConsistentStream: fc.Arbitrary<Stream> = fc
  .record({
    host: anyHost(),
    missing: fc.subarray(['interrupts', 'ends of interrupts', 'halts', 'vmm', 'exits', 'entries', 'scheduler']),
    losses: fc.array(fc.integer(), { maxLength: 3 }),
  })
  .map(({ host, missing, losses }) => {
    const whole = streamOf(new SimulatedHost(host));
    const partial = missing.reduce((stream, name) => without(stream, CLASSES[name]), whole);
    return host.pinned ? losses.reduce(withLoss, partial) : partial;
  });

/** A window somewhere in or around a recording, which lasts up to some 100 µs; or none. */
export const anyWindow: fc.Arbitrary<TimelineOptions> = fc.oneof(
  fc.constant({}),
  fc.record({ from: fc.nat({ max: 60_000 }), to: fc.nat({ max: 100_000 }) }),
);

export const booksOf = (stream: Stream, options: TimelineOptions = {}) =>
  runLedger(stream.events, stream, {
    ...options,
    from: Math.max(stream.first, options.from ?? 0),
    to: options.to ?? Infinity,
  });

/** As many as the ledger keeps of a vCPU in full. */
const LONG_EPISODES = WORST_KEPT + 1;
const LONG_NS = 1_000_000;

/** The same recording after some very long episodes of each vCPU: those that follow are none of its worst. */
export function afterLongEpisodes({ events, first, last }: Stream): Stream {
  const threads = new Set(events.filter(([kind]) => OF_VCPUS.includes(kind)).map(([, , , thread]) => thread));
  let now = first;
  const before = [...threads].flatMap((thread) =>
    Array.from({ length: LONG_EPISODES }, (): NeutralEvent[] => {
      now += LONG_NS;
      return [
        [Exit, now - LONG_NS + 1, 0, thread, 0, 0, NaN, NaN],
        [Entry, now, 0, thread, 0, 0, 0, 0],
      ];
    }).flat(),
  );
  const shift = now - first;
  const after = events.map(([kind, time, pcpu, thread, a, ...rest]): NeutralEvent => {
    return [kind, time + shift, pcpu, thread, kind === Loss ? a + shift : a, ...rest];
  });
  return { events: [...before, ...after], first, last: last + shift };
}

export function plus(a: Accounts, b: Accounts): Accounts {
  const sums = ACCOUNTS.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)] as const);
  return Object.fromEntries(sums.filter(([, ns]) => ns !== 0));
}

/** How much of an account has a culprit. */
export function culpritNs(books: VcpuBooks, account: 'preempted' | 'wakeup'): number {
  return books.ledger.books.culprits.list
    .filter((culprit) => ACCOUNTS[culprit.account] === account)
    .reduce((sum, culprit) => sum + culprit.ns, 0);
}
