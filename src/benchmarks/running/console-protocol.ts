/**
 * Commands over a serial console: a shell line goes in, and out comes everything mixed: the echo of what was typed, prompts,
 * carriage returns, messages of the kernel. Two marks that no one else prints enclose the output of the command; the second
 * one carries its exit code. In the line the marks are written with quotes inside, so that the echo does not hold them.
 */
import { shellLine } from './quoting.js';

/**
 * `{command}` must stand for itself; `{begin}` and `{end}` for words to be printed, the exit code right after `{end}`.
 * Standard error is left out, since a console cannot tell it from the output.
 */
export const DEFAULT_TEMPLATE = 'echo {begin}; {command} </dev/null 2>/dev/null; echo {end}$?';

const PLACEHOLDERS = ['{begin}', '{command}', '{end}'];
/** A terminal that edits lines itself takes 4096 characters (N_TTY_BUF_SIZE of Linux) and drops the rest. */
const LONGEST_LINE = 4000;

/** What is wrong with a template; undefined where nothing is. */
export function templateFault(template: string): string | undefined {
  const missing = PLACEHOLDERS.find((placeholder) => template.split(placeholder).length !== 2);
  if (missing !== undefined) return `the template must hold ${missing} exactly once`;
  return /[\n\r]/.test(template) ? 'the template must be one line' : undefined;
}

const beginMark = (nonce: string): string => `VMTOLL-BEGIN-${nonce}`;
const endMark = (nonce: string): string => `VMTOLL-END-${nonce}:`;
/** A word that a shell prints as `mark`, but whose echo differs from it. */
const disguised = (mark: string): string => `${mark.slice(0, 3)}''${mark.slice(3)}`;

/** The text to type for a command. `nonce` must be new for every command. */
export function consoleInput(template: string, words: readonly string[], nonce: string): string {
  const parts: Readonly<Record<string, string>> = {
    '{begin}': disguised(beginMark(nonce)),
    '{command}': shellLine(words),
    '{end}': disguised(endMark(nonce)),
  };
  return `${template.replace(/\{(?:begin|command|end)\}/g, (placeholder) => parts[placeholder])}\n`;
}

/** Why a command cannot be typed; undefined where it can. */
export function inputFault(words: readonly string[]): string | undefined {
  const text = shellLine(words);
  // A shell that edits lines would obey them: a tab completes names, for example.
  if (/[^\P{Cc}\n]/u.test(text)) return 'a command for a console must not hold control characters';
  const isTooLong = text.split('\n').some((line) => line.length > LONGEST_LINE);
  return isTooLong ? `a command for a console must not have lines of over ${LONGEST_LINE} characters` : undefined;
}

export interface ConsoleAnswer {
  readonly output: string;
  readonly exitCode: number;
}

/** Reads what a console says to one command, in chunks cut anywhere. */
export class ConsoleTranscript {
  readonly #begin: string;
  readonly #end: string;
  #text = '';
  /** Where the output begins; -1 while the first mark has not come. */
  #outputAt = -1;
  #searchedTo = 0;
  #answer: ConsoleAnswer | undefined;

  constructor(nonce: string) {
    this.#begin = beginMark(nonce);
    this.#end = endMark(nonce);
  }

  /** Whether the command runs, or has run. */
  get hasBegun(): boolean {
    return this.#outputAt >= 0;
  }

  /** Undefined until the second mark has come. */
  get answer(): ConsoleAnswer | undefined {
    return this.#answer;
  }

  /** Characters that are kept. */
  get length(): number {
    return this.#text.length;
  }

  push(chunk: string): void {
    if (this.#answer !== undefined) return;
    this.#text += chunk;
    if (this.#outputAt < 0) this.#findBegin();
    if (this.#outputAt >= 0) this.#findEnd();
  }

  #findBegin(): void {
    const at = this.#find(this.#begin);
    const lineEnd = at < 0 ? -1 : this.#text.indexOf('\n', at);
    if (lineEnd < 0) return;
    this.#outputAt = lineEnd + 1;
    this.#searchedTo = this.#outputAt;
  }

  #findEnd(): void {
    const at = this.#find(this.#end);
    const code =
      at < 0 ? null : /^(\d{1,3})\s/.exec(this.#text.slice(at + this.#end.length, at + this.#end.length + 5));
    if (code === null) return;
    const output = this.#text.slice(this.#outputAt, at).replace(/\r+\n/g, '\n');
    this.#answer = { output, exitCode: Number(code[1]) };
    this.#text = '';
  }

  /** Each part of the text is searched once, however small the chunks are. */
  #find(mark: string): number {
    const at = this.#text.indexOf(mark, this.#searchedTo);
    this.#searchedTo = at >= 0 ? at : Math.max(this.#outputAt, 0, this.#text.length - mark.length);
    return at;
  }
}
