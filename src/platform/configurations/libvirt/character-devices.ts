/** <serial>, <console>, <parallel>, <channel> */
import { PARALLEL_PORTS, SERIAL_PORTS } from '../qemu/boards.js';
import { backend, type Device, type DeviceMaker, isArm, isXen, type Surroundings } from './device.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, type XmlElement } from './xml.js';

export const characterDevices: DeviceMaker = (element, surroundings, reader) => {
  const device = deviceOf(element, surroundings, reader);
  if (device === undefined) return [];
  return [{ ...device, backend: backend(attributeOf(element, 'type') ?? 'pty', element, reader) }];
};

function deviceOf(element: XmlElement, surroundings: Surroundings, reader: Reader): Device | undefined {
  switch (element.name) {
    case 'serial':
      return serialOf(element, surroundings, reader);
    case 'parallel': {
      const start = PARALLEL_PORTS[reader.numberAt(childOf(element, 'target'), 'port') ?? 0];
      const windows = start === undefined ? [] : [{ space: 'port' as const, start, length: 8 }];
      return { type: 'isa-parallel', windows };
    }
    case 'channel':
      return channelOf(element);
    default:
      return consoleOf(element, surroundings);
  }
}

/** Models of <target><model name="…"/>. */
const OTHER_SERIALS: Readonly<Record<string, string>> = {
  'pci-serial': 'pci-serial',
  'usb-serial': 'usb-serial',
  pl011: 'pl011',
  '16550a': 'serial-mm',
};

function serialOf(element: XmlElement, surroundings: Surroundings, reader: Reader): Device {
  const target = childOf(element, 'target');
  const type = attributeOf(target, 'type') ?? (isArm(surroundings) ? 'system-serial' : 'isa-serial');
  const model = attributeOf(childOf(target, 'model'), 'name') ?? (type === 'system-serial' ? 'pl011' : type);
  const number = reader.numberAt(target, 'port') ?? 0;
  if (model === 'pl011') {
    // Of the board "virt", whose first one it is.
    const windows = number === 0 ? [{ space: 'mmio' as const, start: 0x09000000, length: 0x1000 }] : [];
    return { type: 'pl011', windows, interrupts: number === 0 ? [['gic', 33]] : [] };
  }
  if (Object.hasOwn(OTHER_SERIALS, model)) return { type: OTHER_SERIALS[model] };
  if (model !== 'isa-serial') return { type: model };
  const [start, irq] = SERIAL_PORTS[number] ?? [];
  if (start === undefined || irq === undefined) return { type: 'isa-serial' };
  return { type: 'isa-serial', windows: [{ space: 'port', start, length: 8 }], interrupts: [['isa', irq]] };
}

/** The console "serial" is the first serial port under another name. */
function consoleOf(element: XmlElement, surroundings: Surroundings): Device | undefined {
  const type = attributeOf(childOf(element, 'target'), 'type') ?? (isXen(surroundings) ? 'xen' : 'serial');
  if (type === 'serial') return undefined;
  if (type === 'virtio') return { type: 'virtconsole' };
  return { type: type === 'xen' ? 'xen-console' : type };
}

function channelOf(element: XmlElement): Device {
  const type = attributeOf(childOf(element, 'target'), 'type');
  if (type === 'virtio') return { type: 'virtserialport' };
  if (type === 'xen') return { type: 'xen-console' };
  const what = {
    kind: 'emulated',
    role: 'channel',
    description: 'forwarded connection of the emulated network',
  } as const;
  return { type: type ?? 'channel', what };
}
