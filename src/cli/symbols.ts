/** vmtoll explain --symbols FILE --kaslr-offset NUMBER: their part of the command line. */
import { type Command, InvalidArgumentError } from 'commander';
import { failure, type Issue, type Result, success } from '../base/issue.js';
import type { GivenSymbols } from '../explain/functions.js';
import { openFile } from '../node/file-source.js';
import { readSymbols } from '../platform/symbols/reading.js';

export interface SymbolFlags {
  readonly symbols?: readonly string[];
  readonly kaslrOffset?: bigint;
}

export const addSymbolOptions = (command: Command): Command =>
  command
    .option(
      '--symbols <file>',
      "symbols of a guest's kernel (kallsyms, System.map, vmlinux), for functions (repeatable; vm2=FILE)",
      oneMore,
    )
    .option(
      '--kaslr-offset <address>',
      'how far the kernels were moved at boot (default: found from the exits)',
      offsetOf,
    );

function oneMore(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file];
}

function offsetOf(text: string): bigint {
  const [, sign, number] = /^(-?)(0x[0-9a-f]{1,16}|\d{1,19})$/i.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('write it as 0x1c000000.');
  return sign === '-' ? -BigInt(number) : BigInt(number);
}

/** Failures: those of `readSymbols`, `cannot-open`, `offset-without-symbols`. */
export async function readSymbolFlags({
  symbols = [],
  kaslrOffset,
}: SymbolFlags): Promise<Result<readonly GivenSymbols[]>> {
  if (symbols.length === 0 && kaslrOffset !== undefined) return failure(OFFSET_ALONE);
  const given: GivenSymbols[] = [];
  for (const text of symbols) {
    const { machine, path } = parts(text);
    const file = openFile(path);
    if (!file.ok) return file;
    const table = await readSymbols(file.value);
    file.value.close();
    if (!table.ok) return table;
    given.push({
      table: table.value,
      ...(machine !== undefined && { machine }),
      ...(kaslrOffset !== undefined && { offset: kaslrOffset }),
    });
  }
  return success(given);
}

/** The files that the flags name. */
export const symbolFiles = ({ symbols = [] }: SymbolFlags): string[] => symbols.map((text) => parts(text).path);

/** "vm2=FILE": ids of machines look like nothing else. */
function parts(text: string): { readonly machine: string | undefined; readonly path: string } {
  const [, machine, path = text] = /^(vm\d+)=(.*)$/s.exec(text) ?? [];
  return { machine, path };
}

const OFFSET_ALONE: Issue = {
  code: 'offset-without-symbols',
  severity: 'error',
  message: '--kaslr-offset says where the kernel of --symbols lies',
  hint: 'Give --symbols with it.',
};
