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

/** Reads what a console says to one command, in chunks cut anywhere. Each part of the text is looked at once. */
export class ConsoleTranscript {
  readonly #begin: string;
  readonly #end: string;
  /** Output of the command, as far as it cannot belong to the second mark. */
  readonly #output: string[] = [];
  #outputLength = 0;
  /** The end of what came: it may be the beginning of a mark. */
  #tail = '';
  #hasBegun = false;
  #answer: ConsoleAnswer | undefined;

  constructor(nonce: string) {
    this.#begin = beginMark(nonce);
    this.#end = endMark(nonce);
  }

  /** Whether the command runs, or has run. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Undefined until the second mark has come. */
  get answer(): ConsoleAnswer | undefined {
    return this.#answer;
  }

  /** Characters that are kept. */
  get length(): number {
    return this.#outputLength + this.#tail.length;
  }

  push(chunk: string): void {
    if (this.#answer !== undefined) return;
    this.#tail += chunk;
    if (!this.#hasBegun) this.#findBegin();
    if (this.#hasBegun) this.#findEnd();
  }

  /** Output begins on the line after the first mark. */
  #findBegin(): void {
    const at = this.#tail.indexOf(this.#begin);
    const lineEnd = at < 0 ? -1 : this.#tail.indexOf('\n', at);
    this.#hasBegun = lineEnd >= 0;
    if (this.#hasBegun) this.#tail = this.#tail.slice(lineEnd + 1);
    else this.#tail = at < 0 ? this.#tail.slice(1 - this.#begin.length) : this.#tail.slice(at);
  }

  #findEnd(): void {
    const found = this.#tail.indexOf(this.#end);
    const at = found >= 0 ? found : Math.max(0, this.#tail.length - this.#end.length + 1);
    this.#output.push(this.#tail.slice(0, at));
    this.#outputLength += at;
    this.#tail = this.#tail.slice(at);
    const code = found < 0 ? null : /^(\d{1,3})\s/.exec(this.#tail.slice(this.#end.length, this.#end.length + 4));
    if (code === null) return;
    this.#answer = { output: this.#output.join('').replace(/\r+\n/g, '\n'), exitCode: Number(code[1]) };
  }
}
