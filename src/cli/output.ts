/** Printing: results to standard output, everything else to standard error. */
import { writeSync } from 'node:fs';
import type { Issue } from '../base/issue.js';
import { reasonOf } from '../node/system-reason.js';
import { printable, printableMessage } from '../report/untrusted.js';
import { ExitCode } from './exit-code.js';

/**
 * Writes all of it before it returns, to a pipe as well. A reader that has gone away ends the program quietly; where it cannot be
 * written for another reason, such as a full disk, the program ends with that reason.
 */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') refuseOutput(error);
    }
  }
}

function refuseOutput(error: unknown): never {
  printIssue({
    code: 'cannot-write',
    severity: 'error',
    message: `standard output cannot be written: ${reasonOf(error)}`,
    hint: 'What was written before is not complete.',
  });
  process.exit(ExitCode.unreadable);
}

/** Control and direction-changing characters that JSON allows in strings as they are; a terminal obeys them. */
const HARMFUL_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/** Plain data as indented JSON that is harmless on a terminal as well: the strings that a reader gets are the same. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(HARMFUL_IN_JSON, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
  return `${text}\n`;
}

/** What went wrong, where, and what to do. */
export function printIssue(issue: Issue): void {
  const place = [issue.source, issue.offset !== undefined && `offset ${issue.offset}`].filter(Boolean).join(', ');
  const known = issue.source !== undefined && issue.message.includes(issue.source) && issue.offset === undefined;
  const where = place === '' || known ? '' : ` (${printable(place)})`;
  process.stderr.write(`vmtoll: ${printableMessage(issue.message)}${where}\n`);
  if (issue.hint !== undefined) process.stderr.write(`  ${printableMessage(issue.hint)}\n`);
}

/** Colours only for a terminal that did not ask for none: https://no-color.org */
export const wantsColour = (): boolean => process.stdout.isTTY && !process.env['NO_COLOR'];

/** COLUMNS counts first, since a shell can export it; undefined behind a pipe, where nobody says how wide lines may be. */
export function terminalWidth(): number | undefined {
  const asked = Number(process.env['COLUMNS']);
  if (Number.isInteger(asked) && asked > 0) return asked;
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}
