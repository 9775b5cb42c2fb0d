/** Files that were given for something else than they are: what they are, where their beginning tells. */
import { STREAM_HEAD } from '../base/byte-source.js';
import type { Issue } from '../base/issue.js';
import { formatOf } from '../formats/open.js';
import { isElf } from '../platform/symbols/elf-symbols.js';
import { looksLikeSymbols } from '../platform/symbols/text-symbols.js';
import { decoded } from './bounded-text.js';

/** The issue of a file that is a recording, or has the symbols of a kernel; undefined for any other. @param expected what it should have been */
export function mistakenFile(bytes: Uint8Array, source: string, expected: string): Issue | undefined {
  const head = bytes.subarray(0, STREAM_HEAD);
  const format = formatOf(head);
  if (format !== undefined) {
    const hint = `vmtoll explain RECORDING explains it; ${expected} is another file.`;
    return mistaken(source, `a recording (${format.id})`, expected, hint);
  }
  const what = isElf(head) ? 'a program (ELF)' : looksLikeSymbols(decoded(head)) ? 'a list of symbols' : undefined;
  return what && mistaken(source, what, expected, 'Symbols of a kernel go with --symbols FILE.');
}

const mistaken = (source: string, what: string, expected: string, hint: string): Issue => ({
  code: 'mistaken-file',
  severity: 'error',
  message: `${source} is ${what}, not ${expected}`,
  source,
  hint,
});
