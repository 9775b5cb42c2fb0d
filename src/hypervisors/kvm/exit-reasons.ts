/** Exit codes → exit reasons, for the vocabulary that the host uses. */
import { type Reason, ReasonTable } from '../../recording/causes.js';
import type { HostFacts } from '../../recording/recording.js';
import { fieldToSymbol, type SymbolTable } from '../../recording/symbols.js';
import type { ExitReasonRow } from '../x86/exit-reason-row.js';
import { SVM_ALIASES, SVM_EXIT_CODES, SVM_INVALID } from '../x86/svm-exit-codes.js';
import { VMX_ALIASES, VMX_EXIT_REASONS, VMX_FAILED_ENTRY } from '../x86/vmx-exit-reasons.js';

/** Field `isa` of kvm_exit. */
const ISA_VMX = 1;
const ISA_SVM = 2;

/** Vocabularies, dense. */
export const Vocabulary = { Vmx: 0, Svm: 1, Unknown: 2, Arm64: 3, Riscv: 4 } as const;
/** By vocabulary. */
export const VOCABULARY_NAMES = ['vmx', 'svm', 'unknown', 'arm64', 'riscv'] as const;

/** Codes below are looked up in a typed table, all others in a Map. */
const DENSE_CODES = 2048;
const VMX_BASIC_REASON = 0xffff;
/** From here on a double cannot tell 64-bit codes apart; all that the kernel knows up there is -1. */
const NEGATIVE_64 = 2 ** 63;
/** No kernel has so many rare codes; a damaged recording may, and must not fill the memory. */
const MAX_SPARSE_CODES = 1024;

interface Words {
  readonly rows: ReadonlyMap<number, ExitReasonRow>;
  readonly codes: ReadonlyMap<string, number>;
}

const VMX = wordsOf(VMX_EXIT_REASONS, VMX_ALIASES);
const SVM = wordsOf(SVM_EXIT_CODES, SVM_ALIASES);

/** The kernel's names, libtraceevent's (EXIT_ and the name in capitals), and the aliases. */
function wordsOf(list: readonly ExitReasonRow[], aliases: readonly (readonly [string, number])[]): Words {
  const codes = new Map<string, number>(aliases);
  for (const [code, name] of list) {
    codes.set(`EXIT_${name.toUpperCase()}`, code);
    codes.set(name, code);
  }
  return { rows: new Map(list.map((row) => [row[0], row])), codes };
}

/** On x86: what the recording's host must use where its events do not say it; from the CPU's vendor. */
export function vocabularyOfHost(host: HostFacts): 0 | 1 | 2 {
  const cpu = `${host.cpuid ?? ''} ${host.cpuModel ?? ''}`;
  if (/AMD|Hygon/i.test(cpu)) return Vocabulary.Svm;
  return /Intel/i.test(cpu) ? Vocabulary.Vmx : Vocabulary.Unknown;
}

export class ExitReasons {
  readonly table = new ReasonTable();
  /** By reason index: its vocabulary, and its code without flags (-1: a word that we do not know). */
  readonly vocabularies: number[] = [];
  readonly codes: number[] = [];
  readonly #dense = new Int32Array(3 * DENSE_CODES).fill(-1);
  /** Code → reason, one map a vocabulary: large codes, codes with flags, and symbols (negative). */
  readonly #sparse = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];
  readonly #symbols: SymbolTable;
  readonly #hostVocabulary: number;

  constructor(symbols: SymbolTable, host: HostFacts) {
    this.#symbols = symbols;
    this.#hostVocabulary = vocabularyOfHost(host);
  }

  /** Index of the reason in the table. `code` and `isa` as in the record: NaN missing, `code` perhaps a symbol. */
  index(code: number, isa: number): number {
    const vocabulary = isa === ISA_VMX ? Vocabulary.Vmx : isa === ISA_SVM ? Vocabulary.Svm : this.#hostVocabulary;
    if (code >= 0 && code < DENSE_CODES) {
      const known = this.#dense[vocabulary * DENSE_CODES + code];
      if (known >= 0) return known;
    }
    return this.#lookUp(code, vocabulary);
  }

  #lookUp(code: number, vocabulary: number): number {
    const known = this.#sparse[vocabulary].get(code);
    if (known !== undefined) return known;
    const isDense = code >= 0 && code < DENSE_CODES;
    if (!isDense && this.#sparse[vocabulary].size >= MAX_SPARSE_CODES)
      return this.#ofNumber(Number.NaN, Vocabulary.Unknown);
    const index =
      code < 0 ? this.#ofText(this.#symbols.text(fieldToSymbol(code)), vocabulary) : this.#ofNumber(code, vocabulary);
    if (isDense) this.#dense[vocabulary * DENSE_CODES + code] = index;
    else this.#sparse[vocabulary].set(code, index);
    return index;
  }

  #ofNumber(code: number, vocabulary: number): number {
    if (Number.isNaN(code)) {
      const meaning = 'The recording does not say why, or it names more reasons than there are.';
      return this.#add(numberName(code), code, vocabulary, meaning);
    }
    if (vocabulary === Vocabulary.Vmx) return this.#ofVmx(code);
    if (vocabulary === Vocabulary.Svm) return this.#ofSvm(code >= NEGATIVE_64 ? SVM_INVALID : code);
    const meaning = 'The recording does not say whether the host has an Intel or an AMD CPU, so the code has no name.';
    return this.#add(numberName(code), code, Vocabulary.Unknown, meaning);
  }

  #ofVmx(code: number): number {
    // Of the flags only the refused entry changes what happened.
    const failed = code % (2 * VMX_FAILED_ENTRY) >= VMX_FAILED_ENTRY;
    const basic = code & VMX_BASIC_REASON;
    if (!failed) return this.#ofRow(VMX.rows.get(basic), basic, Vocabulary.Vmx);
    const row = VMX.rows.get(basic);
    const name = `${row?.[1] ?? numberName(basic)} FAILED_VMENTRY`;
    const meaning = `The CPU refused to enter the guest. ${row?.[4] ?? ''}`.trimEnd();
    return this.#add(name, VMX_FAILED_ENTRY + basic, Vocabulary.Vmx, meaning);
  }

  #ofSvm(code: number): number {
    return this.#ofRow(SVM.rows.get(code), code, Vocabulary.Svm);
  }

  #ofText(text: string, vocabulary: number): number {
    const failed = / FAILED_VMENTRY\b/.test(text);
    const word = text.replace(/ .*FAILED_VMENTRY.*$/, '').trim();
    const number = /^(?:UNKNOWN)?\s*\(?(0x[\da-f]+|\d+)\)?$/i.exec(word)?.[1];
    if (number !== undefined) return this.index(Number(number), vocabulary + 1);
    const actual = vocabulary === Vocabulary.Unknown ? guessVocabulary(word) : vocabulary;
    const code = (actual === Vocabulary.Vmx ? VMX : SVM).codes.get(word);
    if (code !== undefined) return this.index(failed ? VMX_FAILED_ENTRY + code : code, actual + 1);
    return this.#add(text, -1, actual, 'This name of an exit reason is not known here.');
  }

  #ofRow(row: ExitReasonRow | undefined, code: number, vocabulary: number): number {
    if (row === undefined) return this.#add(numberName(code), code, vocabulary, 'This exit code is not known here.');
    const [, name, cause, trigger, meaning, since] = row;
    const reason = { name, code, vocabulary: VOCABULARY_NAMES[vocabulary], cause, meaning, trigger };
    return this.append(since === undefined ? reason : { ...reason, since }, vocabulary);
  }

  /** A reason that no row describes. */
  #add(name: string, code: number, vocabulary: number, meaning: string): number {
    const number = Number.isNaN(code) ? -1 : code;
    const vocabularyName = VOCABULARY_NAMES[vocabulary];
    return this.append(
      { name, code: number, vocabulary: vocabularyName, cause: 'other', meaning, trigger: 'unknown' },
      vocabulary,
    );
  }

  /** One code may be met in several spellings: they share one reason. */
  append(reason: Reason, vocabulary: number): number {
    const same = this.table.list.findIndex((r) => r.vocabulary === reason.vocabulary && r.name === reason.name);
    if (same >= 0) return same;
    this.vocabularies.push(vocabulary);
    this.codes.push(reason.code);
    return this.table.add(reason);
  }
}

/** As the kernel prints a number without a name. */
const numberName = (code: number): string => (Number.isNaN(code) ? 'unknown' : `0x${code.toString(16)}`);

/** The kernel writes SVM names in small letters; libtraceevent puts EXIT_ before SVM names alone. */
function guessVocabulary(word: string): number {
  if (SVM.codes.has(word)) return Vocabulary.Svm;
  return VMX.codes.has(word) ? Vocabulary.Vmx : Vocabulary.Unknown;
}
