/**
 * Why KVM_RUN returns to the VMM in user space.
 *
 * Source: the kernel's `include/uapi/linux/kvm.h` (numbers) and `Documentation/virt/kvm/api.rst` (meaning).
 */

/**
 * `asked`: the guest did something that only the VMM can complete. The others are the host's doing: the time until
 * the guest runs again is then no device's cost, but the VMM keeping the vCPU out.
 *
 * - INTR: a signal, usually the VMM stopping its vCPUs or another thread's request;
 * - IRQ_WINDOW_OPEN: the VMM itself had asked to be told when it can inject;
 * - DEBUG: a debugger on the host holds the guest;
 * - NMI, WATCHDOG: events of the host; NOTIFY: a limit that the VMM set was exceeded;
 * - DIRTY_RING_FULL: the VMM collects written pages, for a migration or a snapshot;
 * - UNKNOWN, FAIL_ENTRY, INTERNAL_ERROR: KVM cannot go on.
 */
export interface VmmReason {
  readonly code: number;
  /** As the tracepoint prints it, without KVM_EXIT_. */
  readonly name: string;
  readonly asked: boolean;
  /** The first Linux that knows it, where that is certain. */
  readonly since?: string;
}

const guest = (code: number, name: string, since?: string): VmmReason => ({
  code,
  name,
  asked: true,
  ...(since !== undefined && { since }),
});
const host = (code: number, name: string, since?: string): VmmReason => ({ ...guest(code, name, since), asked: false });

export const VMM_REASONS: readonly VmmReason[] = [
  host(0, 'UNKNOWN'),
  guest(1, 'EXCEPTION'),
  guest(2, 'IO'),
  guest(3, 'HYPERCALL'),
  host(4, 'DEBUG'),
  guest(5, 'HLT'),
  guest(6, 'MMIO'),
  host(7, 'IRQ_WINDOW_OPEN'),
  guest(8, 'SHUTDOWN'),
  host(9, 'FAIL_ENTRY'),
  host(10, 'INTR'),
  guest(11, 'SET_TPR'),
  guest(12, 'TPR_ACCESS'),
  guest(13, 'S390_SIEIC'),
  guest(14, 'S390_RESET'),
  guest(15, 'DCR'),
  host(16, 'NMI'),
  host(17, 'INTERNAL_ERROR'),
  guest(18, 'OSI'),
  guest(19, 'PAPR_HCALL'),
  guest(20, 'S390_UCONTROL'),
  host(21, 'WATCHDOG'),
  guest(22, 'S390_TSCH'),
  guest(23, 'EPR'),
  guest(24, 'SYSTEM_EVENT'),
  guest(25, 'S390_STSI'),
  guest(26, 'IOAPIC_EOI'),
  guest(27, 'HYPERV'),
  guest(28, 'ARM_NISV', '5.5'),
  guest(29, 'X86_RDMSR', '5.10'),
  guest(30, 'X86_WRMSR', '5.10'),
  host(31, 'DIRTY_RING_FULL', '5.11'),
  guest(32, 'AP_RESET_HOLD', '5.11'),
  guest(33, 'X86_BUS_LOCK', '5.12'),
  guest(34, 'XEN', '5.12'),
  guest(35, 'RISCV_SBI'),
  guest(36, 'RISCV_CSR'),
  host(37, 'NOTIFY', '6.0'),
  guest(38, 'LOONGARCH_IOCSR', '6.7'),
  guest(39, 'MEMORY_FAULT', '6.8'),
  guest(40, 'TDX', '6.16'),
  guest(41, 'ARM_SEA'),
  guest(42, 'SNP_REQ_CERTS'),
];

/** EINTR: a signal was waiting. The tracepoint prints "restart". */
const INTERRUPTED = -4;

/**
 * The code of a ToVmm event: the reason where KVM_RUN succeeded, else the negative error number, since the reason is
 * then a left-over from before. NaN where the recording has neither.
 */
export function vmmCode(reason: number, errno: number): number {
  if (errno < 0) return errno;
  return reason >= 0 ? reason : Number.NaN;
}

/** Whether the guest asked for this return to the VMM: see VmmReason. Unknown reasons count as the guest's. */
export function guestAsked(code: number): boolean {
  if (code < 0) return false;
  return VMM_REASONS[code]?.asked ?? true;
}

/** For people: for example "KVM_EXIT_IO". */
export function vmmReasonName(code: number): string {
  if (Number.isNaN(code)) return 'unknown';
  if (code === INTERRUPTED) return 'interrupted by a signal';
  if (code < 0) return `error ${-code}`;
  const known = VMM_REASONS[code];
  return known === undefined ? `KVM_EXIT_${code}` : `KVM_EXIT_${known.name}`;
}
