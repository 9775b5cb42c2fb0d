/**
 * What really happened, as the accounts of the ledger: for every vCPU a gapless chain of segments in the host's cycles.
 * It is what a perfect reader of a complete trace would know, worked out from the history by intervals.
 *
 * How the phases are booked:
 * - in the guest, from when it really was entered until it was left: `guest`;
 * - on its pCPU outside the guest: `hypervisor` (nothing separates qvm's own code from the kernel's), less the time of
 *   interrupt handlers on top of it, whose begin and end 7.x writes down: `interrupt`;
 * - asleep in an episode whose exit was a halt: `idle`; asleep in any other: `blocked`;
 * - READY after it was woken: `wakeup`; READY after it was pushed off its pCPU: `preempted`;
 * - before the first GUEST_ENTER that can be attributed, within a visit whose end is not in the trace, and after the end of
 *   the thread: `unknown`.
 * A GUEST_ENTER can be attributed once the trace has told a thread that starts to run on that pCPU: the states told at the
 * start of the trace do not say where.
 */
import type { ThreadState } from '../../formats/qnx/thread-states.js';
import type { Executor, ExitCode, History, Presence, PresenceChange, VcpuHistory, Visit } from './history.js';
import type { Simulation } from './simulate.js';

export type TrueAccount =
  | 'guest'
  | 'hypervisor'
  | 'interrupt'
  | 'idle'
  | 'blocked'
  | 'wakeup'
  | 'preempted'
  | 'unknown';

export interface TrueSegment {
  readonly from: number;
  readonly to: number;
  readonly account: TrueAccount;
  /** Its episode, where the time is outside the guest and known: the place of the visit before it, -1 before the first. */
  readonly episode: number;
}

export interface TrueWait {
  readonly from: number;
  readonly to: number;
  readonly account: 'wakeup' | 'preempted';
  /** Who had the pCPU meanwhile. */
  readonly culprit: Executor;
}

/** A sleep that ended with a wake-up. */
export interface TrueSleep {
  readonly from: number;
  readonly to: number;
  readonly account: 'idle' | 'blocked';
  /** What it waited for last. */
  readonly state: ThreadState;
  /** Unknown where the trace has not yet told who runs on the pCPU that woke it. */
  readonly waker: Executor | 'unknown';
}

export interface VcpuTruth {
  readonly vcpu: VcpuHistory;
  readonly segments: readonly TrueSegment[];
  /** Those that are known from begin to end, in order of time. */
  readonly visits: readonly FinishedVisit[];
  readonly waits: readonly TrueWait[];
  readonly sleeps: readonly TrueSleep[];
  /** Attempts to enter the guest that did not reach it. */
  readonly abortedEntries: number;
}

export type FinishedVisit = Visit & { readonly exit: ExitCode };

export interface HostTruth {
  /** Stamps of the first and the last event of the trace. */
  readonly from: number;
  readonly to: number;
  /** The vCPUs of which the trace tells at least one attempt to enter the guest, by process and number. */
  readonly vcpus: readonly VcpuTruth[];
}

export function truthOf({ trace, history }: Simulation): HostTruth {
  const from = Number(trace.events[0].cycles);
  const to = Number(trace.events.at(-1)!.cycles);
  const vcpus = history.vcpus
    .map((vcpu) => vcpuTruth(vcpu, history, from, to))
    .filter((truth) => truth !== undefined)
    .sort((a, b) => a.vcpu.pid - b.vcpu.pid || a.vcpu.number - b.vcpu.number);
  return { from, to, vcpus };
}

function vcpuTruth(vcpu: VcpuHistory, history: History, from: number, to: number): VcpuTruth | undefined {
  const attempts = vcpu.visits.filter(
    ({ cpu, enterEvent }) => enterEvent <= to && enterEvent >= firstStart(history, cpu, from),
  );
  if (attempts.length === 0) return undefined;
  const knownFrom = attempts[0].enterEvent;
  const visits = attempts.filter((visit): visit is FinishedVisit => visit.exit !== undefined && visit.exitEvent <= to);
  const open = attempts.find((visit) => visit.exitEvent > to);
  const phases = phasesOf(history.presence.get(vcpu.thread)!, knownFrom, open?.enterEvent ?? to);
  const builder = new SegmentBuilder(from, visits);
  builder.add(knownFrom, 'unknown');
  for (const phase of phases) addPhase(builder, phase, history, to);
  builder.add(to, 'unknown');
  return {
    vcpu,
    segments: builder.segments,
    visits,
    waits: phases.flatMap((phase) => waitsIn(phase, history, to)),
    sleeps: phases.flatMap((phase) => sleepIn(phase, visits, history, from)),
    abortedEntries: attempts.filter(({ exit, exitEvent }) => exit === undefined && exitEvent <= to).length,
  };
}

/** When the trace first tells that a thread starts to run on a pCPU. */
function firstStart(history: History, cpu: number, from: number): number {
  return history.occupancy[cpu].find((occupancy) => occupancy.from >= from)?.from ?? Infinity;
}

/** A stretch in which a thread stays where it is. */
interface Phase {
  readonly from: number;
  readonly to: number;
  readonly presence: Presence;
  /** The presence before it. */
  readonly before: Presence | undefined;
  readonly cpu: number;
  /** Its last state, and who ended it, where that lies within what is known. */
  readonly state: ThreadState;
  readonly endedBy: PresenceChange | undefined;
}

function phasesOf(changes: readonly PresenceChange[], from: number, to: number): Phase[] {
  const phases: Phase[] = [];
  // A thread that waits for something else now has been asleep all the time.
  const turns = [...changes.keys()].filter((index) => changes[index].presence !== changes[index - 1]?.presence);
  for (const [turn, index] of turns.entries()) {
    const { at, presence, cpu } = changes[index];
    const after = turns[turn + 1] ?? changes.length;
    const next = changes[after] as PresenceChange | undefined;
    const phase = { from: Math.max(at, from), to: Math.min(next?.at ?? to, to) };
    if (phase.from >= phase.to) continue;
    const endedBy = next !== undefined && next.at <= to ? next : undefined;
    phases.push({
      ...phase,
      presence,
      before: changes[index - 1]?.presence,
      cpu,
      state: changes[after - 1].state,
      endedBy,
    });
  }
  return phases;
}

/** Those of a chain of intervals, by time, that overlap from … to. */
function* overlapping<Interval extends { readonly from: number; readonly until: number }>(
  intervals: readonly Interval[],
  from: number,
  to: number,
): Generator<Interval> {
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle].until <= from) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < intervals.length && intervals[index].from < to; index++) yield intervals[index];
}

function addPhase(builder: SegmentBuilder, { from, to, presence, before, cpu }: Phase, history: History, end: number) {
  if (presence === 'asleep') return builder.add(to, isHalted(builder.visits, from) ? 'idle' : 'blocked');
  if (presence === 'ready') return builder.add(to, before === 'running' ? 'preempted' : 'wakeup');
  if (presence === 'ended') return builder.add(to, 'unknown');
  for (const handler of overlapping(history.handlers[cpu], from, to)) {
    if (handler.until > end) break;
    builder.addOnCpu(handler.from);
    builder.add(handler.until, 'interrupt');
  }
  return builder.addOnCpu(to);
}

/** Makes the chain of segments, from one to the next; knows the visits, and so where the guest was and which episode it is. */
class SegmentBuilder {
  readonly segments: TrueSegment[] = [];
  #end: number;
  readonly visits: readonly FinishedVisit[];
  /** Visits that the chain has passed. */
  #passed = 0;

  constructor(start: number, visits: readonly FinishedVisit[]) {
    this.#end = start;
    this.visits = visits;
  }

  /** On its pCPU up to `to`, with the visits to the guest in between. */
  addOnCpu(to: number): void {
    for (;;) {
      const visit = this.visits[this.#passed];
      if (visit === undefined || visit.entered >= to) break;
      this.add(visit.entered, 'hypervisor');
      this.add(visit.left, 'guest');
      this.#passed++;
    }
    this.add(to, 'hypervisor');
  }

  add(to: number, account: TrueAccount): void {
    if (to <= this.#end) return;
    const isInEpisode = account !== 'guest' && account !== 'unknown';
    this.segments.push({ from: this.#end, to, account, episode: isInEpisode ? this.#passed - 1 : Number.NaN });
    this.#end = to;
  }
}

function isHalted(visits: readonly FinishedVisit[], at: number): boolean {
  return visits.findLast(({ left }) => left <= at)?.exit.cause === 'halt';
}

function sleepIn(
  { from, to, presence, state, endedBy }: Phase,
  visits: readonly FinishedVisit[],
  history: History,
  traceFrom: number,
): TrueSleep[] {
  if (presence !== 'asleep' || endedBy?.presence !== 'ready') return [];
  const { at, by, byCpu } = endedBy;
  const isHandler = by !== 'scheduler' && 'interrupt' in by;
  const waker = isHandler || at >= firstStart(history, byCpu, traceFrom) ? by : 'unknown';
  return [{ from, to, account: isHalted(visits, from) ? 'idle' : 'blocked', state, waker }];
}

/**
 * The waits of a phase, by who had the pCPU on which the thread had run last. A handler is to blame where the wait lasts
 * until its end, for only then has it been told. The idle thread is to blame until the next one starts: the pCPU wakes up.
 */
function waitsIn({ from, to, presence, before, cpu }: Phase, history: History, end: number): TrueWait[] {
  if (presence !== 'ready') return [];
  const account = before === 'running' ? 'preempted' : 'wakeup';
  const waits: TrueWait[] = [];
  let since = from;
  const blame = (until: number, culprit: Executor) => {
    const stop = Math.min(until, to);
    if (stop > since) waits.push({ from: since, to: stop, account, culprit });
    since = Math.max(since, stop);
  };
  let last: Executor = 'scheduler';
  for (const { thread, from: start, until } of overlapping(history.occupancy[cpu], from, to)) {
    blame(start, last);
    for (const handler of overlapping(history.handlers[cpu], start, until)) {
      if (handler.until > Math.min(end, to)) break;
      blame(handler.from, thread);
      blame(handler.until, { interrupt: handler.interrupt });
    }
    blame(until, thread);
    last = thread.isIdle ? thread : 'scheduler';
  }
  blame(to, last);
  return waits;
}
