/**
 * What the words mean that traceprinter prints for class and event: they differ between releases, and the class of
 * interrupts and kernel calls is printed as part of the event.
 */

import { rowKindOf } from '../qnx/event-shapes.js';
import { THREAD_STATES } from '../qnx/thread-states.js';
import { detached } from '../text/detached.js';

/** A kernel has a few hundred kinds of events. */
const MOST_NAMES = 65_536;

export interface PrintedEvent {
  /** CLASS:NAME, as in the catalog where it has it. */
  readonly name: string;
  /** Kind of its rows; 0 where it is only counted. */
  readonly kind: number;
  /** What the words themselves say: a state, or the number of a call; -1 where that is nothing. */
  readonly constant: number;
  count: number;
}

/** Spellings that differ from the names of the catalog, by class or by class:event as printed. */
const ALIASES: Readonly<Record<string, string>> = {
  INT_ENTR: 'INTERRUPT:ENTRY',
  INT_ENTRY: 'INTERRUPT:ENTRY',
  INT_EXIT: 'INTERRUPT:EXIT',
  INT_HANDLER_ENTR: 'INTERRUPT:HANDLER_ENTRY',
  INT_HANDLER_ENTRY: 'INTERRUPT:HANDLER_ENTRY',
  INT_HANDLER_EXIT: 'INTERRUPT:HANDLER_EXIT',
  INT_DELIVER: 'INTERRUPT:DELIVER',
  KER_CALL: 'KER_CALL:ENTER',
  KER_EXIT: 'KER_CALL:EXIT',
  INT_CALL: 'KER_CALL:INT',
  'SYSTEM:APS_BANKRUPTCY': 'SYSTEM:APS_BNKR',
  'QVM:RAISE_INTR': 'QVM:INTR_RAISE',
  'QVM:LOWER_INTR': 'QVM:INTR_LOWER',
};
/** Classes whose second word is a name and a number, of which the number counts. */
const CALLS = ['KER_CALL', 'KER_EXIT', 'INT_CALL'];

export class PrintedEvents {
  readonly #byWords = new Map<string, PrintedEvent>();
  readonly #byName = new Map<string, PrintedEvent>();
  readonly #rest = newEvent('other', -1);

  /** The event that the words stand for. */
  find(className: string, word: string): PrintedEvent {
    // What is printed after these classes is a number, not a name.
    const words = className.startsWith('INT_') && !CALLS.includes(className) ? className : `${className}:${word}`;
    const known = this.#byWords.get(words);
    if (known !== undefined) return known;
    if (this.#byWords.size >= MOST_NAMES) return this.#rest;
    const event = this.#newEvent(detached(className), detached(word));
    this.#byWords.set(detached(words), event);
    return event;
  }

  /** Events by name. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { name, count } of [...this.#byName.values(), this.#rest]) {
      if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
    }
    return counts;
  }

  #newEvent(className: string, word: string): PrintedEvent {
    const { name, constant } = meaningOf(className, word);
    const key = `${name} ${constant}`;
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    const event = newEvent(name, constant);
    this.#byName.set(key, event);
    return event;
  }
}

const newEvent = (name: string, constant: number): PrintedEvent => ({
  name,
  kind: rowKindOf(name),
  constant,
  count: 0,
});

function meaningOf(className: string, word: string): { name: string; constant: number } {
  if (CALLS.includes(className)) {
    const number = /\/(\d{1,3})$/.exec(word)?.[1];
    return { name: ALIASES[className], constant: number === undefined ? -1 : Number(number) };
  }
  const alias = ALIASES[className] ?? ALIASES[`${className}:${word}`];
  if (alias !== undefined) return { name: alias, constant: -1 };
  if (className === 'INTERRUPT') return { name: ALIASES[word] ?? `INTERRUPT:${word}`, constant: -1 };
  if (className.startsWith('USREVENT')) return { name: 'USREVENT:EVENT', constant: -1 };
  if (className === 'VTHREAD') return { name: 'VTHREAD:STATE', constant: -1 };
  if (className === 'THREAD' && word.startsWith('TH')) {
    const state = stateOf(word.slice(2));
    if (state >= 0) return { name: 'THREAD:STATE', constant: state };
  }
  return { name: `${className}:${word}`, constant: -1 };
}

/** Traceprinter cuts one of the names. */
function stateOf(name: string): number {
  const state = (THREAD_STATES as readonly string[]).indexOf(name);
  return state < 0 && name === 'INTR_ATTACH_EV' ? stateOf('INTR_ATTACH_EVENT') : state;
}
