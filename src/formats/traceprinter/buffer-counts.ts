/**
 * Whether lines of a kernel buffer are missing: its first line states how many events of 16 bytes it has. How many of them a line
 * is, its arguments show, exactly for what matters most and within bounds for the rest.
 */
import { NEEDS_MORE } from '../qnx/time-rules.js';
import { numberAfter } from './arguments.js';
import type { HeldLines } from './held-lines.js';
import type { PrintedLine } from './printed-line.js';

/** Lines after the first one of a buffer that are searched for the next buffer of its chain: kernels put 1,023 events in one. */
const MOST_HELD = 8192;
/** Words of data in an event, and bytes and digits of a word. */
const DATA_WORDS = 2;
const WORD_BYTES = 4;
const DIGITS = 8;
const ARGUMENT = /[:=]\s*(?:0x([0-9a-fA-F]*))?/g;
/** Words before a name. */
const NAME_WORDS = 2;

/** Events of the hypervisor whose lengths are known. */
const VISIT_EVENTS: Readonly<Record<string, number>> = {
  GUEST_ENTER: 1,
  CYCLES: 2,
  GUEST_EXIT: 4,
  CREATE_VCPU_THREAD: 1,
};

export class BufferCounts {
  /** Buffers that lack lines, and events of 16 bytes that these would be. */
  lacking = 0;
  missing = 0;
  /** Buffers that were found to be whole. */
  #whole = 0;
  /** Of the buffer that is looked at: lines that were, and events that these are at most. */
  #searched = 0;
  #most = 0;

  /** Whether what buffers state can be compared with what is printed: mostly it agrees. */
  get #isComparable(): boolean {
    return this.#whole > this.lacking;
  }

  /**
   * Whether the buffer that the first line opens lacks lines, true or false; NEEDS_MORE where further lines must be read to tell.
   * The last buffer of a text that was cut is not looked at.
   */
  lacks(lines: HeldLines, perCpu: boolean, hasMore: boolean): boolean | typeof NEEDS_MORE {
    const first = lines.at(0);
    const stated = numberAfter(first.rest, 'num_events');
    if (!(stated > 0)) return false;
    if (this.#searched === 0) this.#most = 1;
    let isLast = true;
    let at = Math.max(1, this.#searched);
    // The arguments of the last line that is held may go on.
    const end = hasMore ? lines.count - 1 : lines.count;
    for (; at < end && this.#most < stated; at++) {
      const line = lines.at(at);
      if (!line.isEvent || (perCpu && line.cpu !== first.cpu)) continue;
      if (isBuffer(line)) return this.#judge(stated, false);
      this.#most += eventsAtMost(line);
    }
    this.#searched = at;
    if (this.#most >= stated) return this.#judge(stated, false);
    if (hasMore && lines.count < MOST_HELD) return NEEDS_MORE;
    for (let other = 1; other < lines.count; other++) isLast &&= !isBuffer(lines.at(other));
    return this.#judge(stated, hasMore || isLast);
  }

  #judge(stated: number, isOpen: boolean): boolean {
    const missing = stated - this.#most;
    this.#searched = 0;
    if (isOpen) return false;
    if (missing <= 0) {
      this.#whole++;
      return false;
    }
    const isTrue = this.#isComparable;
    this.lacking++;
    if (isTrue) this.missing += missing;
    return isTrue;
  }
}

const isBuffer = ({ isEvent, className, word }: PrintedLine): boolean =>
  isEvent && className === 'CONTROL' && word === 'BUFFER';

/** Events of 16 bytes that the kernel wrote for what a line tells, at most. */
function eventsAtMost({ className, word, rest }: PrintedLine): number {
  if (className === 'CONTROL') return 1;
  const known = className === 'QVM' ? VISIT_EVENTS[word] : undefined;
  if (known !== undefined) return known;
  const name = rest.indexOf('name:');
  if (name >= 0) return eventsOf(NAME_WORDS + Math.ceil((rest.length - name) / WORD_BYTES));
  const text = rest.indexOf('STR:"');
  if (text >= 0) return eventsOf(Math.ceil((rest.length - text) / WORD_BYTES));
  const words = wordsIn(rest);
  if (className === 'THREAD') return eventsOf(words);
  // The number of an interrupt is printed before its arguments, if not as one of them.
  if (className.startsWith('INT')) return eventsOf(className === 'INTERRUPT' ? words : words + 1);
  // Of all others not every argument may be printed.
  return eventsOf(words) + (words > 0 ? 1 : 0);
}

const eventsOf = (words: number): number => Math.max(1, Math.ceil(words / DATA_WORDS));

/** Words of the arguments, which are `name:value` or `name = value`: two where a value is printed with more than eight digits. */
function wordsIn(rest: string): number {
  let words = 0;
  for (const [, digits = ''] of rest.matchAll(ARGUMENT)) words += digits.length > DIGITS ? 2 : 1;
  return words;
}
