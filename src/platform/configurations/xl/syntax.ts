/**
 * The syntax of xl's configurations: `name = value`, where a value is a string in quotes, a number, or a list of them.
 *
 * Source: xl.cfg(5), and tools/libs/util/libxlu_cfg_{l,y} of Xen 4.17, whose parser a test compares this with.
 */
import { type Complaints, quoted } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import type { Place } from '../machine-configuration.js';
import { type PlaceAt, placesIn } from '../text-places.js';

export type XlValue = XlScalar | XlList;

export interface XlScalar {
  readonly type: 'string' | 'number';
  /** Without quotes. */
  readonly text: string;
  readonly place: Place;
}

export interface XlList {
  readonly type: 'list';
  readonly elements: readonly XlValue[];
  readonly place: Place;
}

export interface XlSetting {
  readonly name: string;
  readonly value: XlValue;
  readonly place: Place;
}

/** Settings of one machine; libxl knows about two hundred. */
const MOST_SETTINGS = 4096;
const DEEPEST = 8;

/** In the order of the text; a name that is set again with "+=" has its values joined. */
export function settingsIn(file: ConfigurationFile, complaints: Complaints): XlSetting[] {
  return new XlParser(file, complaints).settings();
}

const SPACE = /(?:[ \t\r]|#[^\n]*|\\\n)+/y;
const BREAKS = /(?:[ \t\r\n;]|#[^\n]*|\\\n)+/y;
const LINES = /(?:[ \t\r\n]|#[^\n]*|\\\n)+/y;
const NAME = /[a-z][a-z0-9_.]*/iy;
const ASSIGNMENT = /\+?=/y;
const NUMBER = /[0-9][0-9a-fx]*/iy;
const STRING = /'[^'\n]*'|"[^"\n]*"/y;
const REST = /[^\n]*/y;

class XlParser {
  readonly #text: string;
  readonly #placeAt: PlaceAt;
  readonly #complaints: Complaints;
  #at = 0;

  constructor(file: ConfigurationFile, complaints: Complaints) {
    this.#text = file.text;
    this.#placeAt = placesIn(file);
    this.#complaints = complaints;
  }

  settings(): XlSetting[] {
    const settings = new Map<string, XlSetting>();
    for (;;) {
      this.#match(BREAKS);
      if (this.#at >= this.#text.length) break;
      if (settings.size >= MOST_SETTINGS) {
        this.#complain('too-many-options', 'the settings from here on are left out');
        break;
      }
      this.#setting(settings);
    }
    return [...settings.values()];
  }

  #setting(settings: Map<string, XlSetting>): void {
    const place = this.#placeAt(this.#at);
    const name = this.#match(NAME);
    this.#match(SPACE);
    const assignment = name === undefined ? undefined : this.#match(ASSIGNMENT);
    if (name === undefined || assignment === undefined) {
      this.#skipLine('bad-line', 'no setting stands here', 'It is written as name = value.');
      return;
    }
    this.#match(SPACE);
    const value = this.#value(0);
    if (value === undefined) return;
    const before = settings.get(name);
    const isAdded = assignment === '+=' && before !== undefined;
    if (before !== undefined && !isAdded) {
      this.#complaints.add('repeated-option', place, `${name} is set twice: the last one counts`, {
        severity: 'warning',
      });
    }
    settings.set(name, { name, value: isAdded ? joined(before.value, value) : value, place });
    this.#match(SPACE);
    const next = this.#text[this.#at];
    if (next !== undefined && next !== '\n' && next !== ';') {
      this.#skipLine(
        'bad-line',
        'something follows after the value',
        'The next setting begins on a line of its own, or after ";".',
      );
    }
  }

  #value(depth: number): XlValue | undefined {
    const place = this.#placeAt(this.#at);
    const string = this.#match(STRING);
    if (string !== undefined) return { type: 'string', text: string.slice(1, -1), place };
    const number = this.#match(NUMBER);
    if (number !== undefined) return { type: 'number', text: number, place };
    if (this.#text[this.#at] === '[') return this.#list(depth, place);
    this.#skipLine('bad-value', 'no value stands here', 'It is a string in quotes, a number, or a list in brackets.');
    return undefined;
  }

  #list(depth: number, place: Place): XlList | undefined {
    if (depth >= DEEPEST) {
      this.#skipLine('bad-value', 'lists are nested too deeply here');
      return undefined;
    }
    this.#at++;
    const elements: XlValue[] = [];
    for (;;) {
      this.#match(LINES);
      if (this.#take(']')) return { type: 'list', elements, place };
      const element = this.#value(depth + 1);
      if (element === undefined) return { type: 'list', elements, place };
      elements.push(element);
      this.#match(LINES);
      if (this.#take(',')) continue;
      if (this.#take(']')) return { type: 'list', elements, place };
      this.#skipLine(
        'bad-value',
        'the list has no end here',
        'Its values have commas between them, and "]" after the last.',
      );
      return { type: 'list', elements, place };
    }
  }

  #take(character: string): boolean {
    const isNext = this.#text[this.#at] === character;
    if (isNext) this.#at++;
    return isNext;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** What cannot be read ends with its line. */
  #skipLine(code: string, fault: string, hint?: string): void {
    const place = this.#placeAt(Math.min(this.#at, this.#text.length));
    const rest = this.#match(REST) ?? '';
    const message = rest.trim() === '' ? fault : `${fault}: ${quoted(rest.trim())}`;
    this.#complaints.add(code, place, message, hint === undefined ? {} : { hint });
  }

  #complain(code: string, message: string): void {
    this.#complaints.add(code, this.#placeAt(this.#at), message);
  }
}

/** "+=": lists are joined, strings as well. */
function joined(before: XlValue, added: XlValue): XlValue {
  if (before.type === 'list' && added.type === 'list') {
    return { ...before, elements: [...before.elements, ...added.elements] };
  }
  if (before.type !== 'list' && added.type !== 'list') return { ...before, text: before.text + added.text };
  return added;
}
