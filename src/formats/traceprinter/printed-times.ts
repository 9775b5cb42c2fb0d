/**
 * Whether the times of lines can be, by the rules that hold for every form of a trace. A text has no index of its buffers, so
 * lines are held until what follows them tells.
 */
import type { CpuClocks } from '../qnx/cpu-clocks.js';
import { NEEDS_MORE, TimeRules, type Witnesses } from '../qnx/time-rules.js';
import { MOST_CPUS } from '../qnx/trace-classes.js';
import { numberAfter } from './arguments.js';
import type { HeldLines } from './held-lines.js';
import type { PrintedLine } from './printed-line.js';

/** Lines that are searched for the next ones of a CPU: two of the kernel's buffers. */
const MOST_HELD = 2048;
const HALF = 2 ** 31;

export class PrintedTimes {
  readonly #clocks: CpuClocks;
  readonly #rules: TimeRules;
  /** By CPU: its latest time, cycles since the base; NaN where there was none. */
  readonly #last = new Float64Array(MOST_CPUS).fill(NaN);
  /** By CPU: 1 where it told its time in a CONTROL TIME line. */
  readonly #told = new Uint8Array(MOST_CPUS);
  /** The latest of any CPU. */
  #newest = -Infinity;
  /** Of the first line that is held: the next two lines of its CPU, and among how many they were looked for. */
  readonly #witnesses: Witnesses = { found: 0, next: NaN, further: NaN };
  #searched = 0;

  constructor(clocks: CpuClocks, hz: number) {
    this.#clocks = clocks;
    this.#rules = new TimeRules(hz);
  }

  /**
   * Time of the first line that is held, cycles since the base: NaN where it cannot be, NEEDS_MORE where further lines must
   * be read to tell. Unless more are needed, the line has to be dropped then.
   */
  first(lines: HeldLines, hasMore: boolean): number {
    const line = lines.at(0);
    const time = this.#timeOf(line);
    const last = this.#last[line.cpu];
    if (!(Math.abs(time - last) <= this.#rules.near) && !Number.isNaN(time)) {
      this.#findWitnesses(lines);
      const isLeap = line.high < 0 && isTime(line) && time > last + HALF / 2;
      const isSure = isLeap ? this.#nextTold(lines) !== undefined : this.#witnesses.found === 2;
      if (!isSure && hasMore && lines.count < MOST_HELD) return NEEDS_MORE;
      const isRight = isLeap ? this.#isConfirmed(lines, time) : this.#isRight(lines, time, last);
      this.#forget();
      if (!isRight) return NaN;
    }
    this.#take(line, time, last);
    return time;
  }

  #take(line: PrintedLine, time: number, last: number): void {
    if (Number.isNaN(time)) return;
    const { cpu } = line;
    const isBack = time < last - this.#rules.near;
    if (isBack && !isTime(line)) this.#clocks.wentBack++;
    if (!(time <= last) || isBack) this.#last[cpu] = time;
    this.#newest = Math.max(this.#newest, time);
    if (isTime(line)) this.#told[cpu] = 1;
    else if (line.high >= 0) return;
    else if (isBack) this.#clocks.correct(cpu, time);
    else this.#clocks.take(cpu, time);
  }

  #forget(): void {
    this.#witnesses.found = 0;
    this.#searched = 0;
  }

  /** Looks for the next two lines of the CPU of the first one, among those that have come since the last search. */
  #findWitnesses(lines: HeldLines): void {
    const { cpu } = lines.at(0);
    let at = Math.max(1, this.#searched);
    const witnesses = this.#witnesses;
    for (; at < lines.count && witnesses.found < 2; at++) {
      const line = lines.at(at);
      if (line.cpu !== cpu || !tellsTime(line)) continue;
      const time = this.#timeOf(line);
      if (Number.isNaN(time)) continue;
      if (witnesses.found++ === 0) witnesses.next = time;
      else witnesses.further = time;
    }
    this.#searched = at;
  }

  #isRight(lines: HeldLines, time: number, last: number): boolean {
    const rules = this.#rules;
    const witnesses = this.#witnesses;
    if (time < last - rules.near) return rules.wasAhead(last, witnesses);
    return witnesses.found === 0
      ? rules.isNotAlone(time, this.#newest === -Infinity ? -Infinity : this.#latestOf(lines))
      : rules.followsPause(time, last, witnesses);
  }

  /** The latest time of what was before the first line, and of what is held after it. */
  #latestOf(lines: HeldLines): number {
    let latest = this.#newest;
    for (let at = 1; at < lines.count; at++) {
      const line = lines.at(at);
      if (tellsTime(line)) latest = Math.max(latest, this.#timeOf(line) || -Infinity);
    }
    return latest;
  }

  /** Whether any CPU was as far, or tells it next, if there is another one; low halves alone say nothing about so much. */
  #isConfirmed(lines: HeldLines, time: number): boolean {
    if (this.#newest >= time - HALF) return true;
    const told = this.#nextTold(lines);
    if (told !== undefined) return told >= time - HALF;
    const { cpu } = lines.at(0);
    return this.#told.every((isTold, other) => isTold === 0 || other === cpu);
  }

  /** What the next line tells that tells a whole time, after the first one; undefined where none is held. */
  #nextTold(lines: HeldLines): number | undefined {
    for (let at = 1; at < lines.count; at++) {
      const line = lines.at(at);
      if (line.isEvent && isTime(line)) return this.#timeOf(line);
    }
    return undefined;
  }

  #timeOf(line: PrintedLine): number {
    const { cpu, high, low, rest } = line;
    if (!isTime(line)) return high < 0 ? this.#clocks.apparent(cpu, low) : this.#clocks.whole(high, low);
    const toldHigh = numberAfter(rest, 'msb:');
    const toldLow = numberAfter(rest, 'lsb(offset):');
    if (Number.isNaN(toldHigh) || Number.isNaN(toldLow)) return NaN;
    const told = this.#clocks.whole(toldHigh, toldLow);
    const apart = high < 0 ? (low - toldLow) | 0 : this.#clocks.whole(high, low) - told;
    return Math.abs(apart) <= this.#rules.telling ? told : NaN;
  }
}

const isTime = ({ className, word }: PrintedLine): boolean => className === 'CONTROL' && word === 'TIME';

/** Other lines of the kernel's own tell when a buffer was opened, which may be before the event that comes before them. */
const tellsTime = (line: PrintedLine): boolean => line.isEvent && (line.className !== 'CONTROL' || isTime(line));
