/** When the benchmark ran in a recording, and on which vCPUs. */
import { type Lane, Track } from '../../ledger/timeline.js';
import type { Explanation, Vcpu } from '../explanation.js';
import type { Repetitions } from './costs.js';
import type { Observation } from './observation.js';
import type { WindowBasis } from './reconciliation.js';
import { outstandingStretch } from './stretch.js';

/** A part of a recording, explained and watched. */
export interface View {
  readonly explanation: Explanation;
  readonly observation: Observation;
}

export interface FoundWindow {
  readonly basis: WindowBasis;
  /** Since the start of the view's T. */
  readonly fromNs: number;
  readonly toNs: number;
  /** The machine in which the benchmark ran: that of the vCPU which did most. */
  readonly machine: string;
  /** Whether the repetitions can have been measured in this recording. */
  readonly sameRun: boolean;
  /** Of the busiest vCPU, in all of the view: not kept out by the VMM, and known. */
  readonly awakeNs: number;
  /** With basis `times`: the runs in it. */
  readonly runs?: Repetitions['timed'];
}

export interface WindowRequest extends Repetitions {
  /** Takes all of the view, for this reason. */
  readonly fixed?: Extract<WindowBasis, 'asked' | 'whole'> | undefined;
}

/** Clocks of guest and host, and what a benchmark does between its repetitions, may differ by so much. */
const TOLERANCE = 1.05;
/** Of the busiest vCPU's work so much is left out at either end of the busy part. */
const TRIMMED = 0.01;
/** Which share of the busiest vCPU's work another one must have done to have taken part. */
const TAKES_PART = 0.25;
const NS_PER_MS = 1e6;

interface Candidate {
  readonly machine: string;
  readonly lane: Lane;
}

/** undefined where no vCPU of the view did anything. */
export function findWindow(view: View, request: WindowRequest): FoundWindow | undefined {
  const { recording } = view.explanation;
  const candidates = candidatesOf(view);
  const whole = { fromNs: 0, toNs: recording.durationNs };
  const busiest = busiestIn(candidates, whole);
  if (busiest === undefined) return undefined;
  const awakeNs = AWAKE.reduce<number>((sum, track) => sum + busiest.lane.sum(track, 0, whole.toNs), 0);
  const told = toldWindow(view, request);
  if (told !== undefined) {
    const { machine } = busiestIn(candidates, told) ?? busiest;
    return { basis: 'times', ...told, machine, awakeNs, sameRun: true };
  }
  // All that the files hold must have run while the vCPU was awake; an interval that was asked for may be a part of it.
  const room = request.fixed === 'asked' ? recording.wholeNs : awakeNs;
  const sameRun = request.ofAllNs <= TOLERANCE * room && !isOfAnotherTime(view, request);
  if (request.fixed !== undefined)
    return { basis: request.fixed, ...whole, machine: busiest.machine, awakeNs, sameRun };
  if (request.totalNs !== null && request.runs === 1 && sameRun) {
    const stretch = busiestStretch(candidates, request.totalNs, view);
    if (stretch !== undefined) return { basis: 'busiest-stretch', ...stretch, awakeNs, sameRun };
  }
  return { basis: 'busy-part', ...busyPart(busiest.lane, view), machine: busiest.machine, awakeNs, sameRun };
}

function candidatesOf({ explanation, observation }: View): Candidate[] {
  return explanation.machines.flatMap(({ id, vcpus }) =>
    vcpus.flatMap(({ thread }) => {
      const lane = observation.timeline.lane(thread);
      return lane === undefined ? [] : [{ machine: id, lane }];
    }),
  );
}

/** Guest and guest delay: what a vCPU did or wanted to do. */
const BUSY = [Track.guest, Track.delay];
/** Not kept out by the VMM. */
const AWAKE = [...BUSY, Track.halted];

const busyNs = (lane: Lane, fromNs: number, toNs: number): number =>
  BUSY.reduce<number>((sum, track) => sum + lane.sum(track, fromNs, toNs), 0);

interface Interval {
  readonly fromNs: number;
  readonly toNs: number;
}

function busiestIn(candidates: readonly Candidate[], { fromNs, toNs }: Interval): Candidate | undefined {
  let most = 0;
  let busiest: Candidate | undefined;
  for (const candidate of candidates) {
    const busy = busyNs(candidate.lane, fromNs, toNs);
    if (busy > most) [most, busiest] = [busy, candidate];
  }
  return busiest;
}

/** What each vCPU did between the start of the view and `toNs`, by number. */
export function busyOf(vcpus: readonly Vcpu[], { timeline }: Observation, toNs: number): Map<number, number> {
  return new Map(
    vcpus.map(({ id, thread }) => {
      const lane = timeline.lane(thread);
      return [id, lane === undefined ? 0 : busyNs(lane, 0, toNs)];
    }),
  );
}

/** The vCPUs whose ledgers count: those that did about as much as the busiest one. */
export function takingPart(busy: ReadonlyMap<number, number>): Set<number> {
  const most = Math.max(0, ...busy.values());
  return new Set([...busy].flatMap(([id, ns]) => (ns > 0 && ns >= TAKES_PART * most ? [id] : [])));
}

/** Runs that say when they began can be found where the recorder's clock is that of the day. */
function runsInView({ explanation: { recording } }: View, { timed }: Repetitions): Repetitions['timed'] | undefined {
  if (recording.clock !== 'realtime' || timed.length === 0) return undefined;
  const startMs = Number(BigInt(recording.startNs)) / NS_PER_MS;
  const endMs = startMs + recording.durationNs / NS_PER_MS;
  return timed.filter(({ startedMs }) => startedMs >= startMs && startedMs < endMs);
}

const isOfAnotherTime = (view: View, repetitions: Repetitions): boolean => runsInView(view, repetitions)?.length === 0;

/** From the start of the first run in the view to the end of the last one. */
function toldWindow(
  view: View,
  repetitions: Repetitions,
): Required<Pick<FoundWindow, 'fromNs' | 'toNs' | 'runs'>> | undefined {
  const runs = runsInView(view, repetitions);
  if (runs === undefined || runs.length === 0) return undefined;
  const { startNs, durationNs } = view.explanation.recording;
  const since = (ms: number) => ms * NS_PER_MS - Number(BigInt(startNs));
  const from = Math.min(...runs.map(({ startedMs }) => since(startedMs)));
  const to = Math.max(...runs.map(({ startedMs, lengthNs }) => since(startedMs) + lengthNs));
  return { fromNs: Math.max(0, Math.round(from)), toNs: Math.min(durationNs, Math.round(to)), runs };
}

/** Of all vCPUs' stretches of that length which stand out most the one with most work. */
function busiestStretch(
  candidates: readonly Candidate[],
  lengthNs: number,
  view: View,
): (Interval & { readonly machine: string }) | undefined {
  const { sliceNs } = view.observation.timeline;
  const { durationNs } = view.explanation.recording;
  const slices = Math.min(Math.max(1, Math.round(lengthNs / sliceNs)), slicesOf(view));
  let best: { busy: number; slice: number; machine: string } | undefined;
  for (const { machine, lane } of candidates) {
    const stretch = outstandingStretch(lane, slicesOf(view), slices, sliceNs);
    if (stretch.busy > (best?.busy ?? 0)) best = { ...stretch, machine };
  }
  if (best === undefined) return undefined;
  const fromNs = Math.max(0, Math.min(best.slice * sliceNs, durationNs - Math.round(lengthNs)));
  return { fromNs, toNs: Math.min(durationNs, fromNs + Math.round(lengthNs)), machine: best.machine };
}

const slicesOf = ({ observation, explanation }: View): number =>
  Math.ceil(explanation.recording.durationNs / observation.timeline.sliceNs);

/** Where all but the first and the last of its work lies. */
function busyPart(lane: Lane, view: View): Interval {
  const { sliceNs } = view.observation.timeline;
  const work = lane.cumulative(BUSY, slicesOf(view));
  const total = work[work.length - 1];
  const first = work.findIndex((done) => done > TRIMMED * total) - 1;
  const last = work.findIndex((done) => done >= (1 - TRIMMED) * total);
  return {
    fromNs: Math.max(0, first) * sliceNs,
    toNs: Math.min(view.explanation.recording.durationNs, last * sliceNs),
  };
}
