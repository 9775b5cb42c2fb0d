/** One line of traceprinter's output, taken apart. */

/** The columns that are needed; further ones may stand before, between and after them. */
const TIME = /(?:^|\s)t:0x([0-9a-fA-F]{1,16})(?=\s|$)/;
const CPU = /(?:^|\s)CPU:(\d{1,3})(?=\s|$)/;
const EVENT = /^\s*([A-Za-z][A-Za-z0-9_ ]*?)\s*:\s*(\S*)\s*(.*)$/s;
const ATTRIBUTE = /^\s*TRACE_([A-Z0-9_]{1,64})::\s?(.*)$/;
const HALF_DIGITS = 8;

export class PrintedLine {
  /** Halves of the time; the high one is -1 where only the low one is printed. */
  high = -1;
  low = 0;
  cpu = 0;
  className = '';
  /** The word after the class, and what follows it. */
  word = '';
  rest = '';

  /** Takes a line of an event; false where it is none. */
  parse(line: string): boolean {
    const time = TIME.exec(line);
    if (time === null) return false;
    const cpu = CPU.exec(line);
    if (cpu === null) return false;
    const event = EVENT.exec(line.slice(Math.max(time.index + time[0].length, cpu.index + cpu[0].length)));
    if (event === null) return false;
    const digits = time[1];
    const split = digits.length - HALF_DIGITS;
    this.high = split > 0 ? Number.parseInt(digits.slice(0, split), 16) : -1;
    this.low = Number.parseInt(split > 0 ? digits.slice(split) : digits, 16);
    this.cpu = Number(cpu[1]);
    [, this.className, this.word, this.rest] = event;
    return true;
  }
}

/** Key and value of a line of the header; undefined where it is none. */
export function headerAttribute(line: string): readonly [key: string, value: string] | undefined {
  const match = ATTRIBUTE.exec(line);
  return match === null ? undefined : [match[1], match[2].trim()];
}

/** A line that belongs to the event before it, one of the header, or an empty one: all that begin with a blank. */
export const isContinuation = (line: string): boolean => line === '' || line.startsWith(' ') || line.startsWith('\t');
