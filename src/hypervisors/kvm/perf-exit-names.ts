/** The names that perf 6.1 gives to exit codes: ours, without the codes it does not know. */
import { EXCEPTION_CLASSES } from '../arm/exception-classes.js';
import type { ExitReasonRow } from '../x86/exit-reason-row.js';
import { SVM_EXIT_CODES } from '../x86/svm-exit-codes.js';
import { VMX_EXIT_REASONS } from '../x86/vmx-exit-reasons.js';

/** Whose exit codes a host uses: Intel's, AMD's or those of arm64. */
export type PerfVocabulary = X86Vocabulary | 'arm64';
type X86Vocabulary = 'vmx' | 'svm';

/**
 * Codes of the manuals and of newer kernels that are missing in the headers perf 6.1 was built with.
 * 0xffffffff (the guest's state is not valid) is among them because perf compares 64 bits: its -1 never matches.
 */
const UNKNOWN_TO_PERF: Readonly<Record<X86Vocabulary, readonly number[]>> = {
  // biome-ignore format: a list of numbers
  vmx: [5, 6, 11, 17, 65, 66, 69, 70, 72, 73, 76, 77, 78, 79, 80, 81, 84, 85],
  // biome-ignore format: a list of numbers
  svm: [
    0x8c, 0x8e, 0x91, 0x92, 0x93, 0x95, 0x96, 0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa3, 0xa4,
    0xa5, 0xa6, 0x80000014, 0x80000015, 0x80000017, 0x80000018, 0x8000001a, 0x8000fffe, 0x8000ffff, 0xfffffffe,
    0xffffffff,
  ],
};

function namesOf(rows: readonly ExitReasonRow[], vocabulary: X86Vocabulary): ReadonlyMap<number, string> {
  const known = rows.filter(([code]) => !UNKNOWN_TO_PERF[vocabulary].includes(code));
  return new Map(known.map(([code, name]) => [code, name]));
}

/** Of x86: names by exit code. */
export const PERF_EXIT_NAMES: Readonly<Record<X86Vocabulary, ReadonlyMap<number, string>>> = {
  vmx: namesOf(VMX_EXIT_REASONS, 'vmx'),
  svm: namesOf(SVM_EXIT_CODES, 'svm'),
};

/** Classes that the header perf 6.1 was built with lacks (tools/perf/arch/arm64/util/arm64_exception_types.h). */
// biome-ignore format: a list of numbers
const CLASSES_UNKNOWN_TO_PERF: readonly number[] = [0x0a, 0x0d, 0x0e, 0x11, 0x12, 0x13, 0x1a, 0x1c, 0x1d, 0x27];

/** Of arm64: names of traps by exception class, and of all other exits by what KVM's code at EL2 returned. */
export const PERF_TRAP_NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'UNKNOWN'],
  ...EXCEPTION_CLASSES.filter(([code]) => !CLASSES_UNKNOWN_TO_PERF.includes(code)).map(
    ([code, name]) => [code, name] as const,
  ),
]);
export const PERF_RETURN_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'IRQ'],
  [1, 'SERROR'],
  [2, 'TRAP'],
  [3, 'ILLEGAL'],
  [0xbadca11, 'HYP_GONE'],
]);
