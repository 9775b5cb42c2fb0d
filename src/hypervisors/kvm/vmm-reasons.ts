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
}

const guest = (code: number, name: string): VmmReason => ({ code, name, asked: true });
const host = (code: number, name: string): VmmReason => ({ code, name, asked: false });

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
  guest(28, 'ARM_NISV'),
  guest(29, 'X86_RDMSR'),
  guest(30, 'X86_WRMSR'),
  host(31, 'DIRTY_RING_FULL'),
  guest(32, 'AP_RESET_HOLD'),
  guest(33, 'X86_BUS_LOCK'),
  guest(34, 'XEN'),
  guest(35, 'RISCV_SBI'),
  guest(36, 'RISCV_CSR'),
  host(37, 'NOTIFY'),
  guest(38, 'LOONGARCH_IOCSR'),
  guest(39, 'MEMORY_FAULT'),
  guest(40, 'TDX'),
  guest(41, 'ARM_SEA'),
  guest(42, 'SNP_REQ_CERTS'),
];

/**
 * Whether the guest asked for a return to the VMM with this reason: see VmmReason. With an error number (negative) it
 * did not, and the reason is a left-over from before. Unknown reasons count as the guest's. Both as in the record, NaN
 * where the recording lacks them.
 */
export function guestAsked(reason: number, errno: number): boolean {
  return !(errno < 0) && (VMM_REASONS[reason]?.asked ?? true);
}
