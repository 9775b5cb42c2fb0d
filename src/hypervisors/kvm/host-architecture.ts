/** Whose instructions a host executes, as uname prints it; where the recording does not say, its events may. */
import type { HostFacts } from '../../recording/recording.js';

export const isArm64 = ({ architecture }: HostFacts): boolean => architecture?.startsWith('aarch64') ?? false;
export const isRiscv = ({ architecture }: HostFacts): boolean => architecture?.startsWith('riscv') ?? false;
