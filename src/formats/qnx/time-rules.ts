/**
 * How times that can be are told from those that are damage, in every form of a trace. One wrong bit or digit makes a jump,
 * which all that follows on the same CPU contradicts; after a pause it goes on from there. So nothing is looked at but jumps.
 */

/** What is farther than this from the one before it, seconds, is looked at; so much an interrupt may hold up an event. */
const NEAR_SECONDS = 0.001;
/** What a CPU tells of its time, and when it wrote that, are no farther apart, seconds: between them it opened a buffer. */
const TELLING_SECONDS = 0.01;
/** The last event of a CPU may be so much later than all others, seconds: nothing is there that would contradict it. */
const ALONE_SECONDS = 0.1;

/** In place of a time: only what follows can tell. */
export const NEEDS_MORE = Infinity;

/** The next two events of the same CPU: their times in cycles, and how many there are. */
export interface Witnesses {
  found: number;
  next: number;
  further: number;
}

export class TimeRules {
  /** In cycles: see the seconds. */
  readonly near: number;
  readonly telling: number;
  readonly #alone: number;

  constructor(hz: number) {
    this.near = Math.ceil(hz * NEAR_SECONDS);
    this.telling = Math.ceil(hz * TELLING_SECONDS);
    this.#alone = Math.ceil(hz * ALONE_SECONDS);
  }

  /** A time is long before the last one, so that one of the two is wrong: that one, if all that follows says so. */
  wasAhead(last: number, { found, next, further }: Witnesses): boolean {
    return found === 2 && next < last - this.near && further < last - this.near;
  }

  /** Whether what follows is not between the last time and this later one. Only where something follows. */
  followsPause(time: number, last: number, { found, next, further }: Witnesses): boolean {
    if (next >= time - this.near) return true;
    // The next one itself is damage where it is before the last.
    return found === 2 && !(next >= last - this.near) && further >= time - this.near;
  }

  /** Whether a time that nothing follows is not far from `latest`, the latest of any CPU; -Infinity: there is none. */
  isNotAlone(time: number, latest: number): boolean {
    return latest === -Infinity || time <= latest + this.#alone;
  }
}
