/** From the words of a command to what is executed for it on a side. */
import type { PrefixSide, Quote } from './plan.js';

const HARMLESS_WORD = /^[\w@%+:,./-]+$/;

/** One word of a POSIX shell line that means exactly `word`. */
export const shellWord = (word: string): string =>
  HARMLESS_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(' ');

/** Programs that join their arguments with blanks and give the line to a shell on the other machine. */
const REMOTE_SHELLS = ['ssh', 'autossh', 'slogin', 'rsh', 'dbclient'];

/** What a prefix needs unless the plan says otherwise: a remote shell anywhere in it (after sudo, timeout, …), or `… -c`. */
export function defaultQuote(prefix: readonly string[]): Quote {
  const programs = prefix.map((word) => word.slice(word.lastIndexOf('/') + 1));
  return programs.some((program) => REMOTE_SHELLS.includes(program)) || prefix.at(-1) === '-c' ? 'shell' : 'none';
}

/** Program and arguments to execute on this host. */
export const argumentsOn = ({ prefix, quote }: Pick<PrefixSide, 'prefix' | 'quote'>, words: readonly string[]) =>
  prefix.concat(quote === 'shell' ? [shellLine(words)] : words);
