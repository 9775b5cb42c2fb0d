/** What rows of exits say of interrupt vectors: read back from the detail that people see. */
import type { ExitRow } from './evidence.js';

/**
 * "injects vector 0x26", "woken by vector 0xfb", "end of interrupt, vector 0x26", "IPI to 0x1, vector 0xfb"; not what is the
 * host's: "host vector 0xec (local timer)", "host IRQ 24 (…)" with a name that may be anything.
 */
const VECTOR = /^(?!host ).*?\bvector (0x[\da-f]+)/;

/** The guest's interrupt vector that a row is about, in hexadecimal; undefined: none, or not recorded. */
export const vectorOf = ({ detail }: Pick<ExitRow, 'detail'>): string | undefined => VECTOR.exec(detail ?? '')?.[1];

/** The local timer of Linux guests on x86 (LOCAL_TIMER_VECTOR in arch/x86/include/asm/irq_vectors.h). */
export const LINUX_TIMER_VECTOR = '0xec';

/** An interrupt that one vCPU sends another: by the APIC (ICR), by a hypercall, or by the GIC (SGI). */
const IPI =
  /^IPI\b|IA32_X2APIC_ICR|IA32_X2APIC_SELF_IPI|^APIC (ICR|SELF_IPI)|HV_X64_MSR_ICR|KVM_HC_(KICK_CPU|SEND_IPI)|^ICC_A?SGI\d/;

export const isIpi = ({ cause, detail }: Pick<ExitRow, 'cause' | 'detail'>): boolean =>
  (cause === 'interrupt-control' || cause === 'hypercall') && IPI.test(detail ?? '');
