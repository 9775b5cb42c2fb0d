/** `pci`, `ioports`, `iomem` and `irqs`: what of the host's hardware the guest has for itself. */
import { deviceOf } from '../device-building.js';
import type { DeviceConfiguration } from '../machine-configuration.js';
import { fieldsOf } from './fields.js';
import type { Settings } from './settings.js';
import type { XlScalar } from './syntax.js';

const PASSED = { kind: 'passed-through', role: 'other', description: 'device of the host' } as const;
/** iomem counts pages. */
const PAGE = 4096;

export function passedDevices(settings: Settings): DeviceConfiguration[] {
  return [
    ...settings.list('pci').map((scalar) => pciDevice(scalar)),
    ...settings
      .list('usbdev')
      .map((scalar) => deviceOf({ type: 'usb-host', options: fieldsOf(scalar).options, place: scalar.place })),
    ...settings
      .list('dtdev')
      .map((scalar) => deviceOf({ type: 'dtdev', name: scalar.text, place: scalar.place }, PASSED)),
    ...settings.list('ioports').flatMap((scalar) => portsOf(scalar, settings)),
    ...settings.list('iomem').flatMap((scalar) => memoryOf(scalar, settings)),
  ];
}

/** "0000:03:00.0,permissive=1", the slot of the guest after "@". */
function pciDevice(scalar: XlScalar): DeviceConfiguration {
  const [address] = scalar.text.split(',', 1);
  return deviceOf({
    type: 'xen-pci',
    pci: [`host ${address}`],
    options: fieldsOf(scalar).options,
    place: scalar.place,
  });
}

/** "2f8-2ff", in hexadecimal, both ends included. */
function portsOf(scalar: XlScalar, settings: Settings): DeviceConfiguration[] {
  const [, first, last] = /^\s*(?:0x)?([0-9a-f]{1,4})(?:-(?:0x)?([0-9a-f]{1,4}))?\s*$/i.exec(scalar.text) ?? [];
  const [start, end] = [Number.parseInt(first ?? '', 16), Number.parseInt(last ?? first ?? '', 16)];
  if (!(end >= start)) {
    settings.complain('bad-location', scalar, `"${scalar.text.slice(0, 60)}" is no range of ports, as 2f8-2ff is`);
    return [];
  }
  const windows = [{ space: 'port' as const, start, length: end - start + 1 }];
  return [deviceOf({ type: 'ioports', windows, windowsFrom: 'configuration', place: scalar.place }, PASSED)];
}

/** "first page,number of pages[@page of the guest]", in hexadecimal. */
function memoryOf(scalar: XlScalar, settings: Settings): DeviceConfiguration[] {
  const [, first, count, guest] =
    /^\s*(?:0x)?([0-9a-f]{1,9}),(?:0x)?([0-9a-f]{1,9})(?:@(?:0x)?([0-9a-f]{1,9}))?\s*$/i.exec(scalar.text) ?? [];
  if (first === undefined) {
    settings.complain('bad-location', scalar, `"${scalar.text.slice(0, 60)}" is no range of pages, as f0000,1 is`);
    return [];
  }
  const pages = (digits: string) => Number.parseInt(digits, 16) * PAGE;
  const windows = [{ space: 'mmio' as const, start: pages(guest ?? first), length: pages(count) }];
  return [deviceOf({ type: 'iomem', windows, windowsFrom: 'configuration', place: scalar.place }, PASSED)];
}
