/**
 * The words of a qvm configuration. Line ends are white space; `#` begins a comment, except between quotes; quotes hold
 * white space together; a backslash at the end of a line joins it with the next.
 *
 * QNX documents the comments and shows double quotes and the joined line. That `\"` and `\\` stand for the bare
 * character between double quotes, and that a word may begin with a single quote, is what shells do.
 */
import type { ConfigurationFile } from '../configuration-format.js';
import type { Place } from '../machine-configuration.js';
import type { Complaints } from './complaints.js';

export interface Word {
  readonly text: string;
  readonly place: Place;
  /** No other word stands before it on its line. */
  readonly startsLine: boolean;
  /** It begins with a quotation mark. */
  readonly isQuoted: boolean;
}

const WHITE_SPACE = /[\s]/;
const isWhite = (character: string): boolean => WHITE_SPACE.test(character);

export function* wordsOf(file: ConfigurationFile, complaints: Complaints): Generator<Word> {
  const scanner = new Scanner(file, complaints);
  for (let word = scanner.next(); word !== undefined; word = scanner.next()) yield word;
}

class Scanner {
  readonly #source: string;
  readonly #text: string;
  readonly #complaints: Complaints;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #lastWordLine = 0;

  constructor({ source, text }: ConfigurationFile, complaints: Complaints) {
    this.#source = source;
    this.#text = text;
    this.#complaints = complaints;
  }

  next(): Word | undefined {
    this.#skip();
    if (this.#at >= this.#text.length) return undefined;
    const place = this.#place();
    const startsLine = this.#line !== this.#lastWordLine;
    const isQuoted = /["']/.test(this.#text[this.#at]);
    const text = this.#word();
    this.#lastWordLine = this.#line;
    return { text, place, startsLine, isQuoted };
  }

  #place(): Place {
    return { source: this.#source, line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  /** White space, comments and joined lines. */
  #skip(): void {
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      const joined = this.#joinedLine();
      if (character === '#') this.#skipTo(this.#lineEnd());
      else if (joined > 0) this.#skipTo(this.#at + joined);
      else if (isWhite(character)) this.#skipTo(this.#at + 1);
      else return;
    }
  }

  #skipTo(end: number): void {
    for (; this.#at < end; this.#at++) {
      if (this.#text[this.#at] !== '\n') continue;
      this.#line++;
      this.#lineStart = this.#at + 1;
    }
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end === -1 ? this.#text.length : end;
  }

  /** Length of a backslash with the line end that it hides; 0 where there is none. */
  #joinedLine(): number {
    if (this.#text[this.#at] !== '\\') return 0;
    if (this.#text[this.#at + 1] === '\n') return 2;
    return this.#text.startsWith('\r\n', this.#at + 1) ? 3 : 0;
  }

  #word(): string {
    const start = this.#at;
    let text = '';
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (isWhite(character) || character === '#' || this.#joinedLine() > 0) break;
      if (character === '"' || (character === "'" && this.#at === start)) {
        text += this.#quoted(character);
      } else {
        text += character;
        this.#at++;
      }
    }
    return text;
  }

  /** What stands between quotes; without a closing one on the (joined) line, up to its end. */
  #quoted(quote: string): string {
    const place = this.#place();
    let text = '';
    this.#at++;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') {
      const character = this.#text[this.#at];
      if (character === quote) {
        this.#at++;
        return text;
      }
      const hidden = this.#joinedLine();
      const escaped = this.#escaped(quote);
      if (hidden > 0) {
        this.#skipTo(this.#at + hidden);
      } else {
        text += escaped ?? character;
        this.#at += escaped === undefined ? 1 : 2;
      }
    }
    this.#complaints.add('unclosed-quote', place, `the quote that ${quote} opens is not closed on its line`, {
      hint: 'It was read up to the end of the line; a backslash there would join it with the next.',
    });
    return text.trimEnd();
  }

  /** The character that a backslash between double quotes makes bare. */
  #escaped(quote: string): string | undefined {
    if (quote !== '"' || this.#text[this.#at] !== '\\') return undefined;
    const next = this.#text[this.#at + 1];
    return next === '"' || next === '\\' ? next : undefined;
  }
}
