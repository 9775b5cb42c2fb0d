/**
 * Functions of Linux kernels that exist to execute an instruction which leaves the guest, by the cause of that exit: where the
 * kernel has been moved, they tell by how much. From arch/x86 (kernel/process.c, include/asm/{irqflags,msr,paravirt}.h, apic),
 * lib/iomap.c, drivers/tty/serial/8250 and arch/arm64 (kernel/idle.c, kernel/smccc-call.S) of Linux 4.14 to 6.12.
 */
import type { Cause } from '../../recording/causes.js';

const HALTS = [
  'native_safe_halt',
  'native_halt',
  'pv_native_safe_halt',
  'pv_native_halt',
  'default_idle',
  'arch_safe_halt',
  'acpi_safe_halt',
  'acpi_idle_do_entry',
  'default_enter_idle',
  'kvm_wait',
  'mwait_idle',
  'intel_idle',
  'cpu_do_idle',
  'arch_cpu_idle',
];
const MODEL_SPECIFIC_REGISTERS = [
  'native_write_msr',
  'native_write_msr_safe',
  'native_read_msr',
  'native_read_msr_safe',
  'native_apic_msr_write',
  'native_apic_msr_read',
  'native_apic_msr_eoi_write',
  'native_x2apic_icr_write',
  'lapic_next_deadline',
  '__x2apic_send_IPI_dest',
  '__x2apic_send_IPI_mask',
  'x2apic_send_IPI',
];
const PORTS = [
  'ioread8',
  'ioread16',
  'ioread32',
  'iowrite8',
  'iowrite16',
  'iowrite32',
  'io_serial_in',
  'io_serial_out',
  'read_port',
  'write_port',
  'native_io_delay',
  'pci_conf1_read',
  'pci_conf1_write',
];
const HYPERCALLS = [
  'kvm_kick_cpu',
  'kvm_send_ipi_mask',
  '__send_ipi_mask',
  'kvm_smp_send_call_func_ipi',
  '__arm_smccc_hvc',
];
const DEBUG_REGISTERS = [
  'native_set_debugreg',
  'pv_native_set_debugreg',
  'native_get_debugreg',
  'pv_native_get_debugreg',
];

/** Causes that the instruction at the exit's address has, with the functions that are made for it. */
export const KNOWN_EXITS: ReadonlyMap<Cause, ReadonlySet<string>> = new Map<Cause, ReadonlySet<string>>([
  ['halt', new Set(HALTS)],
  ['register', new Set(MODEL_SPECIFIC_REGISTERS)],
  ['timer', new Set(MODEL_SPECIFIC_REGISTERS)],
  ['interrupt-control', new Set(MODEL_SPECIFIC_REGISTERS)],
  ['device-port', new Set(PORTS)],
  ['hypercall', new Set(HYPERCALLS)],
  ['debug', new Set(DEBUG_REGISTERS)],
]);
