/** One line of a text recording, taken apart: the numbers of its columns and where its texts lie. */

export const LineKind = {
  /** Nothing to learn from it: blank, a header, a line of a call chain. */
  Ignored: 0,
  Event: 1,
  /** Events were lost before the next event of `cpu`. */
  Loss: 2,
  /** A header line that may say something about the host or the recording. */
  Comment: 3,
  /** Says the name of a thread and its process, and nothing else. */
  Thread: 4,
  Unknown: 5,
} as const;
export type LineKind = (typeof LineKind)[keyof typeof LineKind];

/** Linux allows thread identifiers below this (PID_MAX_LIMIT) and no more CPUs than that (NR_CPUS on x86). */
const MAX_TID = 4 * 1024 * 1024;
export const MAX_CPUS = 8192;

const ZERO = 48;
const NINE = 57;
const SPACE = 32;
const TAB = 9;
const DOT = 46;

/** Digits of `low` in a time stamp: it is split so that 64-bit counts stay exact in doubles. */
const LOW_DIGITS = 9;
export const LOW_UNIT = 1e9;

export class EventLine {
  nameStart = 0;
  nameEnd = 0;
  /** The recorder cuts thread names to the width of the column. */
  nameMayBeCut = false;
  thread = -1;
  /** Thread group; -1 where the line does not say. */
  process = -1;
  /** -1 where the line does not say. */
  cpu = -1;
  /** Time = high · 10⁹ + low: seconds and nanoseconds, or (decimals = 0) a plain count, of what nobody says. */
  high = 0;
  low = 0;
  /** Digits after the decimal point; 0 for plain counts. */
  decimals = 0;
  eventStart = 0;
  eventEnd = 0;
  /** The event's name where the line spells it in another way. */
  eventName: string | undefined;
  textStart = 0;
  textEnd = 0;
  /** Events lost (LineKind.Loss); NaN where the line does not say. */
  lost = Number.NaN;
  /** Name of the buffer or file that the line is from, where a report shows several. */
  bufferStart = 0;
  bufferEnd = 0;

  reset(): void {
    this.nameStart = this.nameEnd = this.bufferStart = this.bufferEnd = 0;
    this.nameMayBeCut = false;
    this.thread = this.process = this.cpu = -1;
    this.eventName = undefined;
    this.lost = Number.NaN;
  }

  /** Takes the digits from `from` as thread identifier; returns the position after them, -1 where there is none. */
  takeThread(text: string, from: number, end: number): number {
    const to = digitsEnd(text, from, end);
    this.thread = decimal(text, from, to);
    return this.thread >= 0 && this.thread <= MAX_TID ? to : -1;
  }

  takeCpu(text: string, from: number, end: number): number {
    const to = digitsEnd(text, from, end);
    this.cpu = decimal(text, from, to);
    return this.cpu >= 0 && this.cpu < MAX_CPUS ? to : -1;
  }

  /** Takes `1234` or `12.345678` as the time; returns the position after it, -1 where there is none. */
  takeTime(text: string, from: number, end: number): number {
    const dot = digitsEnd(text, from, end);
    if (dot === from) return -1;
    if (text.charCodeAt(dot) !== DOT || dot >= end) {
      const split = Math.max(from, dot - LOW_DIGITS);
      this.high = split > from ? decimal(text, from, split) : 0;
      this.low = decimal(text, split, dot);
      this.decimals = 0;
      return this.high >= 0 && this.low >= 0 ? dot : -1;
    }
    const to = digitsEnd(text, dot + 1, end);
    const decimals = to - dot - 1;
    if (decimals === 0 || decimals > LOW_DIGITS) return -1;
    this.high = decimal(text, from, dot);
    this.low = decimal(text, dot + 1, to) * 10 ** (LOW_DIGITS - decimals);
    this.decimals = decimals;
    return this.high >= 0 ? to : -1;
  }

  /** The name's bounds, without the blanks around it. */
  setName(text: string, from: number, to: number): void {
    this.nameStart = skipBlanks(text, from, to);
    this.nameEnd = trimEnd(text, this.nameStart, to);
  }

  setText(text: string, from: number, to: number): void {
    this.textStart = skipBlanks(text, from, to);
    this.textEnd = trimEnd(text, this.textStart, to);
  }
}

export function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

export function digitsEnd(text: string, from: number, end: number): number {
  let position = from;
  while (position < end && isDigit(text.charCodeAt(position))) position++;
  return position;
}

/** The number that the digits from `from` to `to` write; -1 where there are none, or more than a double holds. */
export function decimal(text: string, from: number, to: number): number {
  if (to <= from || to - from > 15) return -1;
  let value = 0;
  for (let position = from; position < to; position++) value = value * 10 + text.charCodeAt(position) - ZERO;
  return value;
}

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

export function skipBlanks(text: string, from: number, end: number): number {
  let position = from;
  while (position < end && isBlank(text.charCodeAt(position))) position++;
  return position;
}

function trimEnd(text: string, start: number, end: number): number {
  let position = end;
  while (position > start && isBlank(text.charCodeAt(position - 1))) position--;
  return position;
}
