/** The symbols of a guest's kernel, from any file that has them. */
import type { ByteSource } from '../../base/byte-source.js';
import { failure, type Result } from '../../base/issue.js';
import { isElf, readElfSymbols } from './elf-symbols.js';
import type { FunctionTable } from './function-table.js';
import { noSymbols } from './symbol-issues.js';
import { looksLikeSymbols, readTextSymbols } from './text-symbols.js';

/** Bytes of a text; that of a kernel with 200,000 symbols has 9 MB. */
const LONGEST_TEXT = 256 * 1024 * 1024;
const HEAD = 4096;

/** Failures: `no-symbols`, `hidden-symbols`, `too-many-symbols`, `too-large`, `damaged-elf`, `unsupported-elf`. */
export async function readSymbols(source: ByteSource): Promise<Result<FunctionTable>> {
  const head = await source.read(0, HEAD);
  if (isElf(head)) return readElfSymbols(source);
  const decoder = new TextDecoder('utf-8');
  if (!looksLikeSymbols(decoder.decode(head))) return failure(noSymbols(source.name));
  if (source.size > LONGEST_TEXT) {
    const message = `${source.name} is longer than ${LONGEST_TEXT / 2 ** 20} MiB: no list of symbols`;
    return failure({ code: 'too-large', severity: 'error', message, source: source.name });
  }
  return readTextSymbols(decoder.decode(await source.read(0, source.size)), source.name);
}
