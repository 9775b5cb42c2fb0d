/**
 * Lines of `perf script`.
 *
 *     CPU 0/KVM   141 [001]   325.936531:       kvm:kvm_exit: vcpu 0 reason interrupt …
 *     NAME        TID [CPU]   TIME:             SYSTEM:EVENT: TEXT
 *
 * The name is right-aligned in 16 columns, or (with call chains) not aligned at all. `PID/TID` may stand for TID;
 * the CPU may be missing.
 */
import { decimal, digitsEnd, type EventLine, isBlank, LineKind, skipBlanks } from '../text/event-line.js';
import type { AboutRecording, TextSyntax } from '../text/syntax.js';

const HASH = 35;
const COLON = 58;
const NAME_WIDTH = 16;
const SLASH = 47;
/** Names are shorter than this, even with blanks before them. */
const MAX_NAME_END = 64;

const NO_THREAD = '-1';
const RECORD = 'PERF_RECORD_';
const LOST = /^PERF_RECORD_LOST(?:_SAMPLES)?:? +(?:lost +)?(\d+)/;
const NAMED = /^PERF_RECORD_COMM(?: exec)?: (.{0,64}):(\d{1,9})\/(\d{1,9})$/s;
/** A line of a call chain: an address, then a symbol. */
const CALL_CHAIN = /^\s+[0-9a-f]{1,16} \S/;
const FACT = /^# ([a-z ]+?) : (.+)$/;

export class PerfScriptSyntax implements TextSyntax {
  parse(text: string, start: number, end: number, line: EventLine): LineKind {
    line.reset();
    if (start === end) return LineKind.Ignored;
    if (text.charCodeAt(start) === HASH) return LineKind.Comment;
    const kind = columns(text, start, start + NAME_WIDTH, end, line);
    if (kind !== LineKind.Unknown) return kind;
    return searchName(text, start, end, line);
  }

  comment(text: string, about: AboutRecording): void {
    const fact = FACT.exec(text);
    if (fact === null) return;
    const value = fact[2].trim();
    const { host } = about;
    switch (fact[1]) {
      case 'hostname':
        host.hostname = value;
        break;
      case 'os release':
        host.kernel = value;
        break;
      case 'perf version':
        host.recorder = `perf ${value}`;
        break;
      case 'arch':
        host.architecture = value;
        break;
      case 'cpudesc':
        host.cpuModel = value;
        break;
      case 'cpuid':
        host.cpuid = value;
        break;
      case 'cmdline':
        host.recorderCommand = value;
        break;
      default:
    }
  }
}

/** Without alignment the name ends before the first number after which all other columns follow. */
function searchName(text: string, start: number, end: number, line: EventLine): LineKind {
  const last = Math.min(end, start + MAX_NAME_END);
  for (let at = skipBlanks(text, start, end) + 1; at < last; at++) {
    if (!isBlank(text.charCodeAt(at)) || isBlank(text.charCodeAt(at + 1))) continue;
    const kind = columns(text, start, at, end, line);
    if (kind !== LineKind.Unknown) return kind;
  }
  const whole = text.slice(start, Math.min(end, start + 200));
  return whole.trim() === '' || CALL_CHAIN.test(whole) || whole.startsWith(RECORD)
    ? LineKind.Ignored
    : LineKind.Unknown;
}

/** Takes the line apart, given where the name ends. */
function columns(text: string, start: number, nameEnd: number, end: number, line: EventLine): LineKind {
  if (nameEnd >= end || !isBlank(text.charCodeAt(nameEnd))) return LineKind.Unknown;
  let at = takeThread(text, skipBlanks(text, nameEnd, end), end, line);
  if (at < 0) return LineKind.Unknown;
  at = takeCpu(text, at, end, line);
  if (at < 0) return LineKind.Unknown;
  at = line.takeTime(text, at, end);
  if (at < 0 || line.decimals === 0 || text.charCodeAt(at) !== COLON) return LineKind.Unknown;
  line.setName(text, start, nameEnd);
  return takeEvent(text, skipBlanks(text, at + 1, end), end, line);
}

/** `TID ` or `PID/TID `. */
function takeThread(text: string, from: number, end: number, line: EventLine): number {
  let at = takeNumber(text, from, end, line);
  if (at >= 0 && text.charCodeAt(at) === SLASH) {
    line.process = line.thread;
    at = takeNumber(text, at + 1, end, line);
  }
  return at >= 0 && isBlank(text.charCodeAt(at)) ? skipBlanks(text, at, end) : -1;
}

/** Digits, or `-1` where perf does not know the thread any more; returns the position after them. */
function takeNumber(text: string, from: number, end: number, line: EventLine): number {
  if (!text.startsWith(NO_THREAD, from)) return line.takeThread(text, from, end);
  line.thread = -1;
  return from + NO_THREAD.length;
}

/** `[001] `, or nothing. */
function takeCpu(text: string, from: number, end: number, line: EventLine): number {
  if (text[from] !== '[') return from;
  const close = line.takeCpu(text, from + 1, end);
  return close >= 0 && text[close] === ']' ? skipBlanks(text, close + 1, end) : -1;
}

/** `system:event: text` (samples of other events have no system), after a sampling period where one is printed; or a record of perf's own. */
function takeEvent(text: string, from: number, end: number, line: EventLine): LineKind {
  if (text.startsWith(RECORD, from)) return takeRecord(text.slice(from, end), from, line);
  let at = from;
  const period = digitsEnd(text, from, end);
  if (period > from && isBlank(text.charCodeAt(period))) at = skipBlanks(text, period, end);
  let to = at;
  while (to < end && !isBlank(text.charCodeAt(to))) to++;
  const colon = to - 1;
  if (colon <= at || text.charCodeAt(colon) !== COLON) return LineKind.Unknown;
  line.eventStart = at;
  line.eventEnd = colon;
  line.setText(text, to, end);
  return LineKind.Event;
}

/** `record` begins at `from` of the line. */
function takeRecord(record: string, from: number, line: EventLine): LineKind {
  const lost = LOST.exec(record);
  if (lost !== null) {
    line.lost = Number(lost[1]);
    return LineKind.Loss;
  }
  const named = NAMED.exec(record);
  if (named === null) return LineKind.Ignored;
  line.process = decimal(named[2], 0, named[2].length);
  line.thread = decimal(named[3], 0, named[3].length);
  line.nameStart = from + record.indexOf(': ') + 2;
  line.nameEnd = line.nameStart + named[1].length;
  return LineKind.Thread;
}
