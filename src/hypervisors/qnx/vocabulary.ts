/**
 * What `reason` and `payload` of a guest exit mean. QNX documents both as "architecture-specific" and says no more, so what
 * is here is inferred: on ARM the syndrome register ESR_EL2 (the documented sample 0x07e00000 is one of WFI) and the guest
 * physical address of an access; on x86 the basic exit reason of VMX with its qualification, or the exit code of SVM.
 */
import type { HostFacts } from '../../recording/recording.js';

export const Vocabulary = { Arm: 0, Vmx: 1, Svm: 2, Unknown: 3 } as const;
export type Vocabulary = (typeof Vocabulary)[keyof typeof Vocabulary];

const OF_VIRTUALIZATION = { arm: Vocabulary.Arm, vmx: Vocabulary.Vmx, svm: Vocabulary.Svm } as const;

/** Machine names as uname prints them ("aarch64le", "x86_64"); without the kind of virtualization x86 is not decided. */
export function vocabularyOf({ virtualization, architecture }: HostFacts): Vocabulary {
  if (virtualization !== undefined) return OF_VIRTUALIZATION[virtualization];
  return architecture?.startsWith('aarch64') ? Vocabulary.Arm : Vocabulary.Unknown;
}

export const isX86 = (architecture: string | undefined): boolean => architecture?.startsWith('x86') ?? false;
