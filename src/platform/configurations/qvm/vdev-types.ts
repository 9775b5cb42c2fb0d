/**
 * Types of virtual devices: what they are, and how long the window of their registers is.
 *
 * Which of them qvm emulates register by register and which are paravirtual: QNX' published user's guide. Lengths are
 * those that the specification of the device that is modelled states, named in `source`; null means that none is known,
 * and that only the page (or the port) at the base address is the device's for certain.
 */
import type { DeviceKind, DeviceRole } from '../machine-configuration.js';

export interface VdevType {
  readonly type: string;
  readonly kind: DeviceKind;
  /** In words, after the type; null where the type says it all. */
  readonly description: string | null;
  /** The space of a `loc` that names none. */
  readonly space: 'mmio' | 'port';
  /** Bytes or ports. */
  readonly length: number | null;
  /** Where the length is from. */
  readonly source: string | null;
}

const emulated = (
  type: string,
  description: string,
  space: VdevType['space'] = 'mmio',
  length: number | null = null,
  source: string | null = null,
): VdevType => ({ type, kind: 'emulated', description, space, length, source });

const paravirtual = (type: string, description: string | null): VdevType => ({
  type,
  kind: 'paravirtual',
  description,
  space: 'mmio',
  length: null,
  source: null,
});

export const VDEV_TYPES: readonly VdevType[] = [
  emulated('pl011', 'console', 'mmio', 0x1000, 'Arm DDI 0183, identification registers end the 4 KiB'),
  emulated('wdt-sp805', 'watchdog', 'mmio', 0x1000, 'Arm DDI 0270, identification registers end the 4 KiB'),
  emulated('gic', 'interrupt controller'),
  emulated('smmu', 'DMA permissions'),
  emulated('ioapic', 'interrupt controller'),
  emulated('lapic', 'interrupt controller', 'mmio', 0x1000, 'Intel SDM volume 3, local APIC register map'),
  emulated('8259', 'interrupt controller', 'port', 2, 'Intel 8259A data sheet, one address line'),
  emulated('timer8254', 'timer', 'port', 4, 'Intel 8254 data sheet, two address lines'),
  emulated('hpet', 'timer', 'mmio', 0x400, 'IA-PC HPET specification 1.0a, 1,024 bytes of registers'),
  emulated('mc146818', 'real-time clock', 'port', 2, 'IBM PC/AT technical reference, address and data port'),
  emulated('ser8250', 'console', 'port', 8, '8250 data sheet, three address lines'),
  emulated('pckeyboard', 'keyboard controller', 'port'),
  emulated('wdt-ib700', 'watchdog', 'port'),
  paravirtual('virtio-blk', 'disk'),
  paravirtual('virtio-net', 'network'),
  paravirtual('virtio-console', null),
  paravirtual('virtio-entropy', 'random numbers'),
  {
    ...paravirtual('shmem', 'shared memory'),
    length: 0x1000,
    source: 'QNX user\u2019s guide, a factory page of 4 KiB',
  },
  { ...paravirtual('progress', null), kind: 'unknown' },
  { ...paravirtual('pci-dummy', null), kind: 'unknown' },
];

const BY_TYPE = new Map(VDEV_TYPES.map((row) => [row.type, row]));

/** Every device that is called after VIRTIO is paravirtual, of others nothing is known. */
export function vdevType(type: string): VdevType {
  const known = BY_TYPE.get(type);
  if (known !== undefined) return known;
  return { ...paravirtual(type, null), kind: type.startsWith('virtio-') ? 'paravirtual' : 'unknown' };
}

const ROLES: Readonly<Record<string, DeviceRole>> = {
  console: 'console',
  watchdog: 'watchdog',
  'interrupt controller': 'interrupt-controller',
  'DMA permissions': 'bus',
  timer: 'timer',
  'real-time clock': 'clock',
  'keyboard controller': 'input',
  disk: 'disk',
  network: 'network',
  'random numbers': 'random-numbers',
  'shared memory': 'memory',
};

/** null where nothing is known of the type. */
export function roleOfVdev({ type, description }: VdevType): DeviceRole | null {
  if (type === 'virtio-console') return 'console';
  return description === null ? null : (ROLES[description] ?? null);
}

export const isKnownVdev = (type: string): boolean => BY_TYPE.has(type);
