/** /proc/kallsyms and System.map: "ffffffff81a592e0 t native_safe_halt", with "[e1000]" behind symbols of a module. */
import { failure, type Result, success } from '../../base/issue.js';
import { FunctionTable, type GuestSymbol } from './function-table.js';
import { MOST_SYMBOLS, noSymbols, tooManySymbols } from './symbol-issues.js';

const LINE = /^(?:0x)?([0-9a-fA-F]{8,16})\s+([A-Za-z?])\s+(\S{1,512})(?:\s+\[(\S{1,64})\])?\s*$/;
/** Of text symbols, local, global and weak: nm(1). */
const FUNCTION_TYPES = 'tTwW';
/** Lines that may be something else before a text is none of symbols. */
const LINES_TRIED = 32;

/** Whether a text begins as one of symbols does. */
export const looksLikeSymbols = (head: string): boolean =>
  head.split('\n', LINES_TRIED).some((line) => LINE.test(line.trimEnd()));

/** Failures: `no-symbols`, `hidden-symbols`, `too-many-symbols`. */
export function readTextSymbols(text: string, source: string): Result<FunctionTable> {
  const symbols: GuestSymbol[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const match = LINE.exec(text.slice(start, end));
    start = end + 1;
    if (match === null) continue;
    const [, address, type, name, module = null] = match;
    if (symbols.length === MOST_SYMBOLS) return failure(tooManySymbols(source));
    symbols.push({
      address: BigInt(`0x${address}`),
      name,
      isFunction: FUNCTION_TYPES.includes(type),
      module,
      size: 0n,
    });
  }
  if (symbols.length === 0) return failure(noSymbols(source));
  if (symbols.every(({ address }) => address === 0n)) {
    return failure({
      code: 'hidden-symbols',
      severity: 'error',
      message: `All addresses in ${source} are 0: the kernel showed them to somebody who may not see them`,
      source,
      hint: 'Copy /proc/kallsyms of the guest as root, with kernel.kptr_restrict at 0 or 1; or take System.map of its kernel.',
    });
  }
  return success(new FunctionTable(source, symbols));
}
