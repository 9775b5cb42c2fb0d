/**
 * The devices of a PC whose ports and addresses are fixed by convention.
 *
 * Sources: the IBM PC/AT technical reference, Intel's PIIX3/PIIX4 and I/O APIC datasheets, the HPET and TPM
 * specifications, and the fixed addresses of QEMU's machine types (docs/specs: fw_cfg, acpi_pci_hotplug, …).
 * PCI devices get their addresses at boot and are not here.
 */
import type { DeviceAddress } from '../recording/causes.js';

export interface PcDevice {
  readonly name: string;
  readonly evidence: string;
}

interface PcDeviceRow extends PcDevice {
  readonly space: DeviceAddress['space'];
  readonly first: number;
  readonly last: number;
}

const CONVENTION = 'PC convention';
/** Not fixed by any PC, but by the virtual machines that KVM mostly runs. */
const QEMU = 'QEMU convention';

const port = (first: number, last: number, name: string, evidence = CONVENTION): PcDeviceRow => ({
  space: 'port',
  first,
  last,
  name,
  evidence,
});
const memory = (first: number, last: number, name: string, evidence = CONVENTION): PcDeviceRow => ({
  ...port(first, last, name, evidence),
  space: 'mmio',
});

/** Rows of a space do not overlap. */
export const PC_DEVICES: readonly PcDeviceRow[] = [
  port(0x00, 0x1f, '8237 DMA controller, first'),
  port(0x20, 0x21, '8259 interrupt controller (PIC), first'),
  port(0x40, 0x43, '8254 timer (PIT)'),
  port(0x60, 0x60, 'keyboard controller, data'),
  port(0x61, 0x61, 'system control port (speaker, timer gate)'),
  port(0x64, 0x64, 'keyboard controller, command'),
  port(0x70, 0x71, 'CMOS and real-time clock'),
  port(0x80, 0x80, 'POST code port (also used as a delay)'),
  port(0x81, 0x8f, 'DMA page registers'),
  port(0x92, 0x92, 'fast A20 and reset'),
  port(0xa0, 0xa1, '8259 interrupt controller (PIC), second'),
  port(0xb2, 0xb3, 'SMI command (ACPI on and off)'),
  port(0xc0, 0xdf, '8237 DMA controller, second'),
  port(0xf0, 0xf1, 'x87 error'),
  port(0x170, 0x177, 'IDE disk controller, second channel'),
  port(0x1ce, 0x1d0, 'Bochs display (VBE)', QEMU),
  port(0x1f0, 0x1f7, 'IDE disk controller, first channel'),
  port(0x278, 0x27a, 'parallel port LPT2'),
  port(0x2e8, 0x2ef, '16550 serial port COM4'),
  port(0x2f8, 0x2ff, '16550 serial port COM2'),
  port(0x376, 0x376, 'IDE disk controller, second channel'),
  port(0x378, 0x37a, 'parallel port LPT1'),
  port(0x3b0, 0x3df, 'VGA display'),
  port(0x3e8, 0x3ef, '16550 serial port COM3'),
  port(0x3f0, 0x3f5, 'floppy disk controller'),
  port(0x3f6, 0x3f6, 'IDE disk controller, first channel'),
  port(0x3f7, 0x3f7, 'floppy disk controller, digital input'),
  port(0x3f8, 0x3ff, '16550 serial port COM1'),
  port(0x402, 0x402, 'debug console of the firmware', QEMU),
  port(0x4d0, 0x4d1, 'interrupt controller edge and level control'),
  port(0x501, 0x501, 'debug exit', QEMU),
  port(0x505, 0x505, 'guest panic notification (pvpanic)', QEMU),
  port(0x510, 0x51b, 'firmware configuration (fw_cfg)', QEMU),
  port(0x600, 0x607, 'ACPI power management', QEMU),
  port(0x608, 0x60b, 'ACPI power management timer', QEMU),
  port(0x60c, 0x63f, 'ACPI power management', QEMU),
  port(0x700, 0x73f, 'SMBus controller', QEMU),
  port(0xcc0, 0xcd7, 'ACPI PCI hotplug', QEMU),
  port(0xcd8, 0xce3, 'ACPI CPU hotplug', QEMU),
  port(0xcf8, 0xcfb, 'PCI configuration address'),
  port(0xcfc, 0xcff, 'PCI configuration data'),
  port(0x5658, 0x5659, 'VMware backdoor', 'VMware convention'),
  port(0xa00, 0xa17, 'ACPI memory hotplug', QEMU),
  port(0xae00, 0xae17, 'ACPI PCI hotplug', QEMU),
  port(0xaf00, 0xaf1f, 'ACPI CPU hotplug', QEMU),
  port(0xafe0, 0xafe3, 'ACPI general purpose events', QEMU),
  port(0xb000, 0xb007, 'ACPI power management', QEMU),
  port(0xb008, 0xb00b, 'ACPI power management timer', QEMU),
  port(0xb00c, 0xb03f, 'ACPI power management', QEMU),
  port(0xb100, 0xb13f, 'SMBus controller', QEMU),
  memory(0xa0000, 0xbffff, 'VGA display memory'),
  memory(0xe0000, 0xfffff, 'BIOS'),
  memory(0xb0000000, 0xbfffffff, 'PCI Express configuration', QEMU),
  memory(0xfec00000, 0xfec00fff, 'I/O APIC'),
  memory(0xfed00000, 0xfed003ff, 'HPET timer'),
  memory(0xfed1c000, 0xfed1ffff, 'chipset configuration'),
  memory(0xfed40000, 0xfed44fff, 'TPM'),
  memory(0xfee00000, 0xfeefffff, 'local APIC'),
  memory(0xff000000, 0xffffffff, 'firmware flash'),
];

/** The device at an address, if it is one of a fixed place. */
export function deviceAt({ space, address }: DeviceAddress): PcDevice | undefined {
  const row = PC_DEVICES.find((r) => r.space === space && address >= r.first && address <= r.last);
  return row && { name: row.name, evidence: row.evidence };
}
