/** The truth of a simulated host as sums in nanoseconds: what a report about its trace should say. */
import { cyclesToNs } from '../../recording/cycles.js';
import type { Executor, ExitCode } from './history.js';
import type { HostTruth, TrueAccount, TrueSegment, VcpuTruth } from './truth.js';

export type TrueSums = Partial<Record<TrueAccount, number>>;

/** Exits of one code. Those of no exit: what was done before the first one. */
export interface TrueExits {
  readonly exit: ExitCode | undefined;
  /** How many exits in the interval, and how many episodes that it touches. */
  count: number;
  episodes: number;
  readonly sums: TrueSums;
  /** From the exit to the next entry, of those that lie in the interval as a whole, ns. */
  readonly lengths: number[];
}

export interface TrueVcpuBooks {
  readonly pid: number;
  readonly number: number;
  readonly tid: number;
  readonly sums: TrueSums;
  readonly exits: readonly TrueExits[];
  readonly culprits: readonly { readonly account: 'wakeup' | 'preempted'; readonly culprit: Executor; ns: number }[];
  /** By account, state and waker. */
  readonly sleeps: readonly TrueSleepSum[];
  /** What the host did on each way into the guest and out of it, ns. */
  readonly entryCosts: readonly number[];
  readonly exitCosts: readonly number[];
}

export interface TrueSleepSum {
  readonly account: 'idle' | 'blocked';
  readonly state: string;
  readonly waker: Executor | 'unknown';
  ns: number;
  count: number;
}

/** An interval in the host's cycles. */
export interface CycleWindow {
  readonly from: number;
  readonly to: number;
}

/** @param window the part of the trace that counts; all of it where none is given */
export function trueBooks(truth: HostTruth, cyclesPerSecond: number, window: CycleWindow = truth): TrueVcpuBooks[] {
  const ruler = new Ruler(truth.from, cyclesPerSecond, window);
  return truth.vcpus.map((vcpu) => booksOf(vcpu, ruler, window.to >= truth.to));
}

/** Measures in nanoseconds what of an interval lies in the window. Times are rounded, not lengths. */
class Ruler {
  readonly #origin: number;
  readonly #hz: number;
  readonly from: number;
  readonly to: number;

  constructor(origin: number, hz: number, window: CycleWindow) {
    this.#origin = origin;
    this.#hz = hz;
    this.from = this.ns(window.from);
    this.to = this.ns(window.to);
  }

  ns(cycles: number): number {
    return cyclesToNs(cycles - this.#origin, this.#hz);
  }

  length(from: number, to: number): number {
    return Math.max(0, Math.min(this.ns(to), this.to) - Math.max(this.ns(from), this.from));
  }
}

function booksOf(
  { vcpu, segments, visits, waits, sleeps }: VcpuTruth,
  ruler: Ruler,
  isOpenEnd: boolean,
): TrueVcpuBooks {
  const sums: TrueSums = {};
  const exits = new Map<string, TrueExits>();
  const rowOf = (exit: ExitCode | undefined): TrueExits => {
    const key = exit === undefined ? '' : `${exit.reason} ${exit.payload}`;
    const row = exits.get(key) ?? { exit, count: 0, episodes: 0, sums: {}, lengths: [] };
    exits.set(key, row);
    return row;
  };
  const isWithin = (ns: number): boolean => ns >= ruler.from && (isOpenEnd || ns < ruler.to);
  const touched = new Set<number>();
  for (const { from, to, account, episode } of segments) {
    const ns = ruler.length(from, to);
    if (ns === 0) continue;
    add(sums, account, ns);
    if (Number.isNaN(episode)) continue;
    add(rowOf(visits[episode]?.exit).sums, account, ns);
    touched.add(episode);
  }
  for (const [episode, { exit, left }] of visits.entries()) {
    if (!isWithin(ruler.ns(left))) continue;
    touched.add(episode);
    const row = rowOf(exit);
    row.count++;
    const end = visits[episode + 1]?.entered;
    if (end !== undefined && ruler.ns(end) <= ruler.to) row.lengths.push(ruler.ns(end) - ruler.ns(left));
  }
  for (const episode of touched) rowOf(visits[episode]?.exit).episodes++;
  return {
    pid: vcpu.pid,
    number: vcpu.number,
    tid: vcpu.thread.id.tid,
    sums,
    exits: [...exits.values()],
    culprits: culpritSums(waits, ruler),
    sleeps: sleepSums(sleeps, ruler),
    entryCosts: visits
      .filter(({ enterEvent, entered }) => ruler.ns(enterEvent) >= ruler.from && ruler.ns(entered) <= ruler.to)
      .map(({ enterEvent, entered }) => hypervisorNs(segments, enterEvent, entered, ruler)),
    exitCosts: visits
      .filter(({ left, exitEvent }) => ruler.ns(left) >= ruler.from && ruler.ns(exitEvent) <= ruler.to)
      .map(({ left, exitEvent }) => hypervisorNs(segments, left, exitEvent, ruler)),
  };
}

function add(sums: TrueSums, account: TrueAccount, ns: number): void {
  sums[account] = (sums[account] ?? 0) + ns;
}

function culpritSums(waits: VcpuTruth['waits'], ruler: Ruler): TrueVcpuBooks['culprits'] {
  const rows: { account: 'wakeup' | 'preempted'; culprit: Executor; ns: number }[] = [];
  for (const { from, to, account, culprit } of waits) {
    const ns = ruler.length(from, to);
    if (ns === 0) continue;
    const row = rows.find((other) => other.account === account && isSame(other.culprit, culprit));
    if (row === undefined) rows.push({ account, culprit, ns });
    else row.ns += ns;
  }
  return rows;
}

function sleepSums(sleeps: VcpuTruth['sleeps'], ruler: Ruler): TrueSleepSum[] {
  const rows: TrueSleepSum[] = [];
  for (const { from, to, account, state, waker } of sleeps) {
    const ns = ruler.length(from, to);
    if (ns === 0) continue;
    const row = rows.find((row) => row.account === account && row.state === state && isSame(row.waker, waker));
    if (row === undefined) rows.push({ account, state, waker, ns, count: 1 });
    else Object.assign(row, { ns: row.ns + ns, count: row.count + 1 });
  }
  return rows;
}

function isSame(a: Executor | 'unknown', b: Executor | 'unknown'): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return 'interrupt' in a && 'interrupt' in b ? a.interrupt === b.interrupt : a === b;
}

function hypervisorNs(segments: readonly TrueSegment[], from: number, to: number, ruler: Ruler): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle].to <= from) low = middle + 1;
    else high = middle;
  }
  let total = 0;
  for (let index = low; index < segments.length && segments[index].from < to; index++) {
    const { account, from: start, to: end } = segments[index];
    if (account === 'hypervisor') total += ruler.ns(Math.min(end, to)) - ruler.ns(Math.max(start, from));
  }
  return total;
}
