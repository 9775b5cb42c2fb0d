/**
 * Which vocabulary codes of exits belong to, told from the codes alone, where the trace tells nothing of the CPU: many
 * codes can only be of one. All codes of halts by which guests stay out for long (WFI, HLT) are among these.
 *
 * Source: for the bits that are zero Arm ARM DDI 0487, ESR_ELx; Intel SDM volume 3, "Format of Exit Reason"; the tables of
 * codes name theirs.
 */
import { EXCEPTION_CLASSES, ExceptionClass, exceptionClassOf } from '../arm/exception-classes.js';
import { SVM_EXIT_CODES } from '../x86/svm-exit-codes.js';
import { VMX_EXIT_REASONS } from '../x86/vmx-exit-reasons.js';
import { Vocabulary } from './vocabulary.js';

const ARM_CLASSES = new Set(EXCEPTION_CLASSES.map(([code]) => code));
const VMX_CODES = new Set(VMX_EXIT_REASONS.map(([code]) => code));
const SVM_CODES = new Set(SVM_EXIT_CODES.map(([code]) => code));

/** ESR_ELx.IL: the instruction was of 32 bits, as all of AArch64 are. */
const LONG_INSTRUCTION = 1 << 25;
/** Bits of a wait's syndrome that are zero: 19..10, 4 and 3. */
const ZERO_OF_WAITS = 0x000f_fc18;
/** Codes of SVM below are accesses to control and debug registers, of which 5 to 7 and 9 to 15 do not exist on any CPU. */
const SVM_BEYOND_REGISTERS = 0x40;
/** Codes of SVM from here on are higher than all of VMX. */
const SVM_BEYOND_EXCEPTIONS = 0x60;
const HIGHEST_SVM_CODE = 0xffff;

/** @returns Unknown where the code can be of several, or of none */
export function vocabularyShownBy(code: number): Vocabulary {
  if (isSyndrome(code)) return Vocabulary.Arm;
  if (code >= SVM_BEYOND_EXCEPTIONS && code <= HIGHEST_SVM_CODE && SVM_CODES.has(code)) return Vocabulary.Svm;
  const isOfVmx = code < SVM_BEYOND_REGISTERS && VMX_CODES.has(code) && !SVM_CODES.has(code);
  return isOfVmx ? Vocabulary.Vmx : Vocabulary.Unknown;
}

function isSyndrome(code: number): boolean {
  const exceptionClass = exceptionClassOf(code);
  if ((code & LONG_INSTRUCTION) === 0 || !ARM_CLASSES.has(exceptionClass)) return false;
  return exceptionClass !== ExceptionClass.Wait || (code & ZERO_OF_WAITS) === 0;
}

export class InferredVocabulary {
  readonly #counts = [0, 0, 0, 0];
  readonly #isPossible: (vocabulary: Vocabulary) => boolean;
  #current: Vocabulary = Vocabulary.Unknown;

  /** @param isPossible what else is known of the host may rule some out */
  constructor(isPossible: (vocabulary: Vocabulary) => boolean) {
    this.#isPossible = isPossible;
  }

  /** That of most codes seen so far. */
  get current(): Vocabulary {
    return this.#current;
  }

  /** Exits whose code can only be of `current`, and those whose code can only be of another. */
  get evidence(): { readonly supporting: number; readonly opposing: number } {
    if (this.#current === Vocabulary.Unknown) return { supporting: 0, opposing: 0 };
    const supporting = this.#counts[this.#current];
    return { supporting, opposing: this.#counts.reduce((sum, count) => sum + count, -supporting) };
  }

  /** @returns whether `current` has changed */
  see(code: number): boolean {
    const shown = vocabularyShownBy(code);
    if (shown === Vocabulary.Unknown || !this.#isPossible(shown)) return false;
    this.#counts[shown]++;
    const isNew =
      shown !== this.#current &&
      (this.#current === Vocabulary.Unknown || this.#counts[shown] > this.#counts[this.#current]);
    if (isNew) this.#current = shown;
    return isNew;
  }
}
