/**
 * What vCPUs did over time: their accounts in equal slices of T. The slices start short and double whenever there are too
 * many of them, so that memory stays bounded whatever the length of T.
 */
import { ACCOUNT_COUNT, Account, GUEST_DELAY } from './accounts.js';
import { grown } from './grown.js';
import type { Window } from './window.js';

/** What a slice holds: nanoseconds of the first three, numbers of the others. */
export const Track = { guest: 0, delay: 1, halted: 2, exits: 3, records: 4 } as const;
export type Track = (typeof Track)[keyof typeof Track];
const TRACKS = 5;

const FIRST_SLICE_NS = 10_000;
const FIRST_SLICES = 16;
/** Slices of one vCPU, and of all together (some 20 MB). */
const MOST_SLICES = 2 ** 14;
const MOST_IN_ALL = 2 ** 19;

const NO_TRACK = -1;
/** Track | NO_TRACK by account. */
const TRACK_OF_ACCOUNT = new Int8Array(ACCOUNT_COUNT).fill(NO_TRACK);
TRACK_OF_ACCOUNT[Account.guest] = Track.guest;
for (const name of GUEST_DELAY) TRACK_OF_ACCOUNT[Account[name]] = Track.delay;
TRACK_OF_ACCOUNT[Account.poll] = Track.halted;
TRACK_OF_ACCOUNT[Account.idle] = Track.halted;

/** The slices of one vCPU. */
export class Lane {
  readonly #timeline: Timeline;
  readonly #tracks: Float64Array[] = Array.from({ length: TRACKS }, () => new Float64Array(FIRST_SLICES));

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Books time of an account, ns since the origin of the recording; unknown time is left out. */
  book(account: number, from: number, to: number): void {
    const track = TRACK_OF_ACCOUNT[account] as Track | typeof NO_TRACK;
    const { window } = this.#timeline;
    let start = Math.max(from, window.from) - window.from;
    const end = Math.min(to, window.to) - window.from;
    if (track === NO_TRACK || end <= start) return;
    // Room first: making it may make all slices longer.
    const slices = this.#slices(track, end);
    const { sliceNs } = this.#timeline;
    while (start < end) {
      const slice = Math.floor(start / sliceNs);
      const until = Math.min(end, (slice + 1) * sliceNs);
      slices[slice] += until - start;
      start = until;
    }
  }

  /** Counts something that happened at `time`, if that is within T. */
  count(track: Track, time: number): void {
    const { window } = this.#timeline;
    if (!window.contains(time)) return;
    const since = time - window.from;
    const slices = this.#slices(track, since);
    slices[Math.floor(since / this.#timeline.sliceNs)]++;
  }

  /** What tracks hold together up to the end of each of the first `count` slices, after a first 0. */
  cumulative(tracks: readonly Track[], count: number): Float64Array {
    const sums = new Float64Array(count + 1);
    for (let slice = 0; slice < count; slice++) {
      sums[slice + 1] = sums[slice];
      for (const track of tracks) sums[slice + 1] += this.#tracks[track][slice] ?? 0;
    }
    return sums;
  }

  /** What a track holds between two times since the start of T; of the slices at both ends their share. */
  sum(track: Track, from: number, to: number): number {
    const { sliceNs, window } = this.#timeline;
    const slices = this.#tracks[track];
    const last = Math.min(slices.length, Math.ceil(to / sliceNs));
    let total = 0;
    for (let slice = Math.max(0, Math.floor(from / sliceNs)); slice < last; slice++) {
      if (slices[slice] === 0) continue;
      const start = slice * sliceNs;
      const end = Math.min(start + sliceNs, window.to - window.from);
      total += slices[slice] * ((Math.min(to, end) - Math.max(from, start)) / (end - start));
    }
    return total;
  }

  /** Two neighbours become one. */
  merge(): void {
    for (const slices of this.#tracks) {
      const half = slices.length / 2;
      for (let slice = 0; slice < half; slice++) slices[slice] = slices[2 * slice] + slices[2 * slice + 1];
      slices.fill(0, half);
    }
  }

  /** A track with room for `since`. */
  #slices(track: Track, since: number): Float64Array {
    const index = this.#timeline.sliceAt(since);
    const slices = this.#tracks[track];
    if (index < slices.length) return slices;
    let size = slices.length;
    while (size <= index) size *= 2;
    const larger = grown(slices, new Float64Array(size));
    this.#tracks[track] = larger;
    return larger;
  }
}

export class Timeline {
  readonly window: Window;
  /** Present length of a slice. */
  sliceNs = FIRST_SLICE_NS;
  readonly #lanes = new Map<number, Lane>();

  constructor(window: Window) {
    this.window = window;
  }

  /** The lane of a vCPU's thread, where it has one. */
  lane(thread: number): Lane | undefined {
    return this.#lanes.get(thread);
  }

  addLane(thread: number): Lane {
    const lane = new Lane(this);
    this.#lanes.set(thread, lane);
    return lane;
  }

  /** The slice of a time since the start of T; makes all slices longer until there are few enough. */
  sliceAt(since: number): number {
    const most = Math.min(MOST_SLICES, MOST_IN_ALL / Math.max(1, this.#lanes.size));
    while (Math.floor(since / this.sliceNs) + 1 > most) {
      for (const lane of this.#lanes.values()) lane.merge();
      this.sliceNs *= 2;
    }
    return Math.floor(since / this.sliceNs);
  }
}
