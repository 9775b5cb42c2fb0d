/**
 * Neutral events as a story: one line an event, in the order of time, read by the ledger as a recording would be.
 *
 *     0 cpu0 10 enters
 *   100 cpu0 10 exits io
 *   120 cpu0 10 detail 3=1016 rank 2
 *   130 cpu0 10 to vmm                      (the guest asked for it; "to vmm unasked": it did not)
 *   150 cpu0 10 from vmm
 *   160 cpu0 10 preempted -> 50             (also: "sleeps -> 0", "ends -> 0")
 *   170 cpu1 60 wakes 10 on cpu0            (the part "on cpu0" may be missing)
 *   175 cpu1 60 moves 10 to cpu1
 *   180 cpu0 irq 7 begins
 *   190 cpu0 irq 7 ends
 *   200 cpu0 10 halted 60 slept limit 20    (or only "halted 60": polling was enough, limit unknown;
 *                                            with "over for 5" at the end: it ended at 195)
 *   300 cpu0 lost since 250
 *   310 cpu0 10 is entering                 (on hosts that tell only afterwards when the guest ran)
 *   350 cpu0 10 was in the guest from 320 to 340
 *   350 cpu0 10 was in the guest, unknown when
 *   350 cpu0 10 did not enter
 *   400 end                                 (of the recording; without it, the last event is the end)
 *
 * Numbers after the pCPU are threads; every time is in ns. What follows a `;` is a remark.
 */
import { ACCOUNTS, type AccountName, accountSums } from '../../src/ledger/accounts.js';
import { threadAsInterrupt } from '../../src/ledger/culprits.js';
import { KEPT_OUT, NO_REASON } from '../../src/ledger/episode.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { Slices } from '../../src/ledger/slices.js';
import type { VcpuLedger } from '../../src/ledger/vcpu.js';
import { Window } from '../../src/ledger/window.js';
import { CAUSES, type Cause, causeIndex, ReasonTable } from '../../src/recording/causes.js';
import { EventBatch, EventKind, SwitchState } from '../../src/recording/event-batch.js';

/** The exit reasons that timelines can name, each with its cause. */
const REASONS = {
  io: 'device-port',
  mmio: 'device-mmio',
  msr: 'register',
  hlt: 'halt',
  intr: 'interrupt',
  fault: 'page-fault',
} as const satisfies Record<string, Cause>;
export type ReasonName = keyof typeof REASONS;
export const REASON_NAMES = Object.keys(REASONS) as ReasonName[];

export function timelineReasons(): ReasonTable {
  const table = new ReasonTable();
  for (const name of REASON_NAMES) {
    table.add({
      name,
      code: table.list.length,
      vocabulary: 'test',
      cause: REASONS[name],
      meaning: name,
      trigger: 'guest',
    });
  }
  return table;
}

/** Nanoseconds of the accounts that are not empty. */
export type Accounts = Partial<Record<AccountName, number>>;

/** A cell of the matrix account × cause. */
export interface Row {
  readonly reason: string;
  readonly cause: Cause;
  readonly detail: readonly [detailClass: number, value: number];
  readonly exits: number;
  readonly episodes: number;
  readonly reachedVmm: number;
  readonly accounts: Accounts;
  /** Shortest and longest time from exit to entry; undefined where none was timed. */
  readonly lengths: readonly [number, number] | undefined;
}

/** What the ledger made of one vCPU. */
export class VcpuBooks {
  readonly ledger: VcpuLedger;

  constructor(ledger: VcpuLedger) {
    this.ledger = ledger;
  }

  get accounts(): Accounts {
    return filled(this.ledger.books.totals, 0);
  }

  get exits(): number {
    return this.ledger.books.exits;
  }

  get rows(): Row[] {
    const { cells } = this.ledger.books;
    return Array.from({ length: cells.count }, (_, cell) => {
      const lengths = cells.durations[cell];
      return {
        reason: reasonName(cells.reason[cell]),
        cause: CAUSES[cells.cause[cell]],
        detail: [cells.detailClass[cell], cells.detailValue[cell]],
        exits: cells.exits[cell],
        episodes: cells.episodes[cell],
        reachedVmm: cells.reachedVmm[cell],
        accounts: filled(cells.sums, cell * ACCOUNTS.length),
        lengths: lengths.count === 0 ? undefined : [lengths.min, lengths.max],
      };
    });
  }

  /** The only row of a reason. */
  row(reason: ReasonName | 'kept out' | 'not recorded'): Row {
    const rows = this.rows.filter((row) => row.reason === reason);
    if (rows.length !== 1) throw new Error(`${rows.length} rows of ${reason}: ${JSON.stringify(this.rows)}`);
    return rows[0];
  }

  /** For example { 'preempted by 50': 300, 'wakeup behind irq 7': 20 }. */
  get culprits(): Record<string, number> {
    return Object.fromEntries(
      this.ledger.books.culprits.list.map(({ account, thread, ns }) => {
        const interrupt = threadAsInterrupt(thread);
        const who = interrupt === undefined ? `${thread}` : `irq ${interrupt}`;
        return [ACCOUNTS[account] === 'preempted' ? `preempted by ${who}` : `wakeup behind ${who}`, ns];
      }),
    );
  }
}

function filled(column: ArrayLike<number>, offset: number): Accounts {
  const sums = accountSums(column, offset);
  return Object.fromEntries(ACCOUNTS.filter((name) => sums[name] !== 0).map((name) => [name, sums[name]]));
}

function reasonName(reason: number): string {
  if (reason === KEPT_OUT) return 'kept out';
  return reason === NO_REASON ? 'not recorded' : REASON_NAMES[reason];
}

export interface Extent {
  /** First and last moment of the recording. */
  readonly first: number;
  readonly last: number;
}

export interface TimelineOptions {
  /** The window that is accounted; the whole recording by default. */
  readonly from?: number;
  readonly to?: number;
  /** Whether somebody wants to see over time what is booked. */
  readonly observed?: boolean;
}

/** Runs events through a ledger to the end, in batches of `batchRows`. */
export function runLedger(
  events: readonly NeutralEvent[],
  extent: Extent,
  options: TimelineOptions = {},
  batchRows = 64,
): Map<number, VcpuBooks> {
  const { vcpus } = ledgerOf(events, extent, options, batchRows);
  return new Map(vcpus.map((vcpu) => [vcpu.thread, new VcpuBooks(vcpu)]));
}

function ledgerOf(
  events: readonly NeutralEvent[],
  extent: Extent,
  { from = extent.first, to = Infinity, observed = false }: TimelineOptions,
  batchRows = 64,
): Ledger {
  const window = new Window(from, to);
  const ledger = new Ledger(timelineReasons(), window, undefined, observed ? new Slices(window) : undefined);
  const batch = new EventBatch(batchRows);
  for (let next = 0; next < events.length; next += batchRows) {
    batch.count = 0;
    for (const event of events.slice(next, next + batchRows)) batch.push(...event);
    ledger.process(batch);
  }
  ledger.finish(extent.first, extent.last);
  return ledger;
}

/** The arguments of EventBatch.push. */
export type NeutralEvent = Parameters<EventBatch['push']>;

/** The ledger of a story, for what is not a vCPU's. */
export function story(text: string, options: TimelineOptions = {}): Ledger {
  const { events, extent } = parseStory(text);
  return ledgerOf(events, extent, options);
}

/** Runs a story through the ledger. */
export function timeline(story: string, options: TimelineOptions = {}): Map<number, VcpuBooks> {
  const { events, extent } = parseStory(story);
  return runLedger(events, extent, options);
}

/** The books of thread 10, the vCPU that most stories are about. */
export function vcpu10(story: string, options: TimelineOptions = {}): VcpuBooks {
  const books = timeline(story, options).get(10);
  if (books === undefined) throw new Error('no vCPU 10 in this story');
  return books;
}

function parseStory(story: string): { events: NeutralEvent[]; extent: Extent } {
  const lines = story
    .split('\n')
    .map((line) => line.replace(/;.*/, '').trim())
    .filter((line) => line !== '');
  const end = lines.at(-1)!.match(/^(\d+) end$/);
  const events = (end === null ? lines : lines.slice(0, -1)).map(parseLine);
  for (let i = 1; i < events.length; i++) {
    if (events[i][1] < events[i - 1][1]) throw new Error(`time runs backwards at "${lines[i]}"`);
  }
  return { events, extent: { first: events[0][1], last: end === null ? events.at(-1)![1] : Number(end[1]) } };
}

function parseLine(line: string): NeutralEvent {
  const [, time, pcpu, words = ''] = line.match(/^(\d+) +cpu(\d+) +(.*)$/) ?? [];
  for (const [pattern, make] of SENTENCES) {
    const match = words.match(pattern);
    if (match === null) continue;
    const [kind, thread, a = 0, b = 0, c = 0, d = 0] = make(...match.slice(1));
    if (kind === EventKind.Visit)
      return [kind, Number(time), Number(pcpu), thread, Number(time) - a, Number(time) - b, c, d];
    return [kind, Number(time), Number(pcpu), thread, a, b, c, d];
  }
  throw new Error(`not a line of a timeline: "${line}"`);
}

type Parsed = [kind: EventKind, thread: number, a?: number, b?: number, c?: number, d?: number];

const UNKNOWN = Number.NaN;
const STATES = { preempted: SwitchState.Runnable, sleeps: SwitchState.Asleep, ends: SwitchState.Ended } as const;
const numberOr = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text));

/** What a line can say after time and pCPU. A group that is missing is undefined. */
const SENTENCES: readonly (readonly [RegExp, (...groups: string[]) => Parsed])[] = [
  [/^(\d+) enters$/, (thread) => [EventKind.Entry, Number(thread), UNKNOWN]],
  [/^(\d+) is left$/, (thread) => [EventKind.Left, Number(thread)]],
  [
    /^(\d+) exits (\w+)$/,
    (thread, reason) => [EventKind.Exit, Number(thread), reasonIndex(reason), UNKNOWN, UNKNOWN, UNKNOWN],
  ],
  [
    /^(\d+) detail (\d+)=(\d+|NaN) rank (\d+)(?: cause ([\w-]+))?$/,
    (thread, detailClass, value, rank, cause) => [
      EventKind.Detail,
      Number(thread),
      Number(detailClass),
      Number(value),
      cause === undefined ? -1 : causeIndex(cause as Cause),
      Number(rank),
    ],
  ],
  [
    /^(\d+) to vmm( unasked)?$/,
    (thread, unasked) => [EventKind.ToVmm, Number(thread), 0, unasked === undefined ? 1 : 0],
  ],
  [/^(\d+) from vmm$/, (thread) => [EventKind.FromVmm, Number(thread)]],
  [
    /^(\d+) (preempted|sleeps|ends) -> (\d+)$/,
    (thread, state, next) => [EventKind.Switch, Number(thread), Number(next), STATES[state as keyof typeof STATES]],
  ],
  [
    /^(\d+) wakes (\d+)(?: on cpu(\d+))?$/,
    (waker, thread, pcpu) => [EventKind.Wake, Number(waker), Number(thread), numberOr(pcpu, UNKNOWN)],
  ],
  [
    /^(\d+) moves (\d+) to cpu(\d+)$/,
    (mover, thread, pcpu) => [EventKind.Migrate, Number(mover), Number(thread), Number(pcpu)],
  ],
  [/^irq (\d+) begins$/, (interrupt) => [EventKind.InterruptBegin, -1, Number(interrupt)]],
  [/^irq (\d+) ends$/, (interrupt) => [EventKind.InterruptEnd, -1, Number(interrupt)]],
  [
    /^(\d+) halted (\d+)( slept)?(?: limit (\d+))?(?: over for (\d+))?$/,
    (thread, length, slept, limit, over) => [
      EventKind.HaltEnd,
      Number(thread),
      Number(length),
      slept === undefined ? 0 : 1,
      numberOr(limit, UNKNOWN),
      numberOr(over, 0),
    ],
  ],
  [/^(\d+) is entering$/, (thread) => [EventKind.Entering, Number(thread), UNKNOWN]],
  [
    /^(\d+) was in the guest from (\d+) to (\d+)$/,
    (thread, from, to) => [EventKind.Visit, Number(thread), Number(from), Number(to), UNKNOWN],
  ],
  [/^(\d+) was in the guest, unknown when$/, (thread) => [EventKind.Visit, Number(thread), UNKNOWN, UNKNOWN, UNKNOWN]],
  [/^(\d+) did not enter$/, (thread) => [EventKind.NoVisit, Number(thread)]],
  [/^lost since (\d+)$/, (since) => [EventKind.Loss, -1, Number(since), UNKNOWN]],
];

function reasonIndex(name: string): number {
  const index = REASON_NAMES.indexOf(name as ReasonName);
  if (index < 0) throw new Error(`no exit reason ${name}`);
  return index;
}
