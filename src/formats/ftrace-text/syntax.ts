/**
 * Lines of the kernel's `trace` and `trace_pipe` files and of `trace-cmd report`.
 *
 *     kworker/0:2-51      (     51) [001] d..2.   114.178620: sched_switch: prev_comm=…
 *     TASK       -TID      TGID     CPU   LATENCY TIME        EVENT         TEXT
 *
 * TGID and LATENCY may be missing. The name is right-aligned in 16 columns, in 8 (and cut) in the latency format, where
 * the CPU has no brackets and the latency flags follow at once: `trace-cm-1520    0d..2.   315.219221: …`.
 * Plain counts may follow without a blank: `[001]525917005298:`. In the raw latency format the flags are a number,
 * `0-0x1`. Reports of several buffers or files put `NAME: ` before the line.
 */
import { digitsEnd, type EventLine, isBlank, isDigit, LineKind, skipBlanks } from '../text/event-line.js';
import type { AboutRecording, TextSyntax } from '../text/syntax.js';

const HASH = 35;
const DASH = 45;
const COLON = 58;
const NAME_WIDTH = 16;
const SHORT_NAME_WIDTH = 8;
/** Names with a file or buffer before them do not begin further right. */
const MAX_NAME_END = 300;
/** Latency flags have 4 characters up to Linux 5.11, 5 since, 6 with preempt-lazy kernels. */
const FLAGS = 5;
const MAX_FLAGS = 12;
/** The column of the process with its parentheses. */
const MAX_PROCESS = 20;
const MICROSECONDS = 1e6;

const LOST = /^(?:[^\n]{0,200}?: +)?(?:CPU:(\d+) )?\[(?:LOST )?(?:(\d+) )?EVENTS(?: DROPPED)?\]\s*$/;
const BUFFER_STARTED = /^#+ CPU \d+ buffer started #+$/;
const HEADER = /^(?:[^\n]{0,200}?: +)?(?:cpus=\d+|version = \d+|CPU \d+ is empty|CPU:\d+ \[SUBBUFFER START\].*)$/;
const ENTRIES = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)/;

export class FtraceSyntax implements TextSyntax {
  /** Position of the dash before the thread identifier: the same in all lines of a file. */
  #dash = NAME_WIDTH;
  #flags = FLAGS;

  parse(text: string, start: number, end: number, line: EventLine): LineKind {
    line.reset();
    if (start === end) return LineKind.Ignored;
    if (text.charCodeAt(start) === HASH) return this.#header(text.slice(start, end));
    if (this.#columns(text, start, start + this.#dash, end, line)) return LineKind.Event;
    if (this.#searchDash(text, start, end, line)) return LineKind.Event;
    return otherLine(text.slice(start, Math.min(end, start + MAX_NAME_END)), line);
  }

  comment(text: string, about: AboutRecording): void {
    const entries = ENTRIES.exec(text);
    if (entries === null || Number(entries[2]) <= Number(entries[1])) return;
    about.issues.add({
      code: 'older-events-overwritten',
      severity: 'note',
      message: `Of ${entries[2]} events written, the ring buffer kept the last ${entries[1]}: the recording begins later than it was started.`,
      source: about.source,
      hint: 'Enlarge buffer_size_kb, or record with trace-cmd record.',
    });
  }

  #header(text: string): LineKind {
    return BUFFER_STARTED.test(text) ? LineKind.Ignored : LineKind.Comment;
  }

  /** The dash may stand elsewhere: the line has no blanks before it, or a buffer's name. */
  #searchDash(text: string, start: number, end: number, line: EventLine): boolean {
    const names = text.slice(start, Math.min(end, start + MAX_NAME_END));
    for (let dash = names.indexOf('-'); dash >= 0; dash = names.indexOf('-', dash + 1)) {
      if (!this.#columns(text, start, start + dash, end, line)) continue;
      this.#dash = dash;
      return true;
    }
    return false;
  }

  /** Takes the line apart, given where the dash is; false where it cannot be there. */
  #columns(text: string, start: number, dash: number, end: number, line: EventLine): boolean {
    if (dash >= end || text.charCodeAt(dash) !== DASH) return false;
    line.process = -1;
    let at = line.takeThread(text, dash + 1, end);
    if (at < 0) return false;
    at = takeProcess(text, skipBlanks(text, at, end), end, line);
    const short = isDigit(text.charCodeAt(at));
    at = short ? this.#shortCpu(text, at, end, line) : this.#cpu(text, at, end, line);
    if (at < 0) return false;
    at = takeTime(text, at, end, line);
    if (at < 0 || !takeEvent(text, at, end, line)) return false;
    const name = Math.max(start, dash - (short ? SHORT_NAME_WIDTH : NAME_WIDTH));
    line.setName(text, name, dash);
    line.nameMayBeCut = short && line.nameEnd - line.nameStart === SHORT_NAME_WIDTH;
    takeBuffer(text, start, name, line);
    return true;
  }

  /** `[001] d..2. ` or `[001]`; returns where the time begins. */
  #cpu(text: string, from: number, end: number, line: EventLine): number {
    if (text[from] !== '[') return -1;
    const close = line.takeCpu(text, from + 1, end);
    if (close < 0 || text[close] !== ']') return -1;
    const at = skipBlanks(text, close + 1, end);
    if (isDigit(text.charCodeAt(at))) return at;
    return skipBlanks(text, wordEnd(text, at, end), end);
  }

  /** `0d..2. `, `0-0x1 `, or with the time directly after it; returns where the time begins. */
  #shortCpu(text: string, from: number, end: number, line: EventLine): number {
    const flags = line.takeCpu(text, from, end);
    if (flags < 0) return -1;
    const to = wordEnd(text, flags, end);
    if (text.charCodeAt(to - 1) !== COLON) {
      if (to - flags > MAX_FLAGS) return -1;
      if (text.charCodeAt(flags) !== DASH) this.#flags = to - flags;
      return skipBlanks(text, to, end);
    }
    if (text.charCodeAt(flags) === DASH) return -1;
    let sure = to - 1;
    while (sure > flags && isDigit(text.charCodeAt(sure - 1))) sure--;
    // The depths that end the flags may be digits, too: then their usual number decides.
    return Math.max(sure, flags + this.#flags);
  }
}

function wordEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && !isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** `(  136)` or `(-----)`, if it is there. */
function takeProcess(text: string, from: number, end: number, line: EventLine): number {
  if (text[from] !== '(') return from;
  const digits = skipBlanks(text, from + 1, end);
  const close = digitsEnd(text, digits, end);
  if (close > digits && close - digits < 10) line.process = Number(text.slice(digits, close));
  const after = text.slice(from, Math.min(end, from + MAX_PROCESS)).indexOf(')');
  return after < 0 ? from : skipBlanks(text, from + after + 1, end);
}

/** `12.345678:`, `12345:` or the latency tracers' `1234us+:`, then the `(+12)` of --ts-diff. */
function takeTime(text: string, from: number, end: number, line: EventLine): number {
  let at = line.takeTime(text, from, end);
  if (at < 0) return -1;
  if (line.decimals === 0 && text.startsWith('us', at)) {
    const microseconds = line.high * 1e9 + line.low;
    line.high = Math.floor(microseconds / MICROSECONDS);
    line.low = (microseconds % MICROSECONDS) * 1000;
    line.decimals = 6;
    at = text.indexOf(':', at);
    if (at < 0 || at >= end) return -1;
  }
  if (text.charCodeAt(at) !== COLON || at >= end) return -1;
  at = skipBlanks(text, at + 1, end);
  return text.startsWith('(+', at) ? skipBlanks(text, wordEnd(text, at, end), end) : at;
}

/** `event: text`, the kernel's `sys_name(…)` and `sys_name -> …`, or `function <-caller`. */
function takeEvent(text: string, from: number, end: number, line: EventLine): boolean {
  const to = wordEnd(text, from, end);
  if (to === from) return false;
  const colon = to - 1;
  const call = text.startsWith('sys_', from) ? from + text.slice(from, to).indexOf('(') : -1;
  if (call > from) {
    line.eventName = `sys_enter_${text.slice(from + 'sys_'.length, call)}`;
    line.setText(text, call + 1, end);
  } else if (text.charCodeAt(colon) === COLON && colon > from) {
    line.eventStart = from;
    line.eventEnd = colon;
    line.setText(text, to, end);
  } else if (text.startsWith('sys_', from) && text.startsWith(' -> ', to)) {
    line.eventName = `sys_exit_${text.slice(from + 'sys_'.length, to)}`;
    line.setText(text, to, end);
  } else if (text.startsWith(' <-', to)) {
    line.eventName = 'function';
    line.setText(text, from, end);
  } else {
    return false;
  }
  return true;
}

/** What stands before the columns: the name of a buffer or file, and a colon. */
function takeBuffer(text: string, start: number, end: number, line: EventLine): void {
  const from = skipBlanks(text, start, end);
  let colon = end - 1;
  while (colon > from && isBlank(text.charCodeAt(colon))) colon--;
  if (colon <= from || text.charCodeAt(colon) !== COLON) return;
  line.bufferStart = from;
  line.bufferEnd = colon;
}

function otherLine(text: string, line: EventLine): LineKind {
  const lost = LOST.exec(text);
  if (lost !== null) {
    const cpu = lost[1] === undefined ? -1 : Number(lost[1]);
    if (lost[1] !== undefined && line.takeCpu(lost[1], 0, lost[1].length) < 0) return LineKind.Unknown;
    line.cpu = cpu;
    line.lost = lost[2] === undefined ? Number.NaN : Number(lost[2]);
    return LineKind.Loss;
  }
  if (HEADER.test(text)) return LineKind.Comment;
  const trimmed = text.trim();
  // Call chains stand in lines of their own below their event.
  return trimmed === '' || trimmed.startsWith('=> ') ? LineKind.Ignored : LineKind.Unknown;
}
