/** What Linux' names of drivers and resources say about a device: /proc/ioports, /proc/iomem, lspci. */
import type { DeviceKind, DeviceRole } from '../machine-configuration.js';

export interface NamedResource {
  readonly kind: DeviceKind;
  readonly role: DeviceRole;
  readonly description: string;
}

/** unknown: a driver of hardware drives emulated and passed hardware alike. */
const row = (role: DeviceRole, description: string, kind: DeviceKind = 'unknown'): NamedResource => ({
  kind,
  role,
  description,
});

/** The first pattern that matches counts. */
const ROWS: readonly (readonly [RegExp, NamedResource])[] = [
  [/virtio/i, row('other', 'VIRTIO device', 'paravirtual')],
  [/^xen/i, row('other', 'PV device', 'paravirtual')],
  [/^(?:vmxnet3|vmw_pvscsi|vmwgfx)/, row('other', 'PV device (VMware)', 'paravirtual')],
  [/^(?:serial|ttyS|8250|16550)/i, row('console', '16550 serial port', 'emulated')],
  [/(?:^|\.)(?:uart|pl011)|uart-pl011|serial@/i, row('console', 'serial port', 'emulated')],
  [/^parport/, row('other', 'parallel port', 'emulated')],
  [/^(?:pic\d|PNP0000)/, row('interrupt-controller', '8259 interrupt controller (PIC)', 'emulated')],
  [/^(?:timer\d?|PNP0100)$/, row('timer', '8254 timer (PIT)', 'emulated')],
  [/^HPET|^PNP0103/, row('timer', 'HPET timer', 'emulated')],
  [/^(?:rtc|PNP0B00)/i, row('clock', 'real-time clock', 'emulated')],
  [/^IOAPIC/i, row('interrupt-controller', 'I/O APIC', 'emulated')],
  [/^Local APIC/i, row('interrupt-controller', 'local APIC', 'emulated')],
  [
    /(?:^|\.)(?:interrupt-controller|gic|intc)|GICD|GICR|GICC/i,
    row('interrupt-controller', 'interrupt controller', 'emulated'),
  ],
  [/^keyboard|^i8042|^PNP0303/, row('input', 'keyboard controller', 'emulated')],
  [/^dma/, row('bus', 'DMA controller', 'emulated')],
  [/^fpu$/, row('other', 'x87 error', 'emulated')],
  [/^ACPI PM_TMR/, row('timer', 'ACPI power management timer', 'emulated')],
  [/^ACPI/, row('power', 'ACPI registers', 'emulated')],
  [/^vga|^VGA|drm|^bochs|^qxl|^cirrus|^efifb|^simplefb/, row('display', 'display', 'emulated')],
  [/^floppy/, row('disk-controller', 'floppy disk controller', 'emulated')],
  [/^(?:ata_piix|piix|pata|ide\d?)/, row('disk-controller', 'IDE disk controller')],
  [/^ahci/, row('disk-controller', 'SATA disk controller')],
  [/^nvme/, row('disk', 'NVMe disk')],
  [/^(?:mpt|megaraid|sym53c|lsi)/, row('disk-controller', 'SCSI disk controller')],
  [/^(?:e1000e?|8139cp|8139too|ne2k|pcnet32|igb|ixgbe|i40e|ice|mlx\d|bnx|tg3)/, row('network', 'network')],
  [/^(?:[uoex]hci|USB)/i, row('usb', 'USB controller')],
  [/^(?:snd_|ICH|Intel HDA)/, row('sound', 'sound')],
  [/^(?:QEMU0002|fw_cfg|.*fw-cfg)/, row('firmware', 'firmware configuration', 'paravirtual')],
  [/^PCI conf/, row('bus', 'PCI configuration', 'emulated')],
  [/(?:piix4|i801)_smbus/, row('bus', 'SMBus controller', 'emulated')],
  [/^(?:MSFT0101|tpm)/i, row('tpm', 'TPM')],
];

export const resourceNamed = (name: string): NamedResource | undefined =>
  ROWS.find(([pattern]) => pattern.test(name))?.[1];
