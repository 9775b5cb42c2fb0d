/** The words of a command line: as the kernel keeps them, with NULs between them, or as a shell reads them. */
import type { ConfigurationFile } from '../configuration-format.js';
import type { Place } from '../machine-configuration.js';
import { type PlaceAt, placesIn } from '../text-places.js';

export interface Word {
  readonly text: string;
  readonly place: Place;
  /** Some of it stood in quotes, so that it is whole. */
  readonly isQuoted: boolean;
  /** Where a quote begins that never ends: all that follows is part of this word. */
  readonly openQuote: Place | undefined;
  /** The place of a character of its text; that of the word itself where quotes are in the way. */
  at(offset: number): Place;
}

/** A command and its arguments. */
export type Command = readonly Word[];

/** One command, with the words that /proc/PID/cmdline has. */
export function commandOfKernel(file: ConfigurationFile): Command {
  const placeAt = placesIn(file);
  const words: Word[] = [];
  let start = 0;
  for (const text of file.text.replace(/\0*\n?$/, '').split('\0')) {
    words.push(wordAt(text, start, placeAt));
    start += text.length + 1;
  }
  return words;
}

const AS_IT_STANDS = { isQuoted: false, openAt: undefined, lead: 0 } as const;

function wordAt(
  text: string,
  start: number,
  placeAt: PlaceAt,
  { isQuoted, openAt, lead }: Omit<ReadWord, 'text' | 'end'> = AS_IT_STANDS,
): Word {
  return {
    text,
    place: placeAt(start),
    isQuoted,
    openQuote: openAt === undefined ? undefined : placeAt(openAt),
    at: (offset) => placeAt(start + lead + Math.min(offset, text.length)),
  };
}

/** Characters that end a word, or a command. */
const SPACE = /[ \t\r]/;
const END = /[\n;&|()]/;

/**
 * The commands of a shell's text, or of any text that holds a command line, as what `ps` prints. A line that begins with "-"
 * continues the command before it: people leave the backslashes out.
 */
export function commandsOfShell(file: ConfigurationFile): Command[] {
  const { text } = file;
  const placeAt = placesIn(file);
  const commands: Word[][] = [];
  let words: Word[] = [];
  const finish = () => {
    if (words.length > 0) commands.push(words);
    words = [];
  };
  let at = 0;
  while (at < text.length) {
    const next = text[at];
    if (SPACE.test(next)) at++;
    else if (next === '\\' && /^\r?\n/.test(text.slice(at + 1, at + 3))) at = text.indexOf('\n', at) + 1;
    else if (next === '#') at = endOfLine(text, at);
    else if (END.test(next)) {
      at++;
      const continued = next === '\n' && words.length > 0 ? continuation(text, at) : undefined;
      if (continued === undefined) finish();
      else at = continued;
    } else {
      const word = readWord(text, at);
      words.push(wordAt(word.text, at, placeAt, word));
      at = word.end;
    }
  }
  finish();
  return commands;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** Comments and empty lines may stand between. */
const CONTINUATION = /(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*(?=-[a-zA-Z-])/y;
/** Where the line begins that continues a command which ended here. */
function continuation(text: string, at: number): number | undefined {
  CONTINUATION.lastIndex = at;
  return CONTINUATION.test(text) ? CONTINUATION.lastIndex : undefined;
}

interface ReadWord {
  readonly text: string;
  readonly isQuoted: boolean;
  /** Offset of a quote that never ends. */
  readonly openAt: number | undefined;
  /** Characters before that of its first one. */
  readonly lead: number;
  readonly end: number;
}

const PLAIN = /[^ \t\r\n;&|()'"\\]+/y;
const SINGLE = /'([^']*)(?:'|$)/y;
const DOUBLE = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)(?:"|\\?$)/y;
const ESCAPED = /\\([\s\S]?)/y;

/** A quote that never closes ends with the text. */
function readWord(text: string, start: number): ReadWord {
  const pieces: string[] = [];
  let [at, isQuoted] = [start, false];
  let openAt: number | undefined;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found[1] ?? found[0];
  };
  while (at < text.length) {
    const plain = match(PLAIN);
    if (plain !== undefined) {
      pieces.push(plain);
      continue;
    }
    if (text[at] === '\\') {
      if (/^\\\r?\n/.test(text.slice(at, at + 3))) break;
      pieces.push(match(ESCAPED)!);
      continue;
    }
    const [quote, quoteAt] = [text[at], at];
    const single = match(SINGLE);
    const double = single === undefined ? match(DOUBLE) : undefined;
    // Anything else ends the word.
    if (single === undefined && double === undefined) break;
    isQuoted = true;
    // Both patterns take a quote that never ends up to the end of the text.
    if (at === text.length && !isClosed(text, quoteAt, quote)) openAt = quoteAt;
    pieces.push(
      single ?? double!.replaceAll(/\\([$`"\\\n])/g, (_, escaped: string) => (escaped === '\n' ? '' : escaped)),
    );
  }
  const lead = /['"]/.test(text[start]) ? 1 : 0;
  return { text: pieces.join(''), isQuoted, openAt, lead, end: at };
}

/** Of a quote whose word ends with the text. */
function isClosed(text: string, quoteAt: number, quote: string): boolean {
  if (!text.endsWith(quote) || quoteAt === text.length - 1) return false;
  if (quote === "'") return true;
  let backslashes = 0;
  while (text[text.length - 2 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 0;
}
