/** What makers of devices give. */

import { quoted } from '../complaints.js';
import type { DeviceParts } from '../device-building.js';
import type { DeviceBackend, DeviceConfiguration, InterruptController } from '../machine-configuration.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, type XmlElement } from './xml.js';

export interface Device extends Omit<DeviceParts, 'place'> {
  /** Where it is not what the table of models says. */
  readonly what?: Partial<Pick<DeviceConfiguration, 'kind' | 'role' | 'description'>>;
}

export interface Surroundings {
  readonly architecture: string | null;
  /** As in <domain type="…">. */
  readonly accelerator: string | null;
  readonly interruptController: InterruptController | null;
}

export type DeviceMaker = (element: XmlElement, surroundings: Surroundings, reader: Reader) => readonly Device[];

export const named = (type: string): string => `the device model ${quoted(type)}`;

export const isArm = ({ architecture }: Surroundings): boolean => /^(?:aarch64|arm)/.test(architecture ?? '');
export const isXen = ({ accelerator }: Surroundings): boolean => accelerator === 'xen';

/** Model of an attribute or of <model>, as it is written. */
export const modelOf = (element: XmlElement): string | undefined =>
  attributeOf(element, 'model') ??
  attributeOf(childOf(element, 'model'), 'type') ??
  attributeOf(childOf(element, 'model'), 'name');

/** "virtio", "virtio-transitional", "virtio-non-transitional" → QEMU's device. */
export const virtio = (subject: string, model = 'virtio'): string =>
  `virtio-${subject}-pci${model.startsWith('virtio-') ? model.slice('virtio'.length) : ''}`;

export const backend = (type: string, element: XmlElement, reader: Reader): DeviceBackend => ({
  type,
  inKernel: null,
  iothread: null,
  queues: null,
  place: reader.placeOf(element),
});
