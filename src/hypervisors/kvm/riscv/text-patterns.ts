/**
 * How the kernel and its tools print the tracepoints of RISC-V.
 *
 * Source: the print formats in the kernel's `arch/riscv/kvm/trace.h`, Linux 6.10 and later.
 */
import type { TextPattern } from '../../../recording/tracepoint.js';

export const RISCV_PATTERNS: Readonly<Record<string, readonly TextPattern[]>> = {
  'kvm_exit@scause': [
    {
      pattern:
        /^(?:<CANT FIND FIELD exit_reason>)?SEPC:(?<sepc>0x[0-9a-f]+), SCAUSE:(?<scause>0x[0-9a-f]+), STVAL:(?<stval>0x[0-9a-f]+), HTVAL:(?<htval>0x[0-9a-f]+), HTINST:(?<htinst>0x[0-9a-f]+)/,
    },
  ],
  kvm_vcpu_exit: [{ pattern: /^VCPU: (?<vcpu_id>\d+), SEPC: / }],
  kvm_mmio_emulate: [
    {
      pattern: /^VCPU: (?<vcpu_id>\d+), (?<write>Load|Store) MMIO at (?<fault_addr>0x[0-9a-f]+), len (?<len>\d+),/,
      words: { write: { Load: 0, Store: 1 } },
    },
    // arm64
    { pattern: /^Emulate MMIO at: / },
  ],
};
