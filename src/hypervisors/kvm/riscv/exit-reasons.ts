/** Values of scause → exit reasons. */
import type { Reason } from '../../../recording/causes.js';
import { EXCEPTIONS, INTERRUPT_PREFIX, INTERRUPTS, type TrapCauseRow } from '../../riscv/trap-causes.js';
import { type ExitReasons, Vocabulary } from '../exit-reasons.js';

/** Codes that are looked up by number: of exceptions, then of interrupts. */
const CODES = 64;
/** No kernel has so many; a damaged recording may. */
const MAX_OTHERS = 256;

const EXCEPTION_ROWS = new Map(EXCEPTIONS.map((row) => [row[0], row]));
const INTERRUPT_ROWS = new Map(INTERRUPTS.map((row) => [row[0], row]));

const NOT_RECORDED: Reason = {
  name: 'unknown',
  code: -1,
  vocabulary: 'riscv',
  cause: 'other',
  meaning: 'The recording does not say why, or it names more reasons than there are.',
  trigger: 'unknown',
};

/** Exits to indices of the ReasonTable. */
export class RiscvExits {
  readonly #reasons: ExitReasons;
  readonly #dense = new Int32Array(2 * CODES).fill(-1);
  readonly #others = new Map<number, number>();

  constructor(reasons: ExitReasons) {
    this.#reasons = reasons;
  }

  /** @param code among interrupts or among exceptions; NaN: not recorded */
  index(isInterrupt: boolean, code: number): number {
    const isDense = code < CODES;
    const key = isInterrupt ? CODES + code : code;
    // Numbers of interrupts that are none are told apart from those of exceptions by their sign.
    const other = isInterrupt ? -1 - code : code;
    const known = isDense ? this.#dense[key] : this.#others.get(other);
    if (known !== undefined && known >= 0) return known;
    if (!isDense && this.#others.size >= MAX_OTHERS) return this.#append(NOT_RECORDED);
    const index = this.#append(reasonOf(isInterrupt, code));
    if (isDense) this.#dense[key] = index;
    else this.#others.set(other, index);
    return index;
  }

  #append(reason: Reason): number {
    return this.#reasons.append(reason, Vocabulary.Riscv);
  }
}

function reasonOf(isInterrupt: boolean, code: number): Reason {
  if (!(code >= 0)) return NOT_RECORDED;
  const row = (isInterrupt ? INTERRUPT_ROWS : EXCEPTION_ROWS).get(code);
  return row === undefined ? unknownReason(isInterrupt, code) : knownReason(isInterrupt, row);
}

function knownReason(isInterrupt: boolean, [code, name, cause, trigger, meaning]: TrapCauseRow): Reason {
  const prefixed = isInterrupt ? `${INTERRUPT_PREFIX}${name}` : name;
  return { name: prefixed, code, vocabulary: 'riscv', cause, meaning, trigger };
}

function unknownReason(isInterrupt: boolean, code: number): Reason {
  const what = isInterrupt ? 'interrupt' : 'exception';
  return { ...NOT_RECORDED, name: `${what} ${code}`, code, meaning: `This ${what} is not known here.` };
}
