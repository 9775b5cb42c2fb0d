/** What can be wrong with a file of symbols. */
import type { Issue } from '../../base/issue.js';

/** A kernel with everything in it has some 500,000. */
export const MOST_SYMBOLS = 4_000_000;

const WHAT_IS_READ =
  'It reads /proc/kallsyms of the guest, System.map, and ELF files with a symbol table, such as vmlinux.';

export const noSymbols = (source: string): Issue => ({
  code: 'no-symbols',
  severity: 'error',
  message: `${source} holds no symbols of a kernel`,
  source,
  hint: WHAT_IS_READ,
});

export const tooManySymbols = (source: string): Issue => ({
  code: 'too-many-symbols',
  severity: 'error',
  message: `${source} holds more than ${MOST_SYMBOLS} symbols: no kernel has so many`,
  source,
});

export const damagedElf = (source: string, what: string, offset: number): Issue => ({
  code: 'damaged-elf',
  severity: 'error',
  message: `${source} is a damaged ELF file: ${what}`,
  source,
  offset,
  hint: WHAT_IS_READ,
});
