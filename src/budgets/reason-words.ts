/** Which words for exit reasons a recording can hold, so that a misspelt one is no limit that always holds. */
import type { Explanation } from '../explain/explanation.js';
import { EXCEPTION_CLASSES } from '../hypervisors/arm/exception-classes.js';
import { KVM_RETURN_NAMES } from '../hypervisors/kvm/arm64/exit-reasons.js';
import { EXCEPTIONS, INTERRUPT_PREFIX, INTERRUPTS } from '../hypervisors/riscv/trap-causes.js';
import { SVM_EXIT_CODES } from '../hypervisors/x86/svm-exit-codes.js';
import { VMX_EXIT_REASONS } from '../hypervisors/x86/vmx-exit-reasons.js';

const namesOf = (rows: readonly (readonly [number, string, ...unknown[]])[]): string[] => rows.map(([, name]) => name);

const VOCABULARIES: readonly ReadonlySet<string>[] = [
  namesOf(VMX_EXIT_REASONS),
  namesOf(SVM_EXIT_CODES),
  [...namesOf(EXCEPTION_CLASSES), ...KVM_RETURN_NAMES],
  [...namesOf(EXCEPTIONS), ...namesOf(INTERRUPTS).map((name) => `${INTERRUPT_PREFIX}${name}`)],
].map((names) => new Set(names));

/** Names in a complaint. */
const MOST_NAMES = 8;

/**
 * Why a reason is none that this recording could hold; null where it occurs, or is a word of the CPU that it is from.
 * Untrusted text.
 */
export function doubtOfReason(reason: string, { exits }: Explanation): string | null {
  const occurring = new Set(exits.map((row) => row.reason));
  if (occurring.has(reason)) return null;
  // Which CPU it is from shows in the words that occur; where none does, every CPU is possible.
  const own = VOCABULARIES.filter((words) => [...occurring].some((name) => isOnlyIn(name, words)));
  if ((own.length > 0 ? own : VOCABULARIES).some((words) => words.has(reason))) return null;
  const names = [...occurring].sort().slice(0, MOST_NAMES);
  const more = occurring.size > names.length ? ', …' : '';
  return `matched nothing: no exit reason of this recording's CPU is called "${reason}"${names.length > 0 ? `; those that occur: ${names.join(', ')}${more}` : ''}`;
}

/** CPUs share words such as "hlt". */
const isOnlyIn = (name: string, words: ReadonlySet<string>): boolean =>
  words.has(name) && VOCABULARIES.every((others) => others === words || !others.has(name));
