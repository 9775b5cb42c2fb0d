/**
 * Where the interrupt controller (GIC) of an Arm guest is, for the boards that VMMs of KVM have.
 *
 * Sources: QEMU, hw/arm/virt.c (base_memmap); Cloud Hypervisor, arch/src/aarch64/layout.rs; kvmtool,
 * arm/include/arm-common/kvm-arch.h (just below 1 GiB), and Firecracker, src/vmm/src/arch/aarch64 (likewise).
 */

/** `[first, last]`, guest physical. Nothing else of these boards is there. */
const INTERRUPT_CONTROLLERS: readonly (readonly [number, number])[] = [
  // QEMU: all parts of GICv2 and v3; Cloud Hypervisor ends at the same place.
  [0x0800_0000, 0x08ff_ffff],
  // kvmtool and Firecracker: the distributor. In QEMU the last PCI bus is configured here, which no machine has.
  [0x3fff_0000, 0x3fff_ffff],
  // QEMU: further redistributors, of machines with more than 123 vCPUs.
  [0x40_0000_0000, 0x40_03ff_ffff],
];

export const isInterruptController = (address: number): boolean => {
  for (let index = 0; index < INTERRUPT_CONTROLLERS.length; index++) {
    const range = INTERRUPT_CONTROLLERS[index];
    if (address >= range[0] && address <= range[1]) return true;
  }
  return false;
};
