/**
 * Devices of a machine of Xen. An HVM guest has emulated disks and networks beside the PV ones, which take over where the
 * guest has drivers for them.
 */
import { type DeviceParts, deviceOf } from '../device-building.js';
import type { DeviceConfiguration } from '../machine-configuration.js';
import { PARALLEL_PORTS, SERIAL_PORTS } from '../qemu/boards.js';
import { fieldsOf } from './fields.js';
import type { GuestType } from './machine.js';
import { passedDevices } from './passed-devices.js';
import type { Settings } from './settings.js';
import type { XlScalar } from './syntax.js';

type Parts = Omit<DeviceParts, 'place' | 'options'>;

/** Settings that name devices. */
export const DEVICE_SETTINGS: ReadonlySet<string> = new Set(
  (
    'disk vif vtpm p9 vfb vkb vsnd vdispl pvcalls channel pci dtdev usbctrl usbdev virtio serial parallel usb usbdevice ' +
    'soundhw vga stdvga ioports iomem'
  ).split(' '),
);

export function devicesOf(settings: Settings, type: GuestType): DeviceConfiguration[] {
  return [
    ...settings.list('disk').flatMap((scalar) => disks(scalar, type)),
    ...settings.list('vif').flatMap((scalar) => networks(scalar, type)),
    ...(type === 'hvm' ? emulatedDevices(settings) : []),
    ...PV_DEVICES.flatMap(([name, device]) => settings.list(name).map((scalar) => plain(scalar, device))),
    ...passedDevices(settings),
    ...consoleOf(settings),
  ];
}

/** Settings with one PV device for each element. */
const PV_DEVICES: readonly (readonly [string, string])[] = [
  ['vfb', 'xen-vfb'],
  ['vkb', 'xen-vkb'],
  ['vtpm', 'xen-vtpm'],
  ['p9', 'xen-9p'],
  ['pvcalls', 'xen-pvcalls'],
  ['channel', 'xen-console'],
  ['vsnd', 'xen-sound'],
  ['vdispl', 'xen-display'],
  ['usbctrl', 'xen-usb'],
  ['virtio', 'virtio-mmio'],
];

function plain(scalar: XlScalar, type: string): DeviceConfiguration {
  const fields = fieldsOf(scalar);
  const what = type.startsWith('xen-') ? { kind: 'paravirtual' as const } : {};
  return deviceOf({ type, options: fields.options, place: scalar.place }, what);
}

/** Positions of a disk's fields without names: target, format, virtual device, access. */
const DISK_FIELDS = ['target', 'format', 'vdev', 'access'];

function disks(scalar: XlScalar, type: GuestType): DeviceConfiguration[] {
  const fields = fieldsOf(scalar, DISK_FIELDS, /^(?:phy|file|tap2?|aio|qcow2?|vhd|raw):/);
  const device = fields.get('vdev') ?? '';
  const isCdrom = fields.has('cdrom') || fields.get('devtype') === 'cdrom' || device.endsWith(':cdrom');
  const backend = {
    type: fields.get('backendtype') ?? fields.get('format') ?? 'disk',
    inKernel: fields.get('backendtype') === undefined ? null : fields.get('backendtype') === 'phy',
    iothread: null,
    queues: null,
    place: scalar.place,
  };
  const common = {
    name: device === '' ? null : device.replace(/:cdrom$/, ''),
    backend,
    options: fields.options,
    place: scalar.place,
  };
  const paravirtual = deviceOf({ ...common, type: 'xen-vbd' });
  if (type !== 'hvm' || device.startsWith('xvd')) return [paravirtual];
  const model = isCdrom ? 'ide-cd' : device.startsWith('sd') ? 'scsi-hd' : 'ide-hd';
  return isCdrom ? [deviceOf({ ...common, type: model })] : [deviceOf({ ...common, type: model }), paravirtual];
}

function networks(scalar: XlScalar, type: GuestType): DeviceConfiguration[] {
  const fields = fieldsOf(scalar);
  const backend = {
    type: fields.get('bridge') ?? 'bridge',
    inKernel: null,
    iothread: null,
    queues: null,
    place: scalar.place,
  };
  const common = { name: fields.get('vifname') ?? null, backend, options: fields.options, place: scalar.place };
  const paravirtual = deviceOf({ ...common, type: 'xen-vif' });
  if (type !== 'hvm' || fields.get('type') === 'vif') return [paravirtual];
  const model = fields.get('model') ?? 'rtl8139';
  const byDefault = fields.has('model') ? null : 'no model is stated: xl takes rtl8139';
  return [deviceOf({ ...common, type: model, byDefault }), paravirtual];
}

/** What Xen's device model emulates. */
function emulatedDevices(settings: Settings): DeviceConfiguration[] {
  const devices: DeviceConfiguration[] = [];
  const add = (scalar: XlScalar, parts: Parts) => devices.push(deviceOf({ ...parts, place: scalar.place }));
  for (const [number, scalar] of settings.list('serial').entries()) {
    const [start, irq] = SERIAL_PORTS[number] ?? [];
    if (start === undefined || irq === undefined || scalar.text === 'none') continue;
    const backend = {
      type: scalar.text.split(':', 1)[0],
      inKernel: null,
      iothread: null,
      queues: null,
      place: scalar.place,
    };
    add(scalar, {
      type: 'isa-serial',
      windows: [{ space: 'port', start, length: 8 }],
      interrupts: [['isa', irq]],
      backend,
    });
  }
  for (const scalar of settings.list('parallel')) {
    add(scalar, { type: 'isa-parallel', windows: [{ space: 'port', start: PARALLEL_PORTS[0], length: 8 }] });
  }
  for (const scalar of settings.list('usbdevice')) add(scalar, { type: `usb-${scalar.text}` });
  for (const scalar of settings.list('soundhw')) add(scalar, { type: SOUND.get(scalar.text) ?? scalar.text });
  return [...devices, displayOf(settings)].filter((device) => device !== null);
}

const SOUND: ReadonlyMap<string, string> = new Map([
  ['ac97', 'AC97'],
  ['es1370', 'ES1370'],
  ['hda', 'intel-hda'],
]);
const DISPLAYS: ReadonlyMap<string, string> = new Map([
  ['cirrus', 'cirrus-vga'],
  ['stdvga', 'VGA'],
  ['qxl', 'qxl-vga'],
]);

function displayOf(settings: Settings): DeviceConfiguration | null {
  const setting = settings.setting('vga') ?? settings.setting('stdvga');
  if (setting === undefined) return null;
  const stated = settings.text('vga') ?? (settings.number('stdvga') === 0 ? 'cirrus' : 'stdvga');
  return stated === 'none' ? null : deviceOf({ type: DISPLAYS.get(stated) ?? stated, place: setting.place });
}

/** Every guest has it: PV guests print there, HVM guests with PV drivers may. */
function consoleOf(settings: Settings): DeviceConfiguration[] {
  const [first] = settings.all;
  if (first === undefined) return [];
  return [deviceOf({ type: 'xen-console', byDefault: 'xl gives it to every guest', place: first.place })];
}
