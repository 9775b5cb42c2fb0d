/**
 * Words → options with their values, those of a virtual CPU or device below it.
 *
 * An option's values follow it at once, on whatever line, unless an option begins there. What comes after an option that opens a context (`cpu`, `vdev`,
 * `pass`, `reserve`) belongs to it where it can; options without a context may stand in between. How many values an
 * unknown option has is not known: it takes the words on its line up to the next known option. Options that no release
 * documents for virtual CPUs and for what is passed through are taken as options of the machine.
 */
import { type Complaints, quoted } from './complaints.js';
import {
  type Arity,
  BLOB_TYPES,
  contextOf,
  contextsWith,
  type OptionTable,
  TOP_OPTIONS,
  typeOfVdev,
} from './option-table.js';
import type { WordStream } from './word-stream.js';
import type { Word } from './words.js';

export interface Statement {
  readonly name: Word;
  readonly values: readonly Word[];
  readonly known: boolean;
  /** The kind of data before `load` or `pass`. */
  readonly blob: Word | null;
  /** What stands in its context. */
  readonly inner: Statement[];
  /** The statement in whose context it stands, also where it does not belong to it. */
  readonly within: Statement | null;
}

/** Virtual CPUs and devices, options and variables together: far more than any machine has. */
const MOST_STATEMENTS = 65_536;

/** Statements at the top, in their order. */
export function statementsOf(stream: WordStream, complaints: Complaints): readonly Statement[] {
  const parser = new StatementParser(stream, complaints);
  parser.run();
  return parser.statements;
}

class StatementParser {
  readonly statements: Statement[] = [];
  readonly #stream: WordStream;
  readonly #complaints: Complaints;
  #context: Statement | null = null;
  #contextOptions: OptionTable = new Map();
  #count = 0;

  constructor(stream: WordStream, complaints: Complaints) {
    this.#stream = stream;
    this.#complaints = complaints;
  }

  run(): void {
    for (let word = this.#stream.take(); word !== undefined; word = this.#stream.take()) {
      if (isInclude(word)) {
        this.#stream.include(word);
        continue;
      }
      if (++this.#count > MOST_STATEMENTS) {
        const message = `more than ${MOST_STATEMENTS} options: the rest is left out`;
        this.#complaints.add('too-many-options', word.place, message);
        return;
      }
      this.#statement(word);
    }
  }

  #statement(word: Word): void {
    const ofContext = this.#contextOptions.get(word.text);
    if (ofContext !== undefined) this.#addInner(word, this.#values(word, ofContext), true);
    else if (this.#isBlobType(word)) this.#top(this.#stream.take()!, word);
    else if (TOP_OPTIONS.has(word.text)) this.#top(word, null);
    else this.#unknown(word);
  }

  #isBlobType({ text }: Word): boolean {
    const next = this.#stream.peek()?.text;
    return BLOB_TYPES.has(text) && (next === 'load' || next === 'pass');
  }

  #top(name: Word, blob: Word | null): void {
    const values = this.#values(name, this.#arityOfTop(name));
    const inner: Statement[] = [];
    const statement: Statement = { name, values, known: true, blob, inner, within: this.#context };
    this.statements.push(statement);
    const options = contextOf(name.text, values[0]?.text);
    if (options === undefined) return;
    this.#context = statement;
    this.#contextOptions = options;
  }

  /** `reserve` takes a range of memory or, as newer releases write it, options that say where. */
  #arityOfTop({ text }: Word): Arity {
    const next = this.#stream.peek()?.text ?? '';
    return text === 'reserve' && /^\d/.test(next) ? 1 : (TOP_OPTIONS.get(text) as Arity);
  }

  #addInner(name: Word, values: readonly Word[], known: boolean): void {
    const within = this.#context as Statement;
    within.inner.push({ name, values, known, blob: null, inner: [], within });
  }

  #unknown(word: Word): void {
    const values = this.#values(word, 'line');
    const isOfDevice = this.#context?.name.text === 'vdev' && !BLOB_TYPES.has(word.text);
    if (isOfDevice) this.#addInner(word, values, false);
    else this.statements.push({ name: word, values, known: false, blob: null, inner: [], within: this.#context });
    this.#complainOfUnknown(word, isOfDevice);
  }

  /** Devices have options of their own, of which only some are published: an unknown one is nothing to worry about. */
  #complainOfUnknown({ text, place }: Word, isOfDevice: boolean): void {
    const context = isOfDevice ? ` of ${contextName(this.#context)}` : '';
    const homes = contextsWith(text);
    if (homes.length > 0) {
      this.#complaints.add('misplaced-option', place, `${quoted(text)} does not belong here`, {
        severity: 'warning',
        hint: `It belongs after ${homes.join(' or ')}.`,
      });
      return;
    }
    const message = `vmtoll does not know the option ${quoted(text)}${context}`;
    if (isOfDevice) this.#complaints.add('unknown-option', place, message, { severity: 'note' });
    else {
      const hint = 'It is kept as it is, with the words that follow it on its line.';
      this.#complaints.add('unknown-option', place, message, { severity: 'warning', hint });
    }
  }

  #values(option: Word, arity: Arity): Word[] {
    const values: Word[] = [];
    if (arity === 'line') {
      while (this.#isOnSameLine()) values.push(this.#stream.take()!);
      return values;
    }
    while (values.length < arity) {
      const next = this.#stream.peek();
      if (next === undefined || beginsAnother(next, option)) {
        const needed = arity === 1 ? 'a value' : `${arity} values`;
        const end = next === undefined ? 'the file ends' : `${quoted(next.text)} begins another option`;
        this.#complaints.add('missing-value', option.place, `${option.text} needs ${needed}, and ${end}`);
        break;
      }
      values.push(this.#stream.take()!);
    }
    if (option.text === 'sched' && this.#isSporadicMark(values)) values.push(this.#stream.take()!);
    return values;
  }

  #isOnSameLine(): boolean {
    const next = this.#stream.peek();
    if (next === undefined || next.startsLine || isInclude(next)) return false;
    return !this.#contextOptions.has(next.text) && !TOP_OPTIONS.has(next.text) && !BLOB_TYPES.has(next.text);
  }

  /** The five numbers of sporadic scheduling may have their "s" as a word of its own. */
  #isSporadicMark(values: readonly Word[]): boolean {
    return this.#stream.peek()?.text === 's' && values[0]?.text.split(',').length === 5;
  }
}

/**
 * A value may stand on the next line, but hardly one that is called like an option, unless it is quoted; one of the variables
 * of `set` is.
 */
const beginsAnother = ({ text, startsLine, isQuoted }: Word, option: Word): boolean =>
  startsLine && !isQuoted && TOP_OPTIONS.has(text) && !(option.text === 'set' && text === 'debug');

const isInclude = ({ text }: Word): boolean => text.length > 1 && text.startsWith('@');

/** For people: "cpu", "vdev pl011". */
export function contextName(context: Statement | null): string | null {
  if (context === null) return null;
  const { name, values } = context;
  return name.text === 'vdev' && values[0] !== undefined ? `vdev ${typeOfVdev(values[0].text)}` : name.text;
}
