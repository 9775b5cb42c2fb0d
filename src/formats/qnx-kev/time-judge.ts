/**
 * Whether the times of events can be, by the rules that hold for every form of a trace, and by what buffers say of the times in
 * them. Times that are told whole (CONTROL/TIME) have the low half twice; their high half is that of other CPUs, too.
 */
import type { CpuClocks } from '../qnx/cpu-clocks.js';
import { NEEDS_MORE, TimeRules, type Witnesses } from '../qnx/time-rules.js';
import {
  CLASS_SHIFT,
  ControlEvent,
  CPU_MASK,
  CPU_SHIFT,
  eventKey,
  KEY_MASK,
  PART_SHIFT,
  Part,
  TraceClass,
} from '../qnx/trace-classes.js';
import { SORT_MASK, Sort } from './event-sorts.js';
import { EVENT_WORDS } from './event-words.js';

/** Events that are searched for the next ones of a CPU. */
const MOST_SEARCHED = 4096;
/** After a jump so many events have to be some. */
const LOOKED_AHEAD = 12;
/** The first word of an event without the number of its part. */
const BODY_MASK = 0x3fff_ffff;
const WRAP = 2 ** 32;
const HALF = 2 ** 31;
const TIME = eventKey(TraceClass.Control, ControlEvent.Time);

/** Where the words of events are: those from `at` on, up to `to`; `hasMore`: further ones follow in the file. */
export interface Stretch {
  words: Uint32Array;
  at: number;
  to: number;
  hasMore: boolean;
  /** Nothing more follows, nor did it before more was asked for. */
  isLast: boolean;
}

export class TimeJudge {
  /** An event that comes sooner after the one before it, in cycles, is taken as it is. */
  readonly near: number;
  /** When half of the buffers have begun, in cycles since the base; NaN where that is not known. */
  middle = NaN;
  readonly #rules: TimeRules;
  readonly #clocks: CpuClocks;
  readonly #sorts: Uint8Array;
  /** CPUs from here on are none. */
  readonly #cpus: number;
  /** Bounds of the present part of the file, in cycles since the base. */
  #earliest = -Infinity;
  #latest = Infinity;
  /** When the next buffer of the same CPU begins. */
  #next = Infinity;
  /** The only CPU whose events there are; -1 where there may be any. */
  #only = -1;
  /** CPUs that told their time. */
  readonly #tellers = new Set<number>();
  /** The next events of a CPU: their low halves, and what these make of them. */
  #first = 0;
  #second = 0;
  readonly #witnesses: Witnesses = { found: 0, next: NaN, further: NaN };
  /** What the first of them tells, in cycles since the base; NaN where it does not. */
  #firstTold = NaN;
  /** The search for them came to the end of what has been read. */
  #sawEnd = false;

  constructor(clocks: CpuClocks, sorts: Uint8Array, cpus: number, hz: number) {
    this.#clocks = clocks;
    this.#sorts = sorts;
    this.#cpus = cpus;
    this.#rules = new TimeRules(hz);
    this.near = this.#rules.near;
  }

  /**
   * What is read from now on lies between these, in cycles since the base; `next`: when the next buffer of the same CPU begins;
   * `only`: the CPU whose buffer it is, -1 where it may be of several.
   */
  expect(earliest: number, latest: number, next: number, only: number): void {
    this.#only = only;
    this.#earliest = earliest;
    this.#latest = latest;
    this.#next = next;
  }

  /**
   * Time of the event at the beginning of the stretch, which is not near the one before it on its CPU: cycles since the
   * base; NaN where it cannot be, NEEDS_MORE where more must be read to tell.
   * @param newest latest time of any CPU
   */
  time(stretch: Stretch, cpu: number, newest: number): number {
    const clocks = this.#clocks;
    const time = clocks.apparent(cpu, stretch.words[stretch.at + 1]);
    const last = clocks.last(cpu);
    if (time <= last && time >= last - this.near) return time;
    if (this.#only >= 0 && cpu !== this.#only) return NaN;
    if (!(cpu < this.#cpus && time >= this.#earliest && time <= this.#latest)) return NaN;
    if (this.#hasBroken(stretch)) return NaN;
    const witnesses = this.#findWitnesses(stretch, cpu);
    if (witnesses < 2 && this.#sawEnd && stretch.hasMore) return NEEDS_MORE;
    if (time < last) {
      if (!this.#wasAhead(last)) return NaN;
      clocks.wentBack++;
      clocks.correct(cpu, time);
      return time;
    }
    const isRight =
      witnesses > 0 ? this.#followsPause(time, last) : !stretch.isLast || this.#rules.isNotAlone(time, newest);
    if (!isRight) return NaN;
    clocks.take(cpu, time);
    return time;
  }

  /** Whether some of what follows cannot be events, as after missing bytes. */
  #hasBroken({ words, at, to }: Stretch): boolean {
    const end = Math.min(to, at + LOOKED_AHEAD * EVENT_WORDS);
    for (let next = at; next < end; next += EVENT_WORDS) {
      if (this.#sorts[(words[next] >>> CLASS_SHIFT) & SORT_MASK] === Sort.Broken) return true;
    }
    return false;
  }

  /** Whether what the CPU writes next is not between the last time and this one. */
  #followsPause(time: number, last: number): boolean {
    if (!Number.isNaN(this.#firstTold)) return this.#firstTold >= time - this.near;
    const low = time - Math.floor(time / WRAP) * WRAP;
    if (Number.isNaN(last)) return !this.#isBefore(this.#first, low);
    // Seen from shortly before the last time, since an event may come a little late.
    const from = last - this.near;
    const witnesses = this.#witnesses;
    witnesses.next = from + passedSince(from, this.#first);
    return this.#rules.followsPause(from + passedSince(from, low), last, witnesses);
  }

  /** All that follows is long before `last`, so that this was wrong. */
  #wasAhead(last: number): boolean {
    const witnesses = this.#witnesses;
    witnesses.next = nearestTo(last, this.#first, this.near);
    witnesses.further = nearestTo(last, this.#second, this.near);
    return this.#rules.wasAhead(last, witnesses);
  }

  /** Whether the time with this low half is long before the other one. */
  #isBefore(low: number, other: number): boolean {
    const passed = (low - other) >>> 0;
    return passed >= HALF - this.near && passed < WRAP - this.near;
  }

  /** Looks for the next two events of the CPU; further parts of the same event are none. Returns how many there are. */
  #findWitnesses({ words, at, to }: Stretch, cpu: number): number {
    const body = words[at] & BODY_MASK;
    const low = words[at + 1];
    const end = Math.min(to, at + MOST_SEARCHED * EVENT_WORDS);
    this.#sawEnd = end === to;
    let found = 0;
    for (let next = at + EVENT_WORDS; next < end; next += EVENT_WORDS) {
      const head = words[next];
      if (((head >>> CPU_SHIFT) & CPU_MASK) !== cpu) continue;
      if (this.#sorts[(head >>> CLASS_SHIFT) & SORT_MASK] >= Sort.Unknown) continue;
      const stamp = words[next + 1];
      if (stamp === low && (head & BODY_MASK) === body && head >>> PART_SHIFT >= Part.Continue) continue;
      if (found === 0) {
        this.#first = stamp;
        this.#firstTold = this.#toldAt(words, next);
      } else {
        this.#second = stamp;
      }
      if (++found === 2) break;
    }
    this.#witnesses.found = found;
    return found;
  }

  /** The event at the beginning of the stretch is a CONTROL/TIME; false where what it tells cannot be. */
  tell(stretch: Stretch, cpu: number, newest: number): boolean {
    const { words, at } = stretch;
    const [stamp, high, low] = [words[at + 1], words[at + 2], words[at + 3]];
    const clocks = this.#clocks;
    const isKnown = !Number.isNaN(clocks.last(cpu));
    if (!this.#agree(stamp, low)) {
      if (isKnown) return false;
      const witnesses = this.#findWitnesses(stretch, cpu);
      const isStamp = witnesses > 0 && this.#agree(this.#first, stamp);
      return clocks.tell(cpu, high, isStamp ? stamp : low) && isStamp;
    }
    const time = clocks.whole(high, low);
    if (newest === -Infinity && this.#tellers.size === 0) {
      this.#tellers.add(cpu);
      const right = this.#firstOf(stretch, cpu, time);
      if (right !== time) {
        clocks.correct(cpu, right);
        return false;
      }
    }
    if (isKnown ? this.#contradicts(stretch, cpu, time) : cpu >= this.#cpus) return false;
    const isFarAhead = stretch.isLast && time > newest + HALF && newest > -Infinity;
    if (isFarAhead && !this.#isConfirmed(stretch, cpu, time)) {
      // What was foretold of this CPU is this same time.
      if (!this.#tellers.has(cpu)) clocks.correct(cpu, newest + passedSince(newest, low + HALF) - HALF);
      return false;
    }
    if (!clocks.tell(cpu, high, low)) return false;
    this.#tellers.add(cpu);
    return true;
  }

  /**
   * The first time of the trace: the one that was told, or what it must be for the CPU to go on, without a pause of a whole
   * wrap, to where the two next times are that are told; if these say the same.
   */
  #firstOf({ words, at, to }: Stretch, cpu: number, time: number): number {
    const high = words[at + 2];
    let last = time;
    let wraps = NaN;
    const differs = (told: number): boolean => {
      const passed = told - last;
      const off = passed >= WRAP || passed < -HALF ? Math.floor((passed + this.#rules.telling) / WRAP) : 0;
      const isSame = off === wraps;
      wraps = isOneBit(high, high + off) ? off : 0;
      return wraps !== 0 && isSame;
    };
    let seen = 0;
    for (let next = at + EVENT_WORDS; next < to && seen < 2; next += EVENT_WORDS) {
      const told = this.#toldAt(words, next);
      if (!Number.isNaN(told)) {
        seen++;
        if (differs(told)) return time + wraps * WRAP;
        if (wraps === 0) return time;
      } else if (((words[next] >>> CPU_SHIFT) & CPU_MASK) === cpu) {
        const stamp = words[next + 1];
        if (passedSince(last, stamp) < HALF) last += passedSince(last, stamp);
      }
    }
    if (this.#next === Infinity) return time;
    if (differs(this.#next)) return time + wraps * WRAP;
    // One of the two is wrong: the one that is farther from most.
    const isFarther = Math.abs(time - this.middle) >= Math.abs(this.#next - this.middle);
    return seen === 0 && wraps !== 0 && isFarther ? time + wraps * WRAP : time;
  }

  #agree(stamp: number, low: number): boolean {
    const passed = (stamp - low) >>> 0;
    return passed <= this.#rules.telling || passed >= WRAP - this.#rules.telling;
  }

  /** Whether a time that does not follow from the one before it does not fit what the CPU tells next, either. */
  #contradicts({ words, at, to }: Stretch, cpu: number, time: number): boolean {
    const last = this.#clocks.last(cpu);
    if (time >= last - this.near && time <= last + HALF) return false;
    for (let next = at + EVENT_WORDS; next < to; next += EVENT_WORDS) {
      const told = this.#toldAt(words, next);
      if (Number.isNaN(told) || ((words[next] >>> CPU_SHIFT) & CPU_MASK) !== cpu) continue;
      return time > told + this.near || (time < last - this.near && told >= last - this.near);
    }
    return false;
  }

  /** Whether other CPUs come as far as this one, which is far beyond all that was before; if there are any. */
  #isConfirmed({ words, at, to }: Stretch, cpu: number, time: number): boolean {
    let isAlone = this.#tellers.size === 0 || (this.#tellers.size === 1 && this.#tellers.has(cpu));
    for (let next = at + EVENT_WORDS; next < to; next += EVENT_WORDS) {
      const told = this.#toldAt(words, next);
      if (Number.isNaN(told)) continue;
      if (told >= time - HALF) return true;
      isAlone = false;
    }
    return isAlone;
  }

  /** The time that an event tells, in cycles since the base; NaN where it does not, or cannot be right. */
  #toldAt(words: Uint32Array, at: number): number {
    if ((words[at] & KEY_MASK) !== TIME || !this.#agree(words[at + 1], words[at + 3])) return NaN;
    return this.#clocks.whole(words[at + 2], words[at + 3]);
  }
}

/** Cycles from a time to the next one that has this low half. */
const passedSince = (time: number, low: number): number => {
  const passed = low - time;
  return passed - Math.floor(passed / WRAP) * WRAP;
};

/** The time with this low half that is no farther before `time` than half a wrap, nor later than it by more. */
const nearestTo = (time: number, low: number, near: number): number => {
  const passed = passedSince(time, low);
  return time + (passed >= HALF - near ? passed - WRAP : passed);
};

const isOneBit = (one: number, other: number): boolean => {
  const difference = (one ^ other) >>> 0;
  return difference !== 0 && (difference & (difference - 1)) === 0;
};
