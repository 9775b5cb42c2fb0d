/**
 * Why KVM on arm64 left the guest: what its code at EL2 returned, and for a trap the exception class.
 *
 * Source: the kernel's `arch/arm64/include/asm/kvm_asm.h` (ARM_EXCEPTION_*) and `asm/virt.h` (HVC_STUB_ERR).
 */
import type { Reason } from '../../../recording/causes.js';
import { EXCEPTION_CLASSES, ExceptionClass, type ExceptionClassRow } from '../../arm/exception-classes.js';
import type { Remark } from '../../translator.js';
import { type ExitReasons, Vocabulary } from '../exit-reasons.js';

/** The hypervisor's part of KVM is gone. */
export const HYP_GONE = 0xbadca11;
export const Return = { Irq: 0, SError: 1, Trap: 2, IllegalState: 3 } as const;

// biome-ignore format: one row a line
const RETURNS: readonly ExceptionClassRow[] = [
  [Return.Irq, 'IRQ', 'interrupt', 'host', 'An interrupt arrived while the guest ran: one for the host, or of the timer that the guest itself had set.'],
  [Return.SError, 'SERROR', 'exception', 'hardware', 'The hardware reported an error that no single instruction made (SError).'],
  [Return.IllegalState, 'IL', 'exception', 'guest', 'The guest was in an illegal execution state.'],
  [HYP_GONE, 'HYP_GONE', 'vm-control', 'host', 'The part of KVM that runs guests is gone: the host is about to restart.'],
];
/** The class 0, of a trap. */
const NO_CLASS: ExceptionClassRow = [
  ExceptionClass.Unknown,
  'UNKNOWN',
  'other',
  'guest',
  'The CPU gives no class for this trap: mostly the guest executed an instruction that does not exist.',
];
/** The class alone does not say whether it was for a device: events of KVM that follow tell, where they were recorded. */
const DATA_ABORT: ExceptionClassRow = [
  ExceptionClass.DataAbort,
  'DABT_LOW',
  'other',
  'guest',
  'The guest read or wrote an address that is no memory of its own: a device, or a page that is not there. Which of them, the events kvm_mmio and kvm_guest_fault tell.',
];

const TELL_DEVICES = ['kvm_mmio', 'kvm_guest_fault'] as const;

/** Where nothing that tells devices from memory was recorded, though there were data aborts. */
export function dataAbortRemarks(
  reasons: readonly Reason[],
  hasSeen: (event: (typeof TELL_DEVICES)[number]) => boolean,
): Remark[] {
  const isThere = reasons.some(({ vocabulary, name }) => vocabulary === 'arm64' && name === DATA_ABORT[1]);
  if (!isThere || TELL_DEVICES.some(hasSeen)) return [];
  return [
    {
      severity: 'warning',
      code: 'data-aborts-untold',
      message:
        'Whether data aborts (DABT_LOW) were for devices or for memory was not recorded: they have the cause other.',
      hint: `Record ${TELL_DEVICES.map((event) => `-e kvm:${event}`).join(' ')}`,
    },
  ];
}

/** Names of exits that are no traps, and of a trap without a class. */
export const KVM_RETURN_NAMES: readonly string[] = [...RETURNS, NO_CLASS].map(([, name]) => name);

const RETURN_ROWS = new Map(RETURNS.map((row) => [row[0], row]));
const CLASS_ROWS = new Map([NO_CLASS, ...EXCEPTION_CLASSES, DATA_ABORT].map((row) => [row[0], row]));

const CLASSES = 64;
/** Returns that are looked up by number; there are five. */
const DENSE_RETURNS = 64;
/** No kernel has so many; a damaged recording may. */
const MAX_OTHERS = 256;

const NOT_RECORDED: Reason = {
  name: 'unknown',
  code: -1,
  vocabulary: 'arm64',
  cause: 'other',
  meaning: 'The recording does not say why, or it names more reasons than there are.',
  trigger: 'unknown',
};

/** Exits to indices of the ReasonTable. */
export class Arm64Exits {
  readonly #reasons: ExitReasons;
  /** Classes of traps, then returns. */
  readonly #dense = new Int32Array(CLASSES + DENSE_RETURNS).fill(-1);
  readonly #others = new Map<number, number>();

  constructor(reasons: ExitReasons) {
    this.#reasons = reasons;
  }

  /** @param returned field `ret` @param exceptionClass field `esr_ec`, which means something for traps alone */
  index(returned: number, exceptionClass: number): number {
    const key = returned === Return.Trap ? exceptionClass : CLASSES + returned;
    const isDense = key >= 0 && key < CLASSES + DENSE_RETURNS && (returned !== Return.Trap || key < CLASSES);
    const known = isDense ? this.#dense[key] : this.#others.get(key);
    if (known !== undefined && known >= 0) return known;
    return this.#add(returned, exceptionClass, key, isDense);
  }

  #add(returned: number, exceptionClass: number, key: number, isDense: boolean): number {
    if (!isDense && this.#others.size >= MAX_OTHERS) return this.#append(NOT_RECORDED);
    const isTrap = returned === Return.Trap;
    const code = isTrap ? exceptionClass : returned;
    const row = isTrap ? CLASS_ROWS.get(code) : RETURN_ROWS.get(code);
    const index = this.#append(row === undefined ? unknownReason(code, isTrap) : reasonOf(row));
    if (isDense) this.#dense[key] = index;
    else this.#others.set(key, index);
    return index;
  }

  #append(reason: Reason): number {
    return this.#reasons.append(reason, Vocabulary.Arm64);
  }
}

function reasonOf([code, name, cause, trigger, meaning]: ExceptionClassRow): Reason {
  return { name, code, vocabulary: 'arm64', cause, meaning, trigger };
}

function unknownReason(code: number, isTrap: boolean): Reason {
  if (!(code >= 0)) return NOT_RECORDED;
  const hex = `0x${code.toString(16)}`;
  const meaning = isTrap ? 'This exception class is not known here.' : 'This return code is not known here.';
  return { ...NOT_RECORDED, name: isTrap ? `class ${hex}` : `return ${hex}`, code, meaning };
}
