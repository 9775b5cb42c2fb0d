/** Which writes of a guest are doorbells: "there is something in queue N". */
import { groupedBy } from '../base/grouped-by.js';
import { deviceName } from '../platform/configurations/device-names.js';
import { accessOf, type DeviceAccess, isNameless } from './accesses.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from './evidence.js';

/**
 * QEMU's VIRTIO devices on PCI have one window of 16 KiB: configuration, interrupt status, configuration of the device, and
 * from 0x3000 on the doorbells, one each 4 bytes, which drivers write with two bytes (four with notification data).
 * Source: QEMU, hw/virtio/virtio-pci.c; VIRTIO 1.2, section 4.1.4.4.
 */
const PCI_WINDOW = 0x4000;
const PCI_DOORBELLS = 0x3000;
const PCI_DOORBELL_STEP = 4;

/** VIRTIO before version 1 on PCI: two bytes at 16 from the first of the ports, which are a power of two of at least 32. */
const LEGACY_ALIGNMENT = 32;
const LEGACY_DOORBELL = 0x10;
/** Below are the devices of a PC with fixed ports, and those of its chipset. Source: platform/pc-devices.ts. */
const FIRST_FREE_PORT = 0xc000;

/** VIRTIO over MMIO: register QueueNotify, four bytes. Source: VIRTIO 1.2, section 4.2.2. */
const MMIO_DOORBELL = 0x50;
/** QEMU and Firecracker place such devices so far apart at least. */
const MMIO_ALIGNMENT = 0x200;

/** See platform/virt-devices.ts. */
const VIRTIO_BY_CONVENTION = /^VIRTIO device in slot/;

export interface Doorbells {
  /** Untrusted text where it is from a configuration. */
  readonly name: string;
  /** True: the configuration or a convention says what is there; false: the write looks like one. */
  readonly isCertain: boolean;
  readonly rows: readonly ExitRow[];
}

/** The doorbells of a machine, by device, or by address where no configuration names it. */
export function doorbells(evidence: Evidence, machine: Machine): Doorbells[] {
  const paravirtual = (evidence.configurations.get(machine.id) ?? [])
    .flatMap(({ devices }) => devices)
    .filter(({ kind, type }) => kind === 'paravirtual' && type.startsWith('virtio'));
  const found = new Map<string, { isCertain: boolean; rows: ExitRow[] }>();
  for (const [device, rows] of groupedBy(exitsOf(evidence, machine), (row) => (isNameless(row) ? '' : row.device!))) {
    const isVirtio = VIRTIO_BY_CONVENTION.test(device) || paravirtual.some((one) => device.startsWith(deviceName(one)));
    if (!isVirtio && device !== '') continue;
    for (const row of rows) {
      const access = accessOf(row);
      if (access === undefined || !access.write) continue;
      if (!looksLikeDoorbell(access) && !(isVirtio && isMmioDoorbell(access))) continue;
      const name = isVirtio ? device : `VIRTIO device with its doorbell at ${placeText(access)}`;
      const group = found.get(name);
      if (group === undefined) found.set(name, { isCertain: isVirtio, rows: [row] });
      else group.rows.push(row);
    }
  }
  return [...found].map(([name, group]) => ({ name, ...group }));
}

const placeText = ({ space, address }: DeviceAccess): string =>
  `${space === 'port' ? 'port ' : ''}0x${address.toString(16)}`;

function looksLikeDoorbell({ space, address, size }: DeviceAccess): boolean {
  if (space === 'port')
    return size === 2 && address >= FIRST_FREE_PORT && address % LEGACY_ALIGNMENT === LEGACY_DOORBELL;
  const offset = address % PCI_WINDOW;
  return size === 2 && offset >= PCI_DOORBELLS && (offset - PCI_DOORBELLS) % PCI_DOORBELL_STEP === 0;
}

/** A write to memory: certain only of a device that is known to be one of VIRTIO. */
export const isMmioDoorbell = ({ size, address }: DeviceAccess): boolean =>
  size === 4 && address % MMIO_ALIGNMENT === MMIO_DOORBELL;
