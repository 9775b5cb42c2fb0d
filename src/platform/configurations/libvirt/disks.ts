/** <disk> */
import { backend, type Device, type DeviceMaker, isXen, virtio } from './device.js';
import { attributeOf, childOf } from './xml.js';

export const disks: DeviceMaker = (element, surroundings, reader) => {
  const target = childOf(element, 'target');
  const driver = childOf(element, 'driver');
  const kind = attributeOf(element, 'device') ?? 'disk';
  const bus = attributeOf(target, 'bus') ?? busOf(attributeOf(target, 'dev') ?? '');
  const iothread = attributeOf(driver, 'iothread');
  const common: Omit<Device, 'type'> = {
    backend: {
      ...backend(attributeOf(element, 'type') ?? 'file', element, reader),
      iothread: iothread === undefined ? null : `iothread${iothread}`,
      queues: reader.numberAt(driver, 'queues'),
    },
  };
  // Served by another process, over shared memory.
  if (attributeOf(element, 'type') === 'vhostuser') return [{ ...common, type: 'vhost-user-blk-pci' }];
  return [{ ...common, type: typeOf(bus, kind, attributeOf(element, 'model'), isXen(surroundings)) }];
};

/** The bus that libvirt takes for a name of a disk. */
function busOf(name: string): string {
  const buses: readonly (readonly [RegExp, string])[] = [
    [/^vd/, 'virtio'],
    [/^hd/, 'ide'],
    [/^sd/, 'scsi'],
    [/^fd/, 'fdc'],
    [/^xvd/, 'xen'],
    [/^ubd/, 'uml'],
  ];
  return buses.find(([pattern]) => pattern.test(name))?.[1] ?? 'ide';
}

function typeOf(bus: string, kind: string, model: string | undefined, isOnXen: boolean): string {
  const isCdrom = kind === 'cdrom';
  switch (bus) {
    case 'virtio':
      return virtio('blk', model);
    case 'ide':
    case 'sata':
      return isCdrom ? 'ide-cd' : 'ide-hd';
    case 'scsi':
      return isCdrom ? 'scsi-cd' : kind === 'lun' ? 'scsi-block' : 'scsi-hd';
    case 'usb':
      return 'usb-storage';
    case 'fdc':
      return 'floppy';
    case 'sd':
      return 'sd-card';
    case 'xen':
      return 'xen-vbd';
    default:
      return isOnXen ? 'xen-vbd' : `${bus} disk`;
  }
}
