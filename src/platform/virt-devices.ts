/**
 * The devices of QEMU's machine type "virt" for Arm, whose addresses are the same in every guest.
 *
 * Source: hw/arm/virt.c of QEMU (base_memmap), and `info mtree`, which a test compares this with.
 */
import type { DeviceAddress } from '../recording/causes.js';
import type { PcDevice } from './pc-devices.js';

interface Row extends PcDevice {
  readonly first: number;
  readonly last: number;
}

const EVIDENCE = "convention of QEMU's virt board";

const row = (first: number, length: number, name: string): Row => ({
  first,
  last: first + length - 1,
  name,
  evidence: EVIDENCE,
});

/** Guest-physical memory. Rows do not overlap. */
export const VIRT_DEVICES: readonly Row[] = [
  row(0x00000000, 0x08000000, 'firmware flash'),
  row(0x08000000, 0x10000, 'interrupt controller (GIC), distributor'),
  row(0x08010000, 0x10000, 'interrupt controller (GIC), CPU interface'),
  row(0x08020000, 0x1000, 'interrupt controller (GIC), frame of MSIs'),
  row(0x08080000, 0x20000, 'interrupt controller (GIC), ITS'),
  row(0x080a0000, 0xf60000, 'interrupt controller (GIC), redistributors'),
  row(0x09000000, 0x1000, 'pl011 serial port'),
  row(0x09010000, 0x1000, 'pl031 real-time clock'),
  row(0x09020000, 0x18, 'firmware configuration (fw_cfg)'),
  row(0x09030000, 0x1000, 'pl061 GPIO'),
  row(0x09080000, 0x1000, 'ACPI events'),
  ...Array.from({ length: 32 }, (_, slot) => row(0x0a000000 + slot * 0x200, 0x200, `VIRTIO device in slot ${slot}`)),
  row(0x0c000000, 0x02000000, 'platform bus'),
  row(0x10000000, 0x2eff0000, 'PCI device'),
  row(0x3eff0000, 0x10000, 'ports of PCI devices'),
  row(0x3f000000, 0x01000000, 'PCI Express configuration'),
  // As long as the guest's memory ends below 256 GiB.
  row(0x40_0000_0000, 0x0400_0000, 'interrupt controller (GIC), redistributors'),
  row(0x40_1000_0000, 0x1000_0000, 'PCI Express configuration'),
];

/** The device at an address, if it is one of a fixed place. */
export function virtDeviceAt({ space, address }: DeviceAddress): PcDevice | undefined {
  if (space !== 'mmio') return undefined;
  const found = VIRT_DEVICES.find(({ first, last }) => address >= first && address <= last);
  return found && { name: found.name, evidence: found.evidence };
}
