/** Codes of guest exits → reasons, for the CPU of the host. */
import { type Reason, ReasonTable } from '../../recording/causes.js';
import type { HostFacts } from '../../recording/recording.js';
import {
  EXCEPTION_CLASSES,
  ExceptionClass,
  type ExceptionClassRow,
  exceptionClassOf,
  WAIT_INSTRUCTIONS,
} from '../arm/exception-classes.js';
import type { ExitCodes } from '../translator.js';
import type { ExitReasonRow } from '../x86/exit-reason-row.js';
import { SVM_EXIT_CODES } from '../x86/svm-exit-codes.js';
import { VMX_EXIT_REASONS, VMX_FAILED_ENTRY } from '../x86/vmx-exit-reasons.js';
import { InferredVocabulary } from './inferred-vocabulary.js';
import { isX86, Vocabulary, vocabularyOf } from './vocabulary.js';

/** By vocabulary. */
const NAMES = ['arm64', 'vmx', 'svm', 'unknown'] as const;

const ARM_ROWS = new Map(EXCEPTION_CLASSES.map((row) => [row[0], row]));
const X86_ROWS: Partial<Record<Vocabulary, ReadonlyMap<number, ExitReasonRow>>> = {
  [Vocabulary.Vmx]: new Map(VMX_EXIT_REASONS.map((row) => [row[0], row])),
  [Vocabulary.Svm]: new Map(SVM_EXIT_CODES.map((row) => [row[0], row])),
};

/** Keys of reasons below are looked up in a typed table, all others in a Map. */
const DENSE_KEYS = 2048;
/** A damaged trace may name more codes than there are, and must not fill the memory. */
const MOST_SPARSE_KEYS = 1024;
const VMX_BASIC_REASON = 0xffff;
const WAIT_BITS = 3;
/** ARM keys: the exception class, and of waits the instruction. */
const KEYS_PER_CLASS = 4;
/** Instead of keys: a code that the trace lacks; one more code than are told apart. */
const NO_CODE = -2;
const FURTHER_CODES = -1;

/** QNX does not document its exit codes. */
const INFERRED = '(inferred)';

export class ExitReasons {
  readonly table = new ReasonTable();
  readonly #stated: Vocabulary;
  readonly #inferred: InferredVocabulary;
  readonly #isX86: boolean;
  readonly #dense = new Int32Array(DENSE_KEYS).fill(-1);
  readonly #sparse = new Map<number, number>();

  constructor(host: HostFacts, told?: ExitCodes) {
    this.#stated = vocabularyOf(host, told);
    this.#isX86 = isX86(host.architecture);
    this.#inferred = new InferredVocabulary((vocabulary) => !this.#isX86 || vocabulary !== Vocabulary.Arm);
  }

  /** What codes are read as: what is stated, or else what those that were seen so far show. */
  get vocabulary(): Vocabulary {
    return this.#stated === Vocabulary.Unknown ? this.#inferred.current : this.#stated;
  }

  /** How many exits show by their code what codes are, and how many the contrary; undefined where it is stated or not known. */
  get evidence(): InferredVocabulary['evidence'] | undefined {
    const isInferred = this.#stated === Vocabulary.Unknown && this.#inferred.current !== Vocabulary.Unknown;
    return isInferred ? this.#inferred.evidence : undefined;
  }

  /** Index in the table. @param code 32 bits; NaN where the trace lacks it */
  index(code: number): number {
    if (!(code >= 0)) return this.#sparseIndex(NO_CODE);
    if (this.#stated === Vocabulary.Unknown && this.#inferred.see(code)) this.#forgetIndices();
    const key = this.#keyOf(code);
    if (key < DENSE_KEYS) {
      if (this.#dense[key] < 0) this.#dense[key] = this.#add(this.#reasonOf(key));
      return this.#dense[key];
    }
    return this.#sparseIndex(key);
  }

  #forgetIndices(): void {
    this.#dense.fill(-1);
    this.#sparse.clear();
  }

  #sparseIndex(key: number): number {
    const isNew = !this.#sparse.has(key);
    const kept = isNew && this.#sparse.size >= MOST_SPARSE_KEYS ? FURTHER_CODES : key;
    let index = this.#sparse.get(kept);
    if (index === undefined) {
      index = kept < 0 ? this.table.addUnclear(this.#withoutCode(kept)) : this.#add(this.#reasonOf(kept));
      this.#sparse.set(kept, index);
    }
    return index;
  }

  #add(reason: Reason): number {
    return this.vocabulary === Vocabulary.Unknown ? this.table.addUnclear(reason) : this.table.add(reason);
  }

  /** What tells reasons apart: of ARM's syndrome the class, since the rest goes into details. */
  #keyOf(code: number): number {
    if (this.vocabulary === Vocabulary.Arm) {
      const exceptionClass = exceptionClassOf(code);
      return exceptionClass * KEYS_PER_CLASS + (exceptionClass === ExceptionClass.Wait ? code & WAIT_BITS : 0);
    }
    if (this.vocabulary === Vocabulary.Vmx)
      return (code & VMX_BASIC_REASON) + (isFailedEntry(code) ? VMX_FAILED_ENTRY : 0);
    return code;
  }

  #reasonOf(key: number): Reason {
    if (this.vocabulary === Vocabulary.Arm) return this.#ofArm(key);
    const rows = X86_ROWS[this.vocabulary];
    if (rows === undefined) return this.#unknown(key, this.#isX86 ? NO_X86_VOCABULARY : NO_ARCHITECTURE);
    if (this.vocabulary === Vocabulary.Vmx && isFailedEntry(key)) {
      const basic = key - VMX_FAILED_ENTRY;
      return this.#unknown(
        key,
        'The CPU refused to enter the guest.',
        `${rows.get(basic)?.[1] ?? hex(basic)} failed entry`,
      );
    }
    return this.#ofRow(key, rows.get(key));
  }

  #ofArm(key: number): Reason {
    const exceptionClass = Math.floor(key / KEYS_PER_CLASS);
    if (exceptionClass === ExceptionClass.Wait) {
      return this.#ofRow(exceptionClass, WAIT_INSTRUCTIONS[key % KEYS_PER_CLASS]);
    }
    if (exceptionClass === ExceptionClass.Unknown) return this.#unknown(exceptionClass, NO_CLASS, 'class 0x0');
    return this.#ofRow(exceptionClass, ARM_ROWS.get(exceptionClass), `class ${hex(exceptionClass)}`);
  }

  #ofRow(code: number, row: ExceptionClassRow | ExitReasonRow | undefined, nameOfUnknown = hex(code)): Reason {
    if (row === undefined) return this.#unknown(code, 'This exit code is not known here.', nameOfUnknown);
    const [, name, cause, trigger, meaning] = row;
    return { name, code, vocabulary: NAMES[this.vocabulary], cause, meaning: `${meaning} ${INFERRED}`, trigger };
  }

  #unknown(code: number, meaning: string, name = hex(code)): Reason {
    return { name, code, vocabulary: NAMES[this.vocabulary], cause: 'other', meaning, trigger: 'unknown' };
  }

  #withoutCode(key: number): Reason {
    return key === NO_CODE
      ? this.#unknown(key, 'The trace does not say why.', 'no code')
      : this.#unknown(key, 'The trace names more exit codes than there are.', 'further codes');
  }
}

const NO_CLASS =
  'The CPU gives no class for this exit. Host interrupts have none either, and how QNX codes those is not documented.';
const NO_X86_VOCABULARY =
  'Neither the trace nor the codes seen before say whether the CPU virtualizes with VMX or SVM, so the code has no name.';
const NO_ARCHITECTURE =
  'Neither the trace nor the codes seen before say which CPU the host has, so the code has no name.';

const hex = (value: number): string => `0x${value.toString(16)}`;
const isFailedEntry = (code: number): boolean => code >= VMX_FAILED_ENTRY;
