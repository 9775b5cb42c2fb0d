/** Finds the fields of a tracepoint in the text that a kernel or a tool printed for it. */
import type { InterruptNames } from '../../recording/interrupt-names.js';
import type { SymbolTable } from '../../recording/symbols.js';
import { symbolToField } from '../../recording/symbols.js';
import type { ThreadTable } from '../../recording/threads.js';
import type { TextPattern, TracepointSpec } from '../../recording/tracepoint.js';
import { detached } from './detached.js';
import { NumberText } from './numbers.js';

/** Different words that are kept as symbols: more than any architecture has exit reasons, and a bound for hostile input. */
const MAX_SYMBOLS = 4096;

type Words = Readonly<Record<string, number>>;

/** Where a value goes, and how it is read. */
interface Slot {
  readonly index: number;
  readonly wide: boolean;
  readonly hex: boolean;
  readonly negated: boolean;
  /** The value adds to what another group found for the same field. */
  readonly part: boolean;
  /** Negative numbers are numbers here; in all other fields they would stand for symbols. */
  readonly signed: boolean;
  readonly words: Words | undefined;
}

interface CompiledPattern {
  readonly expression: RegExp;
  /** [capture group, slot] */
  readonly slots: readonly (readonly [number, Slot])[];
  /** [group of the thread identifier, group of its name] */
  readonly threads: readonly (readonly [number, number])[];
  /** Likewise of an interrupt. */
  readonly interrupts: readonly (readonly [number, number])[];
}

/** Where names go that text gives. */
export interface NameTables {
  readonly threads: ThreadTable;
  readonly interruptNames: InterruptNames;
}

/** Symbols of a recording, as far as they may grow. */
export class Vocabulary {
  readonly #table: SymbolTable;
  readonly #known = new Map<string, number>();

  constructor(table: SymbolTable) {
    this.#table = table;
  }

  /** The field value for a word; NaN once there are too many different ones. */
  field(word: string): number {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_SYMBOLS) return Number.NaN;
    const kept = detached(word);
    const value = symbolToField(this.#table.intern(kept));
    this.#known.set(kept, value);
    return value;
  }
}

/** How the text of a tracepoint is read. */
interface CompiledText {
  readonly patterns: readonly CompiledPattern[];
  /** For `name=value` text: [names to look for, slot]. */
  readonly named: readonly (readonly [readonly string[], Slot])[];
}

const compiledTexts = new WeakMap<TracepointSpec, CompiledText>();

/** Made when the first text of the tracepoint is met: a recording has a few of all that there are. */
function compiledTextOf(spec: TracepointSpec): CompiledText {
  const known = compiledTexts.get(spec);
  if (known !== undefined) return known;
  const text: CompiledText = {
    patterns: (spec.text ?? []).map((pattern) => compile(pattern, spec)),
    named: spec.fields.map((field) => [[field.name, ...(field.aliases ?? [])], slotOf(spec, field.name, {}) as Slot]),
  };
  compiledTexts.set(spec, text);
  return text;
}

export class PatternMatcher {
  readonly #spec: TracepointSpec;
  #text: CompiledText | undefined;
  readonly #vocabulary: Vocabulary;
  readonly #names: NameTables;
  readonly #number = new NumberText();
  /** The pattern that matched last: one recording keeps to one of them. */
  #preferred = 0;

  constructor(spec: TracepointSpec, vocabulary: Vocabulary, names: NameTables) {
    this.#spec = spec;
    this.#vocabulary = vocabulary;
    this.#names = names;
  }

  /** Writes what the text says to `fields` from `base` on; false where nothing was found that the tracepoint has. */
  match(text: string, fields: Float64Array, base: number): boolean {
    this.#text ??= compiledTextOf(this.#spec);
    const { patterns, named } = this.#text;
    if (named.length === 0) return true;
    return this.#matchPatterns(patterns, text, fields, base) || this.#matchNamed(named, text, fields, base);
  }

  #matchPatterns(patterns: CompiledText['patterns'], text: string, fields: Float64Array, base: number): boolean {
    for (let attempt = 0; attempt < patterns.length; attempt++) {
      const index = (this.#preferred + attempt) % patterns.length;
      const pattern = patterns[index];
      const found = pattern.expression.exec(text);
      if (found === null) continue;
      this.#preferred = index;
      for (const [group, slot] of pattern.slots) {
        const value = found[group];
        if (value !== undefined) this.#write(value, slot, fields, base);
      }
      for (const [thread, name] of pattern.threads) this.#nameThread(found[thread], found[name]);
      for (const [interrupt, name] of pattern.interrupts) this.#nameInterrupt(found[interrupt], found[name]);
      return true;
    }
    return false;
  }

  #matchNamed(namedFields: CompiledText['named'], text: string, fields: Float64Array, base: number): boolean {
    let anything = false;
    for (const [names, slot] of namedFields) {
      for (const name of names) {
        const value = namedValue(text, name);
        if (value === undefined) continue;
        this.#write(value, slot, fields, base);
        anything = true;
        break;
      }
    }
    return anything;
  }

  #write(text: string, slot: Slot, fields: Float64Array, base: number): void {
    const at = base + slot.index;
    const number = this.#number;
    const word = slot.words?.[text];
    if (slot.part) {
      fields[at] += word ?? 0;
    } else if (word !== undefined) {
      fields[at] = word;
    } else if (number.read(text, slot.hex) && (!number.negative || slot.signed)) {
      if (slot.wide) {
        fields[at] = number.high;
        fields[at + 1] = number.low;
      } else {
        fields[at] = slot.negated ? -number.value : number.value;
      }
    } else if (!slot.wide && text !== '') {
      fields[at] = flagsValue(text, slot.words) ?? this.#vocabulary.field(text);
    }
  }

  #nameThread(text: string | undefined, name: string | undefined): void {
    const thread = this.#numberOf(text);
    if (thread === undefined || name === undefined) return;
    const { threads } = this.#names;
    if (thread > 0 && threads.name(thread) !== name) threads.setName(thread, detached(name));
  }

  #nameInterrupt(text: string | undefined, name: string | undefined): void {
    const interrupt = this.#numberOf(text);
    if (interrupt === undefined || name === undefined) return;
    const { interruptNames } = this.#names;
    if (interruptNames.has(interrupt, name) || interruptNames.isFull(interrupt)) return;
    interruptNames.add(interrupt, detached(name));
  }

  /** A number that is named; undefined where it is none that a kernel has. */
  #numberOf(text: string | undefined): number | undefined {
    if (text === undefined || !this.#number.read(text, false)) return undefined;
    const { value } = this.#number;
    return value >= 0 && value < 2 ** 31 ? value : undefined;
  }
}

/** Flags that are printed as "D|K": the sum of what the words stand for; undefined where one has no number. */
function flagsValue(text: string, words: Words | undefined): number | undefined {
  if (words === undefined || !text.includes('|')) return undefined;
  let sum = 0;
  for (const part of text.split('|')) {
    const value = words[part];
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

/** The value after the last `name=`: text from outside stands before it where a tracepoint has any. */
function namedValue(text: string, name: string): string | undefined {
  const key = `${name}=`;
  let at = text.lastIndexOf(key);
  while (at > 0 && text[at - 1] !== ' ' && text[at - 1] !== ',') at = text.lastIndexOf(key, at - 1);
  if (at < 0) return undefined;
  const from = at + key.length;
  let to = from;
  while (to < text.length && text[to] !== ' ' && text[to] !== ',') to++;
  return text.slice(from, to);
}

function slotOf(spec: TracepointSpec, name: string, pattern: Partial<TextPattern>): Slot | undefined {
  const target = pattern.parts?.[name] ?? name;
  let index = 0;
  for (const field of spec.fields) {
    if (field.name === target) {
      const words = pattern.words?.[name];
      return {
        index,
        wide: field.type === 'u64',
        hex: pattern.hex?.includes(name) ?? false,
        part: target !== name,
        negated: pattern.negated?.includes(name) ?? false,
        signed: spec.text?.some((known) => known.negated?.includes(name)) ?? false,
        words: words && Object.assign(Object.create(null) as Record<string, number>, words),
      };
    }
    index += field.type === 'u64' ? 2 : 1;
  }
  return undefined;
}

function compile(pattern: TextPattern, spec: TracepointSpec): CompiledPattern {
  const names = groupNames(pattern.pattern.source);
  const group = (name: string): number => names.indexOf(name) + 1;
  const slots: [number, Slot][] = [];
  for (const [index, name] of names.entries()) {
    const slot = name === undefined ? undefined : slotOf(spec, name, pattern);
    if (slot !== undefined) slots.push([index + 1, slot]);
  }
  // Without names the engine makes no object of groups for every match.
  const source = pattern.pattern.source.replaceAll(/\(\?<[A-Za-z_]\w*>/g, '(');
  const groups = (pairs: readonly (readonly [string, string])[]) =>
    pairs
      .map(([number, name]) => [group(number), group(name)] as const)
      .filter(([number, name]) => number > 0 && name > 0);
  return {
    expression: new RegExp(source, pattern.pattern.flags),
    slots,
    threads: groups(spec.threadNames ?? []),
    interrupts: groups(spec.interruptName === undefined ? [] : [spec.interruptName]),
  };
}

/** Names of the capture groups in their order; undefined for groups without a name. */
function groupNames(source: string): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  const token = /\\.|\[(?:\\.|[^\]])*\]|\((?!\?)|\(\?<([A-Za-z_]\w*)>/g;
  for (const [found, name] of source.matchAll(token)) {
    if (found.startsWith('(')) names.push(name);
  }
  return names;
}
