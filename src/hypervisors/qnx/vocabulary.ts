/**
 * What `reason` and `payload` of a guest exit mean. QNX documents both as "architecture-specific" and says no more, so what
 * is here is inferred: on ARM the syndrome register ESR_EL2 (the documented sample 0x07e00000 is one of WFI) and the guest
 * physical address of an access; on x86 the basic exit reason of VMX with its qualification, or the exit code of SVM. Where
 * the trace does not state which of them it is, its codes may (`inferred-vocabulary.ts`).
 */
import type { HostFacts } from '../../recording/recording.js';
import type { ExitCodes } from '../translator.js';

export const Vocabulary = { Arm: 0, Vmx: 1, Svm: 2, Unknown: 3 } as const;
export type Vocabulary = (typeof Vocabulary)[keyof typeof Vocabulary];

const OF_VIRTUALIZATION = { arm: Vocabulary.Arm, vmx: Vocabulary.Vmx, svm: Vocabulary.Svm } as const;
const AS_TOLD: Record<ExitCodes, Vocabulary> = { esr: Vocabulary.Arm, vmx: Vocabulary.Vmx, svm: Vocabulary.Svm };

/**
 * What the user says, or else the trace. Machine names are as uname prints them ("aarch64le", "x86_64"); without the kind of
 * virtualization x86 is not decided.
 */
export const vocabularyOf = (host: HostFacts, told?: ExitCodes): Vocabulary =>
  told === undefined ? recordedVocabulary(host) : AS_TOLD[told];

function recordedVocabulary({ virtualization, architecture }: HostFacts): Vocabulary {
  if (virtualization !== undefined) return OF_VIRTUALIZATION[virtualization];
  return architecture?.startsWith('aarch64') ? Vocabulary.Arm : Vocabulary.Unknown;
}

/** Whether the trace says that the codes cannot be what the user says. */
export function contradicts(host: HostFacts, told: ExitCodes): boolean {
  const recorded = recordedVocabulary(host);
  if (recorded === Vocabulary.Unknown) return told === 'esr' && isX86(host.architecture);
  return recorded !== AS_TOLD[told];
}

export const isX86 = (architecture: string | undefined): boolean => architecture?.startsWith('x86') ?? false;
