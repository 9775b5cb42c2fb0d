/** <devices> of a domain: each element as the device that QEMU, or Xen's device model, makes of it. */
import { deviceOf } from '../device-building.js';
import { deviceModel } from '../device-models.js';
import type { DeviceConfiguration } from '../machine-configuration.js';
import { boardDevices } from '../qemu/board-devices.js';
import { boardOf as qemuBoard } from '../qemu/boards.js';
import { characterDevices } from './character-devices.js';
import { type Device, type DeviceMaker, named, type Surroundings } from './device.js';
import { disks } from './disks.js';
import { interfaces } from './interfaces.js';
import { OTHER_DEVICES } from './other-devices.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, childrenOf, flatText, type XmlElement } from './xml.js';

const MAKERS: Readonly<Record<string, DeviceMaker>> = {
  disk: disks,
  interface: interfaces,
  serial: characterDevices,
  console: characterDevices,
  parallel: characterDevices,
  channel: characterDevices,
  ...OTHER_DEVICES,
};

/** Elements of <devices> that a guest does not see. */
const NOT_SEEN = ['emulator', 'graphics', 'audio', 'lease', 'redirfilter', 'nvram', 'hub'];

export function devicesOf(domain: XmlElement, surroundings: Surroundings, reader: Reader): DeviceConfiguration[] {
  const devices = childOf(domain, 'devices')?.children ?? [];
  const made = devices.flatMap((element) => deviceIn(element, surroundings, reader));
  return [...made, ...boardOf(domain, made, surroundings, reader), ...balloonByDefault(domain, surroundings, reader)];
}

/** What is on the board of QEMU's machine type, unless it stands in the XML itself, or is taken away there. */
function boardOf(
  domain: XmlElement,
  made: readonly DeviceConfiguration[],
  { architecture, accelerator, interruptController }: Surroundings,
  reader: Reader,
): DeviceConfiguration[] {
  const type = childOf(childOf(domain, 'os'), 'type');
  if (type === undefined || !isQemu(accelerator)) return [];
  const board = qemuBoard(architecture, attributeOf(type, 'machine') ?? null);
  const isOff = (element: XmlElement | undefined, attribute: string) => reader.switchAt(element, attribute) === false;
  const hpet = childrenOf(childOf(domain, 'clock'), 'timer').find((timer) => attributeOf(timer, 'name') === 'hpet');
  const removed = new Map([
    ['hpet', isOff(hpet, 'present')],
    ['vmport', isOff(childOf(childOf(domain, 'features'), 'vmport'), 'state')],
  ]);
  const stated = new Set(made.map((device) => device.type));
  return boardDevices(
    { board, program: reader.placeOf(type), accelerator, interruptController },
    (name) => stated.has(name) || removed.get(name) === true,
  );
}

function deviceIn(element: XmlElement, surroundings: Surroundings, reader: Reader): DeviceConfiguration[] {
  if (NOT_SEEN.includes(element.name)) return [];
  const maker = Object.hasOwn(MAKERS, element.name) ? MAKERS[element.name] : undefined;
  if (maker === undefined) {
    reader.complain(
      'unknown-device',
      element,
      `vmtoll does not know the device <${element.name}>: its kind is not known`,
      'note',
    );
    return [build({ type: element.name }, element, reader)];
  }
  return maker(element, surroundings, reader).map((device) => build(device, element, reader));
}

function build({ what, ...device }: Device, element: XmlElement, reader: Reader): DeviceConfiguration {
  if (what === undefined && deviceModel(device.type) === undefined && device.type !== element.name) {
    reader.complain(
      'unknown-device',
      element,
      `vmtoll does not know ${named(device.type)}: its kind is not known`,
      'note',
    );
  }
  const place = reader.placeOf(element);
  return deviceOf(
    {
      name: attributeOf(childOf(element, 'alias'), 'name') ?? null,
      pci: pciOf(element),
      options: element.children.map((child) => ({
        name: child.name,
        values: flatText(child),
        place: reader.placeOf(child),
        known: true,
      })),
      ...device,
      place,
    },
    what,
  );
}

/** <address type="pci"> is the guest's; inside <source> it is the host's. */
function pciOf(element: XmlElement): string[] {
  const own = childrenOf(element, 'address').flatMap((address) => pciAddress(address));
  const host = childrenOf(childOf(element, 'source'), 'address').flatMap((address) =>
    pciAddress(address).map((text) => `host ${text}`),
  );
  return [...own, ...host];
}

function pciAddress(address: XmlElement): string[] {
  const part = (name: string, digits: number) => {
    const text = attributeOf(address, name)?.replace(/^0x/i, '');
    return text === undefined || !/^[0-9a-f]{1,8}$/i.test(text) ? '0'.repeat(digits) : text.padStart(digits, '0');
  };
  const isPci = attributeOf(address, 'type') === 'pci' || attributeOf(address, 'slot') !== undefined;
  return isPci ? [`${part('domain', 4)}:${part('bus', 2)}:${part('slot', 2)}.${part('function', 1)}`] : [];
}

const isQemu = (accelerator: string | null): boolean => accelerator === 'kvm' || accelerator === 'qemu';

/** libvirt adds a balloon to every machine of QEMU that does not refuse it. */
function balloonByDefault(domain: XmlElement, { accelerator }: Surroundings, reader: Reader): DeviceConfiguration[] {
  const devices = childOf(domain, 'devices');
  if (devices === undefined || !isQemu(accelerator) || childOf(devices, 'memballoon') !== undefined) return [];
  const byDefault = 'libvirt adds it without <memballoon model="none"/>';
  return [deviceOf({ type: 'virtio-balloon-pci', byDefault, place: reader.placeOf(devices) })];
}
