/** One line of traceprinter's output, taken apart. */
import { isBlank, isDigit, skipBlanks } from '../text/event-line.js';

/** The columns that are needed; further ones may stand before, between and after them. */
const TIME = 't:0x';
const CPU = 'CPU:';
/** Digits of a time of 64 bits, and of its low half. */
const MOST_DIGITS = 16;
const HALF_DIGITS = 8;
const MOST_CPU_DIGITS = 3;
/** Characters of a class, which is a word or two, of a name, and of the rest that are kept: real ones have less. */
const LONGEST_CLASS = 64;
const LONGEST_WORD = 128;
const LONGEST_REST = 4096;
const CLASS = /^[A-Za-z][A-Za-z0-9_ ]*$/;
/** A column that is not needed: a number, or a name in small letters with its value. */
const COLUMN = /(?:[a-z][A-Za-z0-9_]{0,31}[:=][^\s:=]{1,64}|0x[0-9a-fA-F]{1,16}|\d{1,20}(?:\.\d{1,9})?[a-zµ]{0,2})\s+/y;
/** Likewise with a name in capitals: of a class that prints a number itself it differs by what follows. */
const CAPITAL_COLUMN =
  /(?!INT_|KER_|USR)[A-Z][A-Za-z0-9_]{0,31}[:=](?:0x[0-9a-fA-F]{1,16}|\d{1,20}(?:\.\d{1,9})?[a-z]{0,2})\s+/y;
const CLASS_AHEAD = /^[A-Z][A-Z_]/;
const MOST_COLUMNS = 16;
const ATTRIBUTE = /^\s*TRACE_([A-Z0-9_]{1,64})::\s?(.*)$/;

export class PrintedLine {
  /** Halves of the time; the high one is -1 where only the low one is printed. */
  high = -1;
  low = 0;
  cpu = 0;
  className = '';
  /** The word after the class, and what follows it. */
  word = '';
  rest = '';
  /** False for a line that is not understood, of which nothing is known. */
  isEvent = false;

  /** Takes a line of an event; false where it is none. */
  parse(line: string): boolean {
    this.isEvent = this.#parse(line);
    return this.isEvent;
  }

  #parse(line: string): boolean {
    const time = startOf(line, TIME);
    const cpu = startOf(line, CPU);
    if (time < 0 || cpu < 0) return false;
    const timeEnd = digitsEnd(line, time, isHexDigit);
    const cpuEnd = digitsEnd(line, cpu, isDigit);
    const isTime = timeEnd > time && timeEnd - time <= MOST_DIGITS;
    if (!isTime || cpuEnd === cpu || cpuEnd - cpu > MOST_CPU_DIGITS) return false;
    if (!this.#takeEvent(line, Math.max(timeEnd, cpuEnd))) return false;
    const split = timeEnd - HALF_DIGITS;
    this.high = split > time ? Number.parseInt(line.slice(time, split), 16) : -1;
    this.low = Number.parseInt(line.slice(Math.max(time, split), timeEnd), 16);
    this.cpu = Number(line.slice(cpu, cpuEnd));
    return true;
  }

  /** Class, event and the rest, after the columns from `from` on. */
  #takeEvent(line: string, from: number): boolean {
    const start = skipBlanks(line, from, line.length);
    if (start === from) return false;
    const small = skipColumns(line, start, false);
    const all = skipColumns(line, small, true);
    return (
      (all > small && CLASS_AHEAD.test(line.slice(all, all + 2)) && this.#takeClass(line, all)) ||
      this.#takeClass(line, small)
    );
  }

  #takeClass(line: string, start: number): boolean {
    const colon = line.indexOf(':', start);
    if (colon < 0 || colon - start > LONGEST_CLASS) return false;
    const className = line.slice(start, colon).trimEnd();
    if (!CLASS.test(className)) return false;
    const word = skipBlanks(line, colon + 1, line.length);
    let wordEnd = word;
    while (wordEnd < line.length && !isBlank(line.charCodeAt(wordEnd))) wordEnd++;
    this.className = className;
    this.word = line.slice(word, Math.min(wordEnd, word + LONGEST_WORD));
    const rest = skipBlanks(line, wordEnd, line.length);
    this.rest = line.slice(rest, rest + LONGEST_REST);
    return true;
  }
}

/** Columns may stand between those that are needed and the class, which is in capitals. */
function skipColumns(line: string, from: number, withCapitals: boolean): number {
  let at = from;
  for (let column = 0; column < MOST_COLUMNS; column++) {
    const end = endOf(COLUMN, line, at) ?? (withCapitals ? endOf(CAPITAL_COLUMN, line, at) : undefined);
    if (end === undefined) break;
    at = end;
  }
  return at;
}

/** After what is at `at`; undefined where that is something else. @param pattern sticky */
function endOf(pattern: RegExp, line: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(line) ? pattern.lastIndex : undefined;
}

/** After the first `mark` that a blank stands before, or nothing; -1 where there is none. */
function startOf(line: string, mark: string): number {
  for (let at = line.indexOf(mark); at >= 0; at = line.indexOf(mark, at + 1)) {
    if (at === 0 || isBlank(line.charCodeAt(at - 1))) return at + mark.length;
  }
  return -1;
}

/** After the digits from `from` on; `from` where something else follows them than a blank or the end. */
function digitsEnd(line: string, from: number, isOne: (code: number) => boolean): number {
  let end = from;
  while (end < line.length && isOne(line.charCodeAt(end))) end++;
  return end === line.length || isBlank(line.charCodeAt(end)) ? end : from;
}

/** 0-9, A-F, a-f. */
const isHexDigit = (code: number): boolean =>
  isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);

/** Key and value of a line of the header; undefined where it is none. */
export function headerAttribute(line: string): readonly [key: string, value: string] | undefined {
  const match = ATTRIBUTE.exec(line);
  return match === null ? undefined : [match[1], match[2].trim()];
}

/** An event may be printed with blanks before it. */
const INDENTED_EVENT = /^[ \t]{1,64}t:0x/;

/** A line that belongs to the event before it, one of the header, or an empty one: all that begin with a blank and are no event. */
export const isContinuation = (line: string): boolean =>
  line === '' || ((line.startsWith(' ') || line.startsWith('\t')) && !INDENTED_EVENT.test(line));
